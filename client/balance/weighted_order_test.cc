#include "client/balance/weighted_order.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tarsier::balance {
namespace {

using Weights = std::vector<std::int32_t>;

std::string written(const Weights& weights) {
  std::string text;
  for (const std::uint32_t position : weighted_order(weights)) text += std::to_string(position);
  return text;
}

// Spec §6.5 word by word: a multimap from current value to position, emptied from its end and
// filled again in every round.
std::vector<std::uint32_t> slow_order(const Weights& weights) {
  std::int64_t largest = 0;
  std::int64_t smallest = INT32_MAX;
  for (const std::int64_t weight : weights) {
    if (weight > 0) largest = std::max(largest, weight);
    if (weight > 0) smallest = std::min(smallest, weight);
  }
  std::vector<std::uint32_t> order;
  if (largest == 0) return order;
  const std::int64_t ratio = std::clamp<std::int64_t>(largest / smallest, 10, 100);
  std::multimap<std::int64_t, std::uint32_t> current;
  std::map<std::uint32_t, std::int64_t> reduced;
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    const std::int64_t weight = weights[i] * ratio / largest;
    if (weight == 0) {
      order.push_back(i);
      continue;
    }
    current.emplace(weight, i);
    reduced[i] = weight;
    sum += weight;
  }
  for (std::int64_t round = 0; round < sum; ++round) {
    std::multimap<std::int64_t, std::uint32_t> next;
    bool first = true;
    for (auto entry = current.rbegin(); entry != current.rend(); ++entry) {
      const auto [value, position] = *entry;
      next.emplace(value + reduced[position] - (first ? sum : 0), position);
      if (first) order.push_back(position);
      first = false;
    }
    current = std::move(next);
  }
  return order;
}

TEST(WeightedOrder, IsTheOrderOfOtherClients) {  // spec §6.5
  EXPECT_EQ(written({100, 50, 10}), "0100102010010010");
  EXPECT_EQ(written({1, 2, 3}), "2120212120212120212");
  EXPECT_EQ(written({100, 100}), "10101010101010101010");
}

TEST(WeightedOrder, NamesOnceWhoIsTooLightForAShare) {
  const std::vector<std::uint32_t> order = weighted_order(Weights{1, 10'000, 10'000});
  EXPECT_EQ(std::count(order.begin(), order.end(), 0u), 1);
  EXPECT_EQ(order.front(), 0u);
  EXPECT_EQ(order.size(), 201u);
}

TEST(WeightedOrder, LeavesOutWhoHasNoWeight) {
  EXPECT_EQ(written({0, 5, -1}), "1111111111");
  EXPECT_EQ(written({0, -1}), "");
  EXPECT_EQ(written({}), "");
}

TEST(WeightedOrder, TakesTheLargestWeights) {
  const std::vector<std::uint32_t> order = weighted_order(Weights{INT32_MAX, INT32_MAX / 2});
  EXPECT_EQ(std::count(order.begin(), order.end(), 0u), 10);
  EXPECT_EQ(std::count(order.begin(), order.end(), 1u), 4);
}

// Few different weights, so that there are many ties; and many.
RC_GTEST_PROP(WeightedOrder, IsTheSlowOneWithTies, ()) {
  const auto weights = *rc::gen::container<Weights>(rc::gen::inRange(-1, 4));
  RC_ASSERT(weighted_order(weights) == slow_order(weights));
}
RC_GTEST_PROP(WeightedOrder, IsTheSlowOne, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(0, 8);
  const auto weights = *rc::gen::container<Weights>(count, rc::gen::inRange(0, 250));
  RC_ASSERT(weighted_order(weights) == slow_order(weights));
}

}  // namespace
}  // namespace tarsier::balance
