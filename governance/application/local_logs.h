#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "governance/application/delivery.h"
#include "governance/application/identity.h"
#include "governance/application/log_line.h"
#include "governance/application/log_name.h"
#include "governance/application/log_writer.h"
#include "governance/application/remote_log.h"
#include "governance/application/thread_gate.h"
#include "transport/base/log.h"
#include "transport/base/result.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier::application {

class LocalLogs;

struct LocalLogOptions {
  LocalLogOptions() {}
  std::string log_path = ".";             // logpath
  std::uint64_t roll_bytes = 52'428'800;  // logsize
  std::uint32_t roll_files = 10;          // lognum
  LogLevel level = LogLevel::debug;       // logLevel
  QueueBounds queue{};                    // of each log
};

struct TimeLogOptions {
  TimeLogOptions() {}
  TimeLogName name{};
  HeadStyle style{};
  bool has_time = true;  // lines begin with it
  bool local = true;
  bool remote = true;  // if there is a log server
};

// A log whose file changes with the day, the hour or the minute: for what a service writes down
// about its business. It is also sent to the log server.
class TimeLog final {
 public:
  TimeLog(LocalLogs& owner, TimeLogOptions options) : owner_(owner), options_(std::move(options)) {}

  // Any thread.
  void write(std::string_view text) { write(text, false); }
  void write_dyed(std::string_view text) { write(text, true); }

  // Loop only, like all that follows.
  void set_local(bool on) { options_.local = on; }
  void set_remote(bool on) { options_.remote = on; }
  DeliveryCounters local_counters() const;
  DeliveryCounters remote_counters() const;

 private:
  friend class LocalLogs;
  void write(std::string_view text, bool dyed);
  void deliver(LogLine line, bool dyed);
  void keep_undelivered(std::vector<LogLine> lines);

  LocalLogs& owner_;
  TimeLogOptions options_;
  std::string path_;  // without time and suffix
  LogWriter::Sink* file_ = nullptr;
  LogWriter::Sink* errors_ = nullptr;    // made when it is needed
  RemoteLog::Stream* remote_ = nullptr;  // none: there is no log server
};

// All logs that a process writes on its own disk (spec §7.10):
//
//   <logpath>/<App>/<Server>/App.Server.log                    log(): rotates by size
//   <logpath>/<App>/<Server>/App.Server_orders_20260101.log    time_log("orders")
//   <logpath>/tars_dyeing/dyeing_App.Server_roll_20260101.log  what dyed calls wrote
//
// The lines of the rolling log are "2026-01-01 00:00:00|<thread>|<LEVEL>|text". Writing never
// waits: see LogWriter for what happens to lines when the disk is slow or full.
//
// Belongs to one loop. Logs that it gives out may be written to by any thread, until close();
// everything else is for the loop.
class LocalLogs final {
 public:
  LocalLogs(Env& env, Identity identity, LocalLogOptions options = {});
  LocalLogs(const LocalLogs&) = delete;
  LocalLogs& operator=(const LocalLogs&) = delete;
  ~LocalLogs();

  // Logs that are made from now on are also sent there. It is closed before this is.
  void send_to(RemoteLog& remote);

  // What TARSIER_LOG and services write to.
  Log& log() { return *roll_.front(); }
  // The same, for the time in which a dyed call is served: the lines are written once more to a
  // place where dyed lines of all services meet (spec §6.10).
  Log& dyed_log() { return *dyed_roll_; }
  // The same as log() for another thread or loop, which `thread` names in the lines.
  // limit: there are too many.
  Result<Log*> log_of_thread(std::string thread);
  // limit: there are too many. denied: the name is no file name.
  Result<TimeLog*> time_log(TimeLogOptions options);
  Result<TimeLog*> time_log(std::string_view file);

  // NONE … TARS: what is less important is not written. Any thread.
  LogLevel level() const { return level_.get(); }
  void set_level(LogLevel level) { level_.set(level); }

  // For SIGHUP: what is written from now on goes into files that are opened by their names.
  void reopen() { writer_.reopen(); }
  // Writes what waits, for about `patience`. No other thread may write any more.
  Task<void> close(Duration patience = std::chrono::seconds(3));

  DeliveryCounters roll_counters() const { return roll_file_->counters(); }
  // Of all files, and of what never reached the loop.
  DeliveryCounters counters() const;

 private:
  friend class TimeLog;
  // One way to write the rolling log: as a thread, dyed or not.
  class RollLog final : public Log {
   public:
    RollLog(LocalLogs& owner, std::string thread, bool dyed)
        : owner_(owner), thread_(std::move(thread)), dyed_(dyed) {}
    bool enabled(LogLevel level) const override { return level <= owner_.level_.get(); }
    // Without a component the line is all message.
    void write(LogLevel level, std::string_view component, std::string_view message) override;

   private:
    LocalLogs& owner_;
    const std::string thread_;
    const bool dyed_;
  };
  // The lines of dyed calls, of the rolling log ("roll") or of time logs ("day").
  struct Dyed {
    LogWriter::Sink* file = nullptr;
    RemoteLog::Stream* remote = nullptr;
    void write(const LogLine& line, const Identity& identity);
  };

  // Calls function(time as text, local seconds) with the time of now.
  template <class Function>
  void stamp(const Function& function);
  // Runs `deliver` on the loop: at once, or later and bounded.
  template <class Deliver>
  void hand_over(Deliver deliver);
  void deliver_roll(LogLine line, bool dyed);
  LogWriter::Sink& add_file(std::unique_ptr<LineFile> file, Duration reopen_every);
  Dyed& dyed(Dyed& dyed, std::string_view kind);

  Env& env_;
  const Identity identity_;
  const LocalLogOptions options_;
  const LogPlace place_;
  SharedLevel level_;
  ThreadGate gate_;
  LineClock clock_;
  LogWriter writer_;
  RemoteLog* remote_ = nullptr;
  std::vector<LogWriter::Sink*> files_;
  LogWriter::Sink* roll_file_ = nullptr;
  std::vector<std::unique_ptr<RollLog>> roll_;  // the first is log()
  std::unique_ptr<RollLog> dyed_roll_;
  Dyed dyed_lines_;
  Dyed dyed_time_lines_;
  std::map<std::string, std::unique_ptr<TimeLog>, std::less<>> time_logs_;
};

}  // namespace tarsier::application
