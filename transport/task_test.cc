#include "transport/task.h"

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

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

// A chain of children that all suspend at the bottom: the end of the innermost ends them all.
Task<int> dive(Completion<int>& slot, int depth) {
  if (depth == 0) {
    auto result = co_await slot;
    co_return result.value();
  }
  auto child = dive(slot, depth - 1);
  const int deeper = co_await child;
  co_return deeper + 1;
}

TEST(Task, ADeepChainUnwindsInOneCompletion) {
  Completion<int> slot;
  slot.arm();
  auto task = dive(slot, 500);
  task.start();
  EXPECT_FALSE(task.done());
  slot.complete(7);
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take_result(), 507);
}

TEST(Task, AnUnstartedTaskIsDroppedWithItsArguments) {
  auto held = std::make_shared<int>(1);
  struct Holder {
    static Task<void> hold(std::shared_ptr<int>) { co_return; }
  };
  {
    auto task = Holder::hold(held);
    EXPECT_EQ(held.use_count(), 2);
    EXPECT_FALSE(task.done());
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, MovesKeepTheFrameAndAssignmentDropsTheOld) {
  auto first = immediate(1);
  auto second = immediate(2);
  first.start();
  second = std::move(first);
  EXPECT_FALSE(static_cast<bool>(first));
  EXPECT_TRUE(second.done());
  EXPECT_EQ(second.take_result(), 1);
  Task<int> none;
  EXPECT_FALSE(static_cast<bool>(none));
  EXPECT_FALSE(none.done());
}

TEST(Task, AwaitingATaskThatWasStartedBeforeTakesItUp) {
  Completion<int> slot;
  slot.arm();
  auto child = add(slot, 1);
  child.start();
  struct Parent {
    static Task<void> wait(Task<int> started, int& out) { out = co_await started; }
  };
  int out = 0;
  Scope scope;
  scope.spawn(Parent::wait(std::move(child), out));
  EXPECT_EQ(out, 0);
  slot.complete(41);
  EXPECT_EQ(out, 42);
}

TEST(Task, CarriesWhatCannotBeCopied) {
  struct Maker {
    static Task<std::unique_ptr<int>> make() { co_return std::make_unique<int>(9); }
  };
  auto task = Maker::make();
  task.start();
  EXPECT_EQ(*task.take_result(), 9);
}

TEST(TaskDeathTest, StartsOnceAndHasNoResultBefore) {
  auto task = immediate(1);
  EXPECT_DEATH((void)task.take_result(), "unfinished");
  task.start();
  EXPECT_DEATH(task.start(), "started once");
}

Task<void> join_and_note(Scope& scope, bool& joined) {
  co_await scope.join();
  joined = true;
}

TEST(Scope, AnEmptyScopeIsJoinedAtOnce) {
  Scope inner;
  Scope outer_scope;
  bool joined = false;
  outer_scope.spawn(join_and_note(inner, joined));
  EXPECT_TRUE(joined);
}

TEST(Scope, TheJoinerRunsWhenTheLastOfManyEnds) {
  std::array<Completion<int>, 3> slots;
  std::array<int, 3> out{};
  Scope inner;
  Scope outer_scope;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    slots[i].arm();
    inner.spawn(outer(slots[i], out[i]));
  }
  bool joined = false;
  outer_scope.spawn(join_and_note(inner, joined));
  EXPECT_EQ(inner.running(), 3u);
  // Not in the order of spawning: the list is unlinked in the middle, at its end, at its front.
  for (const std::size_t i : {1u, 0u, 2u}) {
    EXPECT_FALSE(joined);
    slots[i].complete(1);
  }
  EXPECT_TRUE(joined);
  EXPECT_EQ(out, (std::array{11, 11, 11}));
}

// A server that waits for its last session may go when it resumes.
Task<void> destroy_when_joined(std::unique_ptr<Scope> scope, bool& destroyed) {
  co_await scope->join();
  scope.reset();
  destroyed = true;
}

TEST(Scope, TheJoinerMayDestroyTheScope) {
  Completion<int> slot;
  slot.arm();
  int out = 0;
  auto inner = std::make_unique<Scope>();
  inner->spawn(outer(slot, out));
  bool destroyed = false;
  Scope outer_scope;
  outer_scope.spawn(destroy_when_joined(std::move(inner), destroyed));
  EXPECT_FALSE(destroyed);
  slot.complete(1);
  EXPECT_TRUE(destroyed);
}

Task<void> spawn_another(Scope& scope, Completion<int>& slot, int& out) {
  scope.spawn(outer(slot, out));
  co_return;
}

TEST(Scope, ATaskMaySpawnIntoItsOwnScope) {
  Completion<int> slot;
  slot.arm();
  int out = 0;
  Scope scope;
  scope.spawn(spawn_another(scope, slot, out));
  EXPECT_EQ(scope.running(), 1u) << "the first has ended, the second waits";
  slot.complete(1);
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(out, 11);
}

TEST(ScopeDeathTest, HasOneJoiner) {
  EXPECT_DEATH(
      {
        Completion<int> slot;
        slot.arm();
        int out = 0;
        Scope inner;
        Scope outer_scope;
        bool joined = false;
        inner.spawn(outer(slot, out));
        outer_scope.spawn(join_and_note(inner, joined));
        outer_scope.spawn(join_and_note(inner, joined));
      },
      "one joiner");
}

Task<void> throw_out_of_a_scope() {
  throw std::runtime_error("nobody catches this");
  co_return;
}

TEST(ScopeDeathTest, ATaskThatThrowsEndsTheProgram) {
  EXPECT_DEATH(
      {
        Scope scope;
        scope.spawn(throw_out_of_a_scope());
      },
      "");
}

TEST(Completion, AResultThatCameBeforeTheAwaitIsTakenAtOnce) {
  Completion<int> slot;
  slot.arm();
  slot.complete(3);
  auto task = add(slot, 1);
  task.start();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.take_result(), 4);
}

TEST(Completion, IsArmedAgainAndAgain) {
  struct Adder {
    static Task<void> add_three(Completion<int>& slot, int& sum) {
      for (int i = 0; i < 3; ++i) {
        if (!slot.pending()) slot.arm();
        auto result = co_await slot;
        sum += result.ok() ? result.value() : -100;
      }
    }
  };
  Completion<int> slot;
  int sum = 0;
  Scope scope;
  scope.spawn(Adder::add_three(slot, sum));
  slot.complete(1);
  slot.complete(Error(Code::timeout));
  slot.complete(2);
  EXPECT_EQ(sum, -97);
  EXPECT_TRUE(scope.empty());
}

TEST(Completion, AFunctionMayDestroyItsSlot) {
  struct Owner {
    std::unique_ptr<Completion<int>> slot;
    int got = 0;
  } owner;
  owner.slot = std::make_unique<Completion<int>>(
      [](void* self, Result<int> result) {
        static_cast<Owner*>(self)->got = result.value();
        static_cast<Owner*>(self)->slot.reset();
      },
      &owner);
  owner.slot->arm();
  owner.slot->complete(5);
  EXPECT_EQ(owner.got, 5);
}

TEST(CompletionDeathTest, InsistsOnItsProtocol) {
  Completion<int> slot;
  EXPECT_DEATH(slot.complete(1), "twice");
  EXPECT_DEATH(
      {
        slot.arm();
        slot.arm();
      },
      "already running");
  EXPECT_DEATH(
      {
        auto task = add(slot, 1);
        task.start();
      },
      "without a running operation");
  EXPECT_DEATH(
      {
        Completion<int> forgotten;
        forgotten.arm();
      },
      "destroyed while");
}

TEST(CompletionDeathTest, CompletesOnce) {
  Completion<int> slot([](void*, Result<int>) {}, nullptr);
  slot.arm();
  slot.complete(1);
  EXPECT_DEATH(slot.complete(2), "twice");
}

}  // namespace
}  // namespace tarsier
