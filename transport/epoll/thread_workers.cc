#include "transport/epoll/thread_workers.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/limits.h"

namespace tarsier::epoll {

struct ThreadWorkers::Slot {
  explicit Slot(Executor& executor) : loop(executor) {}

  std::mutex mutex;
  std::condition_variable ready;
  Executor& loop;              // to be asked under the mutex, and only while not closed
  std::unique_ptr<Work> work;  // that waits to be begun; these three under the mutex
  bool running = false;
  bool closed = false;

  Completion<std::unique_ptr<Work>>* done = nullptr;  // of the loop alone; null: idle
};

Result<std::unique_ptr<Workers>> ThreadWorkers::make(Executor& loop, std::size_t count) {
  TARSIER_CHECK(count > 0, "workers are made to work: there is at least one");
  if (count > limits::handler_threads_max) {
    return Error(Code::limit, std::to_string(count) + " threads are more than the " +
                                  std::to_string(limits::handler_threads_max) +
                                  " that one may have");
  }
  std::unique_ptr<ThreadWorkers> workers(new ThreadWorkers(loop));
  for (std::size_t i = 0; i < count; ++i) TARSIER_TRY_VOID(workers->add_thread());
  return std::unique_ptr<Workers>(std::move(workers));
}

Result<> ThreadWorkers::add_thread() {
  auto slot = std::make_shared<Slot>(loop_);
  try {
    threads_.emplace_back([slot] { run(slot); });
  } catch (const std::system_error& error) {
    return Error(Code::limit, "thread " + std::to_string(slots_.size() + 1) +
                                  " could not be started (" + error.what() +
                                  "): ask for fewer, or raise the limit (ulimit -u)");
  }
  slots_.push_back(std::move(slot));
  return {};
}

ThreadWorkers::~ThreadWorkers() { close(); }

void ThreadWorkers::run(const std::shared_ptr<Slot>& slot) {
  std::unique_lock lock(slot->mutex);
  while (true) {
    slot->ready.wait(lock, [&slot] { return slot->closed || slot->work != nullptr; });
    if (slot->closed) return;
    std::unique_ptr<Work> work = std::move(slot->work);
    slot->running = true;
    lock.unlock();
    work->run();
    lock.lock();
    slot->running = false;
    if (slot->closed) {
      lock.unlock();
      return;  // nobody waits for the work any more
    }
    slot->loop.post_from_any_thread([slot, back = std::move(work)]() mutable {
      auto* const waiting = std::exchange(slot->done, nullptr);
      if (waiting != nullptr) waiting->complete(std::move(back));
    });
  }
}

void ThreadWorkers::start(std::size_t worker, std::unique_ptr<Work> work,
                          Completion<std::unique_ptr<Work>>& done) {
  Slot& slot = *slots_[worker];
  TARSIER_CHECK(slot.done == nullptr, "a worker takes one piece of work at a time");
  done.arm();
  if (closed_) {
    loop_.post([&done] { done.complete(Error(Code::closed, "the workers were closed")); });
    return;
  }
  slot.done = &done;
  {
    const std::lock_guard lock(slot.mutex);
    slot.work = std::move(work);
  }
  slot.ready.notify_one();
}

std::size_t ThreadWorkers::close() {
  if (std::exchange(closed_, true)) return 0;
  std::size_t abandoned = 0;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    Slot& slot = *slots_[i];
    std::unique_ptr<Work> never_begun;
    bool running = false;
    {
      const std::lock_guard lock(slot.mutex);
      slot.closed = true;
      running = slot.running;
      never_begun = std::move(slot.work);
    }
    slot.ready.notify_one();
    if (running) {
      ++abandoned;
      threads_[i].detach();
    } else {
      threads_[i].join();
    }
    if (slot.done == nullptr) continue;
    loop_.post([waiting = std::exchange(slot.done, nullptr)] {
      waiting->complete(Error(Code::closed, "the workers were closed"));
    });
  }
  return abandoned;
}

}  // namespace tarsier::epoll
