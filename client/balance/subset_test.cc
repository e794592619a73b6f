#include "client/balance/subset.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace tarsier::balance {
namespace {

struct Names {
  std::vector<std::string> texts;
  std::vector<std::string_view> views() const { return {texts.begin(), texts.end()}; }
};

Names names_of(std::size_t count) {
  Names names;
  for (std::size_t i = 0; i < count; ++i)
    names.texts.push_back("1:10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
                          ":10000");
  return names;
}

std::set<std::string> of_client(const Names& names, std::uint64_t client) {
  SubsetOptions options;
  options.client = client;
  std::set<std::string> chosen;
  for (const std::uint32_t place : subset(options, names.views())) {
    chosen.insert(names.texts[place]);
  }
  return chosen;
}

TEST(Subset, IsTwentyOfMoreThanFifty) {
  EXPECT_EQ(of_client(names_of(50), 1).size(), 50u);
  EXPECT_EQ(of_client(names_of(51), 1).size(), 20u);
  EXPECT_EQ(of_client(names_of(1'000), 1).size(), 20u);
  EXPECT_EQ(of_client(names_of(0), 1).size(), 0u);
}

TEST(Subset, OfAClientIsAlwaysTheSame) {
  EXPECT_EQ(of_client(names_of(100), 3), of_client(names_of(100), 3));
  EXPECT_NE(of_client(names_of(100), 3), of_client(names_of(100), 4));
}

TEST(Subset, MovesLittleWhenOneEndpointComes) {
  const auto before = of_client(names_of(105), 3);
  const auto after = of_client(names_of(106), 3);
  std::vector<std::string> stayed;
  std::set_intersection(before.begin(), before.end(), after.begin(), after.end(),
                        std::back_inserter(stayed));
  EXPECT_GE(stayed.size(), 19u);
}

TEST(Subset, StaysWithinSmallBounds) {
  SubsetOptions options;
  options.above = 2;
  EXPECT_EQ(subset(options, names_of(10).views()).size(), 10u) << "fewer than a subset";
  options.size = 0;
  EXPECT_EQ(subset(options, names_of(10).views()).size(), 10u) << "no subset is no limit";
}

RC_GTEST_PROP(Subset, DividesAllEndpointsAmongTheClientsOfARound, ()) {
  const Names names = names_of(*rc::gen::inRange<std::size_t>(51, 400));
  const std::size_t parts = names.texts.size() / 20;
  const std::uint64_t round = *rc::gen::inRange<std::uint64_t>(0, 1'000);
  std::set<std::string> together;
  for (std::uint64_t client = round * parts; client < (round + 1) * parts; ++client) {
    const auto chosen = of_client(names, client);
    RC_ASSERT(chosen.size() == 20u);
    together.insert(chosen.begin(), chosen.end());
  }
  RC_ASSERT(together.size() == parts * 20);
}

}  // namespace
}  // namespace tarsier::balance
