#include "client/balance/key_ring.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "transport/base/digest.h"

namespace tarsier::balance {
namespace {

using Names = std::vector<std::string>;

KeyRing ring_of(const Names& names, std::uint32_t groups = KeyRing::groups_normal) {
  std::vector<KeyRing::Host> hosts;
  for (const std::string& name : names) hosts.push_back({name, groups});
  KeyRing ring;
  ring.rebuild(hosts);
  return ring;
}

std::vector<std::pair<std::uint32_t, std::string>> points_of(const Names& names) {
  std::vector<std::pair<std::uint32_t, std::string>> points;
  for (const std::string& name : names) {
    for (int j = 0; j < 25; ++j) {
      const Md5 digest = md5(name + "_" + std::to_string(j));
      for (std::size_t at = 0; at < 16; at += 4) {
        std::uint32_t value = 0;
        for (std::size_t byte = 4; byte-- > 0;) value = value << 8 | digest[at + byte];
        points.emplace_back(value, name);
      }
    }
  }
  std::sort(points.begin(), points.end());
  return points;
}

// Spec §6.5 word by word, with the point behind the last one that §9.3 #46 asks for.
std::string slow_find(const Names& names, std::uint64_t key) {
  const auto points = points_of(names);
  if (points.empty()) return "";
  const auto hash = static_cast<std::uint32_t>(key);
  if (hash <= points.front().first || hash > points.back().first) return points.front().second;
  for (const auto& [value, name] : points)
    if (value > hash) return name;
  return points.front().second;
}

TEST(KeyRing, PlacesKeysAsOtherClientsDo) {
  std::ifstream file(TARSIER_TESTDATA "/ring.tsv");
  std::string line, last;
  ASSERT_TRUE(std::getline(file, line));
  KeyRing ring;
  Names names;
  int rows = 0;
  while (std::getline(file, line)) {
    std::istringstream columns(line);
    std::string list, key, owner;
    columns >> list >> key >> owner;
    if (list != last) {
      last = list;
      names.clear();
      std::istringstream parts(list);
      for (std::string name; std::getline(parts, name, ',');) names.push_back(name);
      ring = ring_of(names);
    }
    ASSERT_EQ(names[ring.find(std::stoull(key))], owner) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 360);
}

TEST(KeyRing, PlacesTheExamplesOfTheSpecification) {  // §6.5
  const Names names = {"192.168.0.1", "192.168.0.2", "192.168.0.3"};
  const KeyRing ring = ring_of(names);
  EXPECT_EQ(ring.points(), 300u);
  const std::vector<std::pair<std::uint64_t, int>> examples = {{0, 1},
                                                               {1, 1},
                                                               {12345, 1},
                                                               {1'000'000'000, 3},
                                                               {2'147'483'648, 2},
                                                               {3'000'000'000, 3},
                                                               {4'294'967'295, 1}};
  for (const auto& [key, host] : examples)
    EXPECT_EQ(names[ring.find(key)], "192.168.0." + std::to_string(host)) << key;
}

TEST(KeyRing, CountsOnlyTheLowerHalfOfAKey) {  // spec §9.3 #48
  const KeyRing ring = ring_of({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
  for (std::uint64_t key = 1; key != 0; key <<= 1)
    EXPECT_EQ(ring.find(key), ring.find(key & UINT32_MAX)) << key;
}

TEST(KeyRing, GivesAKeyThatIsAPointToTheNextOne) {  // spec §9.3 #46
  const Names names = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
  const KeyRing ring = ring_of(names);
  const auto points = points_of(names);
  EXPECT_EQ(names[ring.find(points.front().first)], points.front().second) << "but the lowest";
  for (std::size_t i = 1; i + 1 < points.size(); ++i)
    ASSERT_EQ(names[ring.find(points[i].first)], points[i + 1].second);
  EXPECT_EQ(names[ring.find(points.back().first)], points.front().second) << "round the ring";
}

TEST(KeyRing, AsksWeightsForGroups) {
  EXPECT_EQ(KeyRing::groups_of_weight(-1), 0u);
  EXPECT_EQ(KeyRing::groups_of_weight(0), 0u);
  EXPECT_EQ(KeyRing::groups_of_weight(1), 1u);
  EXPECT_EQ(KeyRing::groups_of_weight(7), 1u);
  EXPECT_EQ(KeyRing::groups_of_weight(100), 25u);
  EXPECT_EQ(KeyRing::groups_of_weight(INT32_MAX), KeyRing::groups_max);
  KeyRing ring;
  ring.rebuild(std::vector<KeyRing::Host>{{"10.0.0.1", 1}, {"10.0.0.2", 3}, {"10.0.0.3", 0}});
  EXPECT_EQ(ring.points(), 16u);
  ring.rebuild(std::vector<KeyRing::Host>{{"10.0.0.1", 2}, {"10.0.0.2", 1}});
  EXPECT_EQ(ring.points(), 12u);
}

TEST(KeyRing, KnowsThatNobodyIsThere) {
  KeyRing ring;
  EXPECT_EQ(ring.find(1), KeyRing::no_host);
  EXPECT_EQ(ring.find_other(1, 0), KeyRing::no_host);
  ring = ring_of({"10.0.0.1"});
  EXPECT_EQ(ring.find(1), 0u);
  EXPECT_EQ(ring.find_other(1, 0), 0u) << "alone";
  ring.set_usable(std::vector<std::uint8_t>{0});
  EXPECT_EQ(ring.find(1), KeyRing::no_host);
}

// Keys at and beside points, where the differences are, and far from them.
std::uint64_t key_for(const Names& names) {
  const auto points = points_of(names);
  if (points.empty() || *rc::gen::inRange(0, 4) == 0) return *rc::gen::arbitrary<std::uint64_t>();
  const auto at = *rc::gen::inRange<std::size_t>(0, points.size());
  return points[at].first + *rc::gen::inRange<std::uint64_t>(0, 3) - 1;
}

RC_GTEST_PROP(KeyRing, IsTheSlowOneOfThoseThatAreUsable, ()) {
  Names names, usable_names;
  std::vector<std::uint8_t> usable;
  const int count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    names.push_back("10.1." + std::to_string(i) + "." + std::to_string(*rc::gen::inRange(0, 9)));
    usable.push_back(*rc::gen::element<std::uint8_t>(0, 1, 1));
    if (usable.back() != 0) usable_names.push_back(names.back());
  }
  KeyRing ring = ring_of(names);
  ring.set_usable(usable);
  const std::uint64_t key = key_for(usable_names);
  const std::uint32_t found = ring.find(key);
  RC_ASSERT((found == KeyRing::no_host ? "" : names[found]) == slow_find(usable_names, key));
  if (found == KeyRing::no_host) return;
  const std::uint32_t other = ring.find_other(key, found);
  RC_ASSERT(usable[other] != 0);
  RC_ASSERT((other == found) == (usable_names.size() == 1));
}

// But for a key that is a point: it moves when that point becomes the lowest.
RC_GTEST_PROP(KeyRing, MovesOnlyTheKeysOfAHostThatGoes, ()) {
  KeyRing ring = ring_of({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"});
  const auto key = *rc::gen::arbitrary<std::uint32_t>();
  const std::uint32_t before = ring.find(key);
  const auto gone = *rc::gen::inRange<std::size_t>(0, 4);
  std::vector<std::uint8_t> usable(4, 1);
  usable[gone] = 0;
  ring.set_usable(usable);
  const auto points = points_of({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"});
  RC_PRE(std::none_of(points.begin(), points.end(), [&](auto& p) { return p.first == key; }));
  RC_ASSERT((ring.find(key) == before) == (before != gone));
}

}  // namespace
}  // namespace tarsier::balance
