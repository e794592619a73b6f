#include "server/rpc_testing.h"

namespace tarsier::testing {
namespace {

using RpcTest::EchoApi;
using RpcTest::EchoClient;

template <class W>
class Rpc : public RpcFixture<W> {};
using Worlds = ::testing::Types<InMemory, Simulated, OnEpoll>;
TYPED_TEST_SUITE(Rpc, Worlds);

TYPED_TEST(Rpc, ACallComesBack) {
  this->start_server();
  const auto answer = this->wait(this->proxy().echo("hello"));
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  EXPECT_EQ(answer->ret, "hello");
  EXPECT_EQ(this->server().counters().calls, 1u);
  EXPECT_EQ(this->server().connections(), 1u);
  EXPECT_EQ(this->client().counters().answers, 1u);
}

TYPED_TEST(Rpc, StructsOutsAndContextTravel) {
  this->start_server();
  RpcTest::Item item;
  item.name = "n";
  item.groups = {{"a", {1, 2}}, {"b", {}}};
  item.blob = {1, -1};
  ReplyInfo info;
  CallOptions options;
  options.context = {{"user", "7"}};
  options.reply_info = &info;
  const auto answer = this->wait(this->proxy().transform(item, 10, options));
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  EXPECT_EQ(answer->ret, 2);
  EXPECT_EQ(answer->result.groups.at("a"), (std::vector<std::int32_t>{10, 20}));
  EXPECT_EQ(answer->result.blob, item.blob);
  EXPECT_EQ(answer->log, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(info.context, options.context);
}

TYPED_TEST(Rpc, EveryBodyFormatTravels) {
  this->start_server();
  RpcTest::Item item;
  item.name = "x";
  item.groups = {{"k", {3}}};
  for (const auto format : {tars::BodyFormat::tars, tars::BodyFormat::tup2, tars::BodyFormat::tup,
                            tars::BodyFormat::json}) {
    CallOptions options;
    options.format = format;
    const auto answer = this->wait(this->proxy().transform(item, 2, options));
    ASSERT_TRUE(answer.ok()) << static_cast<int>(format) << answer.error().to_string();
    EXPECT_EQ(answer->ret, 1);
    EXPECT_EQ(answer->result.groups.at("k"), std::vector<std::int32_t>{6});
    const auto failed = this->wait(this->proxy().fail(1, options));
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().wire_code, 1001) << static_cast<int>(format);
    EXPECT_EQ(failed.error().detail, "no such order");
    EXPECT_TRUE(this->wait(this->proxy().tars_ping(options)).ok());
  }
}

TYPED_TEST(Rpc, ManyCallsShareAConnectionAndOvertakeEachOther) {
  this->start_server();
  const auto proxy = this->proxy();
  std::vector<std::string> order;
  Scope scope;
  const auto call = [](EchoClient to, int i, std::vector<std::string>& into) -> Task<void> {
    const auto answer = co_await to.slow(std::to_string(i), (i * 37) % 50);
    EXPECT_TRUE(answer.ok()) << answer.error().to_string();
    if (answer.ok()) {
      EXPECT_EQ(answer->ret, std::to_string(i));
      into.push_back(answer->ret);
    }
  };
  for (int i = 0; i < 200; ++i) scope.spawn(call(proxy, i, order));
  EXPECT_TRUE(this->run_until([&] { return scope.empty(); }));
  EXPECT_EQ(order.size(), 200u);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(this->server().counters().accepted, 1u);
}

TYPED_TEST(Rpc, CodesOfTheServerArriveAsTheyAre) {
  this->start_server();
  const auto proxy = this->proxy();
  EXPECT_TRUE(this->wait(proxy.fail(0)).ok());
  const auto business = this->wait(proxy.fail(1));
  EXPECT_EQ(business.code(), Code::application);
  EXPECT_EQ(business.error().wire_code, 1001);
  const auto clamped = this->wait(proxy.fail(2));
  EXPECT_EQ(clamped.code(), Code::unknown);
  EXPECT_EQ(clamped.error().detail, "below what is legal");
  const auto thrown = this->wait(proxy.fail(3));
  EXPECT_EQ(thrown.code(), Code::unknown);
  EXPECT_EQ(thrown.error().detail, "the disk is on fire");
  const auto local = this->wait(proxy.fail(4));
  EXPECT_EQ(local.error().wire_code, -99);
  EXPECT_EQ(local.error().detail, "the disk is full");
  EXPECT_THAT(this->wait(proxy.fail(5)).error().detail, ::testing::HasSubstr("no std::exception"));
  EXPECT_EQ(this->server().counters().exceptions, 2u);
}

TYPED_TEST(Rpc, UnknownNamesAreAnswered) {
  this->start_server();
  const std::string elsewhere = "Test.Rpc.OtherObj@" + this->endpoint.to_string();
  const auto other = this->client().template proxy<EchoClient>(elsewhere).value();
  EXPECT_EQ(this->wait(other.echo("x")).code(), Code::no_servant);
  EXPECT_EQ(this->wait(other.tars_ping()).code(), Code::no_servant);
  EXPECT_TRUE(this->wait(this->proxy().tars_ping()).ok());

  class Stranger : public Proxy {
   public:
    using Proxy::Proxy;
    Task<Result<EchoApi::noteResult>> missing() const {
      return tars_call<EchoApi::noteResult>("missing", {}, [](auto&&) {});
    }
    Task<Result<EchoApi::echoResult>> mistyped() const {
      return tars_call<EchoApi::echoResult>("echo", {},
                                            [](auto&& visit) { visit(1, "text", 3.5); });
    }
  };
  const auto stranger = this->client().template proxy<Stranger>(this->object_at(this->endpoint));
  const auto missing = this->wait(stranger->missing());
  EXPECT_EQ(missing.code(), Code::no_function);
  EXPECT_THAT(missing.error().detail, ::testing::HasSubstr("'missing'"));
  EXPECT_EQ(this->wait(stranger->mistyped()).code(), Code::server_decode);
  EXPECT_TRUE(this->wait(this->proxy().echo("the connection stays")).ok());
}

TYPED_TEST(Rpc, OneWayCallsAreNeverAnswered) {
  this->start_server();
  const auto proxy = this->proxy();
  proxy.note_oneway("one");
  proxy.note_oneway("two");
  EXPECT_TRUE(this->wait(proxy.echo("behind them")).ok());
  EXPECT_EQ(this->servant.notes, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(this->server().counters().answers, 1u);
  proxy.fail_oneway(3);
  EXPECT_TRUE(this->wait(proxy.echo("behind it")).ok());
  EXPECT_EQ(this->server().counters().one_way_errors, 1u);
  EXPECT_EQ(this->client().counters().answers_unknown, 0u);
}

TYPED_TEST(Rpc, ARouteKeyTravelsInTheStatus) {
  this->start_server();
  EXPECT_TRUE(this->wait(this->proxy().route("key-1", "text")).ok());
}

TYPED_TEST(Rpc, ADeadlineEndsACallAndItsLateAnswerIsDropped) {
  this->start_server();
  CallOptions options;
  options.timeout = std::chrono::milliseconds(30);
  const auto late = this->wait(this->proxy().slow("late", 80, options));
  EXPECT_EQ(late.code(), Code::timeout);
  this->rest(std::chrono::milliseconds(150));
  EXPECT_EQ(this->client().counters().timeouts, 1u);
  EXPECT_EQ(this->client().counters().answers_unknown, 1u);
  EXPECT_TRUE(this->wait(this->proxy().echo("goes on")).ok());
}

TYPED_TEST(Rpc, CallbacksRunBesideTheLoopOrOnIt) {
  this->start_server();
  int answers = 0;
  CallOptions on_loop;
  on_loop.callback_on = CallbackOn::loop;
  this->proxy().echo_callback(
      "loop",
      [&](Result<EchoApi::echoResult> result) {
        EXPECT_TRUE(this->env().executor.in_loop());
        EXPECT_EQ(result->ret, "loop");
        ++answers;
      },
      on_loop);
  EXPECT_TRUE(this->run_until([&] { return answers == 1; }));
  auto future = this->proxy().echo_future("future");
  const auto ready = [&] {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  EXPECT_TRUE(this->run_until(ready));
  EXPECT_EQ(future.get()->ret, "future");
}

TYPED_TEST(Rpc, ADroppedTaskForgetsItsAnswer) {
  this->start_server();
  {
    const auto dropped = this->proxy().echo("nobody listens");
  }
  EXPECT_TRUE(this->wait(this->proxy().echo("x")).ok());
  EXPECT_EQ(this->server().counters().answers, 2u);
  EXPECT_EQ(this->client().counters().answers_unknown, 1u);
}

TYPED_TEST(Rpc, PushesReachTheCallbackInOrder) {
  this->start_server();
  std::vector<std::string> pushed;
  const auto proxy = this->proxy();
  EXPECT_TRUE(this->wait(proxy.push_me("nobody listens")).ok());
  EXPECT_EQ(this->client().counters().pushes_dropped, 1u);
  proxy.tars_set_push_callback(
      [&](Push push) {
        EXPECT_EQ(push.function, "echo");
        pushed.push_back(push.template read<EchoApi::echoResult>()->ret);
      },
      CallbackOn::loop);
  EXPECT_TRUE(this->wait(proxy.push_me("one")).ok());
  EXPECT_TRUE(this->wait(proxy.push_me("two")).ok());
  EXPECT_EQ(pushed, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(this->servant.last_session.alive());
}

TYPED_TEST(Rpc, LargeAnswersAndArgumentsTravel) {
  ServerOptions options;
  this->start_server(options);
  const auto proxy = this->proxy();
  const auto big = this->wait(proxy.big(9'000'000));
  ASSERT_TRUE(big.ok()) << big.error().to_string();
  EXPECT_EQ(big->ret.size(), 9'000'000u);
  const std::string text(5'000'000, 'x');
  const auto echoed = this->wait(proxy.echo(text));
  ASSERT_TRUE(echoed.ok()) << echoed.error().to_string();
  EXPECT_EQ(echoed->ret, text);
}

TYPED_TEST(Rpc, ARefusedConnectionFailsItsCallsAtOnce) {
  this->start_server();
  const Endpoint gone = this->endpoint;
  this->stop();
  const auto proxy = this->client().template proxy<EchoClient>(this->object_at(gone)).value();
  const TimePoint before = this->env().clock.now();
  const auto refused = this->wait(proxy.echo("x"));
  EXPECT_EQ(refused.code(), Code::connect) << refused.error().to_string();
  EXPECT_LT(this->env().clock.now() - before, std::chrono::seconds(1));
}

TYPED_TEST(Rpc, StopLetsCallsFinishAndClosesWhatIsQuiet) {
  ServerOptions options;
  options.push_reconnect = true;
  this->start_server(options);
  auto under_way = this->proxy().slow("finishes", 100);
  EXPECT_TRUE(this->run_until([&] { return this->server().calls_kept() == 1; }));
  Scope scope;
  scope.spawn(this->stopping());
  const auto answer = this->wait(std::move(under_way));
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  EXPECT_EQ(answer->ret, "finishes");
  EXPECT_TRUE(this->run_until([&] { return scope.empty(); }));
  EXPECT_EQ(this->server().connections(), 0u);
  EXPECT_EQ(this->client().counters().reconnects_asked, 1u);
  EXPECT_EQ(this->client().counters().connections_lost, 0u);
}

TYPED_TEST(Rpc, DatagramsCarryCallsToo) {
  this->start_server({}, "udp");
  const auto proxy = this->proxy();
  for (const auto format :
       {tars::BodyFormat::tars, tars::BodyFormat::tup, tars::BodyFormat::json}) {
    CallOptions options;
    options.format = format;
    const auto answer = this->wait(proxy.echo("hello", options));
    ASSERT_TRUE(answer.ok()) << answer.error().to_string();
    EXPECT_EQ(answer->ret, "hello");
  }
  EXPECT_TRUE(this->wait(proxy.tars_ping()).ok());
  EXPECT_EQ(this->wait(proxy.fail(1)).error().wire_code, 1001);
  auto slow = proxy.slow("overtaken", 30);
  EXPECT_EQ(this->wait(proxy.echo("before"))->ret, "before");
  EXPECT_EQ(this->wait(std::move(slow))->ret, "overtaken");
  proxy.note_oneway("one");
  EXPECT_TRUE(this->run_until([&] { return this->servant.notes.size() == 1; }));
  EXPECT_EQ(this->wait(proxy.echo(std::string(65'500, 'x'))).code(), Code::send);
  EXPECT_EQ(this->server().counters().datagrams, 8u);
  EXPECT_EQ(this->client().counters().connects, 0u);
}

TYPED_TEST(Rpc, ADatagramToNobodyEndsWithItsDeadline) {
  this->start_server({}, "udp");
  const Endpoint gone = this->endpoint;
  this->stop();
  const auto proxy = this->client().template proxy<EchoClient>(this->object_at(gone)).value();
  CallOptions options;
  options.timeout = std::chrono::milliseconds(50);
  EXPECT_EQ(this->wait(proxy.echo("x", options)).code(), Code::timeout);
}

using RpcOnEpoll = RpcFixture<OnEpoll>;

TEST_F(RpcOnEpoll, ADatagramToANameSaysWhatToWriteInstead) {
  const auto proxy = client().proxy<EchoClient>("Test.Rpc.EchoObj@udp -h localhost -p 9").value();
  const auto answer = wait(proxy.echo("x"));
  EXPECT_EQ(answer.code(), Code::connect);
  EXPECT_THAT(answer.error().detail, ::testing::HasSubstr("its address"));
}

// A network that loses, doubles and overtakes: every call has its own answer or its deadline.
TEST(RpcDatagrams, EveryCallEndsOnceHoweverBadTheNetwork) {
  sim::WorldOptions options;
  options.network.datagram_loss_permille = 100;
  options.network.datagram_duplicate_permille = 200;
  options.network.datagram_reorder_permille = 300;
  sim::World world(7, options);
  sim::Node& serving = world.add_node("server");
  sim::Node& calling = world.add_node("client");
  EchoImpl servant(serving.env());
  Server server(serving.env());
  server.add_servant(echo_object, servant).value();
  server.listen("udp -h 0.0.0.0 -p 7000").value();
  Client client(calling.env());
  const auto proxy =
      client.proxy<EchoClient>(std::string(echo_object) + "@udp -h server -p 7000").value();
  int right = 0;
  int lost = 0;
  const auto call = [&](std::string text) -> Task<void> {
    const auto answer = co_await proxy.echo(text);
    if (answer.ok()) {
      EXPECT_EQ(answer->ret, text);
      ++right;
    } else {
      EXPECT_EQ(answer.code(), Code::timeout) << answer.error().to_string();
      ++lost;
    }
  };
  Scope scope;
  for (int i = 0; i < 500; ++i) scope.spawn(call(std::to_string(i)));
  EXPECT_TRUE(world.run_until([&] { return scope.empty(); }, std::chrono::seconds(10)));
  EXPECT_EQ(right + lost, 500);
  EXPECT_NEAR(lost, 95, 40) << "of the requests and of the answers, one in ten";
  EXPECT_GT(client.counters().answers_unknown, 50u) << "those that came twice";
  scope.spawn(client.close());
  scope.spawn(server.stop());
  EXPECT_TRUE(world.run_until([&] { return scope.empty(); }, std::chrono::seconds(30)));
}

// What takes minutes, where time is virtual.
template <class W>
class PatientRpc : public RpcFixture<W> {};
using VirtualWorlds = ::testing::Types<InMemory, Simulated>;
TYPED_TEST_SUITE(PatientRpc, VirtualWorlds);

TYPED_TEST(PatientRpc, NoCallMeetsTheServersIdleClose) {
  this->start_server();
  const auto proxy = this->proxy();
  for (int ms = 40'000; ms <= 70'000; ms += 250) {
    this->rest(std::chrono::milliseconds(ms));
    const auto answer = this->wait(proxy.echo("after a rest"));
    ASSERT_TRUE(answer.ok()) << ms << " ms: " << answer.error().to_string();
  }
  EXPECT_EQ(this->server().counters().closed_idle, 0u);
  EXPECT_GE(this->client().counters().connections_idle, 100u);
  EXPECT_EQ(this->client().counters().connections_lost, 0u);
}

}  // namespace
}  // namespace tarsier::testing
