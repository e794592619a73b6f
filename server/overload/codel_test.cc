#include "server/overload/codel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "server/overload/recent_median.h"

namespace tarsier {
namespace {

using std::chrono::milliseconds;

TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

TEST(CoDel, ABurstThatDrainsIsNoOverload) {
  CoDel codel;
  for (int ms = 0; ms < 1'000; ++ms) {
    // Every 90 ms the queue is short for a moment.
    codel.observe(ms % 90 == 0 ? milliseconds(5) : milliseconds(80), at(ms));
    EXPECT_FALSE(codel.overloaded()) << ms;
  }
  EXPECT_EQ(codel.wait_max(), Duration::max());
}

TEST(CoDel, AQueueThatStandsForAnIntervalIsOverloadedUntilItRunsEmpty) {
  CoDel codel;
  for (int ms = 0; ms < 100; ++ms) {
    codel.observe(milliseconds(6), at(ms));
    EXPECT_FALSE(codel.overloaded());
  }
  codel.observe(milliseconds(6), at(100));
  EXPECT_TRUE(codel.overloaded());
  EXPECT_EQ(codel.wait_max(), milliseconds(10));
  codel.observe(Duration::zero(), at(150));
  EXPECT_TRUE(codel.overloaded()) << "one look does not say what the interval was like";
  codel.observe(milliseconds(6), at(200));
  EXPECT_FALSE(codel.overloaded());
}

TEST(CoDel, WhatItWasBeforeAPauseIsForgotten) {
  CoDel codel;
  for (int ms = 0; ms <= 100; ++ms) codel.observe(milliseconds(6), at(ms));
  ASSERT_TRUE(codel.overloaded());
  codel.observe(Duration::zero(), at(101));
  codel.observe(milliseconds(50), at(60'000));
  EXPECT_FALSE(codel.overloaded());
}

TEST(CoDel, ItsTargetsFollowServiceTimeAndPatience) {
  CoDel codel;
  const auto targets = [&codel](int service_ms, int patience_ms) {
    codel.adapt(milliseconds(service_ms), milliseconds(patience_ms));
    return std::pair{to_ms(codel.crowded_target()), to_ms(codel.target())};
  };
  EXPECT_EQ(codel.target(), milliseconds(5));
  EXPECT_EQ(targets(1, 40), (std::pair<std::int64_t, std::int64_t>{5, 5}));
  EXPECT_EQ(targets(10, 40), (std::pair<std::int64_t, std::int64_t>{30, 30}));
  EXPECT_EQ(targets(10, 3'000), (std::pair<std::int64_t, std::int64_t>{30, 150}));
}

TEST(CoDel, ACrowdedQueueShedsNothingYet) {
  CoDel codel;
  codel.adapt(milliseconds(10), milliseconds(3'000));
  for (int ms = 0; ms <= 100; ++ms) codel.observe(milliseconds(40), at(ms));
  EXPECT_TRUE(codel.crowded());
  EXPECT_FALSE(codel.overloaded());
  EXPECT_EQ(codel.wait_max(), Duration::max());
  for (int ms = 101; ms <= 200; ++ms) codel.observe(milliseconds(160), at(ms));
  EXPECT_TRUE(codel.crowded());
  EXPECT_TRUE(codel.overloaded());
  EXPECT_EQ(codel.wait_max(), milliseconds(300));
}

// The slow way: keep every look of the interval.
RC_GTEST_PROP(CoDel, StandingIsAnIntervalWithoutAShortWait, ()) {
  CoDel codel;
  codel.adapt(milliseconds(2), milliseconds(200));
  std::vector<Duration> looks;
  bool crowded = false;
  bool overloaded = false;
  bool first = true;
  TimePoint now{};
  TimePoint end{};
  const auto step = rc::gen::pair(rc::gen::inRange(0, 60), rc::gen::inRange(0, 40));
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(step);
  for (const auto& [pause, wait] : steps) {
    now += milliseconds(pause);
    looks.emplace_back(milliseconds(wait));
    if (first || now >= end) {
      const auto all_above = [&looks](int ms) {
        return std::all_of(looks.begin(), looks.end(),
                           [ms](Duration each) { return each > milliseconds(ms); });
      };
      crowded = !first && all_above(6);
      overloaded = !first && all_above(10);
      looks.clear();
      end = now + milliseconds(100);
      first = false;
    }
    codel.observe(milliseconds(wait), now);
    RC_ASSERT(codel.crowded() == crowded);
    RC_ASSERT(codel.overloaded() == overloaded);
    RC_ASSERT(codel.wait_max() == (overloaded ? milliseconds(20) : Duration::max()));
  }
}

RC_GTEST_PROP(RecentMedian, IsTheMedianOfTheLastSamples, (std::vector<std::uint16_t> samples)) {
  RecentMedian recent;
  RC_ASSERT(recent.median() == Duration::zero());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    recent.add(Duration(samples[i]));
    const std::size_t count = std::min(i + 1, RecentMedian::samples_max);
    std::vector<std::uint16_t> last(samples.begin() + static_cast<std::ptrdiff_t>(i + 1 - count),
                                    samples.begin() + static_cast<std::ptrdiff_t>(i + 1));
    std::sort(last.begin(), last.end());
    RC_ASSERT(recent.median() == Duration(last[count / 2]));
  }
}

}  // namespace
}  // namespace tarsier
