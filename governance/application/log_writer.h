#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "governance/application/delivery.h"
#include "governance/application/line_queue.h"
#include "governance/application/log_file.h"
#include "governance/application/log_line.h"
#include "transport/base/error.h"
#include "transport/base/time.h"
#include "transport/completion.h"
#include "transport/env.h"
#include "transport/task.h"
#include "transport/timers.h"

namespace tarsier::application {

struct LogWriterOptions {
  LogWriterOptions() {}
  Duration gather = std::chrono::milliseconds(100);  // lines wait that long for company
};

struct LogSinkOptions {
  QueueBounds queue{};
  // How often a file is opened by its name again, in case somebody moved it.
  Duration reopen_every = std::chrono::seconds(5);
  // The fields between time and text of a line that says how many others were lost before it, e.g.
  // "0|WARN|"; none: nothing is said.
  std::optional<std::string> loss_head{};
};

// Writes the lines of all local logs of a loop beside it, one piece of work at a time, so that a
// disk that hangs takes one thread of Env::blocking and no call waits for it. What a full or slow
// disk cannot take is dropped and counted; when there is space again, writing goes on.
//
// Loop only. Closed before it is destroyed, if anything was written.
class LogWriter final {
 public:
  // One log: a queue in front of a file.
  class Sink {
   public:
    Sink(LogWriter& writer, std::unique_ptr<LineFile> file, LogSinkOptions options)
        : writer_(writer),
          file_(std::move(file)),
          options_(std::move(options)),
          queue_(options_.queue) {}
    // False: dropped and counted.
    bool write(LogLine line);
    DeliveryCounters counters() const;
    // Why lines failed, the last time any did.
    const std::optional<Error>& last_error() const { return last_error_; }

   private:
    friend class LogWriter;
    LogWriter& writer_;
    const std::unique_ptr<LineFile> file_;
    const LogSinkOptions options_;
    LineQueue<LogLine> queue_;
    std::uint64_t produced_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t lost_told_ = 0;  // of full and failed together
    std::optional<Error> last_error_;
    TimePoint reopen_at_{};
    bool reopen_ = false;
  };

  explicit LogWriter(Env& env, LogWriterOptions options = {}) : env_(env), options_(options) {}
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  ~LogWriter();

  // Lives as long as the writer.
  Sink& add(std::unique_ptr<LineFile> file, LogSinkOptions options);
  // What is written from now on goes into files that are opened by their names (SIGHUP).
  void reopen();
  // Writes what waits, for at most `patience`; what is left then is dropped and counted. The work
  // under way is waited for in any case.
  Task<void> close(Duration patience = std::chrono::seconds(3));
  // Nothing waits and nothing is under way.
  bool quiet() const;

 private:
  // What is written by one piece of work, of one log.
  struct Batch {
    Sink* sink = nullptr;
    std::vector<LogLine> lines;
    std::size_t extra = 0;          // lines of ours in front
    std::uint64_t lost_before = 0;  // that they tell of
    bool reopen = false;
    WriteOutcome outcome;
  };

  void wake();
  void set_timer(Duration wait);
  void flush();
  void start_work();
  void write_batches();
  static void on_done(void* self, Result<void> result);
  void account(Batch& batch);
  static void drop_waiting(Sink& sink);
  static void tell_losses(Batch& batch);

  Env& env_;
  const LogWriterOptions options_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::vector<Batch> batches_;  // under way, or waiting for the executor to take them
  bool busy_ = false;           // batches_ are not empty
  bool closing_ = false;
  TimePoint give_up_at_ = no_deadline;
  Timers::Id timer_ = 0;
  Completion<void> done_{&LogWriter::on_done, this};
  Completion<void> closed_;
};

}  // namespace tarsier::application
