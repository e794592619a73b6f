#include "client/balance/fleet.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tarsier::balance {
namespace {

// One letter an endpoint: h healthy, p wants a probe, e ejected, o out of service, u unreachable.
std::vector<Fleet::Member> members_of(std::string_view letters) {
  std::vector<Fleet::Member> members;
  for (Slot slot = 0; slot < letters.size(); ++slot) {
    const auto health = static_cast<Health>(std::string_view("hpeou").find(letters[slot]));
    members.push_back({slot, health, TimePoint(std::chrono::seconds(100 - slot))});
  }
  return members;
}

// The same with a dash for those that are not picked.
std::string usable(std::string_view letters) {
  Fleet fleet;
  fleet.rebuild({}, members_of(letters), letters.size());
  std::string text(letters);
  for (Slot slot = 0; slot < letters.size(); ++slot)
    if (fleet.usable()[slot] == 0) text[slot] = '-';
  return text;
}

TEST(Fleet, OfOneIsAlwaysUsed) {
  for (const std::string letter : {"h", "p", "e", "o", "u"}) EXPECT_EQ(usable(letter), letter);
  EXPECT_EQ(usable(""), "");
}

TEST(Fleet, OfTwoDoesWithoutOne) {
  EXPECT_EQ(usable("he"), "h-") << "one may always be ejected";
  EXPECT_EQ(usable("hp"), "hp") << "a probe is a call";
  EXPECT_EQ(usable("hu"), "h-");
  EXPECT_EQ(usable("ho"), "h-");
  EXPECT_EQ(usable("ee"), "ee") << "panic";
  EXPECT_EQ(usable("eu"), "e-") << "never one that cannot be reached";
  EXPECT_EQ(usable("eo"), "e-");
  EXPECT_EQ(usable("pu"), "p-");
  EXPECT_EQ(usable("ou"), "o-") << "nobody has tried the first one";
  EXPECT_EQ(usable("uu"), "uu");
  EXPECT_EQ(usable("oo"), "oo");
}

TEST(Fleet, OfThreePanicsWhenTwoAreSick) {
  EXPECT_EQ(usable("hhe"), "hh-");
  EXPECT_EQ(usable("hee"), "hee") << "one of three is less than half";
  EXPECT_EQ(usable("heu"), "h--") << "one of the two that can be reached is half";
  EXPECT_EQ(usable("huo"), "h--");
  EXPECT_EQ(usable("euo"), "e--");
}

TEST(Fleet, OfFiftyLeavesFifteenAlone) {
  const std::string healthy(35, 'h');
  EXPECT_EQ(usable(healthy + std::string(15, 'e')), healthy + std::string(15, '-'));
  const std::string fewer(30, 'h');  // twenty are sick: the five that fell ill last serve
  EXPECT_EQ(usable(fewer + std::string(20, 'e')), fewer + "eeeee" + std::string(15, '-'));
  const std::string half(25, 'h');
  EXPECT_EQ(usable(half + std::string(25, 'e')),
            half + std::string(10, 'e') + std::string(15, '-'));
  const std::string panic = std::string(24, 'h') + std::string(26, 'e');
  EXPECT_EQ(usable(panic), panic);
}

TEST(Fleet, HasNoCapForThoseThatCannotBeReached) {
  EXPECT_EQ(usable("h" + std::string(49, 'u')), "h" + std::string(49, '-'));
  EXPECT_EQ(usable("hhe" + std::string(47, 'o')), "hh-" + std::string(47, '-'));
}

RC_GTEST_PROP(Fleet, KeepsItsPromises, ()) {
  const auto letters =
      *rc::gen::container<std::string>(*rc::gen::element<std::size_t>(1, 2, 3, 10, 50),
                                       rc::gen::element('h', 'h', 'p', 'e', 'o', 'u'));
  Fleet fleet;
  fleet.rebuild({}, members_of(letters), letters.size());
  const auto reachable = static_cast<std::size_t>(
      std::count_if(letters.begin(), letters.end(), [](char c) { return c < 'o' || c == 'p'; }));
  const auto healthy = static_cast<std::size_t>(std::count(letters.begin(), letters.end(), 'h'));
  RC_ASSERT(!fleet.slots().empty());
  RC_ASSERT(fleet.reachable() == reachable);
  RC_ASSERT(fleet.panic() == (2 * healthy < reachable));
  std::size_t left_alone = 0;
  for (Slot slot = 0; slot < letters.size(); ++slot) {
    const bool picked = fleet.usable()[slot] != 0;
    if (letters[slot] == 'h' || letters[slot] == 'p') RC_ASSERT(picked);
    if (letters[slot] == 'o' || letters[slot] == 'u') RC_ASSERT(!picked || reachable == 0);
    left_alone += letters[slot] == 'e' && !picked ? 1 : 0;
  }
  RC_ASSERT(left_alone <= std::max<std::size_t>(1, reachable * 3 / 10));
  RC_ASSERT(left_alone == fleet.left_alone());
}

}  // namespace
}  // namespace tarsier::balance
