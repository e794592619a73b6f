#include "client/client_testing.h"

// How connections come and go, and what becomes of the calls on them.
namespace tarsier::testing {
namespace {

TEST_F(ClientTest, GarbageEndsTheConnectionAndTheNextCallMakesAnother) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  server.send(as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::closed);
  EXPECT_EQ(client->counters().closed_malformed, 1u);
  ask(proxy, "b");
  EXPECT_EQ(server.connections(), 2u);
  server.answer(id_of(1), "good", 0, 1);
  EXPECT_EQ(results[1]->ret, "good");
}

TEST_F(ClientTest, AResetFailsWhatWasSentAtOnce) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  ask(proxy, "b");
  server.reset();
  ASSERT_EQ(results.size(), 2u);
  for (const auto& result : results) {
    EXPECT_EQ(result.code(), Code::closed) << "it may have run";
    EXPECT_THAT(result.error().detail, ::testing::HasSubstr("may have run"));
  }
  EXPECT_EQ(client->counters().connections_lost, 1u);
}

TEST_F(ClientTest, WhatWasNeverSentSaysSo) {
  const auto proxy = connect_to({server.endpoint()});
  server.close();
  ask(proxy, "a");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::connect);
  EXPECT_THAT(results[0].error().detail, ::testing::HasSubstr("refused"));
}

// Connects when it is told to.
class LateTransport final : public Transport {
 public:
  explicit LateTransport(Transport& transport) : transport_(transport) {}
  Result<std::unique_ptr<Listener>> listen(const Endpoint& at,
                                           const ListenOptions& options) override {
    return transport_.listen(at, options);
  }
  void start_connect(const Endpoint& to, TimePoint,
                     Completion<std::unique_ptr<Connection>>& done) override {
    to_ = to;
    done_ = &done;
  }
  Result<std::unique_ptr<DatagramSocket>> open_datagram(const Endpoint& at,
                                                        const DatagramOptions& options) override {
    return transport_.open_datagram(at, options);
  }
  void connect_now() { transport_.start_connect(to_, no_deadline, *done_); }

 private:
  Transport& transport_;
  Endpoint to_;
  Completion<std::unique_ptr<Connection>>* done_ = nullptr;
};

class LateClientTest : public ClientTest {
 protected:
  LateClientTest() { client = std::make_unique<Client>(env); }
  ~LateClientTest() override { close(); }
  LateTransport late{world.env().transport};
  Env env{
      world.env().executor, world.env().clock,     world.env().timers,   world.env().random, late,
      world.env().files,    world.env().processes, world.env().blocking, world.env().log};
};

TEST_F(LateClientTest, WhatIsToldToBeUnsentIsNotSentLater) {
  const auto proxy = connect_to({server.endpoint()});
  CallOptions hasty;
  hasty.timeout = std::chrono::milliseconds(100);
  ask(proxy, "told to be unsent", hasty);
  ask(proxy, "patient");
  ask(proxy, "told to be unsent as well", hasty);
  proxy.ask_oneway("one way");
  world.advance(std::chrono::milliseconds(200));
  ASSERT_EQ(results.size(), 2u);
  for (const auto& result : results) EXPECT_EQ(result.code(), Code::connect);
  late.connect_now();
  world.run_until_idle();
  ASSERT_EQ(server.requests().size(), 2u);
  server.answer(id_of(0), "good");
  EXPECT_EQ(results.at(2)->ret, "good");
  EXPECT_EQ(server.requests()[1].packet_type, 1);
}

TEST_F(ClientTest, ACallMadeByTheFailureOfAnotherIsNotLost) {
  const auto proxy = connect_to({server.endpoint()});
  const auto ask_twice = [](AskClient to, std::vector<Result<Returned>>& into) -> Task<void> {
    into.push_back(co_await to.ask("first"));
    into.push_back(co_await to.ask("second"));
  };
  calls.spawn(ask_twice(proxy, results));
  world.run_until_idle();
  server.reset();
  ASSERT_EQ(server.connections(), 2u);
  server.answer(id_of(1), "good", 0, 1);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1]->ret, "good");
}

TEST_F(ClientTest, AFloodOfUnknownAnswersEndsTheConnection) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  ByteBuffer flood;
  for (int i = 0; i < 1000; ++i) {
    tars::ResponseHeader header;
    header.request_id = 1'000'000 + i;
    ASSERT_TRUE(tars::write_frame(flood, header, std::span<const std::byte>()).ok());
  }
  server.send(flood.span());
  EXPECT_FALSE(server.ended());
  server.answer(77, "one more");
  EXPECT_TRUE(server.ended());
  EXPECT_EQ(client->counters().closed_unknown_flood, 1u);
  EXPECT_EQ(results.size(), 1u);
}

TEST_F(ClientTest, EveryProxyMayHaveItsOwnLimitOfFrames) {
  const auto standard = connect_to({server.endpoint()});
  const std::string object = "App.Server.Obj@" + server.endpoint().to_string();
  ProxyOptions wide;
  wide.frame_bytes_max = limits::frame_bytes_max;
  const auto patient = client->proxy<AskClient>(object, wide).value();
  ProxyOptions narrow;
  narrow.frame_bytes_max = 100;
  const auto strict = client->proxy<AskClient>(object, narrow).value();
  for (const auto& proxy : {standard, patient, strict}) ask(proxy, "a");
  ASSERT_EQ(server.connections(), 3u) << "limits that differ are connections that differ";
  const std::string large(limits::frame_bytes_default, 'x');
  server.answer(id_of(0), large, 0, 0);
  server.answer(id_of(1), large, 0, 1);
  server.answer(id_of(2), std::string(100, 'x'), 0, 2);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_FALSE(results[0].ok());
  ASSERT_TRUE(results[1].ok());
  EXPECT_EQ(results[1]->ret, large);
  EXPECT_FALSE(results[2].ok());
  EXPECT_EQ(client->counters().closed_malformed, 2u);

  ask(client->proxy<AskClient>(object, wide).value(), "b");
  EXPECT_EQ(server.connections(), 3u) << "limits that agree share a connection";
  ProxyOptions beyond;
  beyond.frame_bytes_max = limits::frame_bytes_max + 1;
  EXPECT_DEATH((void)client->proxy<AskClient>(object, beyond), "frame limit");
}

TEST_F(ClientTest, ReconnectAskedMeansFinishHereAndGoElsewhere) {
  FakeServer second(world);
  const auto proxy = connect_to({server.endpoint(), second.endpoint()});
  ask(proxy, "a");
  ask(proxy, "b");
  ASSERT_EQ(server.requests().size(), 1u);
  server.push({}, "_reconnect_", {});
  EXPECT_EQ(client->counters().reconnects_asked, 1u);
  for (int i = 0; i < 4; ++i) ask(proxy, "x");
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(second.requests().size(), 5u);
  EXPECT_FALSE(server.ended());
  server.answer(server.requests()[0].request_id, "finished");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0]->ret, "finished");
  EXPECT_TRUE(server.ended()) << "closed once nothing is under way";
}

TEST_F(ClientTest, ReconnectAskedByTheOnlyEndpointMeansANewConnection) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  server.push({}, "_reconnect_", {});
  ask(proxy, "b");
  EXPECT_EQ(server.connections(), 2u);
  server.answer(id_of(0), "old", 0, 0);
  server.answer(id_of(1), "new", 0, 1);
  EXPECT_EQ(results.size(), 2u);
}

TEST_F(ClientTest, AnEndFailsWhatWasSentAtOnce) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  const TimePoint before = world.env().clock.now();
  server.end();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::closed) << "it may have run";
  EXPECT_THAT(results[0].error().detail, ::testing::HasSubstr("may have run"));
  EXPECT_EQ(world.env().clock.now(), before) << "nobody waits for the deadline";
}

TEST_F(ClientTest, WhatWasNotWrittenWhenTheConnectionEndedGoesOverTheNext) {
  const auto proxy = connect_to({server.endpoint()});
  const auto ask_twice = [](AskClient to, std::vector<Result<Returned>>& into) -> Task<void> {
    into.push_back(co_await to.ask("first"));
    into.push_back(co_await to.ask("second"));
  };
  calls.spawn(ask_twice(proxy, results));
  ask(proxy, "side by side");
  server.answer_and_end(id_of(0), "good");
  ASSERT_EQ(server.connections(), 2u);
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(server.requests()[2].function, "ask");
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0]->ret, "good");
  EXPECT_EQ(results[1].code(), Code::closed) << "was written, and may have run";
  server.answer(id_of(2), "good too", 0, 1);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[2]->ret, "good too");
}

TEST_F(ClientTest, ACallMadeWhileTheEndArrivesGoesOverTheNextConnection) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  server.answer(id_of(0), "b");
  world.advance(std::chrono::seconds(20));
  world.env().executor.post([&] {
    server.hang_up();
    calls.spawn(store(proxy.ask("c")));
  });
  world.run_until_idle();
  ASSERT_EQ(server.connections(), 2u);
  server.answer(id_of(1), "d", 0, 1);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1]->ret, "d");
}

TEST_F(ClientTest, AConnectionThatRestsIsClosedBeforeTheServerDoesIt) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  server.answer(id_of(0), "b");
  world.advance(std::chrono::seconds(44));
  EXPECT_FALSE(server.ended());
  proxy.ask_oneway("a byte is no rest");
  world.advance(std::chrono::seconds(44));
  EXPECT_FALSE(server.ended());
  world.advance(std::chrono::seconds(2));
  EXPECT_TRUE(server.ended());
  EXPECT_EQ(client->counters().connections_idle, 1u);
  EXPECT_EQ(client->counters().connections_lost, 0u);
  ask(proxy, "again");
  server.answer(server.requests().back().request_id, "yes", 0, 1);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1]->ret, "yes");
}

TEST_F(ClientTest, ConnectionsInUseDoNotRest) {
  const auto waiting = connect_to({server.endpoint()});
  CallOptions patient;
  patient.timeout = std::chrono::minutes(5);
  ask(waiting, "a", patient);
  FakeServer pushing(world);
  const auto listening = connect_to({pushing.endpoint()});
  listening.tars_set_push_callback([](Push) {});
  ask(listening, "a");
  pushing.answer(pushing.requests()[0].request_id, "b");
  world.advance(std::chrono::minutes(4));
  EXPECT_FALSE(server.ended());
  EXPECT_FALSE(pushing.ended());
  server.answer(id_of(0), "late");
  listening.tars_set_push_callback(nullptr);
  world.advance(std::chrono::minutes(2));
  EXPECT_TRUE(server.ended());
  EXPECT_TRUE(pushing.ended());
  EXPECT_EQ(results.size(), 2u);
}

TEST_F(ClientTest, TheRestFollowsTheTimeOfTheServerAndTheOptions) {
  const auto rests_after = [this](std::int32_t server_ms, Duration idle_wait) {
    FakeServer resting(world);
    Endpoint endpoint = resting.endpoint();
    endpoint.timeout_ms = server_ms;
    ClientOptions options;
    options.idle_wait = idle_wait;
    ask(connect_to({endpoint}, options), "a");
    resting.answer(resting.requests()[0].request_id, "b");
    const TimePoint start = world.env().clock.now();
    world.run_until([&] { return resting.ended(); }, std::chrono::minutes(10));
    const Duration rested = world.env().clock.now() - start;
    close();
    return rested;
  };
  const Duration standard = ClientOptions().idle_wait;
  EXPECT_EQ(rests_after(20'000, standard), std::chrono::seconds(15));
  EXPECT_EQ(rests_after(90'000, standard), standard);
  EXPECT_EQ(rests_after(3'000, standard), standard) << "what the grammar says for no -t";
  EXPECT_EQ(rests_after(0, standard), standard);
  EXPECT_EQ(rests_after(60'000, std::chrono::seconds(7)), std::chrono::seconds(7));
  EXPECT_EQ(rests_after(60'000, Duration::zero()), std::chrono::minutes(10)) << "never";
}

}  // namespace
}  // namespace tarsier::testing
