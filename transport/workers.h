#pragma once

#include <cstddef>
#include <memory>

#include "transport/completion.h"

namespace tarsier {

// Something to do beside the loop. It goes to a worker and comes back; whoever holds it owns it, so
// that nothing in it needs a lock.
class Work {
 public:
  virtual ~Work() = default;
  // On the worker. Touches nothing that belongs to the loop, and throws nothing.
  virtual void run() = 0;
};

// A fixed number of threads that may block, each with a number: each runs one piece of work at a
// time, so that what only one worker uses needs no lock. Who waits for a worker is the affair of
// whoever starts work, because that is where it can be bounded, reordered and refused. In a world
// with one thread, delayed completions on that. Made by Blocking::make_workers(); loop only.
class Workers {
 public:
  // As close(), and what is pending must have completed by then.
  virtual ~Workers() = default;
  virtual std::size_t count() const = 0;
  // Runs the work on that worker, which is idle: its last work has come back. It comes back through
  // `done`. Code::closed, without the work: the workers were closed.
  virtual void start(std::size_t worker, std::unique_ptr<Work> work,
                     Completion<std::unique_ptr<Work>>& done) = 0;
  // From now on nothing begins or comes back: what is pending completes as closed. Work that runs
  // already cannot be stopped; its thread goes on until it returns, destroys it and ends, whether
  // the loop still exists or not. Returns how many of those there are.
  virtual std::size_t close() = 0;
};

}  // namespace tarsier
