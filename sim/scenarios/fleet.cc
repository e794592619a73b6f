// A fleet of servers behind one object, seen by clients that balance: fleets of 1, 2, 3 and 50, by
// turns and by two choices. Three things happen to each, one after another:
//
//   - the registry changes the weights, and traffic follows them;
//   - one server crashes or cannot be reached: soon no call fails for it, and it is found again;
//   - one server becomes slow: soon nearly no call goes there.
//
// All the time no call may run twice, and each ends once and in time.

#include <algorithm>
#include <array>
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
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::sim {
namespace {

using simecho::EchoApi;
using simecho::EchoClient;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t port = 9000;
constexpr Duration call_timeout = seconds(1);
constexpr Duration call_gap = milliseconds(25);  // of a client, on average

// When things happen.
constexpr Duration heavy_from = seconds(1);   // the first server has most of the weight
constexpr Duration empty_from = seconds(11);  // it has none
constexpr Duration equal_from = seconds(21);
constexpr Duration fault_from = seconds(25);
constexpr Duration fault_to = seconds(45);
constexpr Duration slow_from = seconds(85);
constexpr Duration slow_to = seconds(105);
constexpr Duration all_over = seconds(115);
// After which a server that is gone or slow disturbs no more: the breaker opens after five calls,
// which take a moment to come and a second to fail, and its first probes follow within six.
constexpr Duration breaker_time = seconds(10);

struct FleetPlan {
  std::uint64_t servers = 1;
  balance::Policy policy = balance::Policy::p2c;
  Duration slowness{};
};

// What the world outside of the nodes knows.
struct Story {
  explicit Story(Stage& stage) : world(stage.world()), verdict(stage.verdict()), book(verdict) {}

  const World& world;
  Verdict& verdict;
  EchoBook book;
  FleetPlan plan;
  std::vector<Duration> delays;  // of answers, by server
  bool stopping = false;
  // By phase, by server: calls that were answered, by the time when they began.
  std::array<std::vector<std::uint64_t>, 4> answered;
  std::uint64_t failed_while_slow = 0;
  bool found_again = false;

  Duration time() const { return world.now() - TimePoint(); }
};

bool within(Duration time, Duration from, Duration to) { return time >= from && time < to; }

// ---------------------------------------------------------------------------------- servers

class FleetServant final : public simecho::EchoServant {
 public:
  FleetServant(Env& env, Story& story, std::size_t self)
      : env_(env), story_(story), self_(self), random_(env.random.fork("servant")) {}
  Task<Result<EchoApi::echoResult>> echo(std::int64_t id, const std::string& payload,
                                         ServerCall&) override {
    story_.book.serve(static_cast<std::uint64_t>(id));
    const Duration own = milliseconds(1) + Duration(random_.between(0, 2'000'000));
    co_await SleepUntil(env_.timers, env_.clock.now() + own + story_.delays[self_]);
    EchoApi::echoResult result;
    result.answered = id;
    result.answer = payload;
    result.servings = static_cast<std::int32_t>(self_);
    co_return result;
  }
  Task<Result<EchoApi::noteResult>> note(std::int64_t, ServerCall&) override {
    co_return EchoApi::noteResult();
  }

 private:
  Env& env_;
  Story& story_;
  const std::size_t self_;
  Random random_;
};

class FleetServer final : public Program {
 public:
  FleetServer(Env& env, Story& story, std::size_t self) : servant_(env, story, self), server_(env) {
    story.verdict.expect(server_.add_servant("Sim.Fleet.Obj", servant_).ok(), "no servant");
    const std::string at = "tcp -h 0.0.0.0 -p " + std::to_string(port);
    story.verdict.expect(server_.listen(at).ok(), "no listener");
  }
  void stop() { scope_.spawn(server_.stop()); }

 private:
  FleetServant servant_;
  Server server_;
  Scope scope_;
};

// ---------------------------------------------------------------------------------- clients

// A registry that says what it is told to.
class FleetRegistry final : public Resolver {
 public:
  void watch(const Lookup&, Watcher& watcher) override { watcher_ = &watcher; }
  void unwatch(Watcher&) override { watcher_ = nullptr; }
  void used(Watcher&) override {}
  void doubted(Watcher&) override {}
  void tell(const EndpointLists& lists) {
    if (watcher_ != nullptr) watcher_->on_endpoints(lists);
  }

 private:
  Watcher* watcher_ = nullptr;
};

// A weight below zero: in turn.
EndpointLists fleet_lists(const FleetPlan& plan, std::int32_t first, std::int32_t others) {
  EndpointLists lists;
  for (std::uint64_t i = 1; i <= plan.servers; ++i) {
    Endpoint endpoint;
    endpoint.host = "server" + std::to_string(i);
    endpoint.port = port;
    endpoint.weight_type = first < 0 ? 0 : 1;
    endpoint.weight = i == 1 ? first : others;
    lists.active.push_back(endpoint);
  }
  std::sort(lists.active.begin(), lists.active.end(),
            [](const Endpoint& a, const Endpoint& b) { return a.identity() < b.identity(); });
  return lists;
}

ClientOptions client_options(const FleetPlan& plan) {
  ClientOptions options;
  options.call_timeout = call_timeout;
  options.balance.policy = plan.policy;
  // So that one that was slow is tried again before the run is over.
  options.balance.latency.tau = seconds(3);
  return options;
}

class FleetClient final : public Program {
 public:
  FleetClient(Env& env, const Node& node, Story& story)
      : env_(env),
        node_(node),
        story_(story),
        random_(env.random.fork("caller")),
        client_(env, client_options(story.plan), &registry_),
        fleet_(client_.proxy<EchoClient>("Sim.Fleet.Obj").value()) {
    scope_.spawn(call_for_ever());
  }
  void stop() { scope_.spawn(client_.close()); }
  void tell(const EndpointLists& lists) { registry_.tell(lists); }

 private:
  Task<void> call_for_ever() {
    while (!story_.stopping) {
      call();
      const Duration gap = Duration(random_.between(1, 2 * call_gap.count()));
      co_await SleepUntil(env_.timers, env_.clock.now() + gap);
    }
  }

  void call() {
    CallOptions options;
    options.callback_on = CallbackOn::loop;
    const std::uint64_t id = story_.book.start_call();
    const TimePoint began = env_.clock.now();
    fleet_.echo_callback(
        static_cast<std::int64_t>(id), "payload",
        [this, id, began](const Result<EchoApi::echoResult>& result) { end(id, began, result); },
        options);
  }

  void end(std::uint64_t id, TimePoint began, const Result<EchoApi::echoResult>& result) {
    const EchoBook::Call ended{id, began + call_timeout, env_.clock.now(), node_.resumed_at()};
    const Duration at = began - TimePoint();
    if (!result.ok()) {
      story_.book.failed(ended, result.error());
      return judge_failure(at, result.error());
    }
    story_.book.replied(ended, result->answered == static_cast<std::int64_t>(id));
    const auto server = static_cast<std::size_t>(result->servings);
    if (within(at, heavy_from + milliseconds(100), empty_from)) ++story_.answered[0][server];
    if (within(at, empty_from + milliseconds(100), equal_from)) ++story_.answered[1][server];
    if (within(at, slow_from + breaker_time, slow_to)) ++story_.answered[2][server];
    if (within(at, fault_to, slow_from) && server == 0) story_.found_again = true;
  }

  // Which failures nothing excuses.
  void judge_failure(Duration began, const Error& error) {
    const std::string told = " (" + error.to_string() + ")";
    const bool alone = story_.plan.servers == 1;
    const bool excused =
        within(began, fault_from - call_timeout, fault_from + breaker_time) ||
        (alone && within(began, fault_from, fault_to + seconds(5))) ||
        // A single one that was overloaded is trusted with all calls only after a
        // while (throttle.h).
        within(began, slow_from - milliseconds(10), alone ? all_over : slow_to + seconds(8));
    if (!excused) story_.verdict.fail("a call failed that nothing disturbed" + told);
    if (within(began, slow_from + breaker_time, slow_to)) ++story_.failed_while_slow;
  }

  Env& env_;
  const Node& node_;
  Story& story_;
  Random random_;
  FleetRegistry registry_;
  Client client_;
  EchoClient fleet_;
  Scope scope_;
};

// ---------------------------------------------------------------------------------- the run

FleetPlan draw_plan(std::uint64_t seed) {
  Random random = Random(seed).fork("fleet");
  constexpr std::array<std::uint64_t, 8> sizes = {1, 2, 3, 2, 3, 2, 3, 50};
  FleetPlan plan;
  plan.servers = sizes[random.below(sizes.size())];
  if (random.one_in(2)) plan.policy = balance::Policy::round_robin;
  // Only who looks at latencies sees one that is slow in time.
  plan.slowness = plan.policy == balance::Policy::p2c ? milliseconds(300) : milliseconds(1'500);
  return plan;
}

FaultSchedule draw_faults(std::uint64_t seed) {
  Random random = Random(seed).fork("fleet faults");
  Fault fault;
  fault.kind = find_scenario("fleet")->kinds[random.below(find_scenario("fleet")->kinds.size())];
  fault.at = fault_from;
  fault.duration = fault_to - fault_from;
  fault.nodes = {"server1"};
  FaultSchedule schedule;
  schedule.faults.push_back(fault);
  return schedule;
}

double share(const std::vector<std::uint64_t>& counts, std::size_t of) {
  double sum = 0;
  for (const std::uint64_t count : counts) sum += static_cast<double>(count);
  return sum == 0 ? 0 : static_cast<double>(counts[of]) / sum;
}

void judge(Story& story) {
  const auto servers = static_cast<double>(story.plan.servers);
  story.verdict.expect(story.found_again, "a server that was back for 40 s was not called again");
  if (story.plan.servers == 1) return;
  // 100 of 100 + 20 for each of the others.
  const double wanted = 100 / (100 + 20 * (servers - 1));
  const double had = share(story.answered[0], 0);
  const bool in_turn = story.plan.policy == balance::Policy::round_robin;
  // Two choices prefer who was not called for a while; of many that is nearly everybody.
  const double least = in_turn ? wanted - 0.02 : std::min(0.6 * wanted, 1.5 / servers);
  const double most = in_turn ? wanted + 0.02 : 1.5 * wanted;
  if (had < least || had > most) {
    story.verdict.fail("the weights give the first server " + std::to_string(wanted) +
                       " of the traffic, and it had " + std::to_string(had));
  }
  story.verdict.expect(story.answered[1][0] == 0, "a server of no weight was called");
  // By turns a slow server is one whose calls fail; probes may.
  story.verdict.expect(share(story.answered[2], story.plan.servers - 1) < 0.5 / servers,
                       "a slow server has half of its share still");
  story.verdict.expect(story.failed_while_slow <= 6, "calls go on failing for a slow server");
}

void tell_all(World& world, const Story& story, const EndpointLists& lists) {
  for (std::size_t i = story.plan.servers; i < world.nodes(); ++i) {
    Node& node = world.node(i);
    node.env().executor.post(
        [&node, lists] { static_cast<FleetClient*>(node.program())->tell(lists); });
  }
}

}  // namespace

RunReport run_fleet(const RunPlan& plan) {
  RunPlan own = plan;
  if (!own.faults) own.faults = draw_faults(plan.seed);
  Stage stage(own, WorldOptions());
  World& world = stage.world();
  Story story(stage);
  story.plan = draw_plan(plan.seed);
  story.delays.resize(story.plan.servers);
  for (auto& phase : story.answered) phase.resize(story.plan.servers);
  for (std::uint64_t i = 0; i < story.plan.servers; ++i) {
    world.add_node("server" + std::to_string(i + 1)).run([&story, i](Env& env) {
      return std::make_unique<FleetServer>(env, story, i);
    });
  }
  for (int i = 1; i <= 2; ++i) {
    Node& node = world.add_node("client" + std::to_string(i));
    node.run([&node, &story](Env& env) { return std::make_unique<FleetClient>(env, node, story); });
  }
  stage.start_faults(SwarmOptions());
  const auto run_to = [&](Duration when) { world.run_for(when - story.time()); };
  tell_all(world, story, fleet_lists(story.plan, -1, -1));
  run_to(heavy_from);
  tell_all(world, story, fleet_lists(story.plan, 100, 20));
  run_to(empty_from);
  tell_all(world, story, fleet_lists(story.plan, 0, 50));
  run_to(equal_from);
  tell_all(world, story, fleet_lists(story.plan, -1, -1));
  run_to(slow_from);
  story.delays.back() = story.plan.slowness;
  run_to(slow_to);
  story.delays.back() = Duration::zero();
  run_to(all_over);
  story.stopping = true;
  world.run_for(seconds(5));
  stage.heal();
  story.book.check_balance();
  judge(story);
  for (std::size_t i = 0; i < world.nodes(); ++i) {
    Node& node = world.node(i);
    node.env().executor.post([&node, server = i < story.plan.servers] {
      if (server) {
        static_cast<FleetServer*>(node.program())->stop();
      } else {
        static_cast<FleetClient*>(node.program())->stop();
      }
    });
  }
  stage.expect_settled(seconds(120));
  auto counts = story.book.counts();
  counts.emplace_back("servers", story.plan.servers);
  return stage.finish(std::move(counts));
}

}  // namespace tarsier::sim
