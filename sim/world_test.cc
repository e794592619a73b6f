#include "sim/world.h"

#include <memory>
#include <string>
#include <vector>

#include "sim/network.h"
#include "transport/scope.h"
#include "transport/stream.h"
#include "transport/task.h"

namespace tarsier::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Endpoint tcp(std::string host, std::uint16_t port) {
  Endpoint at;
  at.host = std::move(host);
  at.port = port;
  return at;
}

// Sends back what it reads, on every connection.
class EchoProgram final : public Program {
 public:
  explicit EchoProgram(Env& env) {
    listener_ = env.transport.listen(tcp("0.0.0.0", 80), {}).value();
    scope_.spawn(serve());
  }

 private:
  Task<void> serve() {
    while (true) {
      auto accepted = co_await accept(*listener_);
      if (accepted.code() == Code::closed) co_return;
      if (accepted.ok()) scope_.spawn(echo(std::move(accepted).value()));
    }
  }
  Task<void> echo(std::unique_ptr<Connection> connection) {
    std::vector<std::byte> buffer(4096);
    while (true) {
      auto taken = co_await read(*connection, buffer);
      if (!taken.ok() || *taken == 0) co_return;
      connection->send(Bytes::copy_of(std::span(buffer).first(*taken)));
    }
  }

  std::unique_ptr<Listener> listener_;
  Scope scope_;
};

// Connects and asks once a second for ever; counts answers.
class AskingProgram final : public Program {
 public:
  AskingProgram(Env& env, int& answers) : env_(env), answers_(answers) { scope_.spawn(ask()); }

 private:
  Task<void> ask() {
    while (true) {
      auto connected =
          co_await connect(env_.transport, tcp("server", 80), env_.clock.now() + seconds(1));
      if (connected.ok()) {
        Connection& connection = **connected;
        std::vector<std::byte> buffer(5);
        connection.send(Bytes::copy_of("hello"));
        auto answered = co_await read_exactly(connection, buffer);
        if (answered.ok()) ++answers_;
      }
      co_await SleepUntil(env_.timers, env_.clock.now() + seconds(1));
    }
  }

  Env& env_;
  int& answers_;
  Scope scope_;
};

struct Asking {
  explicit Asking(std::uint64_t seed, WorldOptions options = {}) : world(seed, options) {
    server.run([](Env& env) { return std::make_unique<EchoProgram>(env); });
    client.run([this](Env& env) { return std::make_unique<AskingProgram>(env, answers); });
  }
  World world;
  Node& server = world.add_node("server");
  Node& client = world.add_node("client");
  int answers = 0;
};

WorldOptions nasty() {
  WorldOptions options;
  options.network = NetworkOptions::nasty();
  return options;
}

TEST(World, TheSameSeedIsTheSameRun) {
  Asking first(1, nasty());
  Asking second(1, nasty());
  Asking other(2, nasty());
  for (Asking* run : {&first, &second, &other}) run->world.run_for(seconds(30));
  EXPECT_GT(first.answers, 20);
  EXPECT_EQ(first.world.trace().events(), second.world.trace().events());
  EXPECT_EQ(first.world.hash(), second.world.hash());
  EXPECT_NE(first.world.hash(), other.world.hash());
}

TEST(World, TimeJumpsAndEndsExactlyWhereAsked) {
  World world(1);
  Node& node = world.add_node("a");
  const TimePoint start = world.now();
  TimePoint fired{};
  node.env().timers.call_at(start + std::chrono::hours(5), [&] { fired = node.env().clock.now(); });
  world.run_for(std::chrono::hours(6));
  EXPECT_EQ(fired, start + std::chrono::hours(5));
  EXPECT_EQ(world.now(), start + std::chrono::hours(6));
}

TEST(World, AKilledNodeIsNoticedAndARestartedOneServesAgain) {
  Asking run(1);
  run.world.run_for(seconds(5));
  const int before = run.answers;
  EXPECT_GT(before, 2);
  run.world.crash(run.server);
  EXPECT_EQ(run.server.state(), NodeState::down);
  run.world.run_for(seconds(5));
  EXPECT_EQ(run.answers, before);
  run.world.restart(run.server);
  run.world.run_for(seconds(5));
  EXPECT_GT(run.answers, before + 2);
}

TEST(World, APoweredOffNodeAnswersNothing) {
  Asking run(1);
  run.world.run_for(seconds(5));
  run.world.crash(run.server, CrashKind::powered_off);
  const std::uint64_t lost = run.world.trace().count(EventKind::lost);
  run.world.run_for(seconds(5));
  EXPECT_GT(run.world.trace().count(EventKind::lost), lost);
}

TEST(World, ADeadEnvHasNoEffect) {
  World world(1);
  Node& node = world.add_node("a");
  Env& env = node.env();
  int ran = 0;
  env.executor.post([&] { ++ran; });
  env.timers.call_at(env.clock.now() + seconds(1), [&] { ++ran; });
  Completion<void> blocked;
  env.blocking.start([&] { ++ran; }, blocked);
  world.crash(node);
  EXPECT_FALSE(blocked.pending());
  env.executor.post([&] { ++ran; });
  env.executor.at_turn_end([&] { ++ran; });
  env.timers.call_at(env.clock.now() + seconds(1), [&] { ++ran; });
  EXPECT_EQ(env.transport.listen(tcp("0.0.0.0", 80), {}).code(), Code::closed);
  world.restart(node);
  world.run_for(seconds(5));
  EXPECT_EQ(ran, 0);
  EXPECT_TRUE(world.leaks().none()) << world.leaks().to_string();
}

TEST(World, ARestartedServerTakesOverItsUnixSocket) {
  World world(1);
  Node& node = world.add_node("a");
  const Endpoint at = tcp("/tmp/socket", 0);
  auto before = node.env().transport.listen(at).value();
  world.crash(node);
  before.reset();
  EXPECT_TRUE(node.files().info(at.host).ok()) << "a crash removes no file";
  world.restart(node);
  auto after = node.env().transport.listen(at);
  EXPECT_TRUE(after.ok()) << after.error().detail;
  (*after)->close();
}

TEST(World, ACrashFromInsideANodeWaitsForTheEndOfTheTurn) {
  World world(1);
  Node& node = world.add_node("a");
  bool after = false;
  bool never = false;
  node.env().executor.post([&] {
    world.crash(node);
    node.env().executor.post([&] { never = true; });
    after = true;
  });
  world.run_for(seconds(1));
  EXPECT_TRUE(after);
  EXPECT_FALSE(never);
  EXPECT_EQ(node.state(), NodeState::down);
}

TEST(World, APausedNodeRunsNothingAndCatchesUp) {
  World world(1);
  Node& node = world.add_node("a");
  std::vector<std::int64_t> fired_ms;
  for (int i = 1; i <= 3; ++i) {
    node.env().timers.call_at(world.now() + seconds(i), [&] {
      fired_ms.push_back(to_ms(node.env().clock.now().time_since_epoch()));
    });
  }
  world.run_for(milliseconds(1500));
  world.pause(node);
  world.run_for(milliseconds(3000));
  EXPECT_THAT(fired_ms, testing::ElementsAre(1000));
  world.resume(node);
  world.run_for(seconds(1));
  EXPECT_THAT(fired_ms, testing::ElementsAre(1000, 4500, 4500));
}

TEST(World, TellsWhoWaitsForWhatWhenNothingIsLeftToHappen) {
  World world(1);
  Node& node = world.add_node("lonely");
  auto listener = node.env().transport.listen(tcp("0.0.0.0", 80), {}).value();
  Completion<std::unique_ptr<Connection>> accepted;
  listener->start_accept(accepted);
  EXPECT_TRUE(world.run_until_idle());
  EXPECT_EQ(world.waiting(), "lonely: connections on 0.0.0.0:80\n");
  accepted.disarm();
  world.crash(node);
}

TEST(WorldDeathTest, StopsWhenTimeStandsStill) {
  EXPECT_DEATH(
      {
        WorldOptions options;
        options.steps_per_instant_max = 1'000;
        World world(1, options);
        Node& node = world.add_node("busy");
        std::function<void()> again = [&] { node.env().executor.post([&] { again(); }); };
        again();
        world.run_for(seconds(1));
      },
      "virtual time stands still");
}

TEST(World, FindsLeaks) {
  Asking run(1);
  run.world.run_for(seconds(3));
  const Leaks server = run.world.leaks(run.server);
  EXPECT_EQ(server.listeners, 1u);
  const Leaks client = run.world.leaks(run.client);
  EXPECT_EQ(client.timers, 1u);
  run.world.crash(run.server);
  run.world.crash(run.client);
  EXPECT_TRUE(run.world.leaks().none()) << run.world.leaks().to_string();
}

// Any mixture of posts and timers, some set by others: posts run in order, timers in the order of
// (time, setting), never early, and the clock never goes back.
RC_GTEST_PROP(Scheduler, KeepsTheOrderOfPostsAndTimers, (std::uint64_t seed)) {
  World world(seed);
  Node& node = world.add_node("a");
  Env& env = node.env();
  Random random(seed);
  struct Fired {
    TimePoint due;
    std::uint64_t number;
  };
  std::vector<Fired> fired;
  std::uint64_t timers_set = 0;
  std::uint64_t posted = 0;
  std::uint64_t posts_run = 0;
  TimePoint last{};
  const auto look_at_clock = [&] {
    RC_ASSERT(env.clock.now() >= last);
    last = env.clock.now();
  };
  std::function<void()> act = [&] {
    look_at_clock();
    if (timers_set + posted > 200) return;
    if (random.one_in(2)) {
      env.executor.post([&, number = posted++] {
        RC_ASSERT(number == posts_run++);
        act();
      });
    }
    for (std::uint64_t i = random.below(4); i > 0; --i) {
      const TimePoint due = env.clock.now() + Duration(random.below(5) * 1'000'000);
      env.timers.call_at(due, [&, due, number = timers_set++] {
        RC_ASSERT(env.clock.now() == due);
        fired.push_back({due, number});
        act();
      });
    }
  };
  for (int i = 0; i < 5; ++i) act();
  RC_ASSERT(world.run_until_idle());
  RC_ASSERT(fired.size() == timers_set);
  RC_ASSERT(posts_run == posted);
  for (std::size_t i = 1; i < fired.size(); ++i) {
    const bool later = fired[i - 1].due < fired[i].due;
    const bool same = fired[i - 1].due == fired[i].due;
    RC_ASSERT(later || (same && fired[i - 1].number < fired[i].number));
  }
}

TEST(World, FilesOutliveACrash) {
  World world(1);
  Node& node = world.add_node("a");
  ASSERT_TRUE(write_file_atomically(node.env().files, "/tmp/x", as_bytes("kept")).ok());
  world.crash(node);
  world.restart(node);
  EXPECT_EQ(read_file(node.env().files, "/tmp/x", 100).value().text(), "kept");
}

}  // namespace
}  // namespace tarsier::sim
