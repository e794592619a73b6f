#include "sim/event_queue.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/delay.h"
#include "sim/fifo.h"

namespace tarsier::sim {
namespace {

TimePoint at(std::int64_t ns) { return TimePoint(Duration(ns)); }

TEST(EventQueue, EqualTimesComeInTheOrderOfScheduling) {
  EventQueue queue;
  std::vector<int> order;
  for (int i = 0; i < 10; ++i) queue.push(at(5), nullptr, [&order, i] { order.push_back(i); });
  queue.push(at(4), nullptr, [&order] { order.push_back(-1); });
  while (!queue.empty()) {
    const auto event = queue.pop();
    queue.take_due(event.id)();
  }
  EXPECT_THAT(order, testing::ElementsAre(-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(EventQueue, ADueEventCanStillBeCancelled) {
  EventQueue queue;
  queue.push(at(1), nullptr, [] {});
  const auto event = queue.pop();
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.cancel(event.id));
  EXPECT_FALSE(queue.cancel(event.id));
  EXPECT_FALSE(static_cast<bool>(queue.take_due(event.id)));
}

// Against a sorted multimap, under any mixture of pushes, cancellations and pops.
RC_GTEST_PROP(EventQueue, BehavesLikeASortedMap, ()) {
  EventQueue queue;
  std::map<std::pair<std::int64_t, std::uint64_t>, EventQueue::Id> model;
  std::uint64_t pushed = 0;
  std::uint64_t ran = 0;
  const int steps = *rc::gen::resize(100, rc::gen::inRange(1, 300));
  for (int i = 0; i < steps; ++i) {
    const int what = *rc::gen::inRange(0, 4);
    if (what <= 1) {
      const std::int64_t when = *rc::gen::inRange<std::int64_t>(0, 50);
      const std::uint64_t number = pushed++;
      const auto id = queue.push(at(when), nullptr, [&ran, number] { ran = number; });
      RC_ASSERT(id != 0u);
      model.emplace(std::pair(when, number), id);
    } else if (model.empty()) {
      RC_ASSERT(queue.empty());
    } else if (what == 2) {
      auto chosen = model.begin();
      std::advance(chosen, *rc::gen::inRange<std::size_t>(0, model.size()));
      RC_ASSERT(queue.cancel(chosen->second));
      RC_ASSERT(!queue.cancel(chosen->second));
      model.erase(chosen);
    } else {
      const auto first = model.begin();
      RC_ASSERT(queue.next_time() == at(first->first.first));
      const auto event = queue.pop();
      RC_ASSERT(event.id == first->second);
      queue.take_due(event.id)();
      RC_ASSERT(ran == first->first.second);
      model.erase(first);
    }
    RC_ASSERT(queue.size() == model.size());
  }
}

RC_GTEST_PROP(Fifo, BehavesLikeAQueue, (std::vector<int> commands)) {
  Fifo<int> fifo;
  std::vector<int> model;
  for (const int command : commands) {
    if (command % 3 != 0 || model.empty()) {
      fifo.push(command);
      model.push_back(command);
    } else if (command % 2 == 0) {
      RC_ASSERT(fifo.pop() == model.front());
      model.erase(model.begin());
    } else {
      RC_ASSERT(fifo.back() == model.back());
      fifo.pop_back();
      model.pop_back();
    }
    RC_ASSERT(fifo.size() == model.size());
    for (std::size_t i = 0; i < model.size(); ++i) RC_ASSERT(fifo[i] == model[i]);
  }
}

TEST(Delay, HasItsMeanAndItsTail) {
  const Delay delay{.base = Duration(1'000), .mean = Duration(1'000'000)};
  Random random(7);
  std::int64_t sum = 0;
  std::int64_t most = 0;
  constexpr int draws = 100'000;
  for (int i = 0; i < draws; ++i) {
    const std::int64_t one = delay.draw(random).count();
    EXPECT_GE(one, 1'000);
    sum += one - 1'000;
    most = std::max(most, one);
  }
  EXPECT_NEAR(static_cast<double>(sum / draws), 1'000'000.0, 20'000.0);
  EXPECT_GT(most, 5'000'000);
  EXPECT_LE(most, 6'300'000);
}

TEST(Delay, IsTheSameOnEveryCompiler) {
  const Delay delay{.base = Duration(10),
                    .mean = std::chrono::milliseconds(3),
                    .spike_permille = 100,
                    .spike = std::chrono::seconds(1)};
  Random random(42);
  std::vector<std::int64_t> drawn;
  for (int i = 0; i < 5; ++i) drawn.push_back(delay.draw(random).count());
  EXPECT_THAT(drawn, testing::ElementsAre(260752, 3418955, 15436533, 3808603, 1004300791));
}

}  // namespace
}  // namespace tarsier::sim
