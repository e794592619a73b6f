#include "governance/application/notifier.h"

#include <algorithm>
#include <utility>

#include "governance/application/report_options.h"
#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier::application {

Notifier::Notifier(Env& env, ::tars::NotifyClient server, Identity identity,
                   NotifierOptions options)
    : env_(env),
      server_(server),
      identity_(std::move(identity)),
      options_(options),
      reachability_(env.log, "the notify service"),
      bell_(env) {}

::tars::ReportInfo Notifier::info_of(::tars::ReportType type, std::string_view message,
                                     NoticeLevel level) const {
  ::tars::ReportInfo info;
  info.eType = type;
  info.sApp = identity_.app;
  if (identity_.set()) info.sSet = identity_.set_division;
  info.sServer = identity_.server;
  info.sMessage = message.substr(0, limits::notice_bytes_max);
  info.sThreadId = identity_.thread;
  info.eLevel = static_cast<::tars::NOTIFYLEVEL>(level);
  info.sNodeName = identity_.node_name;
  return info;
}

bool Notifier::add(::tars::ReportType type, std::string_view message, NoticeLevel level) {
  ++produced_;
  if (closing_ || waiting_.size() >= limits::notices_waiting_max) {
    ++full_;
    return false;
  }
  const TimePoint expires = deadline_after(env_.clock.now(), options_.age_max);
  waiting_.push_back(Notice{info_of(type, message, level), expires});
  if (!sending_) {
    sending_ = true;
    scope_.spawn(send_all());
  }
  return true;
}

// Runs while there are notices.
Task<void> Notifier::send_all() {
  while (!waiting_.empty()) {
    auto sending = send(waiting_.front().info);
    const Result<> sent = co_await sending;
    reachability_.note(sent);
    const TimePoint now = env_.clock.now();
    const TimePoint again = deadline_after(now, options_.retry);
    if (!sent && never_served(sent.code()) && !closing_ && again < waiting_.front().expires) {
      auto& woken = bell_.rest_until(again);
      (void)co_await woken;
      continue;
    }
    ++(sent ? delivered_ : failed_);
    waiting_.pop_front();
  }
  sending_ = false;
}

Task<Result<>> Notifier::send(const ::tars::ReportInfo& info) {
  const Duration left = give_up_at_ - env_.clock.now();
  if (left <= Duration::zero())
    co_return Error(Code::closed, "the notices ended before all of them were sent");
  const CallOptions options = report_options(identity_, std::min(options_.timeout, left));
  auto calling = server_.reportNotifyInfo(info, options);
  const auto answer = co_await calling;
  if (!answer) co_return answer.error();
  co_return Result<>();
}

Task<Result<>> Notifier::report_now(std::string message) {
  ++produced_;
  const ::tars::ReportInfo info = info_of(::tars::REPORT, message, NoticeLevel::normal);
  auto sending = send(info);
  const Result<> sent = co_await sending;
  ++(sent ? delivered_ : failed_);
  co_return sent;
}

DeliveryCounters Notifier::counters() const {
  DeliveryCounters counters;
  counters.produced = produced_;
  counters.delivered = delivered_;
  counters.full = full_;
  counters.failed = failed_;
  counters.pending = produced_ - delivered_ - full_ - failed_;
  return counters;
}

Task<void> Notifier::close(Duration patience) {
  closing_ = true;
  give_up_at_ = deadline_after(env_.clock.now(), patience);
  bell_.ring();
  co_await scope_.join();
}

}  // namespace tarsier::application
