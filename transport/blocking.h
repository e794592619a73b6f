#pragma once

#include <cstddef>
#include <memory>

#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/completion.h"
#include "transport/workers.h"

namespace tarsier {

// Work that may block (a database, a big copy, a synchronous servant) runs here, beside the loop.
// In production a bounded pool of threads; in simulation a delayed completion on the one thread.
// `work` must touch nothing that belongs to the loop.
class Blocking {
 public:
  virtual ~Blocking() = default;
  // limit: the queue of the pool is full. cancelled: the pool ended before the work began.
  virtual void start(Callback work, Completion<void>& done) = 0;
  // Threads apart from that pool, 1 to limits::handler_threads_max of them. limit: there are no
  // more to be had.
  virtual Result<std::unique_ptr<Workers>> make_workers(std::size_t count) = 0;
};

}  // namespace tarsier
