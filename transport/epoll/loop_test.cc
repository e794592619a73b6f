#include "transport/epoll/loop.h"

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "transport/base/random.h"
#include "transport/epoll/blocking_pool.h"
#include "transport/epoll/epoll_testing.h"
#include "transport/epoll/loop_group.h"

namespace tarsier::epoll {
namespace {

class LoopTest : public EpollTest {};

TEST_F(LoopTest, AStopBeforeRunMakesItReturnAtOnce) {
  loop.stop();
  loop.run();
  loop.env().executor.post([&] { loop.stop(); });
  loop.run();
}

TEST_F(LoopTest, EveryPostOfEveryThreadRunsOnceAndInItsOrder) {
  constexpr int threads = 4;
  constexpr int posts = 5'000;
  std::vector<int> last(threads, -1);
  int arrived = 0;
  bool in_order = true;
  std::vector<std::thread> posters;
  for (std::size_t t = 0; t < threads; ++t) {
    posters.emplace_back([&, t] {
      for (int i = 0; i < posts; ++i) {
        env().executor.post_from_any_thread([&, t, i] {
          in_order = in_order && last[t] == i - 1;
          last[t] = i;
          ++arrived;
        });
      }
    });
  }
  EXPECT_TRUE(run_until([&] { return arrived == threads * posts; }));
  EXPECT_TRUE(in_order);
  for (std::thread& poster : posters) poster.join();
}

TEST_F(LoopTest, ASignalArrivesOnTheLoop) {
  int received = 0;
  loop.on_signals({SIGUSR1}, [&](int number) { received = number; });
  std::raise(SIGUSR1);
  EXPECT_TRUE(run_until([&] { return received != 0; }));
  EXPECT_EQ(received, SIGUSR1);
}

TEST_F(LoopTest, SigtermEndsRun) {
  loop.stop_on_signals();
  env().executor.post([] { std::raise(SIGTERM); });
  loop.run();
}

// The zone of this process for the length of a test.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    if (const char* before = ::getenv("TZ")) before_ = before;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~TimeZone() {
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

TEST_F(LoopTest, LocalTimeFollowsTheZoneAndItsSummer) {
  constexpr std::int64_t january = 1'767'225'600'000;  // 2026-01-01 00:00:00 UTC
  constexpr std::int64_t july = 1'782'864'000'000;     // 2026-07-01 00:00:00 UTC
  const Clock& clock = env().clock;
  const TimeZone india("IST-5:30");
  EXPECT_EQ(clock.utc_offset_s(january), 19'800);
  EXPECT_EQ(clock.utc_offset_s(july), 19'800);
  const TimeZone central("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(clock.utc_offset_s(january), 3'600);
  EXPECT_EQ(clock.utc_offset_s(july), 7'200);
  const TimeZone brazil("<-03>3");
  EXPECT_EQ(clock.utc_offset_s(july), -10'800);
}

TEST_F(LoopTest, ASeedGivesTheSameRandomNumbers) {
  LoopOptions options;
  options.seed = 4;
  Loop one(options);
  Loop two(options);
  EXPECT_EQ(one.env().random.next(), two.env().random.next());
  EXPECT_NE(Loop().env().random.next(), Loop().env().random.next());
}

// Bytes must leave at the end of the turn in which they were queued, in one write, whether the
// turn had one event or many.
TEST_F(LoopTest, TheTurnEndComesOncePerTurnWithManyEvents) {
  auto listener = listen();
  std::vector<Pair> pairs;
  for (int i = 0; i < 20; ++i) pairs.push_back(connect_pair(*listener));
  std::vector<std::unique_ptr<Completion<void>>> waits;
  int readable = 0;
  int ends = 0;
  struct Count {
    int& readable;
    int& ends;
    Env& env;
    bool& scheduled;
  };
  bool scheduled = false;
  Count count{readable, ends, env(), scheduled};
  const auto on_readable = [](void* context, Result<>) {
    auto& c = *static_cast<Count*>(context);
    ++c.readable;
    if (c.scheduled) return;
    c.scheduled = true;
    c.env.executor.at_turn_end([&c] {
      c.scheduled = false;
      ++c.ends;
    });
  };
  for (int round = 0; round < 3; ++round) {
    waits.clear();
    readable = 0;
    ends = 0;
    for (Pair& pair : pairs) {
      waits.push_back(std::make_unique<Completion<void>>(on_readable, &count));
      pair.server->start_wait_readable(*waits.back());
      pair.client->send(Bytes::copy_of("x"));
    }
    EXPECT_TRUE(run_until([&] { return readable == 20; }));
    for (Pair& pair : pairs) {
      std::vector<std::byte> chunk(8);
      EXPECT_EQ(pair.server->read_some(chunk).value(), 1u);
    }
  }
  EXPECT_LE(ends, 3) << "after the first rounds the loop has noticed that its turns are full";
}

// Callbacks that take long, in every thread of the pool, hold up no connect.
TEST_F(LoopTest, ANameIsResolvedWhileAllBlockingWorkWaits) {
  auto listener = listen();
  std::atomic<bool> over = false;
  std::vector<std::unique_ptr<Completion<void>>> works;
  for (int i = 0; i < 4; ++i) {
    works.push_back(std::make_unique<Completion<void>>());
    env().blocking.start([&over] { over.wait(false); }, *works.back());
  }
  Endpoint to = listener->local();
  to.host = "localhost";
  auto connected =
      finish(connect(env().transport, to, env().clock.now() + std::chrono::seconds(5)));
  EXPECT_TRUE(connected->ok()) << connected->error().detail;
  over = true;
  over.notify_all();
  EXPECT_TRUE(run_until([&] {
    return std::none_of(works.begin(), works.end(), [](auto& work) { return work->pending(); });
  }));
}

TEST(BlockingPoolTest, AFullQueueIsALimit) {
  LoopOptions options;
  BlockingPoolOptions pool;
  pool.threads_max = 1;
  pool.queue_max = 1;
  options.blocking = std::make_shared<BlockingPool>(pool);
  Loop loop(options);
  std::atomic<bool> begun = false;
  std::atomic<bool> go_on = false;
  Completion<void> running;
  Completion<void> waiting;
  Completion<void> refused;
  loop.env().blocking.start(
      [&] {
        begun = true;
        begun.notify_one();
        go_on.wait(false);
      },
      running);
  begun.wait(false);
  loop.env().blocking.start([] {}, waiting);
  loop.env().blocking.start([] {}, refused);
  loop.run_until([&] { return !refused.pending(); });
  EXPECT_EQ(refused.await_resume().code(), Code::limit);
  EXPECT_TRUE(running.pending() && waiting.pending());
  go_on = true;
  go_on.notify_one();
  loop.run_until([&] { return !running.pending() && !waiting.pending(); });
  EXPECT_TRUE(waiting.await_resume().ok());
}

TEST(BlockingPoolTest, WhatDidNotBeginIsCancelledWhenThePoolEnds) {
  BlockingPoolOptions options;
  options.threads_max = 1;
  auto pool = std::make_unique<BlockingPool>(options);
  std::atomic<bool> begun = false;
  std::atomic<bool> cancelled = false;
  bool second_ran = false;
  EXPECT_TRUE(pool->submit(
      [&] {
        begun = true;
        begun.notify_one();
        cancelled.wait(false);
      },
      [] {}));
  begun.wait(false);
  EXPECT_TRUE(pool->submit([&] { second_ran = true; },
                           [&] {
                             cancelled = true;
                             cancelled.notify_one();
                           }));
  pool.reset();
  EXPECT_TRUE(cancelled);
  EXPECT_FALSE(second_ran);
}

TEST(LoopThreadTest, RunsWorkOnItsLoopAndWaits) {
  LoopThread background;
  bool inside = false;
  background.run([&](Env& env) { inside = env.executor.in_loop(); });
  EXPECT_TRUE(inside);
  EXPECT_FALSE(background.env().executor.in_loop());
}

TEST(LoopThreadTest, EndsAfterWhatWasPosted) {
  int ran = 0;
  {
    LoopThread background;
    for (int i = 0; i < 100; ++i) background.env().executor.post_from_any_thread([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

TEST(LoopGroupTest, StartsAndStopsAThousandTimes) {
  for (int i = 0; i < 1'000; ++i) {
    LoopGroupOptions options;
    options.loops = 2;
    options.pinned = i % 2 == 0;
    LoopGroup group(options);
    ASSERT_EQ(group.size(), 2u);
  }
}

TEST(LoopGroupTest, LoopsShareAnAddress) {
  LoopGroupOptions options;
  options.loops = 2;
  LoopGroup group(options);
  std::vector<std::unique_ptr<Listener>> listeners(2);
  std::uint16_t port = 0;
  group.run_on_each([&](std::size_t i, Env& env) {
    Endpoint at;
    at.host = "127.0.0.1";
    at.port = port;
    ListenOptions listen;
    listen.reuse_port = true;
    listeners[i] = env.transport.listen(at, listen).value();
    port = listeners[i]->local().port;
  });
  EXPECT_EQ(listeners[0]->local().port, listeners[1]->local().port);
  group.run_on_each([&](std::size_t i, Env&) { listeners[i].reset(); });
}

}  // namespace
}  // namespace tarsier::epoll
