#include "client/balance/reach.h"

#include "client/balance/backoff.h"

#include <chrono>

namespace tarsier::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = ReachEvent::Kind;

TimePoint at(Duration since_start) { return TimePoint(since_start); }

// Half of the random range: no jitter.
constexpr std::uint64_t middle = 0;

ReachOptions exact() {
  ReachOptions options;
  options.jitter_permille = 0;
  return options;
}

void tell(Reach& reach, Kind kind, Duration now, Duration began) {
  step(exact(), reach, {kind, at(now), at(began), middle});
}

TEST(Reach, IsDownAfterOneFailedConnectAndUpAfterAGoodOne) {
  Reach reach;
  tell(reach, Kind::failed, seconds(10), seconds(10));
  EXPECT_TRUE(reach.down);
  EXPECT_EQ(reach.retry_at, at(seconds(10) + milliseconds(100)));
  tell(reach, Kind::connected, seconds(11), seconds(11));
  EXPECT_FALSE(reach.down);
  EXPECT_EQ(reach.retry_at, no_deadline);
}

TEST(Reach, PausesLongerAfterEachAttempt) {
  Reach reach;
  Duration now = seconds(1);
  tell(reach, Kind::failed, now, now);
  Duration pause = milliseconds(100);
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(reach.retry_at, at(now + pause)) << i;
    now += pause;
    tell(reach, Kind::trying, now, now);
    EXPECT_EQ(reach.retry_at, no_deadline) << "one attempt at a time";
    tell(reach, Kind::failed, now, now);
    pause = std::min<Duration>(2 * pause, seconds(30));
  }
}

TEST(Reach, CountsOneConnectionThatFailsOnceHoweverManyCallsItEnds) {
  Reach reach;
  for (int i = 0; i < 100; ++i) tell(reach, Kind::failed, seconds(10), seconds(9));
  EXPECT_EQ(reach.attempts, 1u);
  EXPECT_EQ(reach.retry_at, at(seconds(10) + milliseconds(100)));
}

TEST(Reach, GrowsItsPauseOnlyByAttemptsThatWereDue) {
  Reach reach;
  tell(reach, Kind::failed, seconds(10), seconds(10));
  for (int i = 1; i < 100; ++i)  // calls without another endpoint
    tell(reach, Kind::failed, seconds(10) + milliseconds(i), seconds(10) + milliseconds(i));
  EXPECT_EQ(reach.attempts, 1u);
  tell(reach, Kind::failed, seconds(10) + milliseconds(100), seconds(10) + milliseconds(100));
  EXPECT_EQ(reach.attempts, 2u);
}

TEST(Reach, DoesNotTakeAcceptingForAnswering) {
  Reach reach;
  Duration now = seconds(1);
  for (int i = 0; i < 5; ++i) {  // it accepts, and resets the first call
    tell(reach, Kind::failed, now, now);
    EXPECT_EQ(reach.retry_at, at(now + milliseconds(100) * (1 << i))) << i;
    now += seconds(4);
    tell(reach, Kind::connected, now, now);
    EXPECT_FALSE(reach.down);
  }
  tell(reach, Kind::answered, now, now);
  tell(reach, Kind::failed, now, now);
  EXPECT_EQ(reach.retry_at, at(now + milliseconds(100)));
}

TEST(Reach, DoesNotListenToTheNewsOfYesterday) {
  Reach reach;
  tell(reach, Kind::failed, seconds(10), seconds(10));
  tell(reach, Kind::answered, seconds(11), seconds(9));
  EXPECT_TRUE(reach.down) << "that call began before it went down";
  tell(reach, Kind::connected, seconds(12), seconds(12));
  tell(reach, Kind::failed, seconds(13), seconds(11));
  EXPECT_FALSE(reach.down) << "that one began before it came up";
}

TEST(Reach, LeavesOneThatSaysSoForAsLongAsItIsTold) {
  Reach reach;
  ReachEvent away{Kind::left, at(seconds(10)), at(seconds(10)), middle};
  away.wait = seconds(1);
  step(exact(), reach, away);
  EXPECT_TRUE(reach.down);
  EXPECT_EQ(reach.retry_at, at(seconds(11)));
  tell(reach, Kind::answered, seconds(10) + milliseconds(5), seconds(9));
  EXPECT_TRUE(reach.down) << "it finishes what it has";
  tell(reach, Kind::trying, seconds(11), seconds(11));
  tell(reach, Kind::connected, seconds(12), seconds(12));
  EXPECT_FALSE(reach.down);
}

TEST(Reach, WaitsForSeveralFailuresIfToldTo) {  // TARS: maxConnectExc
  ReachOptions options = exact();
  options.failures_max = 3;
  Reach reach;
  for (const bool down : {false, false, true}) {
    step(options, reach, {Kind::failed, at(seconds(1)), at(seconds(1)), middle});
    EXPECT_EQ(reach.down, down);
  }
}

TEST(Backoff, DoublesUpToItsBound) {
  EXPECT_EQ(doubled(milliseconds(25), 0, seconds(1)), milliseconds(25));
  EXPECT_EQ(doubled(milliseconds(25), 5, seconds(1)), milliseconds(800));
  EXPECT_EQ(doubled(milliseconds(25), 6, seconds(1)), seconds(1));
  EXPECT_EQ(doubled(milliseconds(25), UINT32_MAX, seconds(1)), seconds(1));
  EXPECT_EQ(doubled(Duration(3), UINT32_MAX, Duration::max()), Duration::max());
  EXPECT_EQ(doubled(seconds(2), 3, seconds(1)), seconds(1));
  EXPECT_EQ(doubled(Duration::zero(), UINT32_MAX, seconds(1)), Duration::zero());
}

RC_GTEST_PROP(Backoff, JittersWithinItsBoundsAndReachesThem, ()) {
  const auto random = *rc::gen::arbitrary<std::uint64_t>();
  const Duration jitter = jittered(seconds(5), 200, random);
  RC_ASSERT(jitter >= seconds(4));
  RC_ASSERT(jitter <= seconds(6));
  RC_ASSERT(jittered(seconds(5), 200, 0) == Duration(seconds(4)));
  RC_ASSERT(jittered(seconds(5), 200, Duration(seconds(2)).count()) == Duration(seconds(6)));
  RC_ASSERT(jittered(seconds(5), 0, random) == Duration(seconds(5)));
  const Duration any = any_of(milliseconds(25), random);
  RC_ASSERT(any >= Duration::zero());
  RC_ASSERT(any <= milliseconds(25));
  RC_ASSERT(any_of(Duration::zero(), random) == Duration::zero());
}

}  // namespace
}  // namespace tarsier::balance
