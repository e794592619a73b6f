#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "transport/base/result.h"
#include "transport/completion.h"
#include "transport/task.h"

// A canary for compilers. g++ 12 destroys some temporaries of a co_await expression twice
// (ARCHITECTURE.md, "The compiler trap"). The first half holds the shapes our code uses: a compiler
// that fails one of them cannot build Tarsier. The second half holds the shapes the lint refuses
// (ci/tidy_checks/coawait.py) and says what this compiler makes of them.
namespace tarsier {
namespace {

struct Lives {
  int begun = 0;
  int ended = 0;
};

class Tracked {
 public:
  explicit Tracked(Lives& lives) : lives_(&lives) { ++lives_->begun; }
  Tracked(const Tracked& other) : lives_(other.lives_) { ++lives_->begun; }
  Tracked& operator=(const Tracked& other) = default;
  ~Tracked() { ++lives_->ended; }

 private:
  Lives* lives_;
};

struct Aggregate {
  Tracked tracked;
  int n = 0;
};
class WithConstructor {
 public:
  WithConstructor(Lives& lives, int n) : tracked_(lives), n_(n) {}
  int n() const { return n_; }

 private:
  Tracked tracked_;
  int n_;
};

// Each child suspends once, so that its operands outlive a suspension of the parent.
Task<int> by_reference(const Aggregate& a, Completion<void>& slot) {
  const Result<> woken = co_await slot;
  EXPECT_TRUE(woken.ok());
  co_return a.n;
}
Task<int> by_value(Aggregate a, Completion<void>& slot) {
  const Result<> woken = co_await slot;
  EXPECT_TRUE(woken.ok());
  co_return a.n;
}
Task<int> constructed(WithConstructor a, Completion<void>& slot) {
  const Result<> woken = co_await slot;
  EXPECT_TRUE(woken.ok());
  co_return a.n();
}
Task<int> called_back(std::function<int()> f, Completion<void>& slot) {
  const Result<> woken = co_await slot;
  EXPECT_TRUE(woken.ok());
  co_return f();
}
// Options as generated clients take them. A default argument is a temporary of the co_await
// expression, though nobody wrote it there: options have a constructor.
Lives default_lives;
struct Options {
  Options() {}
  Tracked tracked = Tracked(default_lives);
  std::map<std::string, std::string> context;
  int n = 1;
};
class Called {
 public:
  explicit Called(Lives& lives) : tracked_(lives) {}
  Task<int> with_reference(const std::string& text, Completion<void>& slot,
                           const Options& options = {}) {
    Tracked here(tracked_);
    const Result<> woken = co_await slot;
    EXPECT_TRUE(woken.ok());
    co_return text.empty() ? 0 : options.n;
  }
  Task<int> with_value(std::unique_ptr<Tracked> owned, Completion<void>& slot,
                       Options options = {}) {
    const Result<> woken = co_await slot;
    EXPECT_TRUE(woken.ok());
    co_return owned != nullptr ? options.n : 0;
  }

 private:
  Tracked tracked_;
};
Task<Result<std::string>> text(std::string a, Completion<void>& slot) {
  const Result<> woken = co_await slot;
  EXPECT_TRUE(woken.ok());
  co_return a;
}

// Runs `body(lives, slot)` over one suspension and hands back what lived and died.
template <class Body>
Lives lives_of(Body body) {
  Lives lives;
  Completion<void> slot;
  slot.arm();
  {
    auto task = body(lives, slot);
    task.start();
    EXPECT_FALSE(task.done());
    slot.complete({});
    EXPECT_TRUE(task.done());
  }
  return lives;
}

void expect_balanced(const Lives& lives) {
  EXPECT_GT(lives.begun, 0);
  EXPECT_EQ(lives.begun, lives.ended)
      << "this compiler destroys an operand of co_await more or less than once: it cannot build "
         "Tarsier. clang-19 and g++-12 can.";
}

Task<int> await_named_reference(Lives& lives, Completion<void>& slot) {
  const Aggregate a{Tracked(lives), 1};
  co_return co_await by_reference(a, slot);
}
Task<int> await_named_value(Lives& lives, Completion<void>& slot) {
  Aggregate a{Tracked(lives), 1};
  auto child = by_value(std::move(a), slot);
  co_return co_await child;
}
Task<int> await_temporary_with_constructor(Lives& lives, Completion<void>& slot) {
  co_return co_await constructed(WithConstructor(lives, 1), slot);
}
Task<int> await_named_lambda(Lives& lives, Completion<void>& slot) {
  Tracked tracked(lives);
  auto f = [tracked] { return 1; };
  auto child = called_back(f, slot);
  co_return co_await child;
}
Task<int> await_text(Lives& lives, Completion<void>& slot) {
  Tracked tracked(lives);
  std::string name(100, 'x');
  auto answer = co_await text(name + "y", slot);
  co_return answer.ok() && answer.value().size() == 101 ? 1 : 0;
}

Task<int> await_with_default_reference(Lives& lives, Completion<void>& slot) {
  Called called(lives);
  co_return co_await called.with_reference("text that is longer than a small string", slot);
}
Task<int> await_with_default_value(Lives& lives, Completion<void>& slot) {
  Called called(lives);
  auto owned = std::make_unique<Tracked>(lives);
  co_return co_await called.with_value(std::move(owned), slot);
}
Task<int> await_with_named_options(Lives& lives, Completion<void>& slot) {
  Called called(lives);
  Options options;
  options.context["key that is longer than a small string"] = "value";
  auto owned = std::make_unique<Tracked>(lives);
  const int there = co_await called.with_value(std::move(owned), slot, options);
  co_return there;
}

TEST(CoroutineLifetime, OperandsOfTheShapesWeUseLiveOnce) {
  expect_balanced(lives_of(await_with_default_reference));
  expect_balanced(lives_of(await_with_default_value));
  expect_balanced(lives_of(await_with_named_options));
  expect_balanced(default_lives);
  expect_balanced(lives_of(await_named_reference));
  expect_balanced(lives_of(await_named_value));
  expect_balanced(lives_of(await_temporary_with_constructor));
  expect_balanced(lives_of(await_named_lambda));
  expect_balanced(lives_of(await_text));
}

Task<int> await_aggregate(Lives& lives, Completion<void>& slot) {
  co_return co_await by_value(Aggregate{Tracked(lives), 1}, slot);
}
Task<int> await_lambda(Lives& lives, Completion<void>& slot) {
  Tracked tracked(lives);
  co_return co_await called_back([tracked] { return 1; }, slot);
}

TEST(CoroutineLifetime, TheShapesTheLintRefusesAreRefusedForCause) {
  for (const auto shape : {await_aggregate, await_lambda}) {
    const Lives lives = lives_of(shape);
#if defined(__clang__)
    expect_balanced(lives);
#else
    if (lives.begun == lives.ended) {
      GTEST_SKIP() << "this g++ treats its temporaries well; once every supported one does, the "
                      "co_await lint may go";
    }
#endif
  }
}

}  // namespace
}  // namespace tarsier
