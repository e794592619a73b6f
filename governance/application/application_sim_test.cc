// A service in the simulator, from its configuration: stopped in the middle of calls, killed, cut
// off, started again. The same Application that runs on epoll.
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "governance/application/application_testing.h"
#include "sim/nemesis.h"
#include "sim/world.h"

namespace tarsier::application {
namespace {

using RpcTest::EchoClient;
using sim::FaultKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string config = config_text(
    "EchoServer", "deactivating-timeout=3000\nlocal=tcp -h 0.0.0.0 -p 7000 -t 10000\n" +
                      adapter_text("EchoServer", "EchoObj", "tcp -h 0.0.0.0 -p 8000 -t 60000"));

// What a machine runs that the service was installed on.
class ServiceProgram final : public sim::Program {
 public:
  explicit ServiceProgram(Env& env) : app_(env, settings_of(config), add_echo) {
    scope_.spawn(run());
  }
  Application& app() { return app_; }
  const std::optional<Result<>>& ended() const { return ended_; }

 private:
  Task<void> run() {
    auto running = app_.run();
    ended_ = co_await running;
  }

  Application app_;
  std::optional<Result<>> ended_;
  Scope scope_;
};

using Ends = std::map<Code, int>;

// Calls one after another, in several coroutines, for ever.
class Caller final : public sim::Program {
 public:
  Caller(Env& env, Ends& ends, const std::string& object) : env_(env), ends_(ends), client_(env) {
    echo_ = client_.proxy<EchoClient>(object).value();
    for (int i = 0; i < 5; ++i) scope_.spawn(call_for_ever());
  }

 private:
  Task<void> call_for_ever() {
    for (;;) {
      const auto wait_ms = static_cast<std::int32_t>(env_.random.below(30));
      auto calling = echo_.slow("x", wait_ms);
      const auto answer = co_await calling;
      ++ends_[answer.code()];
      SleepUntil pause(env_.timers, env_.clock.now() + milliseconds(20));
      co_await pause;
    }
  }

  Env& env_;
  Ends& ends_;
  Client client_;
  EchoClient echo_;
  Scope scope_;
};

struct Universe {
  explicit Universe(std::uint64_t seed) : world(seed) {
    for (sim::Node* node : {&one, &two})
      node->run([](Env& env) { return std::make_unique<ServiceProgram>(env); });
    caller.run([this](Env& env) {
      return std::make_unique<Caller>(
          env, ends, "Demo.EchoServer.EchoObj@tcp -h one -p 8000:tcp -h two -p 8000");
    });
  }
  static ServiceProgram& program(sim::Node& node) {
    return *static_cast<ServiceProgram*>(node.program());
  }

  Ends ends;
  sim::World world;
  sim::Node& one = world.add_node("one");
  sim::Node& two = world.add_node("two");
  sim::Node& caller = world.add_node("caller");
};

TEST(ApplicationSim, TakingOneOfTwoDownLosesNoCall) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Universe universe(seed);
    universe.world.run_for(seconds(2));
    universe.program(universe.one).app().ask_stop("a new version");
    universe.world.run_for(seconds(4));
    const auto& ended = universe.program(universe.one).ended();
    ASSERT_TRUE(ended.has_value()) << "seed " << seed;
    EXPECT_TRUE(ended->ok());
    // What was sent was answered. Later a client looks whether it is there again, and is refused.
    for (const auto& [code, count] : universe.ends) {
      EXPECT_TRUE(code == Code::ok || code == Code::connect)
          << "seed " << seed << ": " << code_name(code) << " " << count;
    }
    EXPECT_GT(universe.ends[Code::ok], 100);
  }
}

TEST(ApplicationSim, ServesAgainAfterAnyFaults) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Universe universe(seed);
    sim::Nemesis nemesis(universe.world);
    sim::SwarmOptions swarm;
    swarm.duration = seconds(20);
    swarm.kinds = {FaultKind::partition, FaultKind::cut,  FaultKind::clog,
                   FaultKind::slow,      FaultKind::kill, FaultKind::reset};
    swarm.servers = {"one", "two"};
    swarm.clients = {"caller"};
    const auto faults = sim::draw_swarm(universe.world.random("faults"), swarm);
    ASSERT_TRUE(nemesis.start(faults).ok());
    universe.world.run_for(swarm.duration);
    nemesis.heal();
    universe.world.run_for(seconds(10));
    const int before = universe.ends[Code::ok];
    universe.world.run_for(seconds(5));
    EXPECT_GT(universe.ends[Code::ok], before + 100) << "seed " << seed << "\n"
                                                     << faults.to_string();
    for (sim::Node* node : {&universe.one, &universe.two}) {
      EXPECT_TRUE(universe.program(*node).app().serving()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tarsier::application
