#include "client/resting_calls.h"

#include <utility>

#include "transport/clock.h"
#include "transport/demolition.h"

namespace tarsier {

RestingCalls::~RestingCalls() {
  if (!Demolition::under_way()) cancel_timers();
}

void RestingCalls::add(PendingCall& call, CallAttempt& attempt, Duration wait) {
  tars::RequestHeader unused;
  const CallTerms terms(attempt.deadline, attempt.info, &attempt);
  const std::uint32_t id = calls_.begin(&call, terms, unused);
  (void)calls_.end({});
  const TimePoint due = deadline_after(core_.env().clock.now(), wait);
  const Timers::Id timer = core_.env().timers.call_at(due, [this, id] { wake(id); });
  resting_[id] = Resting{timer, &attempt};
}

void RestingCalls::wake(std::uint32_t id) {
  const auto found = resting_.find(id);
  CallAttempt* const attempt = found->second.attempt;
  resting_.erase(found);
  ReplyInfo* info = nullptr;
  TimePoint deadline;
  // Null: it was forgotten, and its attempt may be another call's by now.
  if (PendingCall* const call = calls_.give_away(id, info, deadline)) wake_(*call, *attempt);
}

void RestingCalls::cancel_timers() {
  for (const auto& [id, resting] : resting_) core_.env().timers.cancel(resting.timer);
  resting_.clear();
}

void RestingCalls::close() {
  cancel_timers();
  calls_.fail_all(Code::closed, "the client was closed");
}

Error RestingCalls::timed_out() const {
  return Error(Code::timeout, "the deadline of the call came before it could be repeated");
}

}  // namespace tarsier
