#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/blocking.h"
#include "transport/executor.h"

namespace tarsier::epoll {

struct BlockingPoolOptions {
  std::size_t threads_max = 4;
  std::size_t queue_max = 1024;  // work that waits for a thread
};

// Of those that resolve names: getaddrinfo() mostly waits.
inline constexpr BlockingPoolOptions resolving_pool_options{.threads_max = 2};

// Bounded threads for work that blocks, started when there is work for them. Several loops may
// share one; each work completes on the loop it came from.
class BlockingPool {
 public:
  explicit BlockingPool(BlockingPoolOptions options = {}) : options_(options) {}
  // Waits for the work that runs; what has not begun completes as cancelled.
  ~BlockingPool();

  // From any thread. The callbacks run on a thread of the pool; `cancelled` instead of `work` when
  // the pool ends. False: the queue is full, and neither will run.
  bool submit(Callback work, Callback cancelled);

 private:
  struct Item {
    Callback work;
    Callback cancelled;
  };

  void run();

  const BlockingPoolOptions options_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Item> queue_;  // all under mutex_
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

// The pool as one loop sees it.
class LoopBlocking final : public Blocking {
 public:
  LoopBlocking(Executor& loop, BlockingPool& pool) : loop_(loop), pool_(pool) {}
  void start(Callback work, Completion<void>& done) override;
  Result<std::unique_ptr<Workers>> make_workers(std::size_t count) override;

 private:
  Executor& loop_;
  BlockingPool& pool_;
};

}  // namespace tarsier::epoll
