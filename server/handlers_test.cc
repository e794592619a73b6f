#include "server/handlers.h"

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

#include "server/limits_testing.h"

// Calls that wait: for handler threads, or for the in-flight limit of a servant on the loop. In
// memory, where work on a "thread" takes as long as the test says.
namespace tarsier {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::RawPeer;
using testing::Returned;
using testing::Text;

constexpr std::string_view object = "Test.Handlers.Obj";

// What all servants of a test saw.
struct Seen {
  struct Run {
    int instance;
    std::uint64_t connection;
    std::string text;
  };
  std::vector<Run> runs;
  std::vector<Reply<Returned>> held;
  int instances = 0;
};

// echo; later (a Reply that the test answers); fail; throw; drop; wait (a coroutine of 10 ms).
class Worker final : public Servant {
 public:
  Worker(Env& env, Seen& seen) : env_(env), seen_(seen), instance_(seen.instances++) {}
  std::string_view tars_interface() const override { return "Test.Handlers"; }
  void tars_dispatch(ServerCall& call) override {
    const std::string function(call.function());
    if (function == "later") {
      return serve_async<Text, Returned>(call, [this](Text&, Reply<Returned> reply) {
        reply.call().set_reply_context({{"from", "later"}});
        seen_.held.push_back(std::move(reply));
      });
    }
    if (function == "drop") return;
    if (function == "wait") {
      return serve_coroutine<Text>(call, [this](Text&, ServerCall& kept) { return wait(kept); });
    }
    if (function == "echo" || function == "fail" || function == "throw") {
      return serve_sync<Text>(call, [&](Text& in) -> Result<Returned> {
        seen_.runs.push_back({instance_, call.session().id(), in.text});
        if (function == "fail") return application_error(7, "no such thing");
        if (function == "throw") throw std::runtime_error("the disk is on fire");
        return Returned{in.text};
      });
    }
    call.answer_no_function();
  }
  int running = 0;
  int running_max = 0;

 private:
  Task<Result<Returned>> wait(ServerCall&) {
    running_max = std::max(running_max, ++running);
    SleepUntil pause(env_.timers, env_.clock.now() + milliseconds(10));
    co_await pause;
    --running;
    co_return Returned{"waited"};
  }

  Env& env_;
  Seen& seen_;
  int instance_;
};

class HandlerThreadsTest : public ::testing::Test {
 protected:
  explicit HandlerThreadsTest(Duration takes = milliseconds(10)) : world(with_delay(takes)) {}
  ~HandlerThreadsTest() override {
    seen.held.clear();
    peers.clear();
    if (server) stop();
  }
  static memory::WorldOptions with_delay(Duration takes) {
    memory::WorldOptions options;
    options.blocking_delay = takes;
    return options;
  }

  void start(std::size_t threads, const ServantOptions& options = {},
             const ServerOptions& server_options = {}) {
    server = std::make_unique<Server>(world.env(), server_options);
    auto handlers =
        Handlers::threads(threads, [this] { return std::make_unique<Worker>(world.env(), seen); });
    ASSERT_TRUE(server->add_servant(object, std::move(handlers), options).ok());
    endpoint = server->listen("tcp -h 127.0.0.1 -p 0").value();
  }
  void start_on_loop(Servant& servant, const ServantOptions& options = {}) {
    server = std::make_unique<Server>(world.env());
    ASSERT_TRUE(server->add_servant(object, servant, options).ok());
    endpoint = server->listen("tcp -h 127.0.0.1 -p 0").value();
  }
  void stop() {
    Scope scope;
    scope.spawn(server->stop());
    EXPECT_TRUE(world.run_until([&] { return scope.empty(); }));
    server.reset();
  }
  RawPeer& peer() { return *peers.emplace_back(std::make_unique<RawPeer>(world, endpoint)); }

  static ByteBuffer call(std::string_view function, std::int32_t id, bool one_way = false) {
    return testing::request_frame(
        object, function, id, [&](auto&& visit) { visit(1, "text", std::to_string(id)); }, one_way);
  }
  // Calls 1 to `count` at once.
  static void send_many(RawPeer& to, std::string_view function, std::int32_t count) {
    ByteBuffer all;
    for (std::int32_t id = 1; id <= count; ++id) all.append(call(function, id).span());
    to.send(all.span());
  }
  // Return codes by request id.
  static std::map<std::int32_t, std::int32_t> rets(const RawPeer& of) {
    std::map<std::int32_t, std::int32_t> all;
    for (const auto& packet : of.packets()) {
      const testing::Answer answer = testing::read_answer(packet);
      EXPECT_TRUE(all.emplace(answer.request_id, answer.ret).second) << "answered twice";
    }
    return all;
  }
  static std::ptrdiff_t count(const RawPeer& of, std::int32_t ret) {
    const auto all = rets(of);
    return std::count_if(all.begin(), all.end(), [ret](auto& each) { return each.second == ret; });
  }
  std::string description(const RawPeer& of) {
    return testing::read_answer(of.packets().back()).description;
  }
  const ServerCounters& counters() { return server->counters(); }

  memory::World world;
  Seen seen;
  std::unique_ptr<Server> server;
  Endpoint endpoint;
  std::vector<std::unique_ptr<RawPeer>> peers;
};

TEST_F(HandlerThreadsTest, EachThreadHasAServantOfItsOwn) {
  start(3);
  EXPECT_EQ(seen.instances, 3);
  RawPeer& client = peer();
  send_many(client, "echo", 30);
  EXPECT_EQ(server->calls_waiting(), 27u);
  EXPECT_TRUE(seen.runs.empty()) << "nothing runs on the loop";
  world.advance(milliseconds(100));
  EXPECT_EQ(count(client, 0), 30);
  EXPECT_EQ(seen.runs.size(), 30u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(std::count_if(seen.runs.begin(), seen.runs.end(),
                            [i](const Seen::Run& run) { return run.instance == i; }),
              10);
  }
  EXPECT_EQ(server->calls_kept(), 0u);
  EXPECT_EQ(world.loop().timers_pending(), 1u) << "no sweep while nothing waits: only the watch";
}

TEST_F(HandlerThreadsTest, WhatAServantSaysArrives) {
  start(1);
  int id = 0;
  std::vector<std::pair<std::int32_t, std::string>> said;
  for (const char* function : {"fail", "throw", "drop", "nonsense", "wait", "tars_ping"}) {
    RawPeer& one = peer();
    one.send(call(function, ++id).span());
    world.advance(milliseconds(100));
    ASSERT_EQ(one.packets().size(), 1u) << function;
    const auto answer = testing::read_answer(one.packets().front());
    said.emplace_back(answer.ret, answer.description);
  }
  EXPECT_EQ(said[0], std::pair(7, std::string("no such thing")));
  EXPECT_EQ(said[1], std::pair(-99, std::string("the disk is on fire")));
  EXPECT_EQ(said[2].first, -99);
  EXPECT_THAT(said[2].second, ::testing::HasSubstr("dropped the call"));
  EXPECT_EQ(said[3].first, -3);
  EXPECT_EQ(said[4].first, -99);
  EXPECT_THAT(said[4].second, ::testing::HasSubstr("without Handlers"));
  EXPECT_EQ(said[5].first, 0);
}

TEST_F(HandlerThreadsTest, AReplyMayLeaveItsThread) {
  start(1);
  RawPeer& client = peer();
  send_many(client, "later", 2);
  world.advance(milliseconds(20));
  ASSERT_EQ(seen.held.size(), 2u) << "the thread is free while the Reply is out";
  EXPECT_EQ(server->calls_kept(), 2u);
  seen.held[1].send(Returned{"second"});
  world.run_until_idle();
  EXPECT_EQ(rets(client), (std::map<std::int32_t, std::int32_t>{{2, 0}}));
  seen.held.clear();
  world.run_until_idle();
  EXPECT_EQ(rets(client).at(1), -99);
  tars::ResponseView second;
  const auto packets = client.packets();
  ASSERT_TRUE(tars::decode_response(packets[0], second).ok());
  EXPECT_EQ(second.context.find("from"), "later");
}

TEST_F(HandlerThreadsTest, InQueueModeAConnectionStaysWithOneThreadAndInOrder) {
  ServantOptions options;
  options.queue.pinned = true;
  options.queue.controlled = false;  // all of them may wait
  start(3, options);
  for (int p = 0; p < 5; ++p) send_many(peer(), "echo", 20);
  world.advance(seconds(1));
  std::map<std::uint64_t, std::vector<Seen::Run>> by_connection;
  for (const Seen::Run& run : seen.runs) by_connection[run.connection].push_back(run);
  ASSERT_EQ(by_connection.size(), 5u);
  for (const auto& [connection, runs] : by_connection) {
    ASSERT_EQ(runs.size(), 20u);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      EXPECT_EQ(runs[i].text, std::to_string(i + 1));
      EXPECT_EQ(runs[i].instance, runs[0].instance);
    }
  }
}

TEST_F(HandlerThreadsTest, InQueueModeACallWakesTheThreadOfItsConnection) {
  ServantOptions options;
  options.queue.pinned = true;
  start(3, options);
  for (std::size_t p = 1; p <= 5; ++p) {
    send_many(peer(), "echo", 1);
    world.advance(seconds(1));
    EXPECT_EQ(seen.runs.size(), p) << "its thread was at rest";
  }
}

TEST_F(HandlerThreadsTest, WhoFindsTheQueueAboveItsMarkIsRefusedAtOnce) {
  ServantOptions options;
  options.queue.capacity = 10;
  start(1, options);
  RawPeer& client = peer();
  send_many(client, "echo", 30);
  // One runs, nine wait: the tenth finds nine, which is above four fifths.
  EXPECT_EQ(count(client, -9), 20);
  EXPECT_THAT(description(client), ::testing::HasSubstr("9 calls wait for Test.Handlers.Obj"));
  world.advance(seconds(1));
  EXPECT_EQ(count(client, 0), 10);
  EXPECT_EQ(counters().overloaded, 20u);
  EXPECT_EQ(counters().shed_full, 20u);
  EXPECT_EQ(counters().queued, 10u);
}

TEST_F(HandlerThreadsTest, WhatWaitsCountsWithAllItsBytes) {
  start(1);
  RawPeer& client = peer();
  const std::string large(100'000, 'x');
  for (int i = 1; i <= 5; ++i) {
    client.send(testing::request_frame(object, "echo", i, [&](auto&& visit) {
                  visit(1, "text", large);
                }).span());
  }
  EXPECT_EQ(server->calls_kept(), 5u);
  EXPECT_GT(server->kept_bytes(), 500'000u);
  world.advance(seconds(1));
  EXPECT_EQ(server->kept_bytes(), 0u);
}

TEST_F(HandlerThreadsTest, WhoseConnectionIsGoneDoesNotRunUnlessItIsOneWay) {
  start(1);
  RawPeer& client = peer();
  send_many(client, "echo", 4);
  client.send(call("echo", 5, true).span());
  // An answer that is not read makes the end of the connection a reset.
  client.stop_reading();
  world.advance(milliseconds(10));
  peers.clear();
  world.advance(seconds(1));
  std::vector<std::string> ran;
  for (const Seen::Run& run : seen.runs) ran.push_back(run.text);
  EXPECT_EQ(ran, (std::vector<std::string>{"1", "2", "5"}));
  EXPECT_EQ(counters().shed_unwanted, 2u);
}

TEST_F(HandlerThreadsTest, StoppingAnswersWhatWaits) {
  start(2);
  RawPeer& client = peer();
  send_many(client, "echo", 50);
  stop();
  EXPECT_EQ(count(client, 0), 50);
}

TEST_F(HandlerThreadsTest, RefusalsThatTakeTooLongPauseReading) {
  ServerOptions server_options;
  server_options.read_pause.reject_cost = milliseconds(1);
  ServantOptions options;
  options.queue.capacity = 5;
  start(1, options, server_options);
  RawPeer& client = peer();
  send_many(client, "echo", 100);
  EXPECT_EQ(counters().paused_refusing, 1u);
  EXPECT_LT(client.packets().size(), 30u) << "the rest is not read";
  world.advance(seconds(10));
  EXPECT_EQ(client.packets().size(), 100u) << "and then it is";
  EXPECT_GT(count(client, 0), 5);
}

TEST_F(HandlerThreadsTest, AnImpossibleNumberOfThreadsIsRefused) {
  Server one(world.env());
  const auto factory = [this] { return std::make_unique<Worker>(world.env(), seen); };
  EXPECT_EQ(one.add_servant(object, Handlers::threads(0, factory)).code(), Code::limit);
  const auto many = Handlers::threads(limits::handler_threads_max + 1, factory);
  EXPECT_EQ(one.add_servant(object, Handlers::threads(1'001, factory)).code(), Code::limit);
  EXPECT_EQ(many.count(), 1'001u);
  EXPECT_EQ(seen.instances, 0);
}

TEST_F(HandlerThreadsTest, OneServantMayServeSeveralThreads) {
  Worker shared(world.env(), seen);
  server = std::make_unique<Server>(world.env());
  ASSERT_TRUE(server->add_servant(object, Handlers::shared(4, shared)).ok());
  endpoint = server->listen("tcp -h 127.0.0.1 -p 0").value();
  RawPeer& client = peer();
  send_many(client, "echo", 8);
  world.advance(milliseconds(20));
  EXPECT_EQ(count(client, 0), 8) << "four at a time";
  stop();
}

class SlowHandlers : public HandlerThreadsTest {
 protected:
  SlowHandlers() : HandlerThreadsTest(seconds(1)) {}
};

// Callers wait for 3 s; half of that is as long as a call may wait to be of use.
TEST_F(SlowHandlers, WhatWaitedTooLongIsAnsweredWhileEveryThreadIsBusy) {
  start(1);
  RawPeer& client = peer();
  send_many(client, "echo", 4);
  world.advance(milliseconds(1'700));
  EXPECT_EQ(rets(client), (std::map<std::int32_t, std::int32_t>{{1, 0}, {3, -6}, {4, -6}}));
  world.advance(seconds(1));
  EXPECT_EQ(rets(client).at(2), 0);
  EXPECT_EQ(counters().expired, 2u);
  EXPECT_EQ(counters().shed_expired, 2u);
}

class HangingHandlers : public HandlerThreadsTest {
 protected:
  HangingHandlers() : HandlerThreadsTest(std::chrono::hours(10)) {}
};

TEST_F(HangingHandlers, AreAbandonedWhenTheServerStops) {
  ServerOptions options;
  options.drain_wait = seconds(1);
  start(2, {}, options);
  RawPeer& client = peer();
  send_many(client, "echo", 3);
  const TimePoint before = world.loop().now();
  stop();
  EXPECT_LT(world.loop().now() - before, seconds(2));
  EXPECT_EQ(world.log().count("2 handler threads of Test.Handlers.Obj still run calls"), 1u);
  EXPECT_TRUE(client.ended());
}

// ---------------------------------------------------------------------------- on the loop

TEST_F(HandlerThreadsTest, ABurstAboveTheLimitWaits) {
  Worker servant(world.env(), seen);
  ServantOptions options;
  options.in_flight = InFlightLimitOptions::fixed(2);
  start_on_loop(servant, options);
  RawPeer& client = peer();
  send_many(client, "wait", 10);
  EXPECT_EQ(server->calls_waiting(), 8u);
  world.advance(milliseconds(200));
  EXPECT_EQ(count(client, 0), 10);
  EXPECT_EQ(servant.running_max, 2);
  EXPECT_EQ(counters().overloaded, 0u);
  stop();
}

// With everything as it ships.
TEST_F(HandlerThreadsTest, AServerAtRestLetsABurstOfCoroutinesWait) {
  Worker servant(world.env(), seen);
  start_on_loop(servant);
  RawPeer& client = peer();
  send_many(client, "wait", 500);
  world.advance(seconds(2));
  EXPECT_EQ(count(client, 0), 500);
  EXPECT_GE(servant.running_max, 20);
  EXPECT_LT(servant.running_max, 500);
  stop();
}

// Calls that are answered at once never wait, whatever the limit; and urgent ones pass over it.
TEST_F(HandlerThreadsTest, OnlyKeptCallsCount) {
  Worker servant(world.env(), seen);
  ServantOptions options;
  options.in_flight = InFlightLimitOptions::fixed(1);
  start_on_loop(servant, options);
  RawPeer& client = peer();
  send_many(client, "echo", 100);
  EXPECT_EQ(count(client, 0), 100);
  EXPECT_EQ(counters().queued, 0u);
  send_many(peer(), "later", 2);
  EXPECT_EQ(seen.held.size(), 1u);
  seen.held.clear();
  world.run_until_idle();
  EXPECT_EQ(seen.held.size(), 1u) << "the place is free again";
  seen.held.clear();
  stop();
}

TEST_F(HandlerThreadsTest, AnUrgentServantHasNoLimit) {
  Worker servant(world.env(), seen);
  ServantOptions options;
  options.in_flight = InFlightLimitOptions::fixed(1);
  options.urgent = true;
  start_on_loop(servant, options);
  send_many(peer(), "later", 5);
  EXPECT_EQ(seen.held.size(), 5u);
  seen.held.clear();
  stop();
}

}  // namespace
}  // namespace tarsier
