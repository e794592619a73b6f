#include "server/overload/read_pause.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cstdint>

namespace tarsier {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration reject_cost = limits::reject_cost;

// How a second goes on one processor, with arrivals at `load` times what it could do if it did
// nothing else. What has arrived is read, and refused when 50 calls wait, before anything runs.
struct Day {
  explicit Day(Duration service_time, double load, const ReadPauseOptions& options = {})
      : service(service_time),
        gap(static_cast<double>(service_time.count()) / load),
        pause(options) {}

  void pass(Duration length) {
    const TimePoint end = now + length;
    while (now < end) {
      if (pause.resumes(now, waiting < 25)) ++resumed;
      const double arrived = static_cast<double>((now - TimePoint()).count()) / gap;
      if (!pause.paused() && arrived >= read + 1) {
        read += 1;
        // While nobody reads, the network holds what fits into its buffers.
        if (arrived - read > 2'000) read = arrived - 2'000;
        take();
      } else if (waiting > 0) {
        now += service;
        --waiting;
        ++done;
      } else {
        now += microseconds(1);
      }
    }
  }
  void take() {
    if (waiting < 50) {
      ++waiting;
      pause.admitted(now);
      return;
    }
    now += reject_cost;
    ++refused;
    if (pause.refused(now)) ++paused;
  }
  // Of what it could do.
  double goodput() const {
    return static_cast<double>(done * service.count()) /
           static_cast<double>((now - TimePoint()).count());
  }

  Duration service;
  double gap;
  ReadPause pause;
  TimePoint now{};
  double read = 0;
  std::int64_t waiting = 0;
  std::int64_t done = 0;
  std::int64_t refused = 0;
  int paused = 0;
  int resumed = 0;
};

TEST(ReadPause, ShortCallsAreHeldBackInsteadOfRefused) {
  ReadPauseOptions never;
  never.reject_cost = Duration::zero();
  Day refusing(microseconds(20), 10, never);
  refusing.pass(seconds(1));
  EXPECT_LT(refusing.goodput(), 0.15) << "refusing eats the processor";
  Day pausing(microseconds(20), 10);
  pausing.pass(seconds(1));
  EXPECT_GT(pausing.goodput(), 0.5);
  EXPECT_GT(pausing.paused, 10);
  EXPECT_GE(pausing.resumed, pausing.paused - 1);
}

TEST(ReadPause, LongCallsAreRefusedAndNeverHeldBack) {
  for (const auto service : {microseconds(100), microseconds(1'000), microseconds(10'000)}) {
    Day day(service, 10);
    day.pass(seconds(2));
    EXPECT_EQ(day.paused, 0) << service.count();
    EXPECT_GT(day.refused, 500);
    EXPECT_GT(day.goodput(), 0.8);
  }
}

TEST(ReadPause, ReadingGoesOnWhenThereIsRoomOrAtTheLatestAtItsEnd) {
  ReadPause pause;
  TimePoint now{};
  int refusals = 0;
  while (!pause.refused(now)) ++refusals;
  EXPECT_EQ(refusals, limits::reject_burst / reject_cost);
  EXPECT_TRUE(pause.paused());
  EXPECT_FALSE(pause.refused(now)) << "it stops once";
  EXPECT_FALSE(pause.resumes(now, false));
  EXPECT_TRUE(pause.resumes(now, true));
  EXPECT_FALSE(pause.resumes(now, true)) << "it goes on once";
  EXPECT_TRUE(pause.refused(now)) << "what was overdrawn is not forgiven";
  now = pause.until();
  EXPECT_TRUE(pause.resumes(now, false));
  EXPECT_FALSE(pause.refused(now));
}

// Refusals never take more than a third of the time and a burst, if reading stops when it should.
RC_GTEST_PROP(ReadPause, RefusalsTakeAThirdOfTheTimeAtMost, (std::vector<std::uint16_t> gaps_us)) {
  ReadPause pause;
  TimePoint now{};
  Duration spent{};
  for (const std::uint16_t gap : gaps_us) {
    now += microseconds(gap);
    pause.resumes(now, gap % 2 == 0);
    for (int i = 0; i < 1'000 && !pause.paused(); ++i) {
      spent += reject_cost;
      pause.refused(now);
    }
    RC_ASSERT(spent <= limits::reject_burst + (now - TimePoint()) / 3 + reject_cost * 1'000);
  }
}

}  // namespace
}  // namespace tarsier
