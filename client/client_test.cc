#include "client/client_testing.h"

namespace tarsier::testing {
namespace {

TEST_F(ClientTest, ARequestHasAllItsFields) {
  const auto proxy = connect_to({server.endpoint()});
  CallOptions options;
  options.context = {{"a", "1"}};
  options.status = {{"s", "2"}};
  options.timeout = std::chrono::milliseconds(1234);
  ask(proxy, "hello", options);
  ASSERT_EQ(server.requests().size(), 1u);
  const tars::RequestPacket& request = server.requests()[0];
  EXPECT_EQ(request.version, 1);
  EXPECT_EQ(request.packet_type, 0);
  EXPECT_EQ(request.message_type, 0);
  EXPECT_EQ(request.request_id, 1);
  EXPECT_EQ(request.servant, "App.Server.Obj");
  EXPECT_EQ(request.function, "ask");
  EXPECT_EQ(request.timeout_ms, 1234);
  EXPECT_EQ(request.context, options.context);
  EXPECT_EQ(request.status, options.status);
  proxy.ask_oneway("quiet");
  world.run_until_idle();
  EXPECT_EQ(server.requests()[1].packet_type, 1);
}

TEST_F(ClientTest, AnswersMayComeInAnyOrder) {
  const auto proxy = connect_to({server.endpoint()});
  for (const char* text : {"a", "b", "c"}) ask(proxy, text);
  EXPECT_EQ(server.connections(), 1u);
  server.answer(id_of(2), "third");
  server.answer(id_of(0), "first");
  server.answer(id_of(1), "second");
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0]->ret, "third");
  EXPECT_EQ(results[1]->ret, "first");
  EXPECT_EQ(results[2]->ret, "second");
}

TEST_F(ClientTest, CallsOfOneTurnLeaveTogetherAndOnlyOneConnectionIsMade) {
  const auto proxy = connect_to({server.endpoint()});
  for (int i = 0; i < 100; ++i) calls.spawn(store(proxy.ask("x")));
  world.run_until_idle();
  EXPECT_EQ(server.requests().size(), 100u);
  EXPECT_EQ(client->counters().connects, 1u);
  for (std::size_t i = 0; i < 100; ++i) server.answer(id_of(i), "y");
  EXPECT_EQ(results.size(), 100u);
}

TEST_F(ClientTest, AnAnswerThatDoesNotDecodeFailsItsCallAlone) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  ask(proxy, "b");
  tars::ResponseHeader header;
  header.request_id = id_of(0);
  ByteBuffer frame;
  ASSERT_TRUE(tars::write_frame(frame, header, as_bytes("\x0e")).ok());
  server.send(frame.span());
  server.answer(id_of(1), "good");
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].code(), Code::client_decode);
  EXPECT_EQ(results[1]->ret, "good");
}

TEST_F(ClientTest, DeadlinesEndCallsNeverEarly) {
  const auto proxy = connect_to({server.endpoint()});
  const TimePoint start = world.env().clock.now();
  const auto timed = [this, start](AskClient to, int ms) -> Task<void> {
    CallOptions options;
    options.timeout = std::chrono::milliseconds(ms);
    const auto result = co_await to.ask("x", options);
    EXPECT_EQ(result.code(), Code::timeout);
    const Duration took = world.env().clock.now() - start;
    EXPECT_GE(took, options.timeout);
    EXPECT_LE(took, options.timeout + std::chrono::milliseconds(1));
  };
  std::vector<int> times = {500, 20, 300, 21, 900, 1};
  for (const int ms : times) calls.spawn(timed(proxy, ms));
  EXPECT_TRUE(world.run_until([&] { return calls.empty(); }));
  EXPECT_EQ(client->counters().timeouts, times.size());
  server.answer(id_of(0), "late");
  EXPECT_EQ(client->counters().answers_unknown, 1u);
}

TEST_F(ClientTest, RoundRobinUsesEveryEndpointAndPassesOverTheUnreachable) {
  FakeServer second(world);
  FakeServer third(world);
  const auto proxy = connect_to({server.endpoint(), second.endpoint(), third.endpoint()});
  third.close();
  for (int i = 0; i < 30; ++i) ask(proxy, "x");
  EXPECT_EQ(results.size(), 1u) << "only the first call to the closed one fails";
  EXPECT_EQ(results[0].code(), Code::connect);
  EXPECT_NEAR(static_cast<double>(server.requests().size()), 14.5, 1);
  EXPECT_NEAR(static_cast<double>(second.requests().size()), 14.5, 1);
  for (std::size_t i = 0; i < server.requests().size(); ++i)
    server.answer(server.requests()[i].request_id, "y");
  for (std::size_t i = 0; i < second.requests().size(); ++i)
    second.answer(second.requests()[i].request_id, "y");
}

TEST_F(ClientTest, AnUnreachableEndpointIsTriedAgainAfterAWhile) {
  auto second = std::make_unique<FakeServer>(world);
  const auto proxy = connect_to({server.endpoint(), second->endpoint()});
  second->close();
  for (int i = 0; i < 4; ++i) ask(proxy, "x");
  EXPECT_EQ(client->counters().connect_failed, 1u);
  world.advance(std::chrono::milliseconds(1100));
  for (int i = 0; i < 4; ++i) ask(proxy, "x");
  EXPECT_EQ(client->counters().connect_failed, 2u);
}

TEST_F(ClientTest, HashedCallsStayOnOneEndpoint) {
  FakeServer second(world);
  const auto proxy = connect_to({server.endpoint(), second.endpoint()});
  CallOptions options;
  options.hash = 7;
  for (int i = 0; i < 5; ++i) ask(proxy, "x", options);
  EXPECT_EQ(server.requests().size(), 0u);
  EXPECT_EQ(second.requests().size(), 5u);
}

TEST_F(ClientTest, AFullQueueRefusesAtOnce) {
  ClientOptions options;
  options.queued_bytes_max = 10'000;
  const auto proxy = connect_to({server.endpoint()}, options);
  for (int i = 0; i < 20; ++i) calls.spawn(store(proxy.ask(std::string(1'000, 'x'))));
  ASSERT_GE(results.size(), 8u);
  EXPECT_EQ(results[0].code(), Code::send);
  EXPECT_THAT(results[0].error().detail, ::testing::HasSubstr("client queue full"));
  EXPECT_EQ(client->counters().queue_full, results.size());
}

TEST_F(ClientTest, TooManyPendingCallsAreRefused) {
  ClientOptions options;
  options.pending_calls_max = 5;
  const auto proxy = connect_to({server.endpoint()}, options);
  for (int i = 0; i < 7; ++i) ask(proxy, "x");
  EXPECT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].code(), Code::send);
}

TEST_F(ClientTest, CloseFailsWhatIsUnderWay) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  Scope closing;
  closing.spawn(client->close());
  world.run_until([&] { return closing.empty(); });
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::closed);
  EXPECT_TRUE(server.ended());
  ask(proxy, "b");
  EXPECT_EQ(results[1].code(), Code::closed);
  client.reset();
}

TEST_F(ClientTest, CloseWaitsForWhatRunsAndForNoTimer) {
  FakeServer second(world);
  Endpoint datagrams = second.endpoint();
  datagrams.type = EndpointType::udp;
  const auto connected = connect_to({server.endpoint()});
  ask(connected, "a");
  ask(connect_to({datagrams}), "b");
  // Under way when close() begins: a connect, a flush, an answer's callback.
  int called = 0;
  connected.ask_callback("c", [&](Result<Returned>) { ++called; });
  calls.spawn(store(connect_to({second.endpoint()}).ask("d")));
  const TimePoint before = world.env().clock.now();
  Scope closing;
  closing.spawn(client->close());
  EXPECT_FALSE(closing.empty());
  world.run_until_idle();
  EXPECT_TRUE(closing.empty());
  EXPECT_EQ(world.env().clock.now(), before);
  EXPECT_EQ(called, 1);
  EXPECT_EQ(results.size(), 3u);
  client.reset();
}

TEST_F(ClientTest, ObjectsThatCannotBeCalledAreRefusedWithTheReason) {
  client = std::make_unique<Client>(world.env());
  const auto bad = client->proxy<AskClient>("App.Server.Obj@tcp -h 127.0.0.1 -p x");
  EXPECT_EQ(bad.code(), Code::malformed);
  EXPECT_THAT(bad.error().detail, ::testing::HasSubstr("column"));
  const auto indirect = client->proxy<AskClient>("App.Server.Obj");
  EXPECT_EQ(indirect.code(), Code::no_endpoint);
  EXPECT_THAT(indirect.error().detail, ::testing::HasSubstr("App.Server.Obj@tcp"));
  const auto odd = client->proxy<AskClient>("App.Server.Obj@tcp -h 127.0.0.1 -p 1 -y 2");
  EXPECT_TRUE(odd.ok());
  EXPECT_EQ(world.log().count("'-y 2' is not known"), 1u);
}

TEST_F(ClientTest, AClientKeepsSoManyObjectsAndNoMore) {
  ClientOptions options;
  options.objects_max = 2;
  const auto first = connect_to({server.endpoint()}, options);
  const std::string at = "@" + server.endpoint().to_string();
  ASSERT_TRUE(client->proxy<AskClient>("App.Server.Other" + at).ok());
  const auto third = client->proxy<AskClient>("App.Server.Third" + at);
  EXPECT_EQ(third.code(), Code::limit);
  EXPECT_THAT(third.error().detail, ::testing::HasSubstr("ClientOptions::objects_max"));
  EXPECT_TRUE(client->proxy<AskClient>("App.Server.Other" + at).ok()) << "known ones stay";
  ask(first, "a");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ClientTest, ABlockingCallOnTheLoopStopsWithASentence) {
  const auto proxy = connect_to({server.endpoint()});
  EXPECT_DEATH((void)proxy.ask_blocking("x"), "was made on the loop");
}

TEST(ClientDeath, AnUnboundProxyStopsWithASentence) {
  EXPECT_DEATH((void)AskClient().ask("x"), "bound to nothing");
}

}  // namespace
}  // namespace tarsier::testing
