#include "bench/load/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace tarsier::bench {
namespace {

TEST(Histogram, AnswersZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.percentile(0.99), 0u);
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 200; ++value) histogram.record(value);
  EXPECT_EQ(histogram.percentile(0.5), 100u);
  EXPECT_EQ(histogram.percentile(0.99), 198u);
  EXPECT_EQ(histogram.percentile(1.0), 200u);
}

TEST(Histogram, HoldsTheLargestValue) {
  Histogram histogram;
  histogram.record(~std::uint64_t{0});
  EXPECT_EQ(histogram.percentile(0.5), ~std::uint64_t{0});
}

std::vector<std::uint64_t> any_values() {
  const auto shifted = rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange<std::uint64_t>(0, 64)),
      [](const auto& pair) { return pair.first >> pair.second; });
  return *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(shifted));
}

RC_GTEST_PROP(Histogram, PercentilesAreRightToOnePercent, ()) {
  auto values = any_values();
  const double fraction = *rc::gen::element(0.01, 0.5, 0.9, 0.99, 0.999, 1.0);
  Histogram histogram;
  for (const auto value : values) histogram.record(value);
  std::sort(values.begin(), values.end());
  const auto rank =
      static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
  const std::uint64_t exact = values[std::max<std::size_t>(rank, 1) - 1];
  const std::uint64_t found = histogram.percentile(fraction);
  RC_ASSERT(found >= exact);
  RC_ASSERT(found - exact <= exact / 100);
  RC_ASSERT(histogram.max() == values.back());
}

RC_GTEST_PROP(Histogram, AddingIsRecordingTogether, ()) {
  const auto left = any_values();
  const auto right = any_values();
  Histogram sum, together, other;
  for (const auto value : left) sum.record(value), together.record(value);
  for (const auto value : right) other.record(value), together.record(value);
  sum.add(other);
  RC_ASSERT(sum.count() == together.count());
  RC_ASSERT(sum.max() == together.max());
  for (const double fraction : {0.1, 0.5, 0.9, 0.999})
    RC_ASSERT(sum.percentile(fraction) == together.percentile(fraction));
}

}  // namespace
}  // namespace tarsier::bench
