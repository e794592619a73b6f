#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "LogF.h"
#include "governance/application/bell.h"
#include "governance/application/delivery.h"
#include "governance/application/identity.h"
#include "governance/application/line_queue.h"
#include "governance/application/log_line.h"
#include "governance/application/reachability.h"
#include "transport/base/error.h"
#include "transport/base/function.h"
#include "transport/base/limits.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::application {

struct RemoteLogOptions {
  RemoteLogOptions() {}
  Duration timeout = std::chrono::seconds(3);        // of a call
  Duration gather = std::chrono::milliseconds(100);  // lines wait that long for company
  std::size_t batch_lines = limits::log_batch_lines_max;
  std::size_t batch_bytes = limits::log_batch_bytes_max;
  QueueBounds queue{};  // of each stream
};

// Sends lines to the log server (spec §7.10, §8.5), batch by batch, one call at a time; a server
// that is slow or away fills the queues, which then drop and count. Nothing is sent twice.
//
// Loop only. The client behind `server` lives until it is closed, and it is closed before it is
// destroyed if anything was written.
class RemoteLog final {
 public:
  // The lines of a batch that did not arrive.
  using Failed = UniqueFunction<void(std::vector<LogLine> lines)>;
  // How every batch ended, for statistics.
  using Observer = UniqueFunction<void(std::string_view file, bool delivered, std::size_t lines)>;

  // One file on the log server.
  class Stream {
   public:
    Stream(RemoteLog& log, ::tars::LogInfo info, bool by_info, Failed failed)
        : log_(log),
          info_(std::move(info)),
          by_info_(by_info),
          on_failed_(std::move(failed)),
          queue_(log.options_.queue) {}
    // A complete line. False: dropped and counted.
    bool write(LogLine line);
    DeliveryCounters counters() const;
    const std::optional<Error>& last_error() const { return last_error_; }

   private:
    friend class RemoteLog;
    RemoteLog& log_;
    const ::tars::LogInfo info_;
    const bool by_info_;
    Failed on_failed_;
    LineQueue<LogLine> queue_;
    std::uint64_t produced_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t failed_ = 0;
    std::optional<Error> last_error_;
  };

  RemoteLog(Env& env, ::tars::LogClient server, Identity identity, RemoteLogOptions options = {});
  RemoteLog(const RemoteLog&) = delete;
  RemoteLog& operator=(const RemoteLog&) = delete;
  ~RemoteLog();

  // A stream of loggerbyInfo(). The names and the set of this process are filled in. Streams live
  // as long as the log.
  Stream& add(::tars::LogInfo info, Failed failed = nullptr);
  // The lines of dyed calls: logger("tars_dyeing", "dyeing", file, "%Y%m%d"), file "roll" or "day".
  Stream& add_dyed(std::string_view file, Failed failed = nullptr);
  void observe(Observer observer) { observer_ = std::move(observer); }

  // Sends what waits, for at most `patience`.
  Task<void> close(Duration patience = std::chrono::seconds(3));

 private:
  Task<void> send_all();
  Task<void> send_batch(Stream& stream);
  Task<Result<>> call(Stream& stream, const std::vector<LogLine>& lines);
  bool idle() const;
  bool batch_waits(const Stream& stream) const;
  void wake(const Stream& stream);

  Env& env_;
  const ::tars::LogClient server_;
  const Identity identity_;
  const RemoteLogOptions options_;
  std::vector<std::unique_ptr<Stream>> streams_;
  Observer observer_;
  Reachability reachability_;
  Bell bell_;
  bool sending_ = false;
  bool closing_ = false;
  TimePoint give_up_at_ = no_deadline;
  Scope scope_;
};

}  // namespace tarsier::application
