#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "client/call_attempt.h"
#include "client/client_core.h"
#include "client/waiting_calls.h"
#include "transport/base/function.h"
#include "transport/timers.h"

namespace tarsier {

// Where calls are between two attempts. Loop only.
class RestingCalls final : private WaitingCalls::Owner {
 public:
  // Send it again.
  using Wake = UniqueFunction<void(PendingCall& call, CallAttempt& attempt)>;

  RestingCalls(ClientCore& core, Wake wake)
      : core_(core), calls_(core, *this), wake_(std::move(wake)) {}
  RestingCalls(const RestingCalls&) = delete;
  RestingCalls& operator=(const RestingCalls&) = delete;
  ~RestingCalls();

  bool full() const { return calls_.full(); }
  // Not full. Wakes it on a later turn, however short the wait.
  void add(PendingCall& call, CallAttempt& attempt, Duration wait);
  // Fails all with Code::closed.
  void close();

 private:
  struct Resting {
    Timers::Id timer = 0;
    CallAttempt* attempt = nullptr;
  };

  void wake(std::uint32_t id);
  void cancel_timers();
  void on_push(const tars::ResponseView&) override {}
  void on_reconnect_asked() override {}
  void on_flood() override {}
  Error timed_out() const override;
  void on_timeouts(std::span<const std::uint32_t>, bool) override {}

  ClientCore& core_;
  WaitingCalls calls_;
  Wake wake_;
  std::map<std::uint32_t, Resting> resting_;  // some may be forgotten already
};

}  // namespace tarsier
