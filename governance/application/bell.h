#pragma once

#include <utility>

#include "transport/clock.h"
#include "transport/completion.h"
#include "transport/env.h"
#include "transport/executor.h"
#include "transport/timers.h"

namespace tarsier::application {

// Lets the one coroutine of a reporter sleep until a time, or until somebody has news for it:
//
//   auto& woken = bell.rest_until(when);
//   co_await woken;
//
// A ring that finds nobody asleep is kept for the next sleep, so that no news is missed. Loop only.
// Nobody may be asleep when it is destroyed.
class Bell {
 public:
  explicit Bell(Env& env) : env_(env) {}
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // no_deadline: until it rings.
  Completion<void>& rest_until(TimePoint when) {
    sleep_.arm();
    if (std::exchange(rung_, false)) {
      wake();
    } else if (when != no_deadline) {
      timer_ = env_.timers.call_at(when, [this] {
        timer_ = 0;
        sleep_.complete({});
      });
    }
    return sleep_;
  }
  void ring() {
    if (!sleep_.pending()) {
      rung_ = true;
    } else if (!waking_) {
      if (timer_ != 0) env_.timers.cancel(std::exchange(timer_, 0));
      wake();
    }
  }

 private:
  void wake() {
    waking_ = true;
    env_.executor.post([this] {
      waking_ = false;
      sleep_.complete({});
    });
  }

  Env& env_;
  Completion<void> sleep_;
  Timers::Id timer_ = 0;
  bool rung_ = false;
  bool waking_ = false;
};

}  // namespace tarsier::application
