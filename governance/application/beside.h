#pragma once

#include <deque>
#include <utility>

#include "transport/base/function.h"
#include "transport/completion.h"
#include "transport/env.h"
#include "transport/executor.h"
#include "transport/task.h"

namespace tarsier::application {

// Runs `work` beside the loop. A full executor is asked again until it takes the work; one that has
// ended has it run here, because somebody waits for it.
Task<void> run_beside(Env& env, Callback work);

// Lets coroutines do something one after the other, in the order of asking:
//
//   auto turn = turns.enter();
//   co_await turn;
//   …
//   turns.leave();
class Turns {
 public:
  explicit Turns(Env& env) : env_(env) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  Task<void> enter();
  void leave();
  // Who is inside or waits.
  std::size_t size() const { return waiting_.size() + (busy_ ? 1 : 0); }

 private:
  Env& env_;
  std::deque<Completion<void>*> waiting_;
  bool busy_ = false;
};

}  // namespace tarsier::application
