#include "client/balance/breaker.h"

#include <rapidcheck/state.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ostream>
#include <utility>
#include <vector>

#include "client/balance/backoff.h"

namespace tarsier::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = BreakerEvent::Kind;
using State = Breaker::State;

BreakerOptions exact() {
  BreakerOptions options;
  options.jitter_permille = 0;
  return options;
}

// One endpoint, called again and again.
struct Story {
  BreakerOptions options = exact();
  TimePoint now = TimePoint(seconds(1'000));
  Breaker breaker;

  void tell(Kind kind) { step(options, breaker, {kind, now, now}); }
  void fail(int times) {
    for (int i = 0; i < times; ++i) tell(Kind::failed);
  }
  void succeed(int times) {
    for (int i = 0; i < times; ++i) tell(Kind::good);
  }
  State after(Duration pause) {
    now += pause;
    tell(Kind::time);
    return breaker.state;
  }
};

TEST(Breaker, OpensAfterFiveFailuresInARow) {
  Story story;
  story.succeed(100);
  story.fail(4);
  EXPECT_EQ(story.breaker.state, State::closed);
  story.succeed(1);
  story.fail(4);
  EXPECT_EQ(story.breaker.state, State::closed) << "they were not in a row";
  story.fail(1);
  EXPECT_EQ(story.breaker.state, State::open);
}

TEST(Breaker, OpensWhenHalfOfThreeCallsFail) {
  Story story;
  story.fail(2);
  EXPECT_EQ(story.breaker.state, State::closed) << "two calls are no share";
  story.fail(1);
  EXPECT_EQ(story.breaker.state, State::open);

  Story mixed;
  mixed.succeed(3);
  mixed.fail(2);
  EXPECT_EQ(mixed.breaker.state, State::closed) << "two of five";
  mixed.fail(1);
  EXPECT_EQ(mixed.breaker.state, State::open) << "three of six";
}

TEST(Breaker, ForgetsWhatIsOlderThanItsWindow) {
  Story story;
  story.fail(2);
  story.now += seconds(61);
  story.succeed(2);
  story.fail(1);
  EXPECT_EQ(story.breaker.state, State::closed) << "one of three";

  Story recent;
  recent.fail(2);
  recent.now += seconds(54);
  recent.succeed(1);
  recent.fail(1);
  EXPECT_EQ(recent.breaker.state, State::open) << "three of four";
}

TEST(Breaker, SlidesInsteadOfStartingOver) {  // spec §9.3 #35
  Story story;
  story.now = TimePoint(seconds(1'019));  // a tumbling window of 60 s would end at 1020
  story.fail(2);
  story.now += seconds(2);
  story.succeed(2);
  story.fail(1);
  EXPECT_EQ(story.breaker.state, State::open) << "three of five";
}

TEST(Breaker, ProbesAfterFiveSecondsAndThenLessAndLessOften) {
  Story story;
  story.fail(5);
  for (const int wait : {5, 10, 20, 30, 30}) {
    EXPECT_EQ(story.after(seconds(wait) - Duration(1)), State::open) << wait;
    EXPECT_EQ(story.after(Duration(1)), State::half_open) << wait;
    story.tell(Kind::started);
    story.fail(1);
    EXPECT_EQ(story.breaker.state, State::open);
  }
}

TEST(Breaker, JittersItsWaits) {
  BreakerOptions options;
  for (const std::uint64_t random : {std::uint64_t{0}, std::uint64_t{987'654'321}, UINT64_MAX}) {
    Breaker breaker;
    for (int i = 0; i < 5; ++i)
      step(options, breaker, {Kind::failed, TimePoint(seconds(9)), TimePoint(seconds(9)), random});
    EXPECT_EQ(breaker.retry_at, TimePoint(seconds(9)) + jittered(seconds(5), 200, random));
  }
}

TEST(Breaker, ClosesWhenThreeProbesGoWell) {
  Story story;
  story.fail(5);
  story.after(seconds(5));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(story.breaker.wants_probe(story.options)) << i;
    story.tell(Kind::started);
  }
  EXPECT_FALSE(story.breaker.wants_probe(story.options)) << "three are under way";
  story.succeed(2);
  EXPECT_EQ(story.breaker.state, State::half_open);
  story.succeed(1);
  EXPECT_EQ(story.breaker.state, State::closed);
  story.fail(2);
  EXPECT_EQ(story.breaker.state, State::closed) << "it begins with nothing";
  story.fail(1);
  EXPECT_EQ(story.breaker.retry_at, story.now + seconds(5)) << "and with the first wait";
}

TEST(Breaker, GivesBackAProbeThatNobodyWaitedFor) {
  Story story;
  story.fail(5);
  story.after(seconds(5));
  for (int i = 0; i < 3; ++i) story.tell(Kind::started);
  story.tell(Kind::dropped);
  EXPECT_TRUE(story.breaker.wants_probe(story.options));
}

TEST(Breaker, DoesNotWaitForProbesForEver) {
  Story story;
  story.fail(5);
  story.after(seconds(5));
  for (int i = 0; i < 3; ++i) story.tell(Kind::started);
  story.after(seconds(30) - Duration(1));
  EXPECT_FALSE(story.breaker.wants_probe(story.options));
  story.after(Duration(1));
  EXPECT_TRUE(story.breaker.wants_probe(story.options));
}

TEST(Breaker, DoesNotListenToCallsOfAnotherTime) {
  Story story;
  story.fail(5);
  const TimePoint before = story.now;
  story.after(seconds(5));
  for (const Kind kind : {Kind::failed, Kind::good, Kind::good, Kind::good})
    step(story.options, story.breaker, {kind, story.now, before});
  EXPECT_EQ(story.breaker.state, State::half_open) << "those were no probes";
  for (int i = 0; i < 3; ++i) story.tell(Kind::started);
  story.now += seconds(1);
  story.succeed(3);
  for (int i = 0; i < 9; ++i) step(story.options, story.breaker, {Kind::failed, story.now, before});
  EXPECT_EQ(story.breaker.state, State::closed);
}

TEST(Breaker, ClosesUnderCallsThatWentThereNevertheless) {
  Story story;
  story.fail(5);
  story.succeed(2);
  story.fail(1);
  story.succeed(2);
  EXPECT_EQ(story.breaker.state, State::open);
  story.succeed(1);
  EXPECT_EQ(story.breaker.state, State::closed);
}

TEST(Breaker, KnowsTheTimesOfTars) {  // spec §6.6
  Story story;
  story.options = BreakerOptions::tars();
  story.succeed(100);
  story.fail(1);
  EXPECT_EQ(story.breaker.state, State::open);
  EXPECT_EQ(story.after(seconds(5)), State::half_open);
  story.tell(Kind::started);
  story.fail(1);
  EXPECT_EQ(story.after(seconds(5)), State::half_open) << "always five seconds";
  story.tell(Kind::started);
  story.succeed(1);
  EXPECT_EQ(story.breaker.state, State::closed);

  Story patient;
  patient.options = BreakerOptions::tars();
  patient.options.failures_in_row = 3;
  patient.options.window_failures_min = 100;
  patient.fail(5);
  EXPECT_EQ(patient.breaker.state, State::closed) << "a row lasts three seconds at least";
  patient.now += seconds(3);
  patient.fail(1);
  EXPECT_EQ(patient.breaker.state, State::open);
}

// ---- against a model that keeps every call ------------------------------------------------------

struct Model {
  BreakerOptions options;
  TimePoint now;
  State state = State::closed;
  TimePoint since = TimePoint::min();
  TimePoint retry_at;
  TimePoint lost_at = no_deadline;
  std::uint32_t openings = 0;
  std::uint32_t probes = 0;
  std::uint32_t good = 0;
  std::vector<std::pair<TimePoint, bool>> calls;  // since it closed; true: failed

  std::int64_t part(TimePoint at) const { return at.time_since_epoch() / (options.window / 12); }
  bool should_open() const {
    std::uint32_t total = 0, failures = 0;
    for (const auto& [at, failed] : calls) {
      if (part(at) + 12 <= part(now)) continue;
      ++total;
      failures += failed ? 1 : 0;
    }
    const auto row = std::find_if(calls.rbegin(), calls.rend(), [](auto& c) { return !c.second; });
    const auto length = static_cast<std::uint32_t>(row - calls.rbegin());
    const bool long_enough = length > 0 && now - (row.base())->first >= options.row_time_min;
    if (length >= options.failures_in_row && (options.failures_in_row <= 1 || long_enough))
      return true;
    return total >= options.window_calls_min && failures >= options.window_failures_min &&
           failures * 1000 >= total * options.window_permille;
  }
  void open(bool again) {
    openings = again ? openings + 1 : 0;
    state = State::open;
    since = now;
    retry_at = now + std::min(options.probe_wait_first * (1 << std::min(openings, 20u)),
                              Duration(options.probe_wait_max));
    good = 0;
  }
  void pass_time(Duration pause) {
    now += pause;
    if (state == State::half_open && now >= lost_at) probes = 0, lost_at = no_deadline;
    if (state != State::open || now < retry_at) return;
    state = State::half_open;
    since = retry_at;
    lost_at = no_deadline;
    probes = good = 0;
  }
  void start() {
    if (state == State::half_open && ++probes == options.probes)
      lost_at = now + options.probe_wait_max;
  }
  void end(Kind kind, TimePoint began) {
    if (began < since) return;
    if (kind == Kind::dropped) {
      if (state == State::half_open && probes > 0) --probes, lost_at = no_deadline;
    } else if (state == State::closed) {
      calls.emplace_back(now, kind == Kind::failed);
      if (kind == Kind::failed && should_open()) open(false);
    } else if (kind == Kind::failed && state == State::half_open) {
      open(true);
    } else if (kind == Kind::failed) {
      good = 0;
    } else if (++good >= options.probes) {
      state = State::closed;
      since = now;
      calls.clear();
    }
  }
};

using Command = rc::state::Command<Model, Breaker>;

void agree(const Model& model, const Breaker& breaker) {
  RC_ASSERT(breaker.state == model.state);
  RC_ASSERT(breaker.since == model.since);
  if (model.state == State::open) RC_ASSERT(breaker.retry_at == model.retry_at);
  if (model.state == State::half_open)
    RC_ASSERT(breaker.wants_probe(model.options) == (model.probes < model.options.probes));
}

struct PassTime : Command {
  Duration pause = milliseconds(*rc::gen::inRange(0, 12'000));
  void apply(Model& model) const override { model.pass_time(pause); }
  void run(const Model& before, Breaker& breaker) const override {
    const Model model = nextState(before);
    step(model.options, breaker, {Kind::time, model.now, model.now});
    agree(model, breaker);
  }
  void show(std::ostream& out) const override { out << "pass " << pause.count() << " ns"; }
};

struct Start : Command {
  void apply(Model& model) const override { model.start(); }
  void run(const Model& before, Breaker& breaker) const override {
    step(before.options, breaker, {Kind::started, before.now, before.now});
    agree(nextState(before), breaker);
  }
  void show(std::ostream& out) const override { out << "start"; }
};

struct End : Command {
  Kind kind = *rc::gen::element(Kind::good, Kind::failed, Kind::failed, Kind::dropped);
  Duration age = milliseconds(*rc::gen::element(0, 0, 0, 1, 4'000));
  int times = *rc::gen::inRange(1, 4);
  void apply(Model& model) const override {
    for (int i = 0; i < times; ++i) model.end(kind, model.now - age);
  }
  void run(const Model& before, Breaker& breaker) const override {
    for (int i = 0; i < times; ++i)
      step(before.options, breaker, {kind, before.now, before.now - age});
    agree(nextState(before), breaker);
  }
  void show(std::ostream& out) const override {
    out << times << " end as " << static_cast<int>(kind) << " after " << age.count() << " ns";
  }
};

RC_GTEST_PROP(Breaker, IsTheOneThatKeepsEveryCall, ()) {
  Model model;
  model.options = *rc::gen::element(exact(), BreakerOptions::tars());
  model.options.failures_in_row = *rc::gen::inRange(1u, 7u);
  model.options.row_time_min = milliseconds(*rc::gen::element(0, 0, 3'000));
  model.options.window_calls_min = *rc::gen::inRange(1u, 9u);
  model.now = TimePoint(seconds(1'000));
  Breaker breaker;
  rc::state::check(model, breaker,
                   rc::state::gen::execOneOfWithArgs<PassTime, Start, End, End, End>());
}

}  // namespace
}  // namespace tarsier::balance
