#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "transport/base/check.h"
#include "transport/demolition.h"
#include "transport/task.h"

namespace tarsier {

// Owns tasks that run beside their creator. join() waits for them; the destructor insists that none
// is left, so a forgotten task is found where it was forgotten.
//
// A task that throws is a bug here: exceptions stop where user code is called (server/, client/).
class Scope {
 public:
  Scope() = default;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    if (Demolition::under_way()) abandon();
    TARSIER_CHECK(first_ == nullptr,
                  "a Scope was destroyed while tasks run: close what they wait for, then join()");
  }

  // Starts the task at once; it may finish before spawn returns.
  void spawn(Task<void> task) { run(*this, std::move(task)).handle.resume(); }

  std::size_t running() const { return running_; }
  bool empty() const { return first_ == nullptr; }

  // co_await scope.join(): resumes when no task is left. One waiter at a time.
  auto join() { return JoinAwaiter{*this}; }

  // Destroys the suspended frames. Only for a world that is dead already (a crashed simulated
  // node, after its Env went dead): nothing those tasks wait for may complete any more.
  void abandon() {
    while (first_ != nullptr) {
      Node* node = first_;
      unlink(*node);
      node->self.destroy();
    }
  }

 private:
  struct Node {
    Node* next = nullptr;
    Node* previous = nullptr;
    std::coroutine_handle<> self;
  };
  struct Root {
    struct promise_type : Node {
      Scope& scope;
      promise_type(Scope& owner, Task<void>&) : scope(owner) {}
      Root get_return_object() {
        auto frame = std::coroutine_handle<promise_type>::from_promise(*this);
        self = frame;
        scope.link(*this);
        return Root{frame};
      }
      std::suspend_always initial_suspend() const noexcept { return {}; }
      // The frame destroys itself; leaving the list first, so that a joiner may destroy the Scope.
      struct Leave {
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
          Scope& owner = self.promise().scope;
          owner.unlink(self.promise());
          self.destroy();
          if (owner.first_ == nullptr && owner.joiner_)
            std::exchange(owner.joiner_, nullptr).resume();
        }
        void await_resume() const noexcept {}
      };
      Leave final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() noexcept { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
  };
  struct JoinAwaiter {
    Scope& scope;
    bool await_ready() const noexcept { return scope.first_ == nullptr; }
    void await_suspend(std::coroutine_handle<> joiner) {
      TARSIER_CHECK(!scope.joiner_, "a Scope has one joiner");
      scope.joiner_ = joiner;
    }
    void await_resume() const noexcept {}
  };

  static Root run(Scope&, Task<void> task) { co_await task; }

  void link(Node& node) {
    node.next = first_;
    if (first_ != nullptr) first_->previous = &node;
    first_ = &node;
    ++running_;
  }
  void unlink(Node& node) {
    (node.previous != nullptr ? node.previous->next : first_) = node.next;
    if (node.next != nullptr) node.next->previous = node.previous;
    --running_;
  }

  Node* first_ = nullptr;
  std::coroutine_handle<> joiner_;
  std::size_t running_ = 0;
};

}  // namespace tarsier
