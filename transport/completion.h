#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/result.h"
#include "transport/demolition.h"

namespace tarsier {

// A one-shot slot for the result of an operation that was started with start_...(…, completion).
// It is the one bridge from the callback world (backends, below) to coroutines (services, above).
//
// Contract of every start_... function in this folder:
//   - complete() is called exactly once, on the loop that owns the object, never from inside the
//     start_... call itself;
//   - the slot outlives the operation: closing the object the operation belongs to makes it finish
//     with Code::closed on a later turn;
//   - after the result was taken the slot may be armed again by the next start_... call.
//
// Two ways to use it. In a coroutine: start the operation, then co_await the slot. Without one:
// construct it with a function and a context pointer, which costs no frame.
template <class T>
class Completion {
 public:
  using Function = void (*)(void* context, Result<T> result);

  Completion() = default;
  Completion(Function function, void* context) : function_(function), context_(context) {}
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  ~Completion() {
    TARSIER_CHECK(!pending_ || Demolition::under_way(),
                  "a Completion was destroyed while its operation runs: close the "
                  "object and wait for Code::closed first");
  }

  // For backends. arm() when the operation starts, complete() when it ends, disarm() only when
  // the world it belongs to is dead (a crashed simulated node).
  void arm() {
    TARSIER_CHECK(!pending_, "an operation of this kind is already running");
    pending_ = true;
    result_.reset();
  }
  void disarm() { pending_ = false; }
  void complete(Result<T> result) {
    TARSIER_CHECK(pending_, "an operation completed twice");
    pending_ = false;
    if (function_ != nullptr) {
      function_(context_, std::move(result));
      return;
    }
    result_.emplace(std::move(result));
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  bool pending() const { return pending_; }

  bool await_ready() const noexcept { return result_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) {
    TARSIER_CHECK(pending_, "co_await of a Completion without a running operation");
    waiter_ = waiter;
  }
  Result<T> await_resume() {
    Result<T> result = std::move(*result_);
    result_.reset();
    return result;
  }

 private:
  Function function_ = nullptr;
  void* context_ = nullptr;
  std::coroutine_handle<> waiter_;
  std::optional<Result<T>> result_;
  bool pending_ = false;
};

}  // namespace tarsier
