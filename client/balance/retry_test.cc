#include "client/balance/retry.h"

#include <rapidcheck/state.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>

#include "transport/base/random.h"

namespace tarsier::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

double ms(Duration wait) { return std::chrono::duration<double, std::milli>(wait).count(); }

constexpr std::uint64_t any_bits = 0x1234'5678'9abc'def0;

RetryDecision decide(const Attempt& attempt, const RetryBudget& budget = RetryBudget({})) {
  return decide_retry({}, budget, attempt, any_bits);
}

Attempt after(Outcome outcome, bool idempotent = false) {
  Attempt attempt;
  attempt.outcome = outcome;
  attempt.idempotent = idempotent;
  attempt.left = seconds(3);
  return attempt;
}

TEST(Retry, IsForWhatIsSafeToRepeat) {
  for (const Outcome outcome :
       {Outcome::refused, Outcome::overloaded, Outcome::relay_failed, Outcome::unsent}) {
    EXPECT_EQ(decide(after(outcome)).verdict, RetryVerdict::retry);
    EXPECT_EQ(decide(after(outcome, true)).verdict, RetryVerdict::retry);
  }
  for (const Outcome outcome : {Outcome::timed_out, Outcome::broken, Outcome::expired}) {
    EXPECT_EQ(decide(after(outcome)).verdict, RetryVerdict::unsafe) << "it may have run";
    EXPECT_EQ(decide(after(outcome, true)).verdict, RetryVerdict::retry);
  }
  for (const Outcome outcome : {Outcome::answered, Outcome::abandoned})
    EXPECT_EQ(decide(after(outcome, true)).verdict, RetryVerdict::final);
}

TEST(Retry, StopsAfterThreeAttempts) {
  Attempt attempt = after(Outcome::overloaded);
  attempt.attempts = 2;
  EXPECT_EQ(decide(attempt).verdict, RetryVerdict::retry);
  attempt.attempts = 3;
  EXPECT_EQ(decide(attempt).verdict, RetryVerdict::enough);
}

TEST(Retry, WaitsLongerEachTimeAndNeverLongerThanTheCall) {
  RetryOptions options;
  options.attempts_max = 100;
  const RetryBudget budget(options);
  Attempt attempt = after(Outcome::overloaded);
  const auto longest = [&](std::uint32_t attempts) {
    attempt.attempts = attempts;
    Duration most{};
    for (std::uint64_t random = 0; random < 4'000; ++random) {
      const std::uint64_t bits = random * 1'000'003;  // spread over the nanoseconds of a wait
      most = std::max(most, decide_retry(options, budget, attempt, bits).wait);
    }
    return most;
  };
  EXPECT_NEAR(ms(longest(1)), 25, 1);
  EXPECT_NEAR(ms(longest(2)), 50, 1);
  EXPECT_NEAR(ms(longest(4)), 200, 1);
  EXPECT_NEAR(ms(longest(9)), 1'000, 5);
  EXPECT_LE(longest(50), seconds(1));

  attempt.attempts = 1;
  attempt.left = Duration::zero();
  EXPECT_EQ(decide_retry(options, budget, attempt, 0).verdict, RetryVerdict::no_time);
}

TEST(Retry, WaitsAsLongAsTheServerAsks) {
  Attempt attempt = after(Outcome::overloaded);
  attempt.at_least = seconds(2);
  EXPECT_EQ(decide(attempt).wait, Duration(seconds(2)));
  attempt.at_least = seconds(3);
  EXPECT_EQ(decide(attempt).verdict, RetryVerdict::no_time);
}

TEST(Retry, EndsWithTheBudget) {
  RetryBudget budget{{}};
  int retries = 0;
  while (decide(after(Outcome::overloaded), budget).verdict == RetryVerdict::retry) {
    budget.failed();
    ++retries;
  }
  EXPECT_EQ(retries, 50);
  EXPECT_EQ(decide(after(Outcome::overloaded), budget).verdict, RetryVerdict::no_budget);
  for (int i = 0; i < 10; ++i) budget.succeeded();
  EXPECT_EQ(decide(after(Outcome::overloaded), budget).verdict, RetryVerdict::retry);
  for (int i = 0; i < 1'000; ++i) budget.failed();
  for (int i = 0; i < 500; ++i) budget.succeeded();
  EXPECT_FALSE(budget.allows()) << "no failure is forgotten for nothing";
  budget.succeeded();
  EXPECT_TRUE(budget.allows());
}

TEST(Retry, OfWhatWasNeverSentNeedsNoBudget) {
  RetryBudget spent{{}};
  for (int i = 0; i < 100; ++i) spent.failed();
  EXPECT_EQ(decide(after(Outcome::refused), spent).verdict, RetryVerdict::retry);
  EXPECT_EQ(decide(after(Outcome::relay_failed), spent).verdict, RetryVerdict::no_budget);
}

// However calls fail: beside half of the tokens and the one that crosses it, at most one retry for
// ten successes.
RC_GTEST_PROP(Retry, AddsAtMostATenthOfTheLoad, ()) {
  RetryBudget budget{{}};
  const auto permille = *rc::gen::inRange(0u, 1'001u);
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  int retries = 0, successes = 0;
  for (int i = 0; i < 5'000; ++i) {
    if (!random.permille(permille)) {
      budget.succeeded();
      ++successes;
      continue;
    }
    if (budget.allows()) ++retries;
    budget.failed();
  }
  RC_ASSERT(retries * 10 < (50 + 1) * 10 + successes);
}

TEST(Retry, SendsABackupOnlyForCallsThatMayRunTwice) {
  const RetryBudget budget{{}};
  BackupQuestion question;
  question.after = milliseconds(20);
  question.passed = milliseconds(20);
  question.left = seconds(1);
  EXPECT_FALSE(may_send_backup({}, budget, question));
  question.idempotent = true;
  EXPECT_TRUE(may_send_backup({}, budget, question));
  const auto refused = [&](auto change) {
    BackupQuestion other = question;
    change(other);
    return !may_send_backup({}, budget, other);
  };
  EXPECT_TRUE(refused([](auto& q) { q.sent = true; }));
  EXPECT_TRUE(refused([](auto& q) { q.after = Duration::zero(); }));
  EXPECT_TRUE(refused([](auto& q) { q.passed -= Duration(1); }));
  EXPECT_TRUE(refused([](auto& q) { q.left = Duration::zero(); }));
  EXPECT_TRUE(refused([](auto& q) { q.attempts = 3; }));
  RetryBudget spent{{}};
  for (int i = 0; i < 50; ++i) spent.sent_backup();
  EXPECT_FALSE(may_send_backup({}, spent, question));
}

// ---- the budget against tokens in a jar ---------------------------------------------------------

struct Jar {
  double most = 100;
  double earned = 0.1;
  double tokens = 100;
};
using Command = rc::state::Command<Jar, RetryBudget>;

void agree(const Jar& jar, const RetryBudget& budget) {
  RC_ASSERT(static_cast<double>(budget.thousandths_left()) < jar.tokens * 1000 + 0.5);
  RC_ASSERT(static_cast<double>(budget.thousandths_left()) > jar.tokens * 1000 - 0.5);
  RC_ASSERT(budget.allows() == (jar.tokens > jar.most / 2 + 1e-6));
}

struct Succeed : Command {
  int times = *rc::gen::inRange(1, 400);
  void apply(Jar& jar) const override {
    for (int i = 0; i < times; ++i) jar.tokens = std::min(jar.most, jar.tokens + jar.earned);
  }
  void run(const Jar& before, RetryBudget& budget) const override {
    for (int i = 0; i < times; ++i) budget.succeeded();
    agree(nextState(before), budget);
  }
  void show(std::ostream& out) const override { out << times << " succeed"; }
};

struct Fail : Command {
  int times = *rc::gen::inRange(1, 60);
  bool backup = *rc::gen::arbitrary<bool>();
  void apply(Jar& jar) const override { jar.tokens = std::max(0.0, jar.tokens - times); }
  void run(const Jar& before, RetryBudget& budget) const override {
    for (int i = 0; i < times; ++i) backup ? budget.sent_backup() : budget.failed();
    agree(nextState(before), budget);
  }
  void show(std::ostream& out) const override { out << times << " fail"; }
};

RC_GTEST_PROP(Retry, BudgetIsAJarOfTokens, ()) {
  RetryOptions options;
  options.budget = *rc::gen::inRange(1u, 200u);
  options.budget_permille = *rc::gen::inRange(1u, 1'000u);
  Jar jar;
  jar.most = jar.tokens = options.budget;
  jar.earned = options.budget_permille / 1000.0;
  RetryBudget budget(options);
  rc::state::check(jar, budget, rc::state::gen::execOneOfWithArgs<Succeed, Fail>());
}

}  // namespace
}  // namespace tarsier::balance
