#include "client/balance/two_choices.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

#include "transport/base/random.h"

namespace tarsier::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint start = TimePoint(seconds(1'000));

// Endpoints, and the share of picks that each gets.
struct Story {
  PeakEwma loads{PeakEwmaOptions()};
  TwoChoices choices{SlowStart()};
  std::vector<TwoChoices::Candidate> candidates;
  Random random{7};

  explicit Story(Slot count) {
    for (Slot slot = 0; slot < count; ++slot) {
      loads.add(slot, start);
      candidates.push_back({slot});
    }
  }
  std::vector<double> shares(TimePoint now = start) {
    choices.rebuild(candidates);
    constexpr int picks = 40'000;
    std::vector<double> shares(candidates.size(), 0);
    for (int i = 0; i < picks; ++i) shares[choices.pick(loads, now, random.next())] += 1;
    for (double& share : shares) share /= picks;
    return shares;
  }
};

TEST(TwoChoices, SpreadsEvenlyOverEquals) {
  for (const double share : Story(4).shares()) EXPECT_NEAR(share, 0.25, 0.01);
}

TEST(TwoChoices, PicksTheCheaperOfTwo) {
  Story story(2);
  story.loads.started(0);
  EXPECT_EQ(story.shares(), (std::vector<double>{0, 1})) << "fewer calls under way";
  story.loads.answered(0, milliseconds(1), start);
  story.loads.answered(1, milliseconds(50), start);
  EXPECT_EQ(story.shares()[0], 1) << "faster";
}

TEST(TwoChoices, GivesASlowOneOfManyNothing) {
  Story story(10);
  for (Slot slot = 0; slot < 10; ++slot)
    story.loads.answered(slot, slot == 3 ? milliseconds(50) : milliseconds(1), start);
  EXPECT_EQ(story.shares()[3], 0) << "there is always another one to compare it with";
}

TEST(TwoChoices, HonoursWeights) {
  Story story(3);
  story.candidates[0].weight = 10;
  story.candidates[1].weight = 30;
  story.candidates[2].weight = 60;
  const auto shares = story.shares();
  EXPECT_NEAR(shares[0], 0.1, 0.01);
  EXPECT_NEAR(shares[1], 0.3, 0.01);
  EXPECT_NEAR(shares[2], 0.6, 0.01);
}

TEST(TwoChoices, WeighsCallsUnderWayByCapacity) {
  Story story(2);
  story.candidates[0].weight = 90;
  story.candidates[1].weight = 10;
  for (int i = 0; i < 90; ++i) story.loads.started(0);
  for (int i = 0; i < 10; ++i) story.loads.started(1);
  EXPECT_NEAR(story.shares()[0], 0.9, 0.01) << "both are as busy as they may be";
  for (int i = 0; i < 10; ++i) story.loads.started(1);
  EXPECT_NEAR(story.shares()[0], 0.99, 0.01) << "the small one is twice as busy";
}

TEST(TwoChoices, StartsSlowly) {
  EXPECT_DOUBLE_EQ(SlowStart().share(start, start), 0.1);
  EXPECT_DOUBLE_EQ(SlowStart().share(start, start + seconds(10)), 0.4);
  EXPECT_DOUBLE_EQ(SlowStart().share(start, start + seconds(30)), 1);
  EXPECT_DOUBLE_EQ(SlowStart().share(start + seconds(9), start), 0.1);
  EXPECT_DOUBLE_EQ(SlowStart().share(TimePoint::min(), start), 1);

  Story story(10);
  story.candidates[4].slow_since = start;
  EXPECT_NEAR(story.shares(start)[4], 0.01, 0.004);
  EXPECT_NEAR(story.shares(start + seconds(15))[4], 0.055, 0.008);
  EXPECT_NEAR(story.shares(start + seconds(30))[4], 0.1, 0.01);
}

TEST(TwoChoices, SharesEvenlyWhileAllAreNew) {
  Story story(4);
  for (auto& candidate : story.candidates) candidate.slow_since = start;
  for (const double share : story.shares()) EXPECT_NEAR(share, 0.25, 0.01);
}

TEST(TwoChoices, ProbesWhomItDraws) {
  Story story(4);
  story.loads.answered(2, seconds(9), start);
  story.candidates[2].wants_probe = true;
  story.candidates[2].slow_since = start;
  EXPECT_NEAR(story.shares()[2], 0.5, 0.01) << "two of four are drawn";
}

TEST(TwoChoices, KnowsThatNobodyIsThere) {
  Story story(1);
  EXPECT_EQ(story.choices.pick(story.loads, start, 1), no_slot);
  EXPECT_EQ(story.shares(), std::vector<double>{1});
}

// Whatever the weights: only candidates, the same for the same bits, and each one for some bits.
RC_GTEST_PROP(TwoChoices, ReachesEveryCandidateAndNobodyElse, ()) {
  Story story(*rc::gen::inRange<Slot>(1, 20));
  std::vector<TwoChoices::Candidate> listed;
  for (auto& candidate : story.candidates) {
    candidate.weight = *rc::gen::element(1, 1, 5);
    if (*rc::gen::inRange(0, 3) > 0) listed.push_back(candidate);
  }
  story.choices.rebuild(listed);
  std::map<Slot, int> picked;
  for (int i = 0; i < 5'000; ++i) {
    const std::uint64_t bits = story.random.next();
    const Slot slot = story.choices.pick(story.loads, start, bits);
    if (listed.empty()) RC_ASSERT(slot == no_slot);
    if (i % 100 == 0) RC_ASSERT(story.choices.pick(story.loads, start, bits) == slot);
    if (!listed.empty()) ++picked[slot];
  }
  RC_ASSERT(picked.size() == listed.size());
  for (const auto& candidate : listed) RC_ASSERT(picked.count(candidate.slot) == 1u);
}

}  // namespace
}  // namespace tarsier::balance
