#include "client/blocking_call.h"

#include <string>
#include <utility>

#include "transport/base/check.h"

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

void run_on_loop_to_end(Executor& executor, UniqueFunction<void(Callback ended)> start) {
  check_may_block(executor.in_loop(), "run_on_loop_to_end");
  std::promise<void> done;
  auto ended = done.get_future();
  executor.post_from_any_thread([&start, told = std::move(done)]() mutable {
    start([told = std::move(told)]() mutable { told.set_value(); });
  });
  ended.wait();
}

}  // namespace tarsier
