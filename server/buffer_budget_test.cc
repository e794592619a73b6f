#include "server/buffer_budget.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <vector>

namespace tarsier {
namespace {

TEST(BufferBudget, LeavesEveryoneTheirShare) {
  BufferBudget budget(1'000, 10);
  EXPECT_EQ(budget.share(), 50u);
  EXPECT_FALSE(budget.scarce());
  budget.change(0, 550);  // its share, and the common half
  EXPECT_TRUE(budget.scarce());
  EXPECT_TRUE(budget.fits(550));
  budget.change(0, 50);
  EXPECT_TRUE(budget.fits(50));
  budget.change(50, 51);
  EXPECT_FALSE(budget.fits(51));
  budget.change(51, 0);
  EXPECT_EQ(budget.bytes(), 550u);
}

// Holders grow and shrink at will, and let go when they are told to.
RC_GTEST_PROP(BufferBudget, IsNeverExceeded, (std::vector<std::uint16_t> figures)) {
  const auto bytes_max = *rc::gen::inRange<std::size_t>(0, 200'000);
  const auto holders = *rc::gen::inRange<std::size_t>(1, 20);
  BufferBudget budget(bytes_max, holders);
  std::vector<std::size_t> held(holders);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    std::size_t& own = held[i % holders];
    const std::size_t before = own;
    own = figures[i];
    budget.change(before, own);
    const bool fits = own <= before || budget.fits(own);
    RC_ASSERT(fits || own > budget.share());
    if (!fits) budget.change(std::exchange(own, 0), 0);
    const auto sum = std::accumulate(held.begin(), held.end(), std::size_t{0});
    RC_ASSERT(budget.bytes() == sum);
    RC_ASSERT(sum <= bytes_max);
  }
}

}  // namespace
}  // namespace tarsier
