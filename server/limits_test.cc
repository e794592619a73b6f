#include <rapidcheck/gtest.h>

#include "server/limits_testing.h"

namespace tarsier::testing {
namespace {

TEST_F(ServerLimits, IdleConnectionsCloseAfterAMinuteUnlessTheEndpointSaysOtherwise) {
  start();
  RawPeer standard(world, endpoint);
  const auto longer = server->listen("tcp -h 127.0.0.1 -p 0 -t 90000").value();
  RawPeer patient(world, longer);
  const auto never = server->listen("tcp -h 127.0.0.1 -p 0 -t 0").value();
  RawPeer eternal(world, never);
  world.advance(std::chrono::seconds(58));
  EXPECT_FALSE(standard.ended());
  world.advance(std::chrono::seconds(4));
  EXPECT_TRUE(standard.ended());
  EXPECT_FALSE(patient.ended());
  world.advance(std::chrono::seconds(30));
  EXPECT_TRUE(patient.ended());
  world.advance(std::chrono::hours(1));
  EXPECT_FALSE(eternal.ended());
  EXPECT_EQ(counters().closed_idle, 2u);
}

TEST_F(ServerLimits, EveryListenerHasItsOwnLimitOfFrames) {
  start();
  ListenerLimits wide;
  wide.frame_bytes_max = limits::frame_bytes_max;
  RawPeer patient(world, server->listen("tcp -h 127.0.0.1 -p 0", {}, wide).value());
  ListenerLimits narrow;
  narrow.frame_bytes_max = 100;
  RawPeer strict(world, server->listen("tcp -h 127.0.0.1 -p 0", {}, narrow).value());
  RawPeer standard(world, endpoint);
  const ByteBuffer large = text_call("echo", 1, std::string(limits::frame_bytes_default, 'x'));
  patient.send(large.span());
  standard.send(large.span());
  strict.send(text_call("echo", 1, std::string(100, 'x')).span());
  EXPECT_EQ(patient.packets().size(), 1u);
  EXPECT_FALSE(patient.ended());
  EXPECT_TRUE(standard.ended());
  EXPECT_TRUE(strict.ended());
  EXPECT_EQ(counters().closed_frame_length, 2u);
  ListenerLimits beyond;
  beyond.frame_bytes_max = limits::frame_bytes_max + 1;
  EXPECT_DEATH((void)server->listen("tcp -h 127.0.0.1 -p 0", {}, beyond), "frame limit");
}

TEST_F(ServerLimits, CallsUnderWayKeepAConnection) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("hold", 1).span());
  world.advance(std::chrono::minutes(5));
  EXPECT_FALSE(peer.ended());
  servant.answer_all();
  world.run_until_idle();
  EXPECT_EQ(peer.packets().size(), 1u);
}

TEST_F(ServerLimits, KeptCallsKnowTheirHeader) {
  start();
  RawPeer peer(world, endpoint);
  tars::RequestHeader header;
  const tars::StringMap context{{"trace", std::string(1'000, 't')}, {"a", ""}};
  const tars::StringMap status{{"STATUS_GRID_KEY", "7"}};
  header.version = tars::version_tup;
  header.servant = object;
  header.function = "hold";
  header.request_id = 7;
  header.context = &context;
  header.status = &status;
  ByteBuffer body;
  ASSERT_TRUE(tars::write_parameters(tars::BodyFormat::tup, body, [](auto&& visit) {
                visit(1, "text", std::string("t"));
              }).ok());
  ByteBuffer frame;
  ASSERT_TRUE(tars::write_frame(frame, header, body.span()).ok());
  peer.send(frame.span());
  peer.send(text_call("echo", 8).span());  // where the frame lay lies another one
  ASSERT_EQ(servant.held.size(), 1u);
  const ServerCall& call = servant.held[0].call();
  EXPECT_EQ(call.servant(), object);
  EXPECT_EQ(call.function(), "hold");
  EXPECT_EQ(call.request_id(), 7);
  EXPECT_EQ(call.version(), tars::version_tup);
  EXPECT_EQ(call.context().to_map(), context);
  EXPECT_EQ(call.status().to_map(), status);
  EXPECT_DEATH((void)call.body(), "before a call is kept");
  servant.answer_all();
  world.run_until_idle();
  const auto packets = peer.packets();
  ASSERT_EQ(packets.size(), 2u);
  tars::RequestView answer;
  ASSERT_TRUE(tars::decode_tup_reply(packets[1], answer).ok());
  EXPECT_EQ(answer.servant, object);
  EXPECT_EQ(answer.function, "hold");
}

TEST_F(ServerLimits, ReadingPausesAtTheLimitOfCallsInFlight) {
  ServerOptions options;
  options.calls_in_flight_max = 10;
  start(options);
  RawPeer peer(world, endpoint);
  ByteBuffer many;
  for (int i = 1; i <= 25; ++i) many.append(text_call("hold", i).span());
  peer.send(many.span());
  EXPECT_EQ(servant.held.size(), 10u);
  EXPECT_GE(counters().paused_in_flight, 1u);
  servant.answer_all();
  world.run_until_idle();
  EXPECT_EQ(servant.held.size(), 10u);
  servant.answer_all();
  world.run_until_idle();
  servant.answer_all();
  world.run_until_idle();
  ASSERT_EQ(peer.packets().size(), 25u);
  for (std::size_t i = 0; i < 25; ++i)
    EXPECT_EQ(read_answer(peer.packets()[i]).request_id, static_cast<int>(i) + 1);
}

// However the bytes come, and however often reading pauses: every call is answered once, in order.
RC_GTEST_FIXTURE_PROP(ServerLimits, PausingLosesNothing,
                      (std::vector<std::uint16_t> lengths, std::vector<std::uint16_t> pieces)) {
  ServerOptions options;
  options.calls_in_flight_max = *rc::gen::inRange<std::size_t>(1, 6);
  start(options);
  RawPeer peer(world, endpoint);
  ByteBuffer stream;
  std::int32_t calls = 0;
  for (const std::uint16_t length : lengths)
    stream.append(text_call("hold", ++calls, std::string(length, 'x')).span());
  std::span<const std::byte> rest = stream.span();
  for (const std::uint16_t piece : pieces) {
    const std::size_t size = std::min<std::size_t>(piece, rest.size());
    if (size > 0) peer.send(rest.first(size));
    rest = rest.subspan(size);
    if (piece % 3 == 0) servant.answer_all();
  }
  if (!rest.empty()) peer.send(rest);
  do {
    RC_ASSERT(servant.held.size() <= options.calls_in_flight_max);
    servant.answer_all();
    world.run_until_idle();
  } while (!servant.held.empty());
  const auto packets = peer.packets();
  RC_ASSERT(packets.size() == lengths.size());
  for (std::size_t i = 0; i < packets.size(); ++i)
    RC_ASSERT(read_answer(packets[i]).request_id == static_cast<std::int32_t>(i) + 1);
}

TEST_F(ServerLimits, ReadingPausesWhileAnswersAreUnsentAndGoesOnWhenTheyAreTaken) {
  start();
  RawPeer peer(world, endpoint);
  peer.stop_reading();
  ByteBuffer many;
  for (int i = 1; i <= 100; ++i) many.append(make_call(i, 200'000).span());
  peer.send(many.span());
  EXPECT_LT(counters().answers, 20u) << "the others wait unread";
  EXPECT_GE(counters().paused_unsent, 1u);
  peer.go_on_reading();
  EXPECT_EQ(peer.packets().size(), 100u);
  EXPECT_EQ(counters().closed_unsent_max, 0u);
}

TEST_F(ServerLimits, APeerThatTakesNothingIsClosedAfterFifteenSeconds) {
  start();
  RawPeer peer(world, endpoint);
  peer.stop_reading();
  ByteBuffer many;
  for (int i = 1; i <= 50; ++i) many.append(make_call(i, 200'000).span());
  peer.send(many.span());
  world.advance(std::chrono::seconds(13));
  EXPECT_EQ(server->connections(), 1u);
  world.advance(std::chrono::seconds(4));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(counters().closed_stalled, 1u);
}

// 20 calls whose answers, of 1 MiB each, come one after the other while nothing is read.
class UnsentAnswers : public ServerLimits {
 protected:
  void SetUp() override {
    start();
    peer = std::make_unique<RawPeer>(world, endpoint);
    peer->stop_reading();
    for (std::int32_t id = 1; id <= 20; ++id) peer->send(text_call("hold", id).span());
    for (auto& reply : servant.held) {
      reply.send(Returned{std::string(limits::mib, 'x')});
      world.run_until_idle();
    }
    servant.held.clear();
  }
  std::unique_ptr<RawPeer> peer;
};

TEST_F(UnsentAnswers, OfAcceptedCallsWaitForAPeerThatReads) {
  EXPECT_GT(server->buffered_bytes(), 2 * limits::unsent_bytes_max);
  world.advance(std::chrono::seconds(10));
  peer->send(text_call("echo", 21).span());
  EXPECT_TRUE(servant.deadlines.empty()) << "and nothing is read meanwhile";
  peer->go_on_reading();
  EXPECT_EQ(peer->packets().size(), 21u);
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(UnsentAnswers, CloseAConnectionWhosePeerTakesNothing) {
  world.advance(std::chrono::seconds(13));
  EXPECT_EQ(server->connections(), 1u);
  world.advance(std::chrono::seconds(4));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(counters().closed_unsent_max, 1u);
  EXPECT_EQ(server->buffered_bytes(), 0u);
}

TEST_F(UnsentAnswers, CloseAConnectionWhosePeerTakesTooLittle) {
  for (int i = 0; i < 20; ++i) {
    peer->take(10'000);
    world.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(counters().closed_unsent_max, 1u);
}

TEST_F(UnsentAnswers, StayWithAPeerThatIsSlow) {
  for (int i = 0; i < 300; ++i) {
    // Below the hard limit the smallest sign of life is enough.
    peer->take(server->buffered_bytes() > limits::unsent_bytes_max ? 100'000 : 1);
    world.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(server->connections(), 1u);
  peer->go_on_reading();
  EXPECT_EQ(peer->packets().size(), 20u);
}

TEST_F(UnsentAnswers, ArePassedByNoPush) {
  servant.answer_all();
  peer->go_on_reading();
  peer->stop_reading();
  peer->send(text_call("hold", 21).span());
  const SessionRef session = servant.held.at(0).call().session();
  const Returned mebibyte{std::string(limits::mib, 'x')};
  std::size_t pushed = 0;
  while (pushed < 100 && session.push("news", mebibyte)) ++pushed;
  EXPECT_EQ(pushed, 8u) << "a little more than 1 MiB each";
  EXPECT_EQ(session.push("news", mebibyte).code(), Code::limit);
  EXPECT_EQ(counters().pushes, 8u);
  EXPECT_EQ(counters().pushes_refused, 2u);
  servant.answer_all();
  peer->go_on_reading();
  EXPECT_EQ(peer->packets().size(), 20u + 8u + 1u);
  EXPECT_TRUE(session.push("news", mebibyte).ok());
  world.run_until_idle();
}

TEST_F(ServerLimits, ConnectionsBeyondTheMaximumAreRefused) {
  ServerOptions options;
  options.connections_max = 2;
  start(options);
  RawPeer first(world, endpoint);
  RawPeer second(world, endpoint);
  {
    RawPeer third(world, endpoint);
    EXPECT_TRUE(!third.connected() || third.ended());
  }
  EXPECT_EQ(counters().refused_connections_max, 1u);
  first.send(text_call("echo", 1).span());
  EXPECT_EQ(first.packets().size(), 1u);
}

TEST_F(ServerLimits, AcceptingSurvivesTheEndOfDescriptors) {
  start();
  RawPeer first(world, endpoint);
  const std::size_t before = world.network().options().descriptors_max;
  world.network().options().descriptors_max = world.network().descriptors() + 1;
  {
    RawPeer refused(world, endpoint);
  }
  EXPECT_EQ(counters().accept_failed, 1u);
  ASSERT_EQ(world.log().count("refused"), 1u);
  const std::string line = world.log().lines().back().message;
  EXPECT_EQ(line.find("refused"), line.rfind("refused")) << "once is enough: " << line;
  EXPECT_NE(line.find(std::to_string(endpoint.port)), std::string::npos) << line;
  world.network().options().descriptors_max = before;
  RawPeer later(world, endpoint);
  later.send(text_call("echo", 1).span());
  EXPECT_EQ(later.packets().size(), 1u);
}

TEST_F(ServerLimits, RefusedConnectionsAreLoggedOnceASecond) {
  start();
  const std::size_t before = world.network().options().descriptors_max;
  world.network().options().descriptors_max = world.network().descriptors() + 1;
  for (int i = 0; i < 5; ++i) RawPeer refused(world, endpoint);
  EXPECT_EQ(world.log().count("refused"), 1u);
  world.advance(std::chrono::seconds(1));
  for (int i = 0; i < 5; ++i) RawPeer refused(world, endpoint);
  EXPECT_EQ(world.log().count("refused"), 2u);
  EXPECT_EQ(world.log().count("5 times"), 1u) << "4 that were not logged, and this one";
  EXPECT_EQ(counters().accept_failed, 10u);
  world.network().options().descriptors_max = before;
}

TEST_F(ServerLimits, APeerThatFinishedSendingIsStillAnswered) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("hold", 1).span());
  peer.finish_sending();
  EXPECT_FALSE(peer.ended());
  servant.answer_all();
  world.run_until_idle();
  EXPECT_EQ(peer.packets().size(), 1u);
  EXPECT_TRUE(peer.ended());
  EXPECT_FALSE(peer.was_reset());
}

TEST_F(ServerLimits, AServantMayCloseTheConnectionBehindItsAnswer) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("close", 1).span());
  EXPECT_EQ(peer.packets().size(), 1u);
  EXPECT_TRUE(peer.ended());
}

TEST_F(ServerLimits, AForgottenReplyAnswersUnknown) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("hold", 1).span());
  servant.held.clear();
  world.run_until_idle();
  ASSERT_EQ(peer.packets().size(), 1u);
  const Answer answer = read_answer(peer.packets()[0]);
  EXPECT_EQ(answer.ret, -99);
  EXPECT_EQ(answer.description, "the servant dropped the call without answering");
  EXPECT_EQ(counters().replies_forgotten, 1u);
}

TEST_F(ServerLimits, AnExceptionThatDropsAReplyGivesItsText) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("throw_later", 1).span());
  ASSERT_EQ(peer.packets().size(), 1u);
  EXPECT_EQ(read_answer(peer.packets()[0]).ret, -99);
  EXPECT_EQ(read_answer(peer.packets()[0]).description, "thrown with a Reply in hand");
}

TEST_F(ServerLimits, AnswersForAGoneConnectionAreDroppedAndCounted) {
  start();
  {
    RawPeer peer(world, endpoint);
    peer.send(text_call("hold", 1).span());
    peer.send(std::string_view("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_TRUE(peer.ended());
  }
  EXPECT_EQ(server->connections(), 0u);
  servant.answer_all();
  world.run_until_idle();
  EXPECT_EQ(counters().answers_dropped, 1u);
}

TEST_F(ServerLimits, RequestsThatExpiredBeforeTheyRanAreAnsweredSo) {
  ServerOptions options;
  options.calls_in_flight_max = 1;
  start(options);
  RawPeer peer(world, endpoint);
  ByteBuffer both = text_call("hold", 1);
  both.append(text_call("echo", 2).span());
  peer.send(both.span());
  world.advance(std::chrono::seconds(4));  // of 3 that the second had
  servant.answer_all();
  world.run_until_idle();
  ASSERT_EQ(peer.packets().size(), 2u);
  EXPECT_EQ(read_answer(peer.packets()[1]).ret, -6);
  EXPECT_EQ(counters().expired, 1u);
  EXPECT_TRUE(servant.deadlines.empty());
}

TEST_F(ServerLimits, DeadlinesComeFromTheRequestWithinBounds) {
  ServerOptions options;
  options.call_timeout_default = std::chrono::seconds(7);
  options.call_timeout_max = std::chrono::seconds(20);
  start(options);
  RawPeer peer(world, endpoint);
  for (const std::int32_t timeout_ms : {0, -3, 1500, 1'000'000}) {
    tars::RequestHeader header;
    header.servant = object;
    header.function = "echo";
    header.request_id = 1;
    header.timeout_ms = timeout_ms;
    ByteBuffer frame;
    ASSERT_TRUE(tars::write_frame(frame, header, [](tars::Writer& w) { w.write(1, "x"); }).ok());
    peer.send(frame.span());
  }
  const TimePoint now = world.env().clock.now();
  using std::chrono::milliseconds;
  EXPECT_EQ(servant.deadlines,
            (std::vector<TimePoint>{now + milliseconds(7000), now + milliseconds(7000),
                                    now + milliseconds(1500), now + milliseconds(20'000)}));
}

TEST_F(ServerLimits, AnswersOfOneReadLeaveTogether) {
  start();
  RawPeer peer(world, endpoint);
  ByteBuffer many;
  for (int i = 1; i <= 500; ++i) many.append(text_call("echo", i).span());
  peer.send(many.span());
  ASSERT_EQ(peer.packets().size(), 500u);
  for (std::size_t i = 0; i < 500; ++i)
    EXPECT_EQ(read_answer(peer.packets()[i]).request_id, static_cast<int>(i) + 1);
}

TEST_F(ServerLimits, StopDoesNotWaitForEverForAServantThatForgets) {
  ServerOptions options;
  options.drain_wait = std::chrono::seconds(2);
  start(options);
  RawPeer peer(world, endpoint);
  peer.send(text_call("hold", 1).span());
  const TimePoint before = world.env().clock.now();
  Scope scope;
  scope.spawn(server->stop());
  ASSERT_TRUE(world.run_until([&] { return scope.empty(); }));
  EXPECT_GE(world.env().clock.now() - before, std::chrono::seconds(2));
  EXPECT_LE(world.env().clock.now() - before, std::chrono::milliseconds(2100));
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(server->calls_kept(), 1u);
  servant.held.clear();
  server.reset();
}

TEST_F(ServerLimits, ACoroutineThatOutlastsTheServerEndsWithoutIt) {
  ServerOptions options;
  options.drain_wait = std::chrono::seconds(2);
  start(options);
  RawPeer peer(world, endpoint);
  for (std::int32_t id = 1; id <= 3; ++id) {
    peer.send(
        request_frame(object, "wait", id, [](auto&& visit) { visit(1, "bytes", 60'000); }).span());
  }
  stop();
  EXPECT_TRUE(peer.ended());
  EXPECT_TRUE(servant.late_pushes.empty()) << "they wait still";
  world.advance(std::chrono::minutes(2));
  EXPECT_EQ(servant.late_pushes, std::vector<Code>(3, Code::closed));
}

TEST_F(ServerLimits, RepliesThatOutlastTheServerAnswerNobody) {
  start();
  RawPeer peer(world, endpoint);
  for (std::int32_t id = 1; id <= 2; ++id) peer.send(text_call("hold", id).span());
  auto late = std::exchange(servant.held, {});
  stop();
  EXPECT_FALSE(late[0].call().session().alive());
  late[0].send(Returned{"late"});
  late.clear();
  EXPECT_TRUE(peer.ended());
  EXPECT_TRUE(peer.packets().empty());
}

TEST_F(ServerLimits, StopRefusesNewConnections) {
  start();
  {
    RawPeer peer(world, endpoint);
    stop();
    EXPECT_TRUE(peer.ended());
    RawPeer late(world, endpoint);
    EXPECT_FALSE(late.connected());
  }
  EXPECT_EQ(world.network().streams(), 0u);
}

}  // namespace
}  // namespace tarsier::testing
