#include "governance/application/remote_log.h"

#include <algorithm>
#include <utility>

#include "transport/clock.h"

namespace tarsier::application {

bool RemoteLog::Stream::write(LogLine line) {
  ++produced_;
  if (log_.closing_) {
    ++failed_;
    return false;
  }
  if (!queue_.push(std::move(line))) return false;
  log_.wake(*this);
  return true;
}

DeliveryCounters RemoteLog::Stream::counters() const {
  DeliveryCounters counters;
  counters.produced = produced_;
  counters.delivered = delivered_;
  counters.full = queue_.dropped();
  counters.failed = failed_;
  counters.pending = produced_ - delivered_ - failed_ - counters.full;
  return counters;
}

RemoteLog::RemoteLog(Env& env, ::tars::LogClient server, Identity identity,
                     RemoteLogOptions options)
    : env_(env),
      server_(server),
      identity_(std::move(identity)),
      options_(options),
      reachability_(env.log, "the log service"),
      bell_(env) {}

RemoteLog::~RemoteLog() = default;

RemoteLog::Stream& RemoteLog::add(::tars::LogInfo info, Failed failed) {
  info.appname = identity_.app;
  info.servername = identity_.server;
  if (identity_.set()) info.setdivision = identity_.set_division;
  streams_.push_back(std::make_unique<Stream>(*this, std::move(info), true, std::move(failed)));
  return *streams_.back();
}

RemoteLog::Stream& RemoteLog::add_dyed(std::string_view file, Failed failed) {
  ::tars::LogInfo info;
  info.appname = "tars_dyeing";
  info.servername = "dyeing";
  info.sFilename = file;
  info.sFormat = "%Y%m%d";
  streams_.push_back(std::make_unique<Stream>(*this, std::move(info), false, std::move(failed)));
  return *streams_.back();
}

bool RemoteLog::idle() const {
  return std::all_of(streams_.begin(), streams_.end(),
                     [](const auto& stream) { return stream->queue_.empty(); });
}

bool RemoteLog::batch_waits(const Stream& stream) const {
  return stream.queue_.size() >= options_.batch_lines ||
         stream.queue_.bytes() >= options_.batch_bytes;
}

void RemoteLog::wake(const Stream& stream) {
  if (!sending_) {
    sending_ = true;
    scope_.spawn(send_all());
  } else if (batch_waits(stream)) {
    bell_.ring();
  }
}

// Runs while there are lines.
Task<void> RemoteLog::send_all() {
  while (!idle()) {
    const bool hurry = std::any_of(streams_.begin(), streams_.end(),
                                   [this](const auto& stream) { return batch_waits(*stream); });
    if (!closing_ && !hurry) {
      auto& woken = bell_.rest_until(deadline_after(env_.clock.now(), options_.gather));
      (void)co_await woken;
    }
    // Streams may be added meanwhile.
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      if (streams_[i]->queue_.empty()) continue;
      auto batch = send_batch(*streams_[i]);
      co_await batch;
    }
  }
  sending_ = false;
}

Task<void> RemoteLog::send_batch(Stream& stream) {
  std::vector<LogLine> lines = stream.queue_.take(options_.batch_lines, options_.batch_bytes);
  auto calling = call(stream, lines);
  const Result<> result = co_await calling;
  reachability_.note(result);
  if (observer_) observer_(stream.info_.sFilename, result.ok(), lines.size());
  if (result) {
    stream.delivered_ += lines.size();
    co_return;
  }
  stream.failed_ += lines.size();
  stream.last_error_ = result.error();
  if (stream.on_failed_) stream.on_failed_(std::move(lines));
}

Task<Result<>> RemoteLog::call(Stream& stream, const std::vector<LogLine>& lines) {
  const Duration left = give_up_at_ - env_.clock.now();
  if (left <= Duration::zero())
    co_return Error(Code::closed, "the log was closed before all of it was sent");
  std::vector<std::string> texts;
  for (const LogLine& line : lines) texts.push_back(line.text);
  const CallOptions options = report_options(identity_, std::min(options_.timeout, left));
  if (stream.by_info_) {
    auto sent = server_.loggerbyInfo(stream.info_, texts, options);
    const auto result = co_await sent;
    if (!result) co_return result.error();
  } else {
    const ::tars::LogInfo& info = stream.info_;
    auto sent =
        server_.logger(info.appname, info.servername, info.sFilename, info.sFormat, texts, options);
    const auto result = co_await sent;
    if (!result) co_return result.error();
  }
  co_return Result<>();
}

Task<void> RemoteLog::close(Duration patience) {
  closing_ = true;
  give_up_at_ = deadline_after(env_.clock.now(), patience);
  bell_.ring();
  co_await scope_.join();
}

}  // namespace tarsier::application
