#include "governance/application/beside.h"

#include "transport/blocking.h"
#include "transport/clock.h"
#include "transport/timers.h"

namespace tarsier::application {

Task<void> run_beside(Env& env, Callback work) {
  constexpr Duration retry = std::chrono::milliseconds(5);
  while (true) {
    Completion<void> done;
    env.blocking.start([&work] { work(); }, done);
    const Result<void> result = co_await done;
    if (result) co_return;
    if (result.code() == Code::cancelled) {
      work();
      co_return;
    }
    SleepUntil pause(env.timers, env.clock.now() + retry);
    co_await pause;
  }
}

Task<void> Turns::enter() {
  if (!busy_) {
    busy_ = true;
    co_return;
  }
  Completion<void> mine;
  mine.arm();
  waiting_.push_back(&mine);
  (void)co_await mine;
}

void Turns::leave() {
  if (waiting_.empty()) {
    busy_ = false;
    return;
  }
  Completion<void>* next = waiting_.front();
  waiting_.pop_front();
  env_.executor.post([next] { next->complete({}); });
}

}  // namespace tarsier::application
