#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/client_testing.h"
#include "client/told_resolver_testing.h"

// Which endpoint a call goes to, and which ones are left alone.
namespace tarsier::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Servers that answer when the test says so.
class BalancedClientTest : public ClientTest {
 protected:
  ~BalancedClientTest() override { close(); }  // while the resolver is there

  std::vector<Endpoint> endpoints(std::size_t count) {
    std::vector<Endpoint> all;
    for (std::size_t i = 0; i < count; ++i) {
      fleet.push_back(std::make_unique<FakeServer>(world));
      all.push_back(fleet.back()->endpoint());
    }
    answered.resize(fleet.size());
    return all;
  }
  AskClient connect(const ClientOptions& options = {}, const ProxyOptions& proxy = {}) {
    client = std::make_unique<Client>(world.env(), options, &resolver);
    return client->proxy<AskClient>("App.Server.Obj", proxy).value();
  }
  // Answers what came, of those whose connection is the first of their server.
  void answer_all(std::int32_t ret = 0) {
    for (std::size_t i = 0; i < fleet.size(); ++i) {
      for (; answered[i] < fleet[i]->requests().size(); ++answered[i]) {
        fleet[i]->answer(fleet[i]->requests()[answered[i]].request_id, "y", ret,
                         fleet[i]->connections() - 1);
      }
    }
  }
  void call(const AskClient& to, int times, const CallOptions& options = {}) {
    for (int i = 0; i < times; ++i) {
      ask(to, "x", options);
      answer_all();
    }
  }
  std::vector<std::size_t> asked() const {
    std::vector<std::size_t> counts;
    for (const auto& each : fleet) counts.push_back(each->requests().size());
    return counts;
  }
  std::size_t failures() const {
    return static_cast<std::size_t>(std::count_if(results.begin(), results.end(),
                                                  [](const auto& result) { return !result.ok(); }));
  }

  ToldResolver resolver;
  std::vector<std::unique_ptr<FakeServer>> fleet;
  std::vector<std::size_t> answered;
};

TEST_F(BalancedClientTest, PoliciesAreOfTheClientAndOfTheProxy) {
  const auto all = endpoints(3);
  const auto by_default = connect();
  resolver.tell(all);
  call(by_default, 300);
  const auto drawn = asked();
  EXPECT_NE(drawn, (std::vector<std::size_t>{100, 100, 100})) << "two of three are drawn";
  for (const std::size_t count : drawn) EXPECT_GT(count, 30u);
  ProxyOptions in_turn;
  in_turn.policy = balance::Policy::round_robin;
  const auto fair = client->proxy<AskClient>("App.Server.Obj", in_turn).value();
  resolver.tell(all);
  call(fair, 300);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(asked()[i] - drawn[i], 100u);
}

TEST_F(BalancedClientTest, WeightsOfTheRegistryAreHonouredAndSoIsTheirChange) {
  auto all = endpoints(2);
  ClientOptions options;
  options.balance.policy = balance::Policy::round_robin;
  const auto proxy = connect(options);
  for (Endpoint& each : all) each.weight_type = 1;
  all[0].weight = 100;
  all[1].weight = 50;
  resolver.tell(all);
  call(proxy, 90);
  EXPECT_EQ(asked(), (std::vector<std::size_t>{60, 30}));
  all[0].weight = 10;
  all[1].weight = 100;
  resolver.tell(all);
  call(proxy, 110);
  EXPECT_EQ(asked(), (std::vector<std::size_t>{70, 130}));
  all[0].weight = 0;
  resolver.tell(all);
  call(proxy, 10);
  EXPECT_EQ(asked(), (std::vector<std::size_t>{70, 140}));
  EXPECT_EQ(client->counters().connects, 2u) << "weights cost no connection";
}

TEST_F(BalancedClientTest, BothHashesFindTheirEndpoint) {
  const auto all = endpoints(4);
  const auto proxy = connect();
  resolver.tell(all);
  CallOptions options;
  for (std::uint64_t hash = 0; hash < 8; ++hash) {
    options.hash = hash;
    call(proxy, 2, options);
  }
  EXPECT_EQ(asked(), (std::vector<std::size_t>{4, 4, 4, 4})) << "the remainder";
  // All of one host stand in one place of the ring, and its first port is called (spec §6.5).
  options.hash_kind = balance::HashKind::consistent;
  for (std::uint64_t hash = 0; hash < 8; ++hash) {
    options.hash = hash << 28;
    call(proxy, 1, options);
  }
  EXPECT_EQ(asked()[0], 12u);
}

TEST_F(BalancedClientTest, TheInactiveAreCalledOnlyWhenNoOtherCanBe) {
  const auto all = endpoints(2);
  const auto proxy = connect();
  resolver.tell({all[0]}, {all[1]});
  call(proxy, 20);
  EXPECT_EQ(asked(), (std::vector<std::size_t>{20, 0}));
  fleet[0]->close();
  fleet[0]->end();
  call(proxy, 20);
  EXPECT_EQ(asked(), (std::vector<std::size_t>{20, 20}));
  EXPECT_EQ(failures(), 0u);
}

TEST_F(BalancedClientTest, FiveTimeoutsInARowOpenTheBreakerAndCodesOfTheServiceDoNot) {
  const auto all = endpoints(3);
  ClientOptions options;
  options.balance.policy = balance::Policy::round_robin;
  options.balance.breaker.jitter_permille = 0;
  const auto proxy = connect(options);
  resolver.tell(all);
  call(proxy, 18);
  CallOptions hasty;
  hasty.timeout = milliseconds(100);
  for (int i = 0; i < 30; ++i) {
    ask(proxy, "x", hasty);
    const std::size_t late = std::exchange(answered[0], fleet[0]->requests().size());
    answer_all(17);  // what the others say is an answer
    world.advance(milliseconds(100));
    answered[0] = late;
    answer_all();
  }
  EXPECT_EQ(asked()[0], 6u + 5u);
  EXPECT_EQ(asked()[1] + asked()[2], 12u + 25u);
  EXPECT_EQ(client->counters().timeouts, 5u);
  world.advance(seconds(5));
  call(proxy, 30);
  EXPECT_EQ(asked()[0], 11u + 10u) << "it was probed, answered, and is trusted again";
}

TEST_F(BalancedClientTest, OneThatSaysNothingIsLeftBeforeItIsCalledAgain) {
  const auto all = endpoints(2);
  ClientOptions options;
  options.balance.policy = balance::Policy::round_robin;
  options.balance.reach.jitter_permille = 0;
  const auto proxy = connect(options);
  resolver.tell(all);
  CallOptions hasty;
  hasty.timeout = milliseconds(100);
  ask(proxy, "x", hasty);
  ask(proxy, "x", hasty);
  ASSERT_EQ(asked(), (std::vector<std::size_t>{1, 1}));
  answered[0] = 1;
  answer_all();
  world.advance(milliseconds(2'999));
  EXPECT_EQ(client->counters().connections_silent, 0u);
  world.advance(milliseconds(1));
  EXPECT_EQ(client->counters().connections_silent, 1u) << "no call was made meanwhile";
  call(proxy, 10);
  EXPECT_EQ(asked(), (std::vector<std::size_t>{1, 11}));
  world.advance(seconds(1));
  call(proxy, 10);
  EXPECT_EQ(client->counters().background_connects, 1u);
  EXPECT_GE(asked()[0], 5u) << "it takes connections";
}

TEST_F(BalancedClientTest, TheUnreachableAreFoundAgainInTheBackgroundAndNoCallFails) {
  const auto all = endpoints(2);
  const auto proxy = connect();
  resolver.tell(all);
  call(proxy, 20);
  fleet[0]->close();
  fleet[0]->end();
  call(proxy, 20);
  EXPECT_LE(client->counters().failovers, 1u);
  EXPECT_EQ(client->counters().connect_failed, 1u);
  const std::size_t before = asked()[0];
  for (int i = 0; i < 50; ++i) {
    world.advance(milliseconds(100));
    call(proxy, 1);
  }
  EXPECT_GE(client->counters().background_connects, 3u);
  EXPECT_LE(client->counters().background_connects, 8u) << "at growing intervals";
  EXPECT_EQ(asked()[0], before);
  fleet[0]->open_again();
  for (int i = 0; i < 100; ++i) {
    world.advance(milliseconds(100));
    call(proxy, 1);
  }
  EXPECT_GT(asked()[0], before);
  EXPECT_EQ(failures(), 0u);
}

TEST_F(BalancedClientTest, AnObjectThatNobodyCallsHasNoTimer) {
  const auto all = endpoints(2);
  ClientOptions options;
  options.idle_wait = Duration::zero();
  const auto proxy = connect(options);
  resolver.tell(all);
  fleet[0]->close();
  call(proxy, 10);
  world.advance(seconds(10));  // of the calls that are over
  EXPECT_EQ(client->counters().connect_failed, 1u);
  const auto connects = client->counters().connects;
  world.advance(std::chrono::hours(1));
  EXPECT_EQ(client->counters().connects, connects);
}

TEST_F(BalancedClientTest, WhenNobodyCanBeReachedSomebodyIsTried) {
  const auto all = endpoints(3);
  const auto proxy = connect();
  resolver.tell(all);
  for (const auto& each : fleet) each->close();
  CallOptions once;
  once.repeat = false;
  for (int i = 0; i < 10; ++i) ask(proxy, "x", once);
  EXPECT_EQ(failures(), 10u);
  for (const auto& result : results) EXPECT_EQ(result.code(), Code::connect);
  for (const auto& each : fleet) each->open_again();
  call(proxy, 1, once);
  EXPECT_EQ(failures(), 10u) << "the first call that can arrive does";
}

TEST_F(BalancedClientTest, AServerThatGoesIsLeftAloneForAWhile) {
  const auto all = endpoints(2);
  ClientOptions options;
  options.balance.reach.jitter_permille = 0;
  const auto proxy = connect(options);
  resolver.tell(all);
  call(proxy, 20);
  const auto before = asked();
  fleet[0]->push({}, "_reconnect_", {});
  call(proxy, 20);
  EXPECT_EQ(asked()[0], before[0]);
  world.advance(milliseconds(999));
  call(proxy, 20);
  EXPECT_EQ(asked()[0], before[0]);
  world.advance(milliseconds(1));
  call(proxy, 200);
  EXPECT_GT(asked()[0], before[0]);
}

}  // namespace
}  // namespace tarsier::testing
