#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "transport/base/result.h"
#include "transport/executor.h"
#include "transport/workers.h"

namespace tarsier::epoll {

// Workers of a loop as threads, each with a lock of its own that it shares with the loop alone.
class ThreadWorkers final : public Workers {
 public:
  // limit: the system starts no more threads, or nobody gets so many.
  static Result<std::unique_ptr<Workers>> make(Executor& loop, std::size_t count);
  ~ThreadWorkers() override;

  std::size_t count() const override { return slots_.size(); }
  void start(std::size_t worker, std::unique_ptr<Work> work,
             Completion<std::unique_ptr<Work>>& done) override;
  std::size_t close() override;

 private:
  struct Slot;
  explicit ThreadWorkers(Executor& loop) : loop_(loop) {}
  Result<> add_thread();
  static void run(const std::shared_ptr<Slot>& slot);

  Executor& loop_;
  // Shared with its thread, which may outlive everything else.
  std::vector<std::shared_ptr<Slot>> slots_;
  std::vector<std::thread> threads_;
  bool closed_ = false;
};

}  // namespace tarsier::epoll
