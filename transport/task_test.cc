#include "transport/task.h"

#include <stdexcept>
#include <string>

#include "transport/base/result.h"
#include "transport/completion.h"
#include "transport/scope.h"

namespace tarsier {
namespace {

Task<int> immediate(int n) { co_return n; }
Task<int> count_to(int n) {
  int sum = 0;
  for (int i = 1; i <= n; ++i) sum += co_await immediate(1);
  co_return sum;
}

TEST(Task, AChildThatDoesNotSuspendNeedsNoStack) {
  auto task = count_to(200'000);
  task.start();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take_result(), 200'000);
}

Task<int> add(Completion<int>& slot, int n) {
  auto result = co_await slot;
  co_return result.value() + n;
}
Task<void> outer(Completion<int>& slot, int& out) {
  auto child = add(slot, 10);
  out = co_await child;
}

TEST(Scope, JoinsWhenTheLastTaskEnds) {
  Completion<int> slot;
  Completion<void> never_started;
  int out = 0;
  Scope scope;
  slot.arm();
  scope.spawn(outer(slot, out));
  EXPECT_EQ(scope.running(), 1u);
  slot.complete(5);
  EXPECT_EQ(out, 15);
  EXPECT_TRUE(scope.empty());
}

TEST(ScopeDeathTest, RefusesToForgetATask) {
  EXPECT_DEATH(
      {
        Completion<int> slot;
        int out = 0;
        slot.arm();
        Scope scope;
        scope.spawn(outer(slot, out));
      },
      "while tasks run");
}

TEST(Scope, AbandonDestroysSuspendedFrames) {
  Completion<int> slot;
  int out = 0;
  slot.arm();
  {
    Scope scope;
    scope.spawn(outer(slot, out));
    scope.abandon();
  }
  slot.disarm();
  EXPECT_EQ(out, 0);
}

TEST(Demolition, ScopesAndCompletionsDoNotInsistMeanwhile) {
  int out = 0;
  Demolition demolition;
  Completion<int> slot;
  slot.arm();
  Scope scope;
  scope.spawn(outer(slot, out));
}

Task<int> throws() {
  throw std::runtime_error("user code");
  co_return 0;
}
Task<std::string> catches() {
  auto child = throws();
  try {
    co_await child;
  } catch (const std::runtime_error& e) {
    co_return e.what();
  }
  co_return "nothing";
}

TEST(Task, ExceptionsReachTheAwaiter) {
  auto task = catches();
  task.start();
  EXPECT_EQ(task.take_result(), "user code");
}

TEST(CompletionDeathTest, CompletesOnce) {
  Completion<int> slot([](void*, Result<int>) {}, nullptr);
  slot.arm();
  slot.complete(1);
  EXPECT_DEATH(slot.complete(2), "twice");
}

}  // namespace
}  // namespace tarsier
