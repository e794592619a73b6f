#include "server/overload/in_flight_limit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cstdlib>
#include <vector>

namespace tarsier {
namespace {

using std::chrono::milliseconds;

TEST(InFlightLimit, NoneAdmitsEverything) {
  InFlightLimit limit;
  for (int i = 0; i < 100'000; ++i) limit.started();
  EXPECT_TRUE(limit.admits());
  EXPECT_EQ(limit.limit(), SIZE_MAX);
}

// A servant whose calls take as long as its `behaviour` says for so many under way.
struct Servant {
  // For `windows` of 100 ms: as many calls under way as the limit allows and `wanted` asks for.
  template <class Behaviour>
  void serve(int windows, std::size_t wanted, Behaviour&& behaviour) {
    for (int i = 0; i < windows; ++i) {
      while (limit.in_flight() < wanted && limit.admits()) limit.started();
      const std::size_t calls = limit.in_flight();
      for (int call = 0; call < 20; ++call) {
        now += milliseconds(6);
        const milliseconds took = behaviour(calls);
        limit.ended(took, now);
        limit.started();
      }
      while (limit.in_flight() > 0) limit.abandoned();
    }
  }

  InFlightLimit limit{InFlightLimitOptions::adaptive()};
  TimePoint now{};
};

TEST(InFlightLimit, GrowsWhileCallsTakeNoLongerThanUsual) {
  Servant servant;
  EXPECT_EQ(servant.limit.limit(), 20u);
  servant.serve(300, SIZE_MAX, [](std::size_t) { return milliseconds(10); });
  EXPECT_GT(servant.limit.limit(), 500u);
  servant.serve(3'000, SIZE_MAX, [](std::size_t) { return milliseconds(10); });
  EXPECT_EQ(servant.limit.limit(), limits::in_flight_limit_max);
}

TEST(InFlightLimit, StaysWhereItIsWhenLittleOfItIsUsed) {
  Servant servant;
  servant.serve(300, 5, [](std::size_t) { return milliseconds(10); });
  EXPECT_EQ(servant.limit.limit(), 20u);
}

TEST(InFlightLimit, ShrinksWhenCallsQueueUp) {
  Servant servant;
  servant.serve(100, 10, [](std::size_t) { return milliseconds(10); });
  // Ten at once are well; of more the others wait.
  const auto queueing = [](std::size_t calls) {
    return milliseconds(std::max<std::size_t>(10, calls));
  };
  servant.serve(1'000, SIZE_MAX, queueing);
  EXPECT_GE(servant.limit.limit(), 12u);
  EXPECT_LE(servant.limit.limit(), 30u);
}

TEST(InFlightLimit, LearnsThatItsServantBecameSlower) {
  Servant servant;
  servant.serve(100, SIZE_MAX, [](std::size_t) { return milliseconds(10); });
  const std::size_t before = servant.limit.limit();
  servant.serve(60, SIZE_MAX, [](std::size_t) { return milliseconds(100); });
  EXPECT_LT(servant.limit.limit(), before / 2);
  servant.serve(600, SIZE_MAX, [](std::size_t) { return milliseconds(100); });
  EXPECT_GT(servant.limit.limit(), before);
}

TEST(InFlightLimit, LearnsFastThatItsServantBecameFaster) {
  Servant servant;
  servant.serve(50, 15, [](std::size_t) { return milliseconds(1'000); });
  EXPECT_EQ(servant.limit.baseline(), milliseconds(1'000));
  servant.serve(50, 15, [](std::size_t) { return milliseconds(10); });
  EXPECT_LT(servant.limit.baseline(), milliseconds(150));
}

// Whatever calls take and however they end: a fixed limit is held, an adaptive one stays between
// its bounds, and what is counted is what is under way.
RC_GTEST_PROP(InFlightLimit, HoldsItsBounds,
              (std::vector<std::pair<std::uint8_t, std::uint32_t>> steps)) {
  const auto fixed = *rc::gen::inRange<std::size_t>(1, 30);
  auto options = InFlightLimitOptions::adaptive(*rc::gen::inRange<std::size_t>(1, 5));
  options.initial = *rc::gen::inRange<std::size_t>(1, 100);
  options.max = *rc::gen::inRange<std::size_t>(options.min, 200);
  InFlightLimit one(InFlightLimitOptions::fixed(fixed));
  InFlightLimit other(options);
  for (InFlightLimit* limit : {&one, &other}) {
    TimePoint now{};
    std::size_t in_flight = 0;
    for (const auto& [what, figure] : steps) {
      RC_ASSERT(limit->in_flight() == in_flight);
      const bool admits = limit->admits();
      RC_ASSERT(admits == (in_flight < limit->limit()));
      if (what % 3 != 0 || in_flight == 0) {
        if (!admits) continue;
        limit->started();
        ++in_flight;
      } else if (what % 2 == 0) {
        now += Duration(figure);
        limit->ended(Duration(figure), now);
        --in_flight;
      } else {
        limit->abandoned();
        --in_flight;
      }
      if (limit == &one) RC_ASSERT(limit->limit() == fixed && in_flight <= fixed);
      if (limit == &other)
        RC_ASSERT(limit->limit() >= options.min && limit->limit() <= options.max);
    }
  }
}

}  // namespace
}  // namespace tarsier
