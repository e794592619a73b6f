#include "client/blocking_call.h"

#include <string>

#include "transport/base/check.h"

namespace tarsier {

void check_may_block(bool in_loop, std::string_view what) {
  TARSIER_CHECK(!in_loop, "the blocking call '" + std::string(what) +
                              "' was made on the loop that has to bring its answer: co_await the "
                              "call, or make it from another thread");
}

void run_on_loop(Executor& executor, Callback function) {
  if (executor.in_loop()) return function();
  std::promise<void> done;
  executor.post_from_any_thread([&function, &done] {
    function();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace tarsier
