#include "transport/filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "transport/completion.h"

namespace tarsier {
namespace {

using Words = std::vector<std::string>;
using WordFilters = Filters<Words, std::string>;
using Outcome = WordFilters::Outcome;

// Notes that it was reached; may take its time, and fail.
class Operation final : public WordFilters::Operation {
 public:
  Task<Outcome> perform(Words& call) override {
    call.push_back("operation");
    ++performed;
    if (slow) {
      pause.arm();
      (void)co_await pause;
    }
    if (failures-- > 0) co_return Error(Code::overload, "busy");
    co_return std::string("done");
  }
  void ending(Words& call) override { call.push_back("ending"); }
  void filter_failed(const Words&, const std::string& which, const Error& why) override {
    failed.push_back(which + ": " + why.to_string());
  }

  bool slow = false;
  int failures = 0;
  int performed = 0;
  Completion<void> pause;
  Words failed;
};

// Runs to the end, resuming the operation whenever it rests.
Outcome run(WordFilters& filters, Words& call, Operation& operation) {
  auto task = filters.run(call, operation);
  task.start();
  while (!task.done()) operation.pause.complete({});
  return task.take_result();
}

TEST(Filters, AroundTheOperation) {
  WordFilters filters;
  Operation operation;
  Words call;
  EXPECT_TRUE(filters.empty());
  EXPECT_EQ(run(filters, call, operation).value(), "done");
  filters.around([](Words& words, WordFilters::Next next) -> Task<Outcome> {
    words.push_back("in");
    auto outcome = co_await next(words);
    words.push_back("out");
    co_return outcome;
  });
  filters.after([](const Words&, const Outcome& outcome) -> Result<> {
    EXPECT_EQ(outcome.value(), "done");
    return {};
  });
  EXPECT_FALSE(filters.empty());
  call.clear();
  operation.slow = true;
  EXPECT_EQ(run(filters, call, operation).value(), "done");
  EXPECT_EQ(call, (Words{"in", "operation", "out", "ending"}));
}

TEST(Filters, MayAnswerThemselves) {
  WordFilters filters;
  Operation operation;
  filters.around(
      [](Words&, WordFilters::Next) -> Task<Outcome> { co_return std::string("from the filter"); });
  std::string seen;
  filters.after([&seen](const Words&, const Outcome& outcome) -> Result<> {
    seen = outcome.value();
    return {};
  });
  Words call;
  EXPECT_EQ(run(filters, call, operation).value(), "from the filter");
  EXPECT_EQ(operation.performed, 0);
  EXPECT_EQ(seen, "from the filter");
}

TEST(Filters, MaySeeErrorsAndTryAgain) {
  WordFilters filters;
  Operation operation;
  operation.slow = true;
  operation.failures = 2;
  filters.around([](Words& words, WordFilters::Next next) -> Task<Outcome> {
    for (int i = 0; i < 2; ++i) {
      auto outcome = co_await next(words);
      if (outcome || outcome.code() != Code::overload) co_return outcome;
    }
    co_return co_await next(words);
  });
  Words call;
  EXPECT_EQ(run(filters, call, operation).value(), "done");
  EXPECT_EQ(operation.performed, 3);
}

TEST(Filters, ErrorsBeforeAndAfterAreToldAndChangeNothing) {
  WordFilters filters;
  Operation operation;
  filters.before([](Words&) -> Result<> { return {}; });
  filters.before([](Words&) -> Result<> { return Error(Code::io, "no disk"); });
  filters.after([](const Words&, const Outcome&) -> Result<> { throw std::runtime_error("oh"); });
  filters.after([](const Words&, const Outcome&) -> Result<> { throw 7; });
  Words call;
  EXPECT_EQ(run(filters, call, operation).value(), "done");
  EXPECT_THAT(operation.failed,
              ::testing::ElementsAre(
                  ::testing::StrEq("filter 2 before the call: io (14): no disk"),
                  ::testing::HasSubstr("filter 1 after the call: unknown (-99): it threw 'oh'"),
                  ::testing::HasSubstr("no std::exception")));
}

TEST(Filters, WhatOneAroundThrowsIsAnError) {
  WordFilters filters;
  Operation operation;
  filters.around([](Words& words, WordFilters::Next next) -> Task<Outcome> {
    auto outcome = co_await next(words);
    throw std::runtime_error("on the way back");
  });
  Words call;
  EXPECT_EQ(run(filters, call, operation).error().detail, "on the way back");
  WordFilters others;
  others.around([](Words&, WordFilters::Next) -> Task<Outcome> { throw 7; });
  EXPECT_EQ(run(others, call, operation).code(), Code::unknown);
}

// Whatever filters there are, in whatever order they were added: those before run in their order,
// those around enclose one another, the first outermost, and those after run in their order.
RC_GTEST_PROP(Filters, RunInTheOrderInWhichTheyWereAdded, ()) {
  WordFilters filters;
  Operation operation;
  operation.slow = *rc::gen::arbitrary<bool>();
  Words expected_before;
  Words expected_in;
  Words expected_out;
  Words expected_after;
  Words after;
  const int count = *rc::gen::inRange(0, 12);
  const int answers_itself = *rc::gen::inRange(0, 24);  // the filter of that number, if around
  bool reached = true;
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(i);
    const bool fails = *rc::gen::arbitrary<bool>();
    const auto kind = *rc::gen::inRange(0, 3);
    if (kind == 0) {
      expected_before.push_back("before " + name);
      filters.before([name, fails](Words& words) -> Result<> {
        words.push_back("before " + name);
        if (fails) return Error(Code::io);
        return {};
      });
    } else if (kind == 1) {
      const bool last = answers_itself == i;
      if (reached) {
        expected_in.push_back("in " + name);
        expected_out.insert(expected_out.begin(), "out " + name);
      }
      reached = reached && !last;
      filters.around([name, last](Words& words, WordFilters::Next next) -> Task<Outcome> {
        words.push_back("in " + name);
        Outcome outcome = std::string("itself");
        if (!last) outcome = co_await next(words);
        words.push_back("out " + name);
        co_return outcome;
      });
    } else {
      expected_after.push_back("after " + name);
      filters.after([name, fails, &after](const Words&, const Outcome&) -> Result<> {
        after.push_back("after " + name);
        if (fails) return Error(Code::io);
        return {};
      });
    }
  }
  Words expected = expected_before;
  expected.insert(expected.end(), expected_in.begin(), expected_in.end());
  if (reached) expected.push_back("operation");
  expected.insert(expected.end(), expected_out.begin(), expected_out.end());
  expected.push_back("ending");
  Words call;
  const Outcome outcome = run(filters, call, operation);
  RC_ASSERT(call == expected);
  RC_ASSERT(after == expected_after);
  RC_ASSERT(outcome.value() == (reached ? "done" : "itself"));
}

}  // namespace
}  // namespace tarsier
