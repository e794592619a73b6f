#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "transport/base/random.h"
#include "transport/blocking.h"
#include "transport/contract/world.h"
#include "transport/scope.h"
#include "transport/stream.h"

// Executor, clock, timers and blocking work of one Env.
namespace tarsier::contract {

template <class W>
class LoopContract : public Fixture<W> {
 protected:
  Env& env() { return this->world.server(); }
  Executor& executor() { return env().executor; }
  Timers& timers() { return env().timers; }
  TimePoint in(std::chrono::microseconds delay) { return env().clock.now() + delay; }
  bool wait_for(const bool& flag) {
    return this->run_until([&] { return flag; });
  }
};
TYPED_TEST_SUITE_P(LoopContract);

TYPED_TEST_P(LoopContract, PostRunsLaterAndInOrder) {
  std::string order;
  this->executor().post([&] {
    order += "a";
    this->executor().post([&] { order += "d"; });
    order += "b";
  });
  this->executor().post([&] { order += "c"; });
  EXPECT_EQ(order, "");
  EXPECT_TRUE(this->run_until([&] { return order.size() == 4; }));
  EXPECT_EQ(order, "abcd");
}

TYPED_TEST_P(LoopContract, ACallbackIsDestroyedAfterItRan) {
  auto held = std::make_shared<int>(1);
  bool ran = false;
  this->executor().post([&ran, held] { ran = true; });
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_TRUE(this->wait_for(ran));
  EXPECT_TRUE(this->run_until([&] { return held.use_count() == 1; }));
}

TYPED_TEST_P(LoopContract, TheTurnEndsWhenAllThatWasReadyHasRun) {
  std::string order;
  this->executor().post([&] {
    order += "a";
    this->executor().at_turn_end([&] { order += "E"; });
    this->executor().post([&] { order += "c"; });
  });
  this->executor().post([&] { order += "b"; });
  EXPECT_TRUE(this->run_until([&] { return order.size() == 4; }));
  EXPECT_EQ(order, "abEc");
}

// Without anything else to wake the loop up.
TYPED_TEST_P(LoopContract, TheTurnEndComesBeforeTheLoopWaits) {
  int ends = 0;
  this->executor().at_turn_end([&] {
    ++ends;
    this->executor().at_turn_end([&] {
      ++ends;
      this->executor().post([&] { ++ends; });
    });
  });
  EXPECT_TRUE(this->run_until([&] { return ends == 3; }));
}

TYPED_TEST_P(LoopContract, KnowsWhenItRuns) {
  bool inside = false;
  bool ran = false;
  this->executor().post([&] {
    inside = this->executor().in_loop();
    ran = true;
  });
  EXPECT_TRUE(this->wait_for(ran));
  EXPECT_TRUE(inside);
}

TYPED_TEST_P(LoopContract, PostsFromAnotherThreadArriveInOrder) {
  std::vector<int> order;
  this->world.on_another_thread([&] {
    for (int i = 0; i < 1000; ++i)
      this->executor().post_from_any_thread([&order, i] { order.push_back(i); });
  });
  EXPECT_TRUE(this->run_until([&] { return order.size() == 1000; }));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TYPED_TEST_P(LoopContract, TheClockNeverGoesBack) {
  TimePoint last = this->env().clock.now();
  int turns = 0;
  bool monotonic = true;
  const std::function<void()> look = [&] {
    const TimePoint now = this->env().clock.now();
    monotonic = monotonic && now >= last;
    last = now;
    if (++turns < 500) this->executor().post([&] { look(); });
  };
  look();
  EXPECT_TRUE(this->run_until([&] { return turns == 500; }));
  EXPECT_TRUE(monotonic);
  EXPECT_GT(this->env().clock.wall_ms(), 0);
}

TYPED_TEST_P(LoopContract, TimersNeverFireEarly) {
  Random random(7);
  int fired = 0;
  bool early = false;
  for (int i = 0; i < 200; ++i) {
    const TimePoint when = this->in(std::chrono::microseconds(random.below(30'000)));
    this->timers().call_at(when, [&, when] {
      early = early || this->env().clock.now() < when;
      ++fired;
    });
  }
  EXPECT_TRUE(this->run_until([&] { return fired == 200; }));
  EXPECT_FALSE(early);
}

TYPED_TEST_P(LoopContract, TimersFireInTheOrderOfTheirTimes) {
  std::string order;
  this->timers().call_at(this->in(std::chrono::milliseconds(30)), [&] { order += "c"; });
  this->timers().call_at(this->in(std::chrono::milliseconds(10)), [&] { order += "a"; });
  this->timers().call_at(this->in(std::chrono::milliseconds(20)), [&] { order += "b"; });
  EXPECT_TRUE(this->run_until([&] { return order.size() == 3; }));
  EXPECT_EQ(order, "abc");
}

TYPED_TEST_P(LoopContract, TimersOfOneTimeFireInTheOrderOfSetting) {
  const TimePoint when = this->in(std::chrono::milliseconds(5));
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) this->timers().call_at(when, [&order, i] { order.push_back(i); });
  EXPECT_TRUE(this->run_until([&] { return order.size() == 100; }));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TYPED_TEST_P(LoopContract, ATimeInThePastFiresSoonButNotAtOnce) {
  bool fired = false;
  const TimePoint past = this->env().clock.now() - std::chrono::hours(1);
  EXPECT_NE(this->timers().call_at(past, [&] { fired = true; }), 0u);
  EXPECT_FALSE(fired);
  EXPECT_TRUE(this->wait_for(fired));
}

TYPED_TEST_P(LoopContract, ACancelledTimerDoesNotFire) {
  bool fired = false;
  auto held = std::make_shared<int>(1);
  const auto id = this->timers().call_at(this->in(std::chrono::milliseconds(1)),
                                         [&fired, held] { fired = true; });
  EXPECT_TRUE(this->timers().cancel(id));
  EXPECT_EQ(held.use_count(), 1) << "the callback is destroyed";
  EXPECT_FALSE(this->timers().cancel(id));
  bool later = false;
  this->timers().call_at(this->in(std::chrono::milliseconds(20)), [&] { later = true; });
  EXPECT_TRUE(this->wait_for(later));
  EXPECT_FALSE(fired);
}

TYPED_TEST_P(LoopContract, CancellingAfterItFiredIsTooLate) {
  bool fired = false;
  const auto id =
      this->timers().call_at(this->in(std::chrono::milliseconds(1)), [&] { fired = true; });
  EXPECT_TRUE(this->wait_for(fired));
  EXPECT_FALSE(this->timers().cancel(id));
  EXPECT_FALSE(this->timers().cancel(0));
  EXPECT_FALSE(this->timers().cancel(1'000'000'007));
}

TYPED_TEST_P(LoopContract, ATimerMayCancelItselfAndOthersThatAreDue) {
  const TimePoint when = this->in(std::chrono::milliseconds(5));
  Timers::Id first = 0;
  Timers::Id second = 0;
  bool ran = false;
  bool second_ran = false;
  bool cancelled_itself = true;
  bool cancelled_other = false;
  first = this->timers().call_at(when, [&] {
    cancelled_itself = this->timers().cancel(first);
    cancelled_other = this->timers().cancel(second);
    ran = true;
  });
  second = this->timers().call_at(when, [&] { second_ran = true; });
  EXPECT_TRUE(this->wait_for(ran));
  this->settle();
  EXPECT_FALSE(cancelled_itself);
  EXPECT_TRUE(cancelled_other);
  EXPECT_FALSE(second_ran);
}

TYPED_TEST_P(LoopContract, ATimerMaySetTheNext) {
  int fired = 0;
  const TimePoint start = this->env().clock.now();
  const std::function<void()> again = [&] {
    if (++fired < 20)
      this->timers().call_at(this->in(std::chrono::milliseconds(1)), [&] { again(); });
  };
  again();
  EXPECT_TRUE(this->run_until([&] { return fired == 20; }));
  EXPECT_GE(this->env().clock.now() - start, std::chrono::milliseconds(19));
}

// One that sets itself for now must not keep the loop from its other work.
TYPED_TEST_P(LoopContract, ATimerForNowDoesNotStarveTheLoop) {
  bool stop = false;
  const std::function<void()> again = [&] {
    if (!stop) this->timers().call_at(this->env().clock.now(), [&] { again(); });
  };
  again();
  int posted = 0;
  const std::function<void()> post = [&] {
    if (++posted < 10) this->executor().post([&] { post(); });
  };
  post();
  EXPECT_TRUE(this->run_until([&] { return posted == 10; }));
  stop = true;
  this->settle();
}

TYPED_TEST_P(LoopContract, ThousandsOfTimersWithCancellations) {
  Random random(11);
  struct Armed {
    TimePoint when;
    Timers::Id id = 0;
    bool cancelled = false;
  };
  std::vector<Armed> armed(3000);
  std::vector<std::size_t> fired;
  for (std::size_t i = 0; i < armed.size(); ++i) {
    armed[i].when = this->in(std::chrono::microseconds(random.below(40'000)));
    armed[i].id = this->timers().call_at(armed[i].when, [&fired, i] { fired.push_back(i); });
  }
  std::size_t left = armed.size();
  for (Armed& timer : armed) {
    if (!random.one_in(3)) continue;
    timer.cancelled = this->timers().cancel(timer.id);
    EXPECT_TRUE(timer.cancelled);
    --left;
  }
  EXPECT_TRUE(this->run_until([&] { return fired.size() == left; }));
  this->settle();
  EXPECT_EQ(fired.size(), left);
  for (const std::size_t i : fired) EXPECT_FALSE(armed[i].cancelled);
  for (std::size_t i = 1; i < fired.size(); ++i) {
    // A wheel may take the times of one tick for one.
    EXPECT_LE(armed[fired[i - 1]].when, armed[fired[i]].when + std::chrono::milliseconds(1));
  }
}

TYPED_TEST_P(LoopContract, ATimerMayBeForTheEndOfTime) {
  bool fired = false;
  const auto far = this->timers().call_at(no_deadline, [&] { fired = true; });
  const auto year = this->timers().call_at(this->env().clock.now() + std::chrono::hours(24 * 365),
                                           [&] { fired = true; });
  this->settle();
  EXPECT_FALSE(fired);
  EXPECT_TRUE(this->timers().cancel(far));
  EXPECT_TRUE(this->timers().cancel(year));
}

TYPED_TEST_P(LoopContract, ACoroutineSleeps) {
  Scope scope;
  TimePoint woke{};
  const TimePoint when = this->in(std::chrono::milliseconds(3));
  struct Sleeper {
    static Task<void> sleep(Env& env, TimePoint until, TimePoint& woke_at) {
      co_await SleepUntil(env.timers, until);
      woke_at = env.clock.now();
    }
  };
  scope.spawn(Sleeper::sleep(this->env(), when, woke));
  EXPECT_TRUE(this->run_until([&] { return scope.empty(); }));
  EXPECT_GE(woke, when);
}

TYPED_TEST_P(LoopContract, BlockingWorkEndsOnTheLoop) {
  auto& done = this->template slot<void>();
  bool worked = false;
  bool in_loop = false;
  done.then = [&] { in_loop = this->executor().in_loop(); };
  this->env().blocking.start([&worked] { worked = true; }, done);
  EXPECT_FALSE(done.done()) << "completed inside start()";
  ASSERT_TRUE(this->finish(done));
  EXPECT_EQ(done.code(), Code::ok);
  EXPECT_TRUE(worked);
  EXPECT_TRUE(in_loop);
}

TYPED_TEST_P(LoopContract, BlockingWorkIsDestroyedBeforeItsEndIsTold) {
  auto& done = this->template slot<void>();
  auto held = std::make_shared<int>(1);
  long uses = 0;
  done.then = [&] { uses = held.use_count(); };
  this->env().blocking.start([held] {}, done);
  ASSERT_TRUE(this->finish(done));
  EXPECT_EQ(uses, 1);
}

TYPED_TEST_P(LoopContract, MuchBlockingWorkIsAllDone) {
  std::vector<Slot<void>*> slots;
  auto finished = std::make_shared<std::vector<int>>(50, 0);
  for (std::size_t i = 0; i < 50; ++i) {
    slots.push_back(&this->template slot<void>());
    this->env().blocking.start([finished, i] { (*finished)[i] = 1; }, *slots.back());
  }
  EXPECT_TRUE(this->run_until([&] {
    return std::all_of(slots.begin(), slots.end(), [](auto* slot) { return slot->done(); });
  }));
  EXPECT_EQ(std::count(finished->begin(), finished->end(), 1), 50);
}

REGISTER_TYPED_TEST_SUITE_P(LoopContract, PostRunsLaterAndInOrder, ACallbackIsDestroyedAfterItRan,
                            TheTurnEndsWhenAllThatWasReadyHasRun, TheTurnEndComesBeforeTheLoopWaits,
                            KnowsWhenItRuns, PostsFromAnotherThreadArriveInOrder,
                            TheClockNeverGoesBack, TimersNeverFireEarly,
                            TimersFireInTheOrderOfTheirTimes,
                            TimersOfOneTimeFireInTheOrderOfSetting,
                            ATimeInThePastFiresSoonButNotAtOnce, ACancelledTimerDoesNotFire,
                            CancellingAfterItFiredIsTooLate,
                            ATimerMayCancelItselfAndOthersThatAreDue, ATimerMaySetTheNext,
                            ATimerForNowDoesNotStarveTheLoop, ThousandsOfTimersWithCancellations,
                            ATimerMayBeForTheEndOfTime, ACoroutineSleeps, BlockingWorkEndsOnTheLoop,
                            BlockingWorkIsDestroyedBeforeItsEndIsTold, MuchBlockingWorkIsAllDone);

}  // namespace tarsier::contract
