#include "transport/memory/memory_world.h"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "transport/scope.h"
#include "transport/stream.h"

namespace tarsier::memory {
namespace {

using namespace std::chrono_literals;

Task<void> echo_one(Listener& listener) {
  auto accepted = co_await accept(listener);
  if (!accepted) co_return;
  Connection& connection = **accepted;
  std::array<std::byte, 64> chunk;
  while (true) {
    auto taken = co_await read(connection, chunk);
    if (!taken || *taken == 0) break;
    connection.send(Bytes::copy_of(std::span(chunk).first(*taken)));
  }
  const auto sent = co_await wait_unsent(connection, 0);
  EXPECT_TRUE(sent.ok());
}

Task<void> say(World& world, const Endpoint& to, std::string words, std::string& answer) {
  auto connected = co_await connect(world.env().transport, to, no_deadline);
  Connection& connection = *connected.value();
  connection.send(Bytes::copy_of(words));
  connection.finish_sending();
  std::array<std::byte, 7> chunk;
  while (true) {
    auto taken = co_await read(connection, chunk);
    if (!taken || *taken == 0) break;
    answer += as_text(std::span<const std::byte>(chunk).first(*taken));
  }
}

TEST(MemoryWorld, AnEchoServerAnswersItsClient) {
  World world;
  Endpoint at;
  at.host = "127.0.0.1";
  auto listener = world.env().transport.listen(at).value();
  Scope scope;
  std::string answer;
  scope.spawn(echo_one(*listener));
  scope.spawn(say(world, listener->local(), "tarsiers have the largest eyes", answer));
  world.run_until_idle();
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(answer, "tarsiers have the largest eyes");
  EXPECT_EQ(world.network().streams(), 0u);
}

TEST(MemoryWorld, TimePassesOnlyWhenTold) {
  World world;
  Env& env = world.env();
  const TimePoint start = env.clock.now();
  std::vector<int> fired;
  env.timers.call_at(start + 2s, [&] { fired.push_back(2); });
  env.timers.call_at(start + 1s, [&] { fired.push_back(1); });
  world.run_until_idle();
  EXPECT_TRUE(fired.empty());
  world.advance(1s);
  EXPECT_EQ(fired, std::vector{1});
  EXPECT_TRUE(world.run_until([&] { return fired.size() == 2; }, 10s));
  EXPECT_EQ(env.clock.now() - start, 2s);
  EXPECT_FALSE(world.run_until([] { return false; }, 10s));
  EXPECT_EQ(env.clock.now() - start, 12s);
  EXPECT_EQ(env.clock.wall_ms(), 1'700'000'012'000);
}

TEST(MemoryWorldDeathTest, AnEndlessChainOfPostsIsFound) {
  World world;
  const std::function<void()> again = [&] { world.env().executor.post([&] { again(); }); };
  again();
  EXPECT_DEATH(world.run_until_idle(), "never becomes idle");
}

TEST(MemoryWorldDeathTest, AConnectionMayNotOutliveItsWorld) {
  Endpoint at;
  at.host = "127.0.0.1";
  EXPECT_DEATH(
      {
        std::unique_ptr<Listener> listener;
        World world;
        listener = world.env().transport.listen(at).value();
      },
      "destroyed before");
}

TEST(MemoryWorld, KeepsLogLines) {
  World world;
  TARSIER_LOG(world.env().log, warn, "test", "the cup is full");
  EXPECT_EQ(world.log().count("cup"), 1u);
  world.log().set_level(LogLevel::error);
  TARSIER_LOG(world.env().log, warn, "test", "the cup is full");
  EXPECT_EQ(world.log().lines().size(), 1u);
}

}  // namespace
}  // namespace tarsier::memory
