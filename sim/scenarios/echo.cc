// Remote calls through the real client and server, under every fault that concerns connections.
//
// Clients call two objects on all servers: one that answers at once, one that takes its time; with
// small and large payloads, awaited or with a callback, some one-way. After the faults the world
// heals; then calls must succeed again, and when everything was stopped nothing may be left.

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "Echo.h"
#include "client/client.h"
#include "server/server.h"
#include "sim/scenarios/echo_book.h"
#include "sim/scenarios/scenarios.h"
#include "transport/demolition.h"
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::sim {
namespace {

using simecho::EchoApi;
using simecho::EchoClient;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t port = 9000;

milliseconds draw_ms(Random& random, std::uint64_t below) {
  return milliseconds(static_cast<std::int64_t>(random.below(below)));
}

// ---------------------------------------------------------------------------------- servers

EchoApi::echoResult answer_of(EchoBook& book, std::int64_t id, const std::string& payload) {
  EchoApi::echoResult result;
  result.answered = id;
  result.answer = payload;
  result.servings = static_cast<std::int32_t>(book.serve(static_cast<std::uint64_t>(id)));
  return result;
}

class QuickServant final : public simecho::EchoSyncServant {
 public:
  explicit QuickServant(EchoBook& book) : book_(book) {}
  Result<EchoApi::echoResult> echo(std::int64_t id, const std::string& payload,
                                   ServerCall&) override {
    return answer_of(book_, id, payload);
  }
  Result<EchoApi::noteResult> note(std::int64_t id, ServerCall&) override {
    book_.serve(static_cast<std::uint64_t>(id));
    return EchoApi::noteResult();
  }

 private:
  EchoBook& book_;
};

class SlowServant final : public simecho::EchoServant {
 public:
  SlowServant(Env& env, EchoBook& book)
      : env_(env), book_(book), random_(env.random.fork("slow")) {}
  Task<Result<EchoApi::echoResult>> echo(std::int64_t id, const std::string& payload,
                                         ServerCall&) override {
    co_await SleepUntil(env_.timers, env_.clock.now() + draw_ms(random_, 60));
    co_return answer_of(book_, id, payload);
  }
  Task<Result<EchoApi::noteResult>> note(std::int64_t id, ServerCall&) override {
    book_.serve(static_cast<std::uint64_t>(id));
    co_return EchoApi::noteResult();
  }

 private:
  Env& env_;
  EchoBook& book_;
  Random random_;
};

class EchoServerProgram final : public Program {
 public:
  EchoServerProgram(Env& env, Verdict& verdict, EchoBook& book)
      : env_(env), quick_(book), slow_(env, book), server_(env) {
    verdict.expect(server_.add_servant("Sim.Echo.QuickObj", quick_).ok(), "no quick servant");
    verdict.expect(server_.add_servant("Sim.Echo.SlowObj", slow_).ok(), "no slow servant");
    scope_.spawn(listen());
  }
  void stop() {
    stopping_ = true;
    scope_.spawn(server_.stop());
  }

 private:
  // Descriptors may be short when the node boots.
  Task<void> listen() {
    const std::string at = "tcp -h 0.0.0.0 -p " + std::to_string(port);
    while (!stopping_ && !server_.listen(at).ok())
      co_await SleepUntil(env_.timers, env_.clock.now() + milliseconds(100));
  }

  Env& env_;
  bool stopping_ = false;
  QuickServant quick_;
  SlowServant slow_;
  Server server_;
  Scope scope_;
};

// ---------------------------------------------------------------------------------- clients

struct Workload {
  std::uint64_t servers = 1;
  std::uint64_t callers = 1;     // per client, each with one call at a time
  std::uint64_t pause_ms = 100;  // between two calls of one caller, at most
  bool stopping = false;
};

class EchoClientProgram final : public Program {
 public:
  EchoClientProgram(Env& env, const Node& node, EchoBook& book, const Workload& workload)
      : env_(env),
        node_(node),
        book_(book),
        workload_(workload),
        random_(env.random.fork("caller")),
        client_(env) {
    std::string endpoints;
    for (std::uint64_t i = 1; i <= workload.servers; ++i) {
      endpoints += (i == 1 ? "@" : ":") + ("tcp -h server" + std::to_string(i)) + " -p " +
                   std::to_string(port);
    }
    quick_ = client_.proxy<EchoClient>("Sim.Echo.QuickObj" + endpoints).value();
    slow_ = client_.proxy<EchoClient>("Sim.Echo.SlowObj" + endpoints).value();
    for (std::uint64_t i = 0; i < workload.callers; ++i) scope_.spawn(call_for_ever(i));
  }
  ~EchoClientProgram() override {
    for (const std::uint64_t id : open_) book_.lost_with_client(id);
  }
  void stop() { scope_.spawn(client_.close()); }

 private:
  Task<void> call_for_ever(std::uint64_t caller) {
    Random random = random_.fork(caller);
    while (!workload_.stopping) {
      const EchoClient& proxy = random.one_in(2) ? quick_ : slow_;
      if (random.one_in(8)) {
        proxy.note_oneway(static_cast<std::int64_t>(book_.start_one_way()));
      } else if (random.one_in(4)) {
        call_back(proxy, random);
      } else {
        co_await call(proxy, random);
      }
      co_await SleepUntil(env_.timers, env_.clock.now() + draw_ms(random, workload_.pause_ms));
    }
  }

  std::string draw_payload(Random& random) {
    std::uint64_t bytes = random.below(200);
    if (random.one_in(20)) bytes = random.below(50'000);
    const std::uint64_t salt = random.next();
    std::string payload(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i)
      payload[i] = static_cast<char>('a' + (salt >> (i % 60)) % 26);
    return payload;
  }

  CallOptions draw_options(Random& random) {
    CallOptions options;
    options.timeout = random.one_in(4) ? draw_ms(random, 200) + milliseconds(1)
                                       : draw_ms(random, 2'000) + seconds(1);
    if (random.one_in(3)) options.hash = random.next();
    return options;
  }

  EchoBook::Call ended(std::uint64_t id, TimePoint deadline) {
    open_.erase(id);
    return EchoBook::Call{id, deadline, env_.clock.now(), node_.resumed_at()};
  }

  void finish(std::uint64_t id, TimePoint deadline, const std::string& payload,
              const Result<EchoApi::echoResult>& result) {
    const EchoBook::Call call = ended(id, deadline);
    if (!result.ok()) return book_.failed(call, result.error());
    const bool matches = result->answered == static_cast<std::int64_t>(id) &&
                         result->answer == payload && result->servings == 1;
    book_.replied(call, matches);
  }

  Task<void> call(const EchoClient& proxy, Random& random) {
    const std::string payload = draw_payload(random);
    const CallOptions options = draw_options(random);
    const std::uint64_t id = book_.start_call();
    open_.insert(id);
    const TimePoint deadline = env_.clock.now() + options.timeout;
    auto calling = proxy.echo(static_cast<std::int64_t>(id), payload, options);
    const auto result = co_await calling;
    finish(id, deadline, payload, result);
  }

  void call_back(const EchoClient& proxy, Random& random) {
    std::string payload = draw_payload(random);
    CallOptions options = draw_options(random);
    options.callback_on = CallbackOn::loop;
    const std::uint64_t id = book_.start_call();
    open_.insert(id);
    const TimePoint deadline = env_.clock.now() + options.timeout;
    proxy.echo_callback(
        static_cast<std::int64_t>(id), payload,
        [this, id, deadline, payload](const Result<EchoApi::echoResult>& result) {
          finish(id, deadline, payload, result);
        },
        options);
  }

  Env& env_;
  const Node& node_;
  EchoBook& book_;
  const Workload& workload_;
  Random random_;
  std::set<std::uint64_t> open_;  // started and not ended
  Client client_;
  EchoClient quick_;
  EchoClient slow_;
  Scope scope_;
};

// ---------------------------------------------------------------------------------- the run

WorldOptions draw_world(std::uint64_t seed) {
  Random random = Random(seed).fork("options");
  WorldOptions options;
  if (random.one_in(3)) options.network = NetworkOptions::nasty();
  return options;
}

Workload draw_workload(const World& world) {
  Random random = world.random("workload");
  Workload workload;
  workload.servers = 1 + random.below(4);
  workload.callers = 1 + random.below(4);
  workload.pause_ms = 50 + random.below(400);
  return workload;
}

}  // namespace

RunReport run_echo(const RunPlan& plan) {
  Stage stage(plan, draw_world(plan.seed));
  World& world = stage.world();
  EchoBook book(stage.verdict());
  Workload workload = draw_workload(world);
  const std::uint64_t clients = 1 + world.random("clients").below(4);
  SwarmOptions swarm;
  swarm.duration = seconds(30);
  swarm.gap = milliseconds(1'500);
  swarm.kinds = find_scenario("echo")->kinds;
  for (std::uint64_t i = 1; i <= workload.servers; ++i) {
    Node& node = world.add_node("server" + std::to_string(i));
    swarm.servers.push_back(node.name());
    node.run([&stage, &book](Env& env) {
      return std::make_unique<EchoServerProgram>(env, stage.verdict(), book);
    });
  }
  for (std::uint64_t i = 1; i <= clients; ++i) {
    Node& node = world.add_node("client" + std::to_string(i));
    swarm.clients.push_back(node.name());
    node.run([&node, &book, &workload](Env& env) {
      return std::make_unique<EchoClientProgram>(env, node, book, workload);
    });
  }
  stage.start_faults(swarm);
  world.run_for(swarm.duration);

  // Peace: after a time to recover, calls succeed.
  stage.heal();
  world.run_for(seconds(20));
  const std::uint64_t started = book.started();
  const std::uint64_t replies = book.replies();
  world.run_for(seconds(10));
  stage.verdict().expect((book.replies() - replies) * 10 >= (book.started() - started) * 9,
                         "ten seconds of peace and less than nine of ten calls succeed");
  workload.stopping = true;
  world.run_for(seconds(5));
  book.check_balance();
  for (std::size_t i = 0; i < world.nodes(); ++i) {
    Node& node = world.node(i);
    node.env().executor.post([&node, server = i < workload.servers] {
      if (server) {
        static_cast<EchoServerProgram*>(node.program())->stop();
      } else {
        static_cast<EchoClientProgram*>(node.program())->stop();
      }
    });
  }
  stage.expect_settled(seconds(60));
  return stage.finish(book.counts());
}

}  // namespace tarsier::sim
