#include "server/overload/handler_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace tarsier {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using Queue = HandlerQueue<std::unique_ptr<int>>;

TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

// A queue of numbered calls, and what became of them.
struct Story {
  explicit Story(const HandlerQueueOptions& options = {}, std::size_t handlers = 1)
      : queue(options, handlers) {}

  bool call(int number, int now_ms, Duration patience = seconds(3), std::uint64_t connection = 0,
            bool urgent = false) {
    if (!queue.has_room(urgent)) return false;
    Queue::Arrival arrival;
    arrival.received = at(now_ms);
    arrival.deadline = at(now_ms) + patience;
    arrival.connection = connection;
    arrival.urgent = urgent;
    queue.push(std::make_unique<int>(number), arrival);
    return true;
  }
  // -1: nothing waits.
  int next(int now_ms, std::size_t handler = 0) {
    const auto call = queue.next(handler, at(now_ms), shed);
    return call ? **call : -1;
  }
  std::string shed_text() {
    std::string text;
    for (const auto& each : std::exchange(shed, {}))
      text += std::to_string(*each.call) + ":" + std::string(code_name(each.code)) + " ";
    return text;
  }

  Queue queue;
  std::vector<Queue::Shed> shed;
};

TEST(HandlerQueue, RefusesAboveItsMark) {
  for (const auto& [percent, taken] : {std::pair{80u, 9}, std::pair{50u, 6}, std::pair{100u, 10}}) {
    HandlerQueueOptions options;
    options.capacity = 10;
    options.mark_percent = percent;
    Story story(options);
    int queued = 0;
    while (story.call(queued, 0)) ++queued;
    // As many as the mark and one: TARS looks before it adds. Never more than the capacity.
    EXPECT_EQ(queued, taken) << percent;
    EXPECT_EQ(story.next(0), 0);
    EXPECT_TRUE(story.call(99, 0)) << "a place that was left is given again";
  }
}

TEST(HandlerQueue, UnlimitedHasABoundToo) {
  HandlerQueueOptions options;
  options.capacity = 0;
  EXPECT_EQ(Queue(options).capacity(), limits::handler_queue_max);
  options.capacity = SIZE_MAX;
  EXPECT_EQ(Queue(options).capacity(), limits::handler_queue_max);
  options.capacity = 1;
  Story story(options);
  EXPECT_TRUE(story.call(1, 0));
  EXPECT_FALSE(story.call(2, 0));
}

TEST(HandlerQueue, WhatIsTooOldIsShedAndSaidSo) {
  HandlerQueueOptions options;
  options.wait_max = milliseconds(1'000);
  options.controlled = false;
  Story story(options);
  story.call(1, 0, milliseconds(300));
  story.call(2, 0, seconds(60));
  story.call(3, 10, seconds(60));
  EXPECT_EQ(story.next(299), 1);
  story.call(4, 299, milliseconds(300));
  EXPECT_EQ(story.next(1'000), 3);
  EXPECT_EQ(story.shed_text(), "2:queue_timeout ");
  EXPECT_EQ(story.next(1'000), -1);
  EXPECT_EQ(story.shed_text(), "4:queue_timeout ");
}

TEST(HandlerQueue, ACallWaitsForHalfOfItsDeadlineAtMost) {
  Story story;
  story.call(1, 0, milliseconds(300));
  story.call(2, 0, milliseconds(300));
  EXPECT_EQ(story.next(149), 1);
  EXPECT_EQ(story.next(150), -1);
  EXPECT_EQ(story.shed_text(), "2:queue_timeout ");
}

// One handler, 10 ms a call, and a call every millisecond from callers who wait for 2 s: three
// service times are 30 ms, a twentieth of their patience is 100.
TEST(HandlerQueue, InOverloadTheNewestRunsFirstAndTheOldestAreRefused) {
  Story story;
  int now = -1;
  int next_oldest = 0;
  const auto ten_ms = [&] {
    for (int i = 0; i < 10; ++i) {
      ++now;
      EXPECT_TRUE(story.call(now, now, seconds(2)));
    }
    const int ran = story.next(now);
    story.queue.ran(milliseconds(10));
    EXPECT_EQ(ran, story.queue.crowded() ? now : next_oldest++) << "at " << now;
  };
  while (!story.queue.crowded()) ten_ms();
  EXPECT_LT(now, 250);
  while (!story.queue.overloaded()) ten_ms();
  EXPECT_LT(now, 350);
  EXPECT_EQ(story.shed_text(), "");
  while (story.shed.empty()) ten_ms();
  EXPECT_THAT(story.shed_text(), ::testing::StartsWith(std::to_string(next_oldest) + ":overload "));
  for (int i = 0; i < 50; ++i) ten_ms();
  EXPECT_LE(story.queue.size(), 210u) << "nothing waits for more than 200 ms";
}

// Between two looks a queue counts as standing, but not if the last look left it empty.
TEST(HandlerQueue, WhatWaitsAfterARestIsNoCrowd) {
  Story story;
  story.queue.ran(milliseconds(1));
  for (int i = 0; i < 10; ++i) story.call(i, 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(story.next(50), i);
  for (int i = 20; i < 23; ++i) story.call(i, 60'000);
  EXPECT_EQ(story.next(60'010), 20);
  story.queue.sweep(at(60'100), story.shed);
  story.queue.sweep(at(60'201), story.shed);
  EXPECT_EQ(story.next(60'202), 22) << "now it stood for an interval";
}

// Calls of a second each are no crowd for waiting half a one.
TEST(HandlerQueue, NothingIsShedBeforeItIsKnownWhatCallsTake) {
  Story story;
  for (int i = 0; i < 3; ++i) story.call(i, 0);
  EXPECT_EQ(story.next(0), 0);
  for (int now = 100; now < 1'000; now += 100) story.queue.sweep(at(now), story.shed);
  EXPECT_EQ(story.shed_text(), "");
  story.queue.ran(milliseconds(1'000));
  EXPECT_EQ(story.next(1'000), 1);
}

TEST(HandlerQueue, QueueModeKeepsAConnectionOnItsHandlerAndInOrder) {
  HandlerQueueOptions options;
  options.pinned = true;
  Story story(options, 2);
  for (int i = 0; i < 6; ++i) story.call(i, 0, seconds(3), static_cast<std::uint64_t>(i % 3));
  EXPECT_EQ(story.next(0, 1), 1);
  EXPECT_EQ(story.next(0, 1), 4);
  EXPECT_EQ(story.next(0, 1), -1);
  EXPECT_EQ(story.next(0, 0), 0);
  EXPECT_EQ(story.next(0, 0), 2);
  EXPECT_EQ(story.next(0, 0), 3);
}

TEST(HandlerQueue, UrgentCallsPassTheOthersAndFindRoomInAFullQueue) {
  HandlerQueueOptions options;
  options.capacity = 2;
  Story story(options);
  for (int i = 0; i < 5; ++i) story.call(i, 0);
  EXPECT_FALSE(story.queue.has_room(false));
  EXPECT_TRUE(story.call(77, 0, seconds(3), 0, true));
  EXPECT_TRUE(story.call(78, 0, milliseconds(100), 0, true));
  EXPECT_EQ(story.next(0), 77);
  EXPECT_EQ(story.next(100), 0) << "one that has expired is not run";
  EXPECT_EQ(story.shed_text(), "78:queue_timeout ");
  std::size_t queued = 0;
  while (story.call(1, 0, seconds(3), 0, true)) ++queued;
  EXPECT_EQ(queued, limits::urgent_queue_max);
}

TEST(HandlerQueue, ASweepFindsWhatNoHandlerMeets) {
  HandlerQueueOptions options;
  options.pinned = true;
  Story story(options, 2);
  story.call(1, 0, seconds(30), 0);
  story.call(2, 0, milliseconds(100), 0);
  story.call(3, 0, milliseconds(100), 1);
  story.call(4, 0, milliseconds(100), 1, true);
  story.queue.sweep(at(50), story.shed);
  EXPECT_EQ(story.shed_text(), "2:queue_timeout 3:queue_timeout ");
  story.queue.sweep(at(100), story.shed);
  EXPECT_EQ(story.shed_text(), "4:queue_timeout ");
  EXPECT_EQ(story.queue.size(), 1u);
  EXPECT_EQ(story.next(100), 1);
}

// All that may happen to a queue, against a plain list.
class Model {
 public:
  struct Call {
    int number;
    TimePoint received;
    TimePoint expires;
    std::size_t lane;
    bool urgent;
  };

  Model(const HandlerQueueOptions& options, std::size_t handlers)
      : options_(options), handlers_(handlers), queue_(options, handlers) {}

  void push(int number, TimePoint now, Duration patience, std::uint64_t connection, bool urgent) {
    const auto waiting = static_cast<std::size_t>(std::count_if(
        calls_.begin(), calls_.end(), [&](const Call& call) { return call.urgent == urgent; }));
    const bool room = urgent ? waiting < limits::urgent_queue_max
                             : waiting < queue_.capacity() &&
                                   waiting <= queue_.capacity() * options_.mark_percent / 100;
    RC_ASSERT(queue_.has_room(urgent) == room);
    if (!room) return;
    Queue::Arrival arrival;
    arrival.received = now;
    arrival.deadline = now + patience;
    arrival.connection = connection;
    arrival.urgent = urgent;
    queue_.push(std::make_unique<int>(number), arrival);
    const Duration wait = options_.controlled && !urgent ? patience / 2 : patience;
    calls_.push_back(Call{number, now, now + std::min(wait, options_.wait_max),
                          options_.pinned ? connection % handlers_ : 0, urgent});
  }

  void next(std::size_t handler, TimePoint now) {
    std::vector<Queue::Shed> shed;
    const auto got = queue_.next(handler, now, shed);
    drop(shed, now);
    const std::size_t lane = options_.pinned ? handler : 0;
    // What is left and may run: the urgent in order, then the others.
    const auto mine = [&](const Call& call, bool urgent) {
      return call.lane == lane && call.urgent == urgent && now < call.expires;
    };
    auto wanted = std::find_if(calls_.begin(), calls_.end(),
                               [&](const Call& call) { return mine(call, true); });
    if (wanted == calls_.end()) {
      const bool oldest_first = options_.pinned || !queue_.crowded();
      for (auto each = calls_.begin(); each != calls_.end(); ++each) {
        if (!mine(*each, false)) continue;
        wanted = each;
        if (oldest_first) break;
      }
    }
    RC_ASSERT(got.has_value() == (wanted != calls_.end()));
    if (!got) return;
    RC_ASSERT(**got == wanted->number);
    calls_.erase(wanted);
    queue_.ran(milliseconds(3));
  }

  void sweep(TimePoint now) {
    std::vector<Queue::Shed> shed;
    queue_.sweep(now, shed);
    drop(shed, now);
    for (const Call& call : calls_) RC_ASSERT(now < call.expires);
  }

  void check() {
    RC_ASSERT(queue_.size() == calls_.size());
    RC_ASSERT(options_.controlled || !queue_.crowded());
    RC_ASSERT(queue_.crowded() || !queue_.overloaded());
  }

 private:
  void drop(const std::vector<Queue::Shed>& shed, TimePoint now) {
    for (const auto& each : shed) {
      const auto found = std::find_if(calls_.begin(), calls_.end(),
                                      [&](const Call& call) { return call.number == *each.call; });
      RC_ASSERT(found != calls_.end());
      const bool expired = now >= found->expires;
      RC_ASSERT(each.code == (expired ? Code::queue_timeout : Code::overload));
      // Refused for the load alone: only in overload, and only what waited for long.
      if (!expired) {
        RC_ASSERT(!found->urgent);
        RC_ASSERT(queue_.overloaded());
        RC_ASSERT(now - found->received > 2 * CoDelOptions().target_min);
      }
      calls_.erase(found);
    }
  }

  HandlerQueueOptions options_;
  std::size_t handlers_;
  Queue queue_;
  std::vector<Call> calls_;  // that wait, in the order of their coming
};

RC_GTEST_PROP(HandlerQueue, DoesWhatAPlainListDoes, ()) {
  HandlerQueueOptions options;
  options.capacity = *rc::gen::inRange<std::size_t>(1, 40);
  options.mark_percent = *rc::gen::inRange(1u, 101u);
  options.wait_max = milliseconds(*rc::gen::inRange(1, 300));
  options.pinned = *rc::gen::arbitrary<bool>();
  options.controlled = *rc::gen::arbitrary<bool>();
  const auto handlers = *rc::gen::inRange<std::size_t>(1, 4);
  Model model(options, handlers);
  TimePoint now{};
  int number = 0;
  const int steps = *rc::gen::inRange(0, 400);
  const int pause_max = *rc::gen::inRange(1, 20);
  const int pushes = *rc::gen::inRange(1, 9);  // of ten steps
  for (int step = 0; step < steps; ++step) {
    now += milliseconds(*rc::gen::inRange(0, pause_max));
    const int what = *rc::gen::inRange(0, 10);
    if (what < pushes) {
      model.push(++number, now, milliseconds(*rc::gen::inRange(1, 500)),
                 *rc::gen::inRange<std::uint64_t>(0, 10), *rc::gen::inRange(0, 8) == 0);
    } else if (what == 9) {
      model.sweep(now);
    } else {
      model.next(*rc::gen::inRange<std::size_t>(0, handlers), now);
    }
    model.check();
  }
}

}  // namespace
}  // namespace tarsier
