#include "transport/base/log_throttle.h"

#include <gtest/gtest.h>

namespace tarsier {
namespace {

TEST(LogThrottle, SaysAtOnceAndThenOnceAPeriod) {
  using std::chrono::milliseconds;
  LogThrottle throttle(milliseconds(1'000));
  const TimePoint start{};
  EXPECT_EQ(throttle.count(start), 1u);
  EXPECT_EQ(throttle.count(start), 0u);
  EXPECT_EQ(throttle.count(start + milliseconds(999)), 0u);
  EXPECT_EQ(throttle.count(start + milliseconds(1'000)), 3u);
  EXPECT_EQ(throttle.count(start + milliseconds(1'001)), 0u);
  EXPECT_EQ(throttle.count(start + milliseconds(5'000)), 2u);
  EXPECT_EQ(LogThrottle::suffix(1), "");
  EXPECT_EQ(LogThrottle::suffix(2), " (2 times since this was last said)");
}

}  // namespace
}  // namespace tarsier
