// The way of a call through its endpoints: the first attempt, its end, and the next one.

#include <algorithm>
#include <utility>

#include "client/endpoint_set.h"
#include "protocol/tars/frame.h"
#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier {

using balance::EndpointId;
using balance::Outcome;

void EndpointSet::fail_unsent(PendingCall* call, const Error& why) {
  if (call != nullptr) return call->on_failure(why);
  ++core_.counters().one_way_dropped;
}

ByteBuffer* EndpointSet::begin(const CallTarget& target, PendingCall* call,
                               tars::RequestHeader& header) {
  ClientCounters& counters = core_.counters();
  ++(call != nullptr ? counters.calls : counters.one_way_calls);
  const Duration timeout = head_.timeout_of(target);
  if (timeout <= Duration::zero()) [[unlikely]] {
    fail_unsent(call, Error(Code::timeout,
                            "nothing is left of the time of the call that this one is made for"));
    return nullptr;
  }
  if (closed_) [[unlikely]] {
    fail_unsent(call, Error(Code::closed, "the client is closed"));
    return nullptr;
  }
  header.servant = servant_;
  head_.fill(target, timeout, header);
  if (resolver_ != nullptr) {
    resolver_->used(*this);
    if (picker_.size() == 0 && settled_) {
      fail_unsent(call, *settled_);
      return nullptr;
    }
  }
  const TimePoint now = core_.env().clock.now();
  const CallTerms terms(deadline_after(now, timeout), target.options.reply_info, nullptr);
  const CallTraits traits(target.options);
  if (picker_.size() > 0) [[likely]]
    return begin_first(call, terms, traits, header, now);
  open_ = Open();
  return waiting_.begin(call, terms, traits, header);
}

ByteBuffer* EndpointSet::begin_first(PendingCall* call, const CallTerms& terms,
                                     const CallTraits& traits, tars::RequestHeader& header,
                                     TimePoint now) {
  if (now >= reconnect_at_) [[unlikely]]
    connect_to_the_unreachable(now);
  if (call == nullptr) {
    Channel& channel = channel_at(pick(traits, now, EndpointId()));
    ByteBuffer* const output = channel.begin(nullptr, terms, header);
    if (output != nullptr) open_ = Open{&channel, nullptr, output, output->size()};
    return output;
  }
  if (held_back(now)) [[unlikely]] {
    call->on_failure(Error(Code::overload,
                           "held back by this client: " + servant_ +
                               " refuses more than half of what it is sent (-9 or -6); call less "
                               "often, or give it more servers"));
    return nullptr;
  }
  CallAttempt& attempt = attempts_.take();
  attempt.traits = traits;
  attempt.info = terms.info;
  attempt.deadline = terms.deadline;
  start(attempt, pick(traits, now, EndpointId()), now);
  Channel& channel = channel_at(attempt.at);
  ByteBuffer* const output =
      channel.begin(call, CallTerms(terms.deadline, terms.info, &attempt), header);
  if (output != nullptr) open_ = Open{&channel, &attempt, output, output->size()};
  return output;
}

void EndpointSet::end(const Result<>& encoded) {
  const Open open = std::exchange(open_, Open());
  if (open.channel == nullptr) return waiting_.end(encoded);
  if (open.attempt != nullptr && encoded && open.attempt->traits.repeat &&
      core_.options().retry.attempts_max > 1) {
    attempts_.keep(*open.attempt, open.output->span().subspan(open.begins_at));
  }
  open.channel->end(encoded);
}

// A single endpoint needs no choice, and so no statistics.
EndpointId EndpointSet::pick(const CallTraits& traits, TimePoint now, EndpointId avoid) {
  if (only_.slot != balance::no_slot) return only_;
  balance::CallInfo info;
  info.now = now;
  info.random = random_.next();
  info.hash = traits.hash;
  info.kind = traits.hash_kind;
  info.avoid = avoid;
  const auto picked = picker_.pick(info);
  TARSIER_CHECK(picked.has_value(), "there are endpoints and none of them is picked");
  return *picked;
}

void EndpointSet::start(CallAttempt& attempt, EndpointId at, TimePoint now) {
  attempt.at = at;
  attempt.began = now;
  attempt.under_way = true;
  attempt.counted = only_.slot == balance::no_slot;
  if (attempt.counted) picker_.started(at, now);
}

void EndpointSet::finish(CallAttempt& attempt, Outcome outcome, TimePoint now) {
  attempt.under_way = false;
  if (!std::exchange(attempt.counted, false)) return;
  balance::CallEnd end;
  end.outcome = outcome;
  end.began = attempt.began;
  end.now = now;
  if (balance::is_failure(outcome)) end.random = random_.next();
  picker_.finished(attempt.at, end);
}

bool EndpointSet::held_back(TimePoint now) {
  if (!throttle_ || throttle_->admit(now, random_.next())) [[likely]]
    return false;
  ++core_.counters().calls_held_back;
  return true;
}

// ---- how attempts end ---------------------------------------------------------------------------

void EndpointSet::on_answered(CallAttempt& attempt) {
  const TimePoint now = core_.env().clock.now();
  finish(attempt, Outcome::answered, now);
  budget_.succeeded();
  if (throttle_) throttle_->accepted(now);
  attempts_.give_back(attempt);
}

void EndpointSet::on_forgotten(CallAttempt& attempt) noexcept {
  finish(attempt, Outcome::abandoned, core_.env().clock.now());
  attempts_.give_back(attempt);
}

bool EndpointSet::on_failed(CallAttempt& attempt, PendingCall& call, Error& error,
                            Duration retry_after) {
  const TimePoint now = core_.env().clock.now();
  if (attempt.under_way) {
    Outcome outcome = closed_ ? Outcome::abandoned : balance::outcome_of(error);
    // No connection before the deadline of a call: of a hasty one, that says nothing of the peer.
    if (outcome == Outcome::refused && now >= attempt.deadline) outcome = Outcome::timed_out;
    finish(attempt, outcome, now);
    judge(outcome, now);
    if (repeats(attempt, call, outcome, error, retry_after, now)) return true;
    // That it was never sent holds of the last attempt only.
    if (attempt.earlier_may_have_run && balance::safe_to_repeat(outcome)) error = *attempt.earlier;
  } else if (attempt.earlier) {
    error = *attempt.earlier;
  }
  attempts_.give_back(attempt);
  return false;
}

// What the outcome says about the servant as a whole.
void EndpointSet::judge(Outcome outcome, TimePoint now) {
  if (outcome == Outcome::answered) {
    budget_.succeeded();
  } else if (balance::is_failure(outcome) && !balance::never_sent(outcome)) {
    budget_.failed();
  }
  if (!throttle_) return;
  if (outcome == Outcome::overloaded || outcome == Outcome::expired) {
    throttle_->rejected(now);
  } else if (outcome == Outcome::answered || outcome == Outcome::relay_failed) {
    throttle_->accepted(now);
  }
}

bool EndpointSet::another_is_reachable(const CallAttempt& attempt, TimePoint now) {
  const EndpointId next = pick(attempt.traits, now, attempt.at);
  return next != attempt.at && !picker_.status(next, now).down;
}

bool EndpointSet::repeats(CallAttempt& attempt, PendingCall& call, Outcome outcome,
                          const Error& error, Duration retry_after, TimePoint now) {
  if (closed_ || attempt.frame.empty() || resting_.full() || picker_.size() == 0) return false;
  // Going on to one that can be reached is no repetition: the endpoint that refused is out of the
  // choice, so that this ends.
  const bool goes_on = outcome == Outcome::refused && another_is_reachable(attempt, now);
  // The answer of the same one would be the same.
  attempt.elsewhere = outcome == Outcome::relay_failed;
  if (attempt.elsewhere && !another_is_reachable(attempt, now)) return false;
  balance::Attempt made;
  made.outcome = outcome;
  made.attempts = attempt.attempts;
  made.idempotent = attempt.traits.idempotent;
  made.left = attempt.deadline - now;
  made.at_least = retry_after;
  balance::RetryDecision decision;
  if (goes_on) {
    decision.verdict = balance::RetryVerdict::retry;
  } else {
    decision = balance::decide_retry(core_.options().retry, budget_, made, random_.next());
    ++attempt.attempts;
  }
  if (decision.verdict == balance::RetryVerdict::no_budget) ++core_.counters().repeats_unpaid;
  if (decision.verdict != balance::RetryVerdict::retry) return false;
  const bool may_have_run = !balance::safe_to_repeat(outcome);
  if (may_have_run || !attempt.earlier_may_have_run) attempt.earlier = error;
  attempt.earlier_may_have_run = attempt.earlier_may_have_run || may_have_run;
  ++(balance::never_sent(outcome) ? core_.counters().failovers : core_.counters().repeats);
  resting_.add(call, attempt, decision.wait);
  return true;
}

void EndpointSet::send_again(PendingCall& call, CallAttempt& attempt) {
  const TimePoint now = core_.env().clock.now();
  const auto give_up = [&] {
    const Error error = *attempt.earlier;
    attempts_.give_back(attempt);
    call.on_failure(error);
  };
  if (now >= reconnect_at_) connect_to_the_unreachable(now);
  if (picker_.size() == 0 || held_back(now)) return give_up();
  const EndpointId next = pick(attempt.traits, now, attempt.at);
  if (attempt.elsewhere && next == attempt.at) return give_up();
  start(attempt, next, now);
  // By value: the attempt may end before the frame is written.
  const Bytes kept = Bytes::copy_of(attempt.frame.span());
  tars::RequestView request;
  const Result<> decoded =
      tars::decode_request(kept.span().subspan(tars::FrameSplitter::length_bytes), request);
  HeaderAgain again(request, attempt.deadline - now);
  Channel& channel = channel_at(next);
  const CallTerms terms(attempt.deadline, attempt.info, &attempt);
  ByteBuffer* const output = channel.begin(&call, terms, again.header());
  if (output == nullptr) return;
  if (!decoded) return channel.end(decoded);
  channel.end(tars::write_frame(*output, again.header(), request.body));
}

}  // namespace tarsier
