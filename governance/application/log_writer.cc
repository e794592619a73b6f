#include "governance/application/log_writer.h"

#include <algorithm>
#include <utility>

#include "governance/application/local_time.h"
#include "transport/base/check.h"
#include "transport/blocking.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/executor.h"

namespace tarsier::application {

bool LogWriter::Sink::write(LogLine line) {
  ++produced_;
  if (writer_.closing_) {
    ++failed_;
    return false;
  }
  if (!queue_.push(std::move(line))) return false;
  writer_.wake();
  return true;
}

DeliveryCounters LogWriter::Sink::counters() const {
  DeliveryCounters counters;
  counters.produced = produced_;
  counters.delivered = delivered_;
  counters.full = queue_.dropped();
  counters.failed = failed_;
  counters.pending = produced_ - delivered_ - failed_ - counters.full;
  return counters;
}

LogWriter::~LogWriter() {
  if (Demolition::under_way()) return;
  TARSIER_CHECK(quiet(), "a LogWriter was destroyed with lines to write: co_await close()");
}

LogWriter::Sink& LogWriter::add(std::unique_ptr<LineFile> file, LogSinkOptions options) {
  sinks_.push_back(std::make_unique<Sink>(*this, std::move(file), std::move(options)));
  Sink& sink = *sinks_.back();
  sink.reopen_at_ = deadline_after(env_.clock.now(), sink.options_.reopen_every);
  return sink;
}

void LogWriter::reopen() {
  for (const auto& sink : sinks_) sink->reopen_ = true;
}

bool LogWriter::quiet() const {
  return !busy_ && std::all_of(sinks_.begin(), sinks_.end(),
                               [](const auto& sink) { return sink->queue_.empty(); });
}

void LogWriter::wake() {
  if (!busy_ && timer_ == 0) set_timer(options_.gather);
}

void LogWriter::set_timer(Duration wait) {
  timer_ = env_.timers.call_at(deadline_after(env_.clock.now(), wait), [this] {
    timer_ = 0;
    flush();
  });
}

// Takes what waits and has it written.
void LogWriter::flush() {
  const TimePoint now = env_.clock.now();
  for (const auto& sink : sinks_) {
    if (sink->queue_.empty()) continue;
    if (now >= give_up_at_) {
      drop_waiting(*sink);
      continue;
    }
    Batch batch;
    batch.sink = sink.get();
    batch.lines = sink->queue_.take();
    batch.reopen = std::exchange(sink->reopen_, false) || now >= sink->reopen_at_;
    if (batch.reopen) sink->reopen_at_ = deadline_after(now, sink->options_.reopen_every);
    tell_losses(batch);
    batches_.push_back(std::move(batch));
  }
  busy_ = !batches_.empty();
  if (busy_) {
    start_work();
  } else if (closed_.pending()) {
    closed_.complete({});
  }
}

void LogWriter::drop_waiting(Sink& sink) {
  sink.failed_ += sink.queue_.size();
  sink.last_error_ = Error(Code::timeout, "the log was closed before the disk took all of it");
  (void)sink.queue_.take();
}

void LogWriter::tell_losses(Batch& batch) {
  Sink& sink = *batch.sink;
  const std::uint64_t lost = sink.failed_ + sink.queue_.dropped();
  if (!sink.options_.loss_head || lost == sink.lost_told_) return;
  const std::int64_t seconds = batch.lines.front().local_seconds;
  const std::string head =
      format_time(date_and_time, local_time(seconds)) + "|" + *sink.options_.loss_head;
  std::string text = std::to_string(lost - sink.lost_told_) + " lines were lost here: ";
  text += sink.last_error_ ? sink.last_error_->detail : "the disk was too slow for them";
  batch.lines.insert(batch.lines.begin(), LogLine(complete_line(head, text), seconds));
  batch.extra = 1;
  batch.lost_before = lost;
}

void LogWriter::start_work() {
  env_.blocking.start([this] { write_batches(); }, done_);
}

// Beside the loop.
void LogWriter::write_batches() {
  for (Batch& batch : batches_) {
    if (batch.reopen) batch.sink->file_->reopen();
    batch.outcome = batch.sink->file_->append(batch.lines);
  }
}

void LogWriter::on_done(void* self, Result<void> result) {
  auto& writer = *static_cast<LogWriter*>(self);
  const bool given_up = writer.env_.clock.now() >= writer.give_up_at_;
  if (result.code() == Code::limit && !given_up) {
    // The lines stay here, and are offered again.
    writer.timer_ = writer.env_.timers.call_at(
        deadline_after(writer.env_.clock.now(), writer.options_.gather), [&writer] {
          writer.timer_ = 0;
          writer.start_work();
        });
    return;
  }
  // An executor that ended took them from nobody else: the last lines tell why it ended.
  if (result.code() == Code::cancelled) writer.write_batches();
  for (Batch& batch : writer.batches_) writer.account(batch);
  writer.batches_.clear();
  writer.busy_ = false;
  if (writer.closing_) return writer.flush();
  if (!writer.quiet()) writer.set_timer(writer.options_.gather);
}

void LogWriter::account(Batch& batch) {
  Sink& sink = *batch.sink;
  const std::size_t written = batch.outcome.written;
  if (written > 0 && batch.extra > 0) sink.lost_told_ = batch.lost_before;
  const std::size_t ours = std::min(written, batch.extra);
  sink.delivered_ += written - ours;
  sink.failed_ += (batch.lines.size() - batch.extra) - (written - ours);
  if (batch.outcome.error) sink.last_error_ = std::move(*batch.outcome.error);
}

Task<void> LogWriter::close(Duration patience) {
  closing_ = true;
  give_up_at_ = deadline_after(env_.clock.now(), patience);
  if (quiet()) co_return;
  closed_.arm();
  if (!busy_) {
    if (timer_ != 0) env_.timers.cancel(std::exchange(timer_, 0));
    env_.executor.post([this] { flush(); });
  }
  (void)co_await closed_;
}

}  // namespace tarsier::application
