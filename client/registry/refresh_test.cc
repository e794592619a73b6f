#include "client/registry/refresh.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <vector>

namespace tarsier {
namespace {

using std::chrono::seconds;
using Kind = RefreshEvent::Kind;

EndpointLists lists(std::initializer_list<const char*> hosts, std::int32_t weight = -1) {
  EndpointLists made;
  for (const char* host : hosts) {
    Endpoint endpoint;
    endpoint.host = host;
    endpoint.port = 80;
    endpoint.weight = weight;
    made.active.push_back(endpoint);
  }
  return made;
}

// An object, what happens to it, and virtual time. Without jitter unless a test sets it.
class Refresh : public ::testing::Test {
 protected:
  Refresh() { options.jitter_percent = 0; }

  RefreshEffects happens(Kind kind, EndpointLists with = {}) {
    RefreshEvent event;
    event.kind = kind;
    event.now = now;
    event.lists = std::move(with);
    return step(object, std::move(event), options);
  }
  // How long after this moment the next use asks, in seconds; asks.
  std::int64_t asks_after() {
    const TimePoint start = now;
    for (int i = 0; i < 1000; ++i, now += seconds(1))
      if (happens(Kind::used).ask) return to_ms(now - start) / 1000;
    return -1;
  }

  RefreshOptions options;
  ResolvedObject object;
  TimePoint now{seconds(1'000)};
};

TEST_F(Refresh, TheFirstUseAsksAndOnlyOnce) {
  EXPECT_TRUE(happens(Kind::used).ask);
  EXPECT_FALSE(happens(Kind::used).ask) << "the question is under way";
  EXPECT_FALSE(happens(Kind::doubted).ask);
  const RefreshEffects effects = happens(Kind::answered, lists({"a", "b"}));
  EXPECT_TRUE(effects.tell_lists);
  EXPECT_TRUE(effects.store);
  EXPECT_EQ(object.version, 1u);
}

TEST_F(Refresh, AnAnswerIsGoodForAMinute) {
  happens(Kind::used);
  happens(Kind::answered, lists({"a"}));
  EXPECT_EQ(asks_after(), 60);
}

TEST_F(Refresh, TheSameAnswerAgainIsNoNews) {
  happens(Kind::used);
  happens(Kind::answered, lists({"a"}));
  const RefreshEffects effects = happens(Kind::answered, lists({"a"}));
  EXPECT_FALSE(effects.tell_lists);
  EXPECT_FALSE(effects.store);
  EXPECT_EQ(object.version, 1u);
}

TEST_F(Refresh, AChangedWeightIsNews) {
  happens(Kind::answered, lists({"a", "b"}, 10));
  EXPECT_TRUE(happens(Kind::answered, lists({"a", "b"}, 20)).tell_lists);
  EXPECT_EQ(object.version, 2u);
}

TEST_F(Refresh, AnEmptyAnswerReplacesNothingAndIsAskedAgainSoon) {
  happens(Kind::answered, lists({"a"}));
  const RefreshEffects effects = happens(Kind::answered, {});
  EXPECT_FALSE(effects.tell_lists);
  EXPECT_FALSE(effects.tell_unresolved);
  EXPECT_EQ(object.lists, lists({"a"}));
  EXPECT_EQ(object.answers_empty, 1u);
  EXPECT_EQ(asks_after(), 10);
}

TEST_F(Refresh, AnEmptyFirstAnswerSettlesIt) {
  happens(Kind::used);
  const RefreshEffects effects = happens(Kind::answered, {});
  EXPECT_TRUE(effects.tell_unresolved);
  EXPECT_TRUE(effects.settled) << "the registry has spoken: waiting is no use";
}

TEST_F(Refresh, FailuresAreRetriedSoonThenSeldomAndThenSettled) {
  std::vector<std::int64_t> waits;
  std::vector<bool> settled;
  for (int i = 0; i < 6; ++i) {
    waits.push_back(asks_after());
    settled.push_back(happens(Kind::failed).settled);
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{0, 2, 2, 2, 30, 30}));
  EXPECT_EQ(settled, (std::vector<bool>{false, false, false, true, true, true}));
  happens(Kind::answered, lists({"a"}));
  EXPECT_EQ(object.failures, 0u);
}

TEST_F(Refresh, AFailureKeepsTheLastListAndSaysNothing) {
  happens(Kind::answered, lists({"a"}));
  for (int i = 0; i < 10; ++i) {
    const RefreshEffects effects = happens(Kind::failed);
    EXPECT_FALSE(effects.tell_unresolved);
    EXPECT_FALSE(effects.tell_lists);
  }
  EXPECT_EQ(object.lists, lists({"a"}));
}

TEST_F(Refresh, ADoubtAsksBeforeItsTimeButNotInABurst) {
  EXPECT_TRUE(happens(Kind::used).ask);
  happens(Kind::answered, lists({"a"}));
  EXPECT_FALSE(happens(Kind::doubted).ask) << "the answer has just come";
  now += seconds(2);
  EXPECT_TRUE(happens(Kind::doubted).ask);
  happens(Kind::answered, lists({"a"}));
  now += seconds(1);
  EXPECT_FALSE(happens(Kind::doubted).ask);
}

TEST_F(Refresh, ADoubtDuringAnOutageDoesNotAskMore) {
  happens(Kind::answered, lists({"a"}));
  for (int i = 0; i < 4; ++i) happens(Kind::failed);
  now += seconds(5);
  EXPECT_FALSE(happens(Kind::doubted).ask);
}

TEST_F(Refresh, ACachedListServesUntilTheRegistrySpeaks) {
  EXPECT_TRUE(happens(Kind::cached, lists({"old"})).tell_lists);
  EXPECT_TRUE(object.from_cache);
  EXPECT_TRUE(happens(Kind::used).ask) << "a cached list is asked about at once";
  const RefreshEffects effects = happens(Kind::answered, lists({"new"}));
  EXPECT_TRUE(effects.tell_lists);
  EXPECT_FALSE(object.from_cache);
  EXPECT_FALSE(happens(Kind::cached, lists({"old"})).tell_lists) << "never over an answer";
  EXPECT_EQ(object.lists, lists({"new"}));
}

TEST_F(Refresh, WaitsAreSpreadByTheJitter) {
  options.jitter_percent = 20;
  for (const std::uint64_t chance : {0ull, 0x7fffull, 0xffffull, ~0ull}) {
    RefreshEvent event;
    event.kind = Kind::answered;
    event.now = now;
    event.chance = chance;
    event.lists = lists({"a"});
    step(object, event, options);
    EXPECT_GE(object.ask_at, now + seconds(48));
    EXPECT_LE(object.ask_at, now + seconds(72));
  }
}

// Whatever happens in whatever order: a list is never lost, versions only grow, no two questions
// are under way at once, and a question that ended is followed by another some day.
RC_GTEST_PROP(RefreshProperty, AListIsNeverLostAndQuestionsAlternate, ()) {
  ResolvedObject object;
  const RefreshOptions options;
  TimePoint now{};
  bool under_way = false;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(0, 100)));
  for (const auto& [what, wait] : steps) {
    now += seconds(wait);
    RefreshEvent event;
    event.kind = static_cast<Kind>(what);
    // Questions are answered or fail, nothing else does.
    if (!under_way && (event.kind == Kind::answered || event.kind == Kind::failed)) continue;
    event.now = now;
    event.chance = static_cast<std::uint64_t>(wait) * 0x9e3779b97f4a7c15ull;
    if (wait % 3 != 0) event.lists = wait % 2 == 0 ? lists({"a"}) : lists({"a", "b"});
    const auto before = object;
    const bool ends = event.kind == Kind::answered || event.kind == Kind::failed;
    const RefreshEffects effects = step(object, event, options);
    RC_ASSERT(!(effects.ask && under_way));
    under_way = effects.ask || (under_way && !ends);
    RC_ASSERT(object.asking == under_way);
    RC_ASSERT(object.version >= before.version);
    RC_ASSERT(effects.tell_lists == (object.version != before.version));
    RC_ASSERT(before.lists.active.empty() || !object.lists.active.empty());
    RC_ASSERT(!effects.tell_unresolved || object.version == 0);
    RC_ASSERT(under_way || object.ask_at <= now + seconds(72));
  }
}

}  // namespace
}  // namespace tarsier
