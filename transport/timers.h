#pragma once

#include <coroutine>
#include <cstdint>

#include "transport/base/function.h"
#include "transport/base/time.h"

namespace tarsier {

// Callbacks at a time, on the loop. A timer never fires early; how late it may fire is the
// backend's business (epoll: a wheel of 1 ms ticks). Timers due at one time fire in the order in
// which they were set.
class Timers {
 public:
  using Id = std::uint64_t;  // 0 is never given out
  virtual ~Timers() = default;
  virtual Id call_at(TimePoint when, Callback callback) = 0;
  // True if the timer had not fired: the callback will not run and is destroyed.
  virtual bool cancel(Id id) = 0;
};

// co_await SleepUntil(timers, when).
class [[nodiscard]] SleepUntil {
 public:
  SleepUntil(Timers& timers, TimePoint when) : timers_(timers), when_(when) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    timers_.call_at(when_, [waiter] { waiter.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  Timers& timers_;
  TimePoint when_;
};

}  // namespace tarsier
