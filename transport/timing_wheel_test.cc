#include "transport/timing_wheel.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace tarsier {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr TimePoint start = TimePoint(hours(5));
constexpr Duration tick = TimingWheel::tick;

TEST(TimingWheel, FiresNeverEarlyAndAtMostOneTickLate) {
  TimingWheel wheel(start);
  int fired = 0;
  wheel.call_at(start + microseconds(1500), [&] { ++fired; });
  wheel.advance(start + microseconds(1500));
  EXPECT_EQ(fired, 0);
  EXPECT_LE(wheel.next_expiry(), start + milliseconds(2));
  wheel.advance(start + milliseconds(2));
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(wheel.next_expiry(), no_deadline);
}

TEST(TimingWheel, TakesTheEndOfTimeAndTheTimeBeforeItsStart) {
  TimingWheel wheel(start);
  int fired = 0;
  const auto never = wheel.call_at(no_deadline, [&] { ++fired; });
  wheel.call_at(start - hours(1), [&] { ++fired; });
  wheel.advance(start + hours(24 * 365 * 50));
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(wheel.cancel(never));
  EXPECT_FALSE(wheel.cancel(never));
  EXPECT_FALSE(wheel.cancel(0));
}

TEST(TimingWheel, ACallbackMayCancelItsNeighbourAndSetAnother) {
  TimingWheel wheel(start);
  std::vector<int> fired;
  TimingWheel::Id second = 0;
  wheel.call_at(start + milliseconds(1), [&] {
    fired.push_back(1);
    EXPECT_TRUE(wheel.cancel(second));
    wheel.call_at(start, [&] { fired.push_back(3); });
  });
  second = wheel.call_at(start + milliseconds(1), [&] { fired.push_back(2); });
  wheel.advance(start + milliseconds(1));
  EXPECT_EQ(fired, (std::vector<int>{1}));
  wheel.advance(start + milliseconds(2));
  EXPECT_EQ(fired, (std::vector<int>{1, 3}));
  EXPECT_EQ(wheel.pending(), 0u);
}

// Against a sorted map: the same timers fire, in the same order, at the first look at which they
// are due by whole ticks.
RC_GTEST_PROP(TimingWheel, BehavesLikeASortedMap, ()) {
  TimingWheel wheel(start);
  struct Timer {
    TimingWheel::Id id;
    TimePoint due;  // a whole tick after the present one
  };
  std::map<std::pair<TimePoint, int>, Timer> model;
  const auto whole = [](TimePoint t) { return start + (t - start) / tick * tick; };
  std::vector<int> fired;
  std::vector<int> expected;
  TimePoint now = start;
  int number = 0;
  const int steps = *rc::gen::resize(100, rc::gen::inRange(1, 60));
  for (int step = 0; step < steps; ++step) {
    const int kind = *rc::gen::inRange(0, 4);
    const int bits = *rc::gen::resize(100, rc::gen::inRange(0, 40));
    const auto span =
        *rc::gen::resize(100, rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << bits));
    if (kind < 2) {
      const TimePoint when = now + microseconds(span);
      const int n = number++;
      const TimePoint due = std::max(whole(when + tick - Duration(1)), whole(now) + tick);
      model[{when, n}] = Timer{wheel.call_at(when, [&fired, n] { fired.push_back(n); }), due};
    } else if (kind == 2 && !model.empty()) {
      RC_ASSERT(wheel.cancel(model.begin()->second.id));
      model.erase(model.begin());
    } else {
      now += microseconds(span);
      while (!model.empty() && model.begin()->second.due <= now) {
        expected.push_back(model.begin()->first.second);
        model.erase(model.begin());
      }
      wheel.advance(now);
      RC_ASSERT(wheel.pending() == model.size());
      if (!model.empty()) {
        RC_ASSERT(wheel.next_expiry() > now);
        RC_ASSERT(wheel.next_expiry() <= model.begin()->second.due);
      }
    }
  }
  RC_ASSERT(fired == expected);
}

}  // namespace
}  // namespace tarsier
