#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/timers.h"
#include "transport/workers.h"

namespace tarsier::memory {

// Workers of a world with one thread: a piece of work runs on the loop when the time that it takes
// is over.
class LoopWorkers final : public Workers {
 public:
  // How long the next piece of work takes, and on which worker.
  using Takes = UniqueFunction<Duration(std::size_t worker)>;

  // limit: nobody gets so many, here as elsewhere.
  static Result<std::unique_ptr<Workers>> make(Executor& executor, Clock& clock, Timers& timers,
                                               std::size_t count, Takes takes);
  ~LoopWorkers() override;

  std::size_t count() const override { return slots_.size(); }
  void start(std::size_t worker, std::unique_ptr<Work> work,
             Completion<std::unique_ptr<Work>>& done) override;
  std::size_t close() override;

 private:
  struct Slot {
    Timers::Id timer = 0;
    Completion<std::unique_ptr<Work>>* done = nullptr;  // null: idle
  };
  LoopWorkers(Executor& executor, Clock& clock, Timers& timers, std::size_t count, Takes takes);

  Executor& executor_;
  Clock& clock_;
  Timers& timers_;
  Takes takes_;
  std::vector<Slot> slots_;
  bool closed_ = false;
};

}  // namespace tarsier::memory
