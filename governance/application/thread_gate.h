#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "transport/base/log.h"

// A log is the one thing that every thread of a process shares. What threads other than the loop's
// may touch of it is here; everything else belongs to the loop.
namespace tarsier::application {

// Counts what is on its way from other threads to the loop, and refuses more than a bound: the
// inbox of a loop (Executor::post_from_any_thread) has none.
class ThreadGate {
 public:
  explicit ThreadGate(std::size_t inside_max) : inside_max_(inside_max) {}

  // From any thread. False: too much is on its way already; counted.
  bool enter() {
    if (inside_.fetch_add(1, std::memory_order_relaxed) < inside_max_) return true;
    inside_.fetch_sub(1, std::memory_order_relaxed);
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  // On the loop, once for every enter() that was true.
  void leave() { inside_.fetch_sub(1, std::memory_order_relaxed); }

  std::size_t inside() const { return inside_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  const std::size_t inside_max_;
  std::atomic<std::size_t> inside_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
};

// A level that an operator changes while all threads ask for it.
class SharedLevel {
 public:
  explicit SharedLevel(LogLevel level) : level_(level) {}
  LogLevel get() const { return level_.load(std::memory_order_relaxed); }
  void set(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

 private:
  std::atomic<LogLevel> level_;
};

}  // namespace tarsier::application
