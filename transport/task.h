#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "transport/base/check.h"

namespace tarsier {

template <class T = void>
class Task;

namespace detail {

struct TaskPromiseBase {
  std::coroutine_handle<> continuation;
  std::exception_ptr exception;

  // Resumes the parent from inside the final suspension. No symmetric transfer: g++ without
  // optimisation makes no tail calls, and its stack would grow with every completed child.
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      if (auto parent = self.promise().continuation) parent.resume();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (exception) std::rethrow_exception(exception);
    return std::move(*value);
  }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() {
    if (exception) std::rethrow_exception(exception);
  }
};

}  // namespace detail

// A lazy, structured coroutine: it starts when awaited (or spawned in a Scope, transport/scope.h)
// and its frame lives as long as the Task. A child that finishes without suspending never
// suspends its parent. One loop only; awaited at most once.
//
// Name the child before awaiting it — `auto child = f(x); auto r = co_await child;` or
// `co_await f(x)` with plain arguments: g++ 12 miscompiles aggregate temporaries and lambdas inside
// a co_await expression (ARCHITECTURE.md, "The compiler trap").
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), started_(other.started_) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, nullptr);
      started_ = other.started_;
    }
    return *this;
  }
  ~Task() { destroy(); }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  bool done() const { return handle_ && handle_.done(); }

  // Runs until the first suspension. For dispatchers that want to know at once whether the task is
  // done; everybody else awaits.
  void start() {
    TARSIER_CHECK(handle_ && !started_, "a Task is started once");
    started_ = true;
    handle_.resume();
  }
  // What a finished task returned, or throws what it threw.
  T take_result() {
    TARSIER_CHECK(done(), "the result of an unfinished Task");
    return handle_.promise().take();
  }

  bool await_ready() const noexcept { return done(); }
  bool await_suspend(std::coroutine_handle<> parent) {
    if (!started_) start();
    if (handle_.done()) return false;
    handle_.promise().continuation = parent;
    return true;
  }
  T await_resume() { return take_result(); }

 private:
  void destroy() {
    if (handle_) handle_.destroy();
  }

  Handle handle_;
  bool started_ = false;
};

namespace detail {
template <class T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}
}  // namespace detail

}  // namespace tarsier
