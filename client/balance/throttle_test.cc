#include "client/balance/throttle.h"

#include <rapidcheck/state.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "transport/base/random.h"

namespace tarsier::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint start = TimePoint(seconds(3'000));
constexpr std::uint64_t likely = 0;  // refused whenever there is a chance of it

// A server that takes so many calls a second, and a client that makes calls evenly.
struct Story {
  Throttle throttle{ThrottleOptions()};
  Random random{3};
  TimePoint now = start;
  int sent = 0;

  // Calls sent in a second of `made`, of which the server takes `taken`, as evenly.
  int second(int made, int taken) {
    sent = 0;
    double room = 0;
    for (int i = 0; i < made; ++i) {
      now += Duration(seconds(1)) / made;
      room = std::min(2.0, room + static_cast<double>(taken) / made);
      if (!throttle.admit(now, random.next())) continue;
      ++sent;
      if (room >= 1) {
        room -= 1;
        throttle.accepted(now);
      } else {
        throttle.rejected(now);
      }
    }
    return sent;
  }
};

TEST(Throttle, SendsAllAsLongAsMoreThanHalfIsAccepted) {
  Story story;
  for (int i = 0; i < 60; ++i) EXPECT_EQ(story.second(100, 60), 100);
  EXPECT_EQ(story.throttle.refusal_chance(), 0u);
}

TEST(Throttle, SendsTwiceWhatIsAccepted) {
  Story story;
  for (int i = 0; i < 30; ++i) story.second(1'000, 100);
  for (int i = 0; i < 30; ++i) EXPECT_NEAR(story.second(1'000, 100), 200, 60);
}

TEST(Throttle, AlwaysSendsOneCallASecond) {
  Story story;
  for (int i = 0; i < 60; ++i) story.second(1'000, 0);
  for (int i = 0; i < 60; ++i) {
    EXPECT_GE(story.second(1'000, 0), 1);
    EXPECT_LE(story.sent, 5);
  }
}

// Seconds until 95 % of a load of 0.9 is sent again.
int seconds_to_recover(Story& story) {
  int needed = 0;
  while (story.second(90, 100) < 86) ++needed;
  return needed;
}

TEST(Throttle, ForgetsABurst) {  // targets/reliability §3.3, O4
  Story story;
  for (int i = 0; i < 60; ++i) story.second(90, 100);
  for (int i = 0; i < 10; ++i) story.second(300, 100);
  EXPECT_LE(seconds_to_recover(story), 10);
}

TEST(Throttle, ForgetsALongOverload) {
  Story story;
  for (int i = 0; i < 60; ++i) story.second(1'000, 100);
  EXPECT_LE(seconds_to_recover(story), 60);
}

// ---- against a list of all calls ----------------------------------------------------------------

struct Model {
  TimePoint now = start;
  std::vector<std::pair<TimePoint, bool>> calls;  // true: accepted
  TimePoint let_through = TimePoint::min();

  std::int64_t part(TimePoint at) const { return at.time_since_epoch() / seconds(1); }
  bool refuses() const {
    std::int64_t made = 0, accepted = 0;
    for (const auto& [at, taken] : calls) {
      if (part(at) + 30 <= part(now)) continue;
      ++made;
      accepted += taken ? 1 : 0;
    }
    const bool probe_due = let_through == TimePoint::min() || now - let_through >= seconds(1);
    return made >= 10 && made > 2 * accepted && !probe_due;
  }
};
using Command = rc::state::Command<Model, Throttle>;

struct PassTime : Command {
  Duration pause = milliseconds(*rc::gen::element(1, 200, 999, 1'000, 15'000, 31'000));
  void apply(Model& model) const override { model.now += pause; }
  void run(const Model&, Throttle&) const override {}
  void show(std::ostream& out) const override { out << "pass " << pause.count() << " ns"; }
};

struct Ask : Command {
  void apply(Model& model) const override {
    if (model.refuses()) {
      model.calls.emplace_back(model.now, false);
    } else {
      model.let_through = model.now;
    }
  }
  void run(const Model& before, Throttle& throttle) const override {
    RC_ASSERT(throttle.admit(before.now, likely) == !before.refuses());
  }
  void show(std::ostream& out) const override { out << "ask"; }
};

struct Hear : Command {
  bool taken = *rc::gen::element(true, false, false);
  int times = *rc::gen::inRange(1, 20);
  void apply(Model& model) const override {
    for (int i = 0; i < times; ++i) model.calls.emplace_back(model.now, taken);
  }
  void run(const Model& before, Throttle& throttle) const override {
    for (int i = 0; i < times; ++i)
      taken ? throttle.accepted(before.now) : throttle.rejected(before.now);
  }
  void show(std::ostream& out) const override {
    out << times << (taken ? " accepted" : " rejected");
  }
};

RC_GTEST_PROP(Throttle, IsTheOneThatKeepsEveryCall, ()) {
  Model model;
  Throttle throttle{ThrottleOptions()};
  rc::state::check(model, throttle, rc::state::gen::execOneOfWithArgs<PassTime, Ask, Ask, Hear>());
}

}  // namespace
}  // namespace tarsier::balance
