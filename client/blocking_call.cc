#include "client/blocking_call.h"

#include <memory>
#include <string>
#include <utility>

#include "transport/base/check.h"
#include "transport/clock.h"
#include "transport/timers.h"

namespace tarsier {

void check_may_block(bool in_loop, std::string_view what) {
  TARSIER_CHECK(!in_loop, "the blocking call '" + std::string(what) +
                              "' was made on the loop that has to bring its answer: co_await the "
                              "call, or make it from another thread");
}

// The promise moves to the loop: whoever waits may be gone before set_value() has returned.
void run_on_loop(Executor& executor, Callback function) {
  if (executor.in_loop()) return function();
  std::promise<void> done;
  auto ran = done.get_future();
  executor.post_from_any_thread([&function, told = std::move(done)]() mutable {
    function();
    told.set_value();
  });
  ran.wait();
}

namespace {

struct Waiting {
  Waiting(Env& world, UniqueFunction<bool()> condition) : env(world), done(std::move(condition)) {}

  static void look(std::unique_ptr<Waiting> self) {
    if (self->done()) return self->reached.set_value();
    Env& env = self->env;
    env.timers.call_at(env.clock.now() + std::chrono::milliseconds(2),
                       [again = std::move(self)]() mutable { look(std::move(again)); });
  }

  Env& env;
  UniqueFunction<bool()> done;
  std::promise<void> reached;
};

}  // namespace

void wait_on_loop(Env& env, UniqueFunction<bool()> done) {
  check_may_block(env.executor.in_loop(), "wait_on_loop");
  auto waiting = std::make_unique<Waiting>(env, std::move(done));
  auto reached = waiting->reached.get_future();
  env.executor.post_from_any_thread(
      [first = std::move(waiting)]() mutable { Waiting::look(std::move(first)); });
  reached.wait();
}

}  // namespace tarsier
