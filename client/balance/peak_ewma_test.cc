#include "client/balance/peak_ewma.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace tarsier::balance {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at(Duration since_start) { return TimePoint(since_start); }

double ms(Duration latency) { return std::chrono::duration<double, std::milli>(latency).count(); }

PeakEwma loads_of(Slot count, Duration now = Duration::zero()) {
  PeakEwma loads{PeakEwmaOptions()};
  for (Slot slot = 0; slot < count; ++slot) loads.add(slot, at(now));
  return loads;
}

void call(PeakEwma& loads, Slot slot, Duration latency, Duration now) {
  loads.started(slot);
  loads.answered(slot, latency, at(now));
}

TEST(PeakEwma, JumpsToAPeakAndComesDownSlowly) {
  PeakEwma loads = loads_of(1);
  call(loads, 0, milliseconds(100), seconds(1));
  EXPECT_NEAR(ms(loads.latency(0, at(seconds(1)))), 100, 0.01);
  call(loads, 0, milliseconds(10), seconds(11));  // one tau later
  EXPECT_NEAR(ms(loads.latency(0, at(seconds(11)))), 100 / M_E + 10 * (1 - 1 / M_E), 0.01);
  call(loads, 0, milliseconds(50), seconds(11));
  EXPECT_NEAR(ms(loads.latency(0, at(seconds(11)))), 50, 0.01);
}

TEST(PeakEwma, ForgetsASlowEndpointThatIsNotCalled) {
  PeakEwma loads = loads_of(2);
  call(loads, 0, milliseconds(50), seconds(1));
  for (int second = 1; second < 60; ++second) call(loads, 1, milliseconds(1), seconds(second));
  EXPECT_LT(loads.cost(0, 1), loads.cost(1, 1)) << "after 10 s x ln 50 it is due again";
  EXPECT_NEAR(ms(loads.latency(0, at(seconds(11)))), 50 / M_E, 0.01);
}

TEST(PeakEwma, CountsCallsUnderWay) {
  PeakEwma loads = loads_of(2);
  loads.started(0);
  loads.started(0);
  EXPECT_EQ(loads.in_flight(0), 2u);
  EXPECT_DOUBLE_EQ(loads.cost(0, 1), 3 * loads.cost(1, 1));
  EXPECT_DOUBLE_EQ(loads.cost(0, 0.5), 2 * loads.cost(1, 1)) << "twice the capacity";
  loads.dropped(0);
  loads.failed(0, milliseconds(1), at(seconds(1)));
  EXPECT_EQ(loads.in_flight(0), 0u);
}

TEST(PeakEwma, TakesAFastFailureForASlowCall) {
  PeakEwma loads = loads_of(1);
  call(loads, 0, milliseconds(8), seconds(1));
  loads.failed(0, microseconds(10), at(seconds(1)));
  EXPECT_NEAR(ms(loads.latency(0, at(seconds(1)))), 16, 0.01);
  loads.failed(0, seconds(3), at(seconds(1)));
  EXPECT_NEAR(ms(loads.latency(0, at(seconds(1)))), 3'000, 0.01);
  for (int i = 0; i < 20; ++i) loads.failed(0, Duration::zero(), at(seconds(1)));
  EXPECT_NEAR(ms(loads.latency(0, at(seconds(1)))), 30'000, 0.01) << "30 s at most";
}

TEST(PeakEwma, PutsANewEndpointInTheMiddle) {
  PeakEwma loads = loads_of(3);
  EXPECT_NEAR(ms(loads.latency(0, at(Duration::zero()))), 1, 0.01) << "nobody knows";
  call(loads, 0, milliseconds(2), seconds(1));
  call(loads, 1, milliseconds(3), seconds(1));
  call(loads, 2, seconds(30), seconds(1));
  loads.add(3, at(seconds(1)));
  EXPECT_NEAR(ms(loads.latency(3, at(seconds(1)))), 3, 0.01);
  loads.add(2, at(seconds(1)));
  EXPECT_NEAR(ms(loads.latency(2, at(seconds(1)))), 2, 0.01) << "as if it were new";
}

// The textbook's average, decayed explicitly at each moment.
struct SlowEwma {
  double ms = 1;
  Duration seen{};
  void pass(Duration now) {
    if (now > seen) ms *= std::exp(-std::chrono::duration<double>(now - seen).count() / 10);
  }
  void answered(double latency, Duration now) {
    const double weight = 1 - std::exp(-std::chrono::duration<double>(now - seen).count() / 10);
    pass(now);
    ms = latency >= ms ? latency : ms + latency * weight;
    seen = now;
  }
};

RC_GTEST_PROP(PeakEwma, IsTheTextbooksAlsoAfterHours, ()) {
  PeakEwma loads = loads_of(2);
  SlowEwma slow[2];
  Duration now = Duration::zero();
  const int steps = *rc::gen::inRange(1, 50);
  for (int i = 0; i < steps; ++i) {
    now += milliseconds(*rc::gen::element(0, 1, 100, 5'000, 3'600'000));
    const auto slot = *rc::gen::inRange<Slot>(0, 2);
    const Duration latency = microseconds(*rc::gen::inRange(1, 5'000'000));
    call(loads, slot, latency, now);
    slow[slot].answered(ms(latency), now);
    for (Slot each = 0; each < 2; ++each) {
      SlowEwma model = slow[each];
      model.pass(now);
      RC_ASSERT(std::abs(ms(loads.latency(each, at(now))) - model.ms) <= 1e-6 * model.ms + 2e-6);
    }
    RC_ASSERT(loads.cost(0, 1) > 0);
    RC_ASSERT(std::isfinite(loads.cost(0, 1)));
  }
}

}  // namespace
}  // namespace tarsier::balance
