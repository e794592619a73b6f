// The tables of targets/reliability §4 in a queueing model: what TARS does collapses, what stands
// in server/overload/ holds.

#include "server/overload/queueing_testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace tarsier::queueing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Named {
  const char* name;
  Outcome (*run)(const Load& load);
};

const Named tars = {"TARS", [](const Load& load) {
                      const auto policy = tars_policy();
                      return run(load, *policy);
                    }};
const Named queue = {"queue", [](const Load& load) {
                       const auto policy = handlers_policy();
                       return run(load, *policy);
                     }};
const Named fixed_limit = {"fixed limit", [](const Load& load) {
                             const auto policy = handlers_policy(InFlightLimitOptions::fixed(25));
                             return run(load, *policy);
                           }};
const Named adaptive_limit = {"adaptive limit", [](const Load& load) {
                                InFlightLimit limit(InFlightLimitOptions::adaptive());
                                const auto policy = coroutines_policy(limit);
                                return run(load, *policy);
                              }};
const std::array<Named, 3> ours = {queue, fixed_limit, adaptive_limit};

TEST(Queueing, TheModelIsAQueue) {
  // M/M/1 at half load: the mean time in the system is twice the service time.
  Load load;
  load.workers = 1;
  load.load = 0.5;
  load.length = seconds(300);
  const Outcome outcome = tars.run(load);
  Duration sum{};
  for (const Duration latency : outcome.latencies) sum += latency;
  const double mean_ms =
      static_cast<double>(sum.count()) / 1e6 / static_cast<double>(outcome.latencies.size());
  EXPECT_NEAR(mean_ms, 20, 2);
  EXPECT_NEAR(outcome.goodput(0, 300, load.capacity()), 0.5, 0.02);
}

// O1: at 1.2, 2, 5 and 10 times what the workers can do.
class Overload : public ::testing::TestWithParam<std::pair<const char*, microseconds>> {
 protected:
  // Short calls are many: a shorter time tells as much.
  Load load_of(double times, int length_s) const {
    Load load;
    load.service = GetParam().second;
    load.load = times;
    load.length = seconds(load.service < milliseconds(10) ? length_s / 4 : length_s);
    return load;
  }
  static std::size_t end_of(const Load& load) {
    return static_cast<std::size_t>(load.length / seconds(1));
  }
};

TEST_P(Overload, TarsSpendsItsTimeOnCallersWhoHaveLeft) {
  const Load load = load_of(2, 24);
  const Outcome outcome = tars.run(load);
  const std::size_t end = end_of(load);
  // Calls of 1 ms pass 8,192 places in 1.6 s, in time for callers who wait for 3 s.
  if (load.service == milliseconds(10)) {
    EXPECT_LT(outcome.goodput(end / 2, end, load.capacity()), 0.7);
  }
  EXPECT_GT(outcome.p99_ms(end / 2, end), 1'500);
}

TEST_P(Overload, OursHoldsGoodputAndLatency) {
  for (const Named& policy : ours) {
    const Load calm = load_of(0.8, 20);
    const double calm_p99 = policy.run(calm).p99_ms(0, end_of(calm));
    for (const double times : {1.2, 2.0, 5.0, 10.0}) {
      SCOPED_TRACE(std::string(policy.name) + " at " + std::to_string(times));
      const Load load = load_of(times, times < 5 ? 20 : 12);
      const std::size_t end = end_of(load);
      const Outcome outcome = policy.run(load);
      EXPECT_GE(outcome.goodput(1, end, load.capacity()), 0.95);
      // Behind a limit that keeps the calm short there is no room for a longer tail than that.
      const double p99_max = policy.run == fixed_limit.run ? 300 : std::min(300.0, 3 * calm_p99);
      EXPECT_LE(outcome.p99_ms(1, end), p99_max);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Overload,
                         ::testing::Values(std::pair{"10ms", milliseconds(10)},
                                           std::pair{"1ms", milliseconds(1)}),
                         [](const auto& param) { return std::string(param.param.first); });

// O4: three times the load for 10 s, with callers who try again.
Load burst(double base, int retries, std::uint64_t seed) {
  Load load;
  load.load = base;
  load.retries = retries;
  load.burst_begin = seconds(5);
  load.burst_end = seconds(15);
  load.burst_factor = 3;
  load.length = seconds(40);
  load.seed = seed;
  return load;
}

TEST(Burst, TarsNeverComesBack) {
  const Load load = burst(0.9, 3, 1);
  const Outcome outcome = tars.run(load);
  EXPECT_GT(outcome.goodput(0, 5, load.capacity() * load.load), 0.95);
  EXPECT_LT(outcome.goodput(30, 40, load.capacity() * load.load), 0.5);
}

TEST(Burst, OursIsBackWithinTenSeconds) {
  for (const Named& policy : ours) {
    for (const auto& [base, retries] : {std::pair{0.8, 3}, std::pair{0.9, 1}, std::pair{0.9, 3}}) {
      for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        const Load load = burst(base, retries, seed);
        EXPECT_GE(policy.run(load).goodput(25, 40, load.capacity() * base), 0.95)
            << policy.name << " at " << base << " with " << retries << " retries, seed " << seed;
      }
    }
  }
}

// Without retries little is refused that there would have been time for.
TEST(Calm, OursRefusesLittleBelowItsCapacity) {
  for (const Named& policy : ours) {
    for (const double base : {0.8, 0.9, 0.95}) {
      Load load;
      load.length = seconds(40);
      load.load = base;
      const Outcome outcome = policy.run(load);
      double came = 0;
      for (std::size_t i = 5; i < 40; ++i) came += outcome.requests[i];
      EXPECT_GE(outcome.goodput(5, 40, came / 35), 0.96) << policy.name << " at " << base;
    }
  }
}

// Minutes of twice the load: the limit does not take its own queue for the normal state.
TEST(AdaptiveLimit, DoesNotCreepUpInALongOverload) {
  Load load;
  load.load = 2;
  load.length = seconds(200);
  InFlightLimit limit(InFlightLimitOptions::adaptive());
  const auto policy = coroutines_policy(limit);
  const Outcome outcome = run(load, *policy);
  EXPECT_LT(limit.limit(), 60u);
  EXPECT_LE(outcome.p99_ms(180, 200), 300);
  EXPECT_GE(outcome.goodput(180, 200, load.capacity()), 0.95);
}

}  // namespace
}  // namespace tarsier::queueing
