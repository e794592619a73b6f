#include "server/limits_testing.h"

namespace tarsier::testing {
namespace {

class ServerDatagrams : public ServerLimits {
 protected:
  void SetUp() override {
    start({}, "udp -h 127.0.0.1 -p 0");
    Endpoint any;
    any.type = EndpointType::udp;
    any.host = "127.0.0.1";
    socket = world.env().transport.open_datagram(any).value();
  }
  ~ServerDatagrams() override { socket->close(); }

  std::vector<std::vector<std::byte>> exchange(std::span<const std::byte> datagram) {
    EXPECT_TRUE(socket->send(endpoint, datagram).ok());
    world.run_until_idle();
    return received();
  }
  std::vector<std::vector<std::byte>> received() {
    std::vector<std::vector<std::byte>> packets;
    std::vector<std::byte> buffer(65'536);
    Endpoint from;
    while (const auto size = socket->receive(buffer, from)) {
      tars::FrameSplitter splitter;
      splitter.feed(std::span(buffer).first(*size));
      std::span<const std::byte> packet;
      while (splitter.next(packet) == tars::FrameSplitter::Cut::frame)
        packets.emplace_back(packet.begin(), packet.end());
    }
    return packets;
  }

  std::unique_ptr<DatagramSocket> socket;
};

TEST_F(ServerDatagrams, EachIsAnsweredByItself) {
  EXPECT_EQ(exchange(text_call("echo", 1).span()).size(), 1u);
  ByteBuffer two = text_call("echo", 2);
  two.append(text_call("echo", 3).span());
  EXPECT_EQ(exchange(two.span()).size(), 2u);
}

TEST_F(ServerDatagrams, DamageEndsWithItsDatagram) {
  const ByteBuffer call = text_call("echo", 1);
  EXPECT_EQ(exchange(call.span().first(call.size() / 2)).size(), 0u);
  EXPECT_EQ(exchange(call.span()).size(), 1u) << "nothing of the one before is left";
  EXPECT_EQ(exchange(as_bytes("GET / HTTP/1.1")).size(), 0u);
  EXPECT_EQ(exchange({}).size(), 0u);
  EXPECT_EQ(counters().datagrams_malformed, 3u);
}

TEST_F(ServerDatagrams, AnswersThatAmplifyAreDropped) {
  EXPECT_EQ(exchange(make_call(1, 1'000).span()).size(), 0u);
  EXPECT_EQ(counters().datagram_answers_dropped, 1u);
  EXPECT_EQ(exchange(text_call("echo", 1, std::string(1'000, 'x')).span()).size(), 1u);
}

TEST_F(ServerDatagrams, ReadingPausesAtTheLimitOfCallsInFlight) {
  stop();
  ServerOptions options;
  options.calls_in_flight_max = 4;
  start(options, "udp -h 127.0.0.1 -p 0");
  for (std::int32_t id = 1; id <= 7; ++id) exchange(text_call("hold", id).span());
  EXPECT_EQ(server->calls_kept(), 4u);
  EXPECT_GT(counters().paused_in_flight, 0u);
  servant.answer_all();
  world.run_until_idle();
  EXPECT_EQ(received().size(), 4u);
  EXPECT_EQ(server->calls_kept(), 3u) << "what waited is read when there is room again";
}

TEST_F(ServerDatagrams, ReadingPausesAtTheLimitOfWhatCoroutinesHold) {
  stop();
  ServerOptions options;
  options.kept_bytes_max = 100 * limits::kib;
  start(options, "udp -h 127.0.0.1 -p 0");
  const auto arguments = [](auto&& visit) {
    visit(1, "bytes", std::int32_t{1});
    visit(2, "of a newer version", std::string(60'000, 'x'));
  };
  for (std::int32_t id = 1; id <= 4; ++id)
    EXPECT_TRUE(exchange(request_frame(object, "wait", id, arguments).span()).empty());
  EXPECT_EQ(server->calls_kept(), 2u);
  EXPECT_EQ(counters().paused_kept_bytes, 1u);
  world.advance(std::chrono::seconds(1));
  EXPECT_EQ(counters().datagrams, 3u) << "the buffer of the socket holds one more";
}

TEST_F(ServerDatagrams, StopEndsAPortThatPaused) {
  stop();
  ServerOptions options;
  options.calls_in_flight_max = 1;
  start(options, "udp -h 127.0.0.1 -p 0");
  exchange(text_call("hold", 1).span());
  Scope scope;
  scope.spawn(server->stop());
  EXPECT_TRUE(world.run_until([&] { return scope.empty(); })) << "no read waits on that port";
  servant.held.clear();
  server.reset();
}

// One service a loop, on one address: what LoopGroup is for.
TEST_F(ServerDatagrams, ServersOfTwoLoopsShareAnAddress) {
  ListenOptions shared;
  shared.reuse_port = true;
  Server one(world.env());
  Server two(world.env());
  const auto first = one.listen("udp -h 127.0.0.1 -p 0", shared);
  ASSERT_TRUE(first.ok());
  const auto second = two.listen(*first, shared);
  EXPECT_TRUE(second.ok()) << second.error().to_string();
  Scope scope;
  scope.spawn(one.stop());
  scope.spawn(two.stop());
  EXPECT_TRUE(world.run_until([&] { return scope.empty(); }));
}

TEST_F(ServerDatagrams, ALateAnswerFindsItsSender) {
  EXPECT_EQ(exchange(text_call("hold", 9).span()).size(), 0u);
  servant.answer_all();
  world.run_until_idle();
  const auto packets = received();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(read_answer(packets[0]).request_id, 9);
}

}  // namespace
}  // namespace tarsier::testing
