#include "governance/application/local_logs.h"

#include <utility>

#include "governance/application/log_file.h"
#include "transport/base/limits.h"
#include "transport/clock.h"
#include "transport/executor.h"
#include "transport/timers.h"

namespace tarsier::application {
namespace {

constexpr Duration roll_reopen = std::chrono::seconds(5);
constexpr Duration time_reopen = std::chrono::seconds(10);

}  // namespace

template <class Function>
void LocalLogs::stamp(const Function& function) {
  const auto offset = [this](std::int64_t wall_ms) { return env_.clock.utc_offset_s(wall_ms); };
  if (env_.executor.in_loop()) {
    clock_.read(env_.clock.wall_ms(), offset);
    return function(clock_.text(), clock_.local_seconds());
  }
  LineClock clock;
  clock.read(env_.clock.wall_ms(), offset);
  function(clock.text(), clock.local_seconds());
}

template <class Deliver>
void LocalLogs::hand_over(Deliver deliver) {
  if (env_.executor.in_loop()) return deliver();
  if (!gate_.enter()) return;
  env_.executor.post_from_any_thread([this, deliver = std::move(deliver)]() mutable {
    deliver();
    gate_.leave();
  });
}

// ---------------------------------------------------------------------------------- rolling log

void LocalLogs::RollLog::write(LogLevel level, std::string_view component,
                               std::string_view message) {
  if (!enabled(level)) return;
  owner_.stamp([&](std::string_view time, std::int64_t seconds) {
    std::string head = line_head({time, thread_, level_name(level)});
    if (!component.empty()) head.append(component).push_back('|');
    owner_.hand_over([owner = &owner_, dyed = dyed_,
                      line = LogLine(complete_line(head, message), seconds)]() mutable {
      owner->deliver_roll(std::move(line), dyed);
    });
  });
}

void LocalLogs::deliver_roll(LogLine line, bool dyed_call) {
  if (dyed_call) dyed(dyed_lines_, "roll").write(line, identity_);
  roll_file_->write(std::move(line));
}

// ---------------------------------------------------------------------------------- dyed lines

void LocalLogs::Dyed::write(const LogLine& line, const Identity& identity) {
  const LogLine named(identity.module() + "|" + line.text, line.local_seconds);
  file->write(named);
  if (remote != nullptr) remote->write(named);
}

// Made by the first line: most processes never see a dyed call.
LocalLogs::Dyed& LocalLogs::dyed(Dyed& lines, std::string_view kind) {
  if (lines.file == nullptr) {
    const LogPlace shared{.log_path = options_.log_path, .app = "tars_dyeing", .server = ""};
    const std::string path = shared.directory() + "dyeing_" + identity_.module() + "_";
    lines.file =
        &add_file(std::make_unique<TimeFile>(env_.files, path + std::string(kind), TimeLogName()),
                  time_reopen);
  }
  if (lines.remote == nullptr && remote_ != nullptr) lines.remote = &remote_->add_dyed(kind);
  return lines;
}

// ---------------------------------------------------------------------------------- time logs

DeliveryCounters TimeLog::local_counters() const { return file_->counters(); }

DeliveryCounters TimeLog::remote_counters() const {
  return remote_ != nullptr ? remote_->counters() : DeliveryCounters();
}

void TimeLog::write(std::string_view text, bool dyed) {
  owner_.stamp([&](std::string_view time, std::int64_t seconds) {
    const std::string head = options_.has_time ? line_head({time}, options_.style) : "";
    owner_.hand_over([this, dyed, line = LogLine(complete_line(head, text), seconds)]() mutable {
      deliver(std::move(line), dyed);
    });
  });
}

void TimeLog::deliver(LogLine line, bool dyed) {
  if (dyed) owner_.dyed(owner_.dyed_time_lines_, "day").write(line, owner_.identity_);
  if (options_.remote && remote_ != nullptr) remote_->write(line);
  if (options_.local) file_->write(std::move(line));
}

// What the log server did not take is lost unless it is in a file here (spec §7.10).
void TimeLog::keep_undelivered(std::vector<LogLine> lines) {
  if (options_.local) return;
  if (errors_ == nullptr) {
    RollingNames names;
    names.path = path_;
    names.extension = ".remote.error";
    names.bytes_max = owner_.options_.roll_bytes;
    names.files = 1;
    errors_ = &owner_.add_file(std::make_unique<RollingFile>(owner_.env_.files, std::move(names)),
                               time_reopen);
  }
  for (LogLine& line : lines) errors_->write(std::move(line));
}

// ---------------------------------------------------------------------------------- all of them

LocalLogs::LocalLogs(Env& env, Identity identity, LocalLogOptions options)
    : env_(env),
      identity_(std::move(identity)),
      options_(std::move(options)),
      place_{.log_path = options_.log_path, .app = identity_.app, .server = identity_.server},
      level_(options_.level),
      gate_(limits::log_lines_between_threads),
      writer_(env) {
  RollingNames names;
  names.path = place_.directory() + "/" + place_.stem();
  names.bytes_max = options_.roll_bytes;
  names.files = options_.roll_files;
  LogSinkOptions sink;
  sink.queue = options_.queue;
  sink.reopen_every = roll_reopen;
  sink.loss_head = line_head({identity_.thread, level_name(LogLevel::warn), "log"});
  roll_file_ = &writer_.add(std::make_unique<RollingFile>(env.files, std::move(names)), sink);
  files_.push_back(roll_file_);
  roll_.push_back(std::make_unique<RollLog>(*this, identity_.thread, false));
  dyed_roll_ = std::make_unique<RollLog>(*this, identity_.thread, true);
}

LocalLogs::~LocalLogs() = default;

void LocalLogs::send_to(RemoteLog& remote) { remote_ = &remote; }

LogWriter::Sink& LocalLogs::add_file(std::unique_ptr<LineFile> file, Duration reopen_every) {
  LogSinkOptions sink;
  sink.queue = options_.queue;
  sink.reopen_every = reopen_every;
  files_.push_back(&writer_.add(std::move(file), std::move(sink)));
  return *files_.back();
}

Result<Log*> LocalLogs::log_of_thread(std::string thread) {
  if (roll_.size() >= limits::log_files_max)
    return Error(Code::limit, "more threads write logs than there are names for; share one log");
  roll_.push_back(std::make_unique<RollLog>(*this, std::move(thread), false));
  return roll_.back().get();
}

Result<TimeLog*> LocalLogs::time_log(std::string_view file) {
  TimeLogOptions options;
  options.name.file = file;
  return time_log(std::move(options));
}

Result<TimeLog*> LocalLogs::time_log(TimeLogOptions options) {
  const std::string name = options.name.file;
  if (const auto known = time_logs_.find(name); known != time_logs_.end())
    return known->second.get();
  if (!name.empty() && !is_file_name(name)) {
    return Error(Code::denied, "'" + name +
                                   "' cannot name a log: it would be part of a path; use "
                                   "letters, digits, '.', '-' and '_'");
  }
  if (time_logs_.size() >= limits::log_files_max) {
    return Error(Code::limit, "there are " + std::to_string(limits::log_files_max) +
                                  " time logs already; let several things share one instead of '" +
                                  name + "'");
  }
  auto log = std::make_unique<TimeLog>(*this, std::move(options));
  const TimeLogName& named = log->options_.name;
  log->path_ = time_log_path(place_, named);
  log->file_ = &add_file(std::make_unique<TimeFile>(env_.files, log->path_, named), time_reopen);
  if (remote_ != nullptr) {
    ::tars::LogInfo info;
    info.sFilename = named.file;
    info.sFormat = named.format.empty() ? std::string(named.period.default_format()) : named.format;
    info.bHasSufix = named.has_suffix;
    info.bHasAppNamePrefix = named.has_app_prefix;
    info.bHasSquareBracket = log->options_.style.square_brackets;
    info.sConcatStr = named.concat;
    info.sSepar = log->options_.style.separator;
    info.sLogType = named.period.to_string();
    log->remote_ = &remote_->add(std::move(info), [target = log.get()](std::vector<LogLine> lines) {
      target->keep_undelivered(std::move(lines));
    });
  }
  return time_logs_.emplace(name, std::move(log)).first->second.get();
}

DeliveryCounters LocalLogs::counters() const {
  DeliveryCounters all;
  all.produced = all.full = gate_.refused();
  for (const LogWriter::Sink* file : files_) {
    const DeliveryCounters one = file->counters();
    all.produced += one.produced;
    all.delivered += one.delivered;
    all.full += one.full;
    all.failed += one.failed;
    all.pending += one.pending;
  }
  return all;
}

Task<void> LocalLogs::close(Duration patience) {
  // What other threads wrote last is on its way to this loop.
  while (gate_.inside() > 0) {
    SleepUntil pause(env_.timers, env_.clock.now() + std::chrono::milliseconds(1));
    co_await pause;
  }
  auto closing = writer_.close(patience);
  co_await closing;
}

}  // namespace tarsier::application
