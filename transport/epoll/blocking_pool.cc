#include "transport/epoll/blocking_pool.h"

#include <utility>

#include "transport/epoll/thread_workers.h"

namespace tarsier::epoll {

BlockingPool::~BlockingPool() {
  std::deque<Item> left;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    left.swap(queue_);
  }
  ready_.notify_all();
  for (Item& item : left) item.cancelled();
  for (std::thread& thread : threads_) thread.join();
}

bool BlockingPool::submit(Callback work, Callback cancelled) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() >= options_.queue_max) return false;
  queue_.push_back(Item{std::move(work), std::move(cancelled)});
  if (queue_.size() > idle_ && threads_.size() < options_.threads_max) {
    threads_.emplace_back([this] { run(); });
  } else {
    ready_.notify_one();
  }
  return true;
}

void BlockingPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    ready_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    --idle_;
    if (ending_) return;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    item.work();
    item = Item{};  // what the work held is released here, not under the lock
    lock.lock();
  }
}

void LoopBlocking::start(Callback work, Completion<void>& done) {
  done.arm();
  const bool taken = pool_.submit(
      [&loop = loop_, &done, work = std::move(work)]() mutable {
        work();
        work = nullptr;
        loop.post_from_any_thread([&done] { done.complete({}); });
      },
      [&loop = loop_, &done] {
        loop.post_from_any_thread([&done] {
          done.complete(Error(Code::cancelled, "the pool for blocking work ended first"));
        });
      });
  if (taken) return;
  loop_.post([&done] {
    done.complete(Error(Code::limit,
                        "the queue for blocking work is full: too much of it, or too "
                        "slow; raise BlockingPoolOptions or shed load"));
  });
}

Result<std::unique_ptr<Workers>> LoopBlocking::make_workers(std::size_t count) {
  return ThreadWorkers::make(loop_, count);
}

}  // namespace tarsier::epoll
