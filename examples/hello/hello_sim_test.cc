// The hello service in the simulator: a cluster of three machines in one process and virtual time,
// under faults that come from a seed. docs/simulation.md walks through it.
#include <memory>
#include <string>

#include "Hello.h"
#include "client/client.h"
#include "server/server.h"
#include "sim/nemesis.h"
#include "sim/world.h"
#include "transport/scope.h"
#include "transport/timers.h"

using namespace tarsier;
using namespace helloworld;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

class GreeterImpl final : public GreeterSyncServant {
  Result<GreeterApi::SayHelloResult> SayHello(const HelloRequest& req, ServerCall&) override {
    GreeterApi::SayHelloResult result;
    result.resp.message = "Hello, " + req.name + "!";
    return result;
  }
};

// What a server machine runs. It is made when the machine boots and destroyed when it crashes.
class HelloServer final : public sim::Program {
 public:
  explicit HelloServer(Env& env) : server_(env) {
    server_.add_servant("Demo.HelloServer.GreeterObj", greeter_).value();
    server_.listen("tcp -h 0.0.0.0 -p 10000").value();
  }

 private:
  GreeterImpl greeter_;
  Server server_;
};

// What the test wants to know, outside of the world.
struct Tally {
  int right = 0;
  int wrong = 0;
  int failed = 0;
};

// What the client machine runs: one call every 50 ms, for ever.
class Caller final : public sim::Program {
 public:
  Caller(Env& env, Tally& tally) : env_(env), tally_(tally), client_(env) {
    greeter_ =
        client_
            .proxy<GreeterClient>(
                "Demo.HelloServer.GreeterObj@tcp -h server1 -p 10000:tcp -h server2 -p 10000")
            .value();
    scope_.spawn(call_for_ever());
  }

 private:
  Task<void> call_for_ever() {
    HelloRequest request;
    for (int i = 0;; ++i) {
      request.name = "number " + std::to_string(i);
      const auto answer = co_await greeter_.SayHello(request);
      if (!answer) {
        ++tally_.failed;
      } else {
        ++(answer->resp.message == "Hello, " + request.name + "!" ? tally_.right : tally_.wrong);
      }
      co_await SleepUntil(env_.timers, env_.clock.now() + milliseconds(50));
    }
  }

  Env& env_;
  Tally& tally_;
  Client client_;
  GreeterClient greeter_;
  Scope scope_;
};

// One universe. Everything that happens in it follows from the seed.
struct Cluster {
  explicit Cluster(std::uint64_t seed) : world(seed) {
    for (sim::Node* node : {&server1, &server2})
      node->run([](Env& env) { return std::make_unique<HelloServer>(env); });
    client.run([this](Env& env) { return std::make_unique<Caller>(env, tally); });
  }

  Tally tally;
  sim::World world;
  sim::Node& server1 = world.add_node("server1");
  sim::Node& server2 = world.add_node("server2");
  sim::Node& client = world.add_node("client1");
};

TEST(HelloSim, CallsGoOnWhenAServerDies) {
  Cluster cluster(1);
  cluster.world.run_for(seconds(5));
  cluster.world.crash(cluster.server1, sim::CrashKind::powered_off);
  cluster.world.run_for(seconds(10));
  const int before = cluster.tally.right;
  cluster.world.run_for(seconds(10));
  EXPECT_GT(cluster.tally.right, before + 40);
  EXPECT_EQ(cluster.tally.wrong, 0);
}

TEST(HelloSim, AnswersAreRightUnderOneWrittenSchedule) {
  Cluster cluster(1);
  sim::Nemesis nemesis(cluster.world);
  const auto faults = sim::parse_fault_schedule(
      "2s cut client1->server1 for 1s\n"
      "5s kill server2 for 2s\n"
      "9s slow server1->client1 400 for 3s\n");
  ASSERT_TRUE(faults.ok()) << faults.error().detail;
  ASSERT_TRUE(nemesis.start(*faults).ok());
  cluster.world.run_for(seconds(20));
  EXPECT_GT(cluster.tally.right, 100);
  EXPECT_EQ(cluster.tally.wrong, 0);
}

TEST(HelloSim, AnswersAreRightUnderFaultsFromAnySeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster(seed);
    sim::Nemesis nemesis(cluster.world);
    sim::SwarmOptions swarm;
    swarm.duration = seconds(20);
    swarm.kinds = {sim::FaultKind::partition, sim::FaultKind::cut,  sim::FaultKind::clog,
                   sim::FaultKind::slow,      sim::FaultKind::kill, sim::FaultKind::reset};
    swarm.servers = {"server1", "server2"};
    swarm.clients = {"client1"};
    const auto faults = sim::draw_swarm(cluster.world.random("faults"), swarm);
    ASSERT_TRUE(nemesis.start(faults).ok());
    cluster.world.run_for(swarm.duration);
    EXPECT_EQ(cluster.tally.wrong, 0) << "seed " << seed << "\n" << faults.to_string();

    nemesis.heal();
    cluster.world.run_for(seconds(10));
    const int before = cluster.tally.right;
    cluster.world.run_for(seconds(5));
    EXPECT_GT(cluster.tally.right, before + 80) << "seed " << seed << "\n" << faults.to_string();
  }
}

}  // namespace
