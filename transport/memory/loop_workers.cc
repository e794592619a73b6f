#include "transport/memory/loop_workers.h"

#include <string>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/executor.h"

namespace tarsier::memory {

Result<std::unique_ptr<Workers>> LoopWorkers::make(Executor& executor, Clock& clock, Timers& timers,
                                                   std::size_t count, Takes takes) {
  TARSIER_CHECK(count > 0, "workers are made to work: there is at least one");
  if (count > limits::handler_threads_max) {
    return Error(Code::limit, std::to_string(count) + " threads are more than the " +
                                  std::to_string(limits::handler_threads_max) +
                                  " that one may have");
  }
  return std::unique_ptr<Workers>(
      new LoopWorkers(executor, clock, timers, count, std::move(takes)));
}

LoopWorkers::LoopWorkers(Executor& executor, Clock& clock, Timers& timers, std::size_t count,
                         Takes takes)
    : executor_(executor),
      clock_(clock),
      timers_(timers),
      takes_(std::move(takes)),
      slots_(count) {}

LoopWorkers::~LoopWorkers() {
  if (!Demolition::under_way()) close();
}

void LoopWorkers::start(std::size_t worker, std::unique_ptr<Work> work,
                        Completion<std::unique_ptr<Work>>& done) {
  Slot& slot = slots_[worker];
  TARSIER_CHECK(slot.done == nullptr, "a worker takes one piece of work at a time");
  done.arm();
  if (closed_) {
    executor_.post([&done] { done.complete(Error(Code::closed, "the workers were closed")); });
    return;
  }
  slot.done = &done;
  slot.timer = timers_.call_at(deadline_after(clock_.now(), takes_(worker)),
                               [this, worker, own = std::move(work)]() mutable {
                                 own->run();
                                 auto* const waiting = std::exchange(slots_[worker].done, nullptr);
                                 waiting->complete(std::move(own));
                               });
}

std::size_t LoopWorkers::close() {
  closed_ = true;
  std::size_t running = 0;
  for (Slot& slot : slots_) {
    if (slot.done == nullptr) continue;
    ++running;
    timers_.cancel(slot.timer);
    executor_.post([waiting = std::exchange(slot.done, nullptr)] {
      waiting->complete(Error(Code::closed, "the workers were closed"));
    });
  }
  return running;
}

}  // namespace tarsier::memory
