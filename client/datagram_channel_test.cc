#include "client/client_testing.h"

namespace tarsier::testing {
namespace {

// A datagram socket that the test answers from by hand.
class DatagramClient : public ClientTest {
 protected:
  DatagramClient() : socket(open()) {}
  ~DatagramClient() override { close(); }

  std::unique_ptr<DatagramSocket> open() {
    Endpoint any;
    any.type = EndpointType::udp;
    any.host = "127.0.0.1";
    return world.env().transport.open_datagram(any).value();
  }
  // The requests that have arrived since.
  std::vector<tars::RequestPacket> arrived() {
    std::vector<tars::RequestPacket> requests;
    std::vector<std::byte> buffer(65'536);
    while (const auto size = socket->receive(buffer, caller)) {
      ++datagrams;
      datagram_bytes = *size;
      tars::FrameSplitter splitter;
      splitter.feed(std::span(buffer).first(*size));
      std::span<const std::byte> packet;
      while (splitter.next(packet) == tars::FrameSplitter::Cut::frame) {
        tars::Reader reader(packet);
        requests.emplace_back();
        EXPECT_TRUE(requests.back().tars_read(reader));
      }
    }
    return requests;
  }
  static ByteBuffer answer_to(std::int32_t id, std::string_view text) {
    tars::ResponseHeader header;
    header.request_id = id;
    ByteBuffer frame;
    tars::write_frame(frame, header, [&](tars::Writer& writer) { writer.write(0, text); }).value();
    return frame;
  }
  void send(std::span<const std::byte> datagram) {
    EXPECT_TRUE(socket->send(caller, datagram).ok());
    world.run_until_idle();
  }

  std::unique_ptr<DatagramSocket> socket;
  Endpoint caller;
  int datagrams = 0;
  std::size_t datagram_bytes = 0;  // of the last one
};

TEST_F(DatagramClient, EveryRequestIsADatagramAndAnswersFindTheirCalls) {
  const auto proxy = connect_to({socket->local()});
  for (const char* text : {"a", "b", "c"}) ask(proxy, text);
  proxy.ask_oneway("quiet");
  world.run_until_idle();
  const auto requests = arrived();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(datagrams, 4);
  EXPECT_EQ(requests[3].packet_type, 1);
  ByteBuffer both = answer_to(requests[2].request_id, "third");
  both.append(answer_to(requests[0].request_id, "first").span());
  send(both.span());
  send(answer_to(requests[1].request_id, "second").span());
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0]->ret, "third");
  EXPECT_EQ(results[1]->ret, "first");
  EXPECT_EQ(results[2]->ret, "second");
}

TEST_F(DatagramClient, WhatDoesNotFitIsRefusedWithASentence) {
  const auto proxy = connect_to({socket->local()});
  ask(proxy, std::string(60'000, 'x'));
  (void)arrived();
  const std::size_t room = limits::datagram_bytes_max - datagram_bytes + 60'000;
  ask(proxy, std::string(room, 'x'));
  EXPECT_EQ(arrived().size(), 1u);
  EXPECT_EQ(datagram_bytes, limits::datagram_bytes_max);
  EXPECT_TRUE(results.empty());
  ask(proxy, std::string(room + 1, 'x'));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::send);
  EXPECT_THAT(results[0].error().detail, ::testing::HasSubstr("call the service over tcp"));
  proxy.ask_oneway(std::string(room + 1, 'x'));
  EXPECT_EQ(client->counters().one_way_dropped, 1u);
  EXPECT_EQ(arrived().size(), 0u);
}

TEST_F(DatagramClient, DamageAndStrangersAreCountedAndChangeNothing) {
  const auto proxy = connect_to({socket->local()});
  ask(proxy, "a");
  const auto requests = arrived();
  ASSERT_EQ(requests.size(), 1u);
  const ByteBuffer good = answer_to(requests[0].request_id, "good");
  send(good.span().first(good.size() - 1));
  send(good.span().last(good.size() - 1));
  send(as_bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
  send({});
  EXPECT_EQ(client->counters().answers_malformed, 4u);
  const auto stranger = open();
  EXPECT_TRUE(stranger->send(caller, good.span()).ok());
  send(answer_to(77, "not asked for").span());
  EXPECT_EQ(client->counters().answers_unknown, 2u);
  EXPECT_TRUE(results.empty());
  send(good.span());
  send(good.span());
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0]->ret, "good");
  EXPECT_EQ(client->counters().answers_unknown, 3u) << "a duplicate";
}

TEST_F(DatagramClient, WhatIsLostEndsWithItsDeadlineAndTheSilentArePassedOver) {
  const auto proxy = connect_to({socket->local(), server.endpoint()});
  CallOptions options;
  options.timeout = std::chrono::seconds(4);
  ask(proxy, "over tcp");
  ask(proxy, "lost", options);
  world.advance(std::chrono::milliseconds(3'999));
  EXPECT_EQ(results.size(), 1u) << "the one over tcp, after 3 s";
  world.advance(std::chrono::milliseconds(1));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].code(), Code::timeout);
  EXPECT_THAT(results[1].error().detail, ::testing::HasSubstr("datagram was lost"));
  (void)arrived();
  for (int i = 0; i < 4; ++i) ask(proxy, "x");
  EXPECT_EQ(arrived().size(), 0u);
  EXPECT_EQ(server.requests().size(), 5u);
  world.advance(std::chrono::milliseconds(1'100));
  for (int i = 0; i < 4; ++i) ask(proxy, "x");
  EXPECT_EQ(arrived().size(), 2u) << "tried again";
}

TEST_F(DatagramClient, CloseFailsWhatIsUnderWay) {
  const auto proxy = connect_to({socket->local()});
  ask(proxy, "a");
  Scope closing;
  closing.spawn(client->close());
  EXPECT_TRUE(world.run_until([&] { return closing.empty(); }));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::closed);
  ask(proxy, "b");
  EXPECT_EQ(results[1].code(), Code::closed);
}

TEST_F(DatagramClient, PushesArriveAndReconnectMeansANewSocket) {
  const auto proxy = connect_to({socket->local()});
  std::vector<std::string> seen;
  proxy.tars_set_push_callback([&](Push push) { seen.push_back(push.read<Returned>()->ret); });
  ask(proxy, "a");
  const auto first = arrived();
  ASSERT_EQ(first.size(), 1u);
  const Endpoint before = caller;
  send(answer_to(0, "pushed").span());
  EXPECT_EQ(seen, (std::vector<std::string>{"pushed"}));
  tars::ResponseHeader header;
  header.description = "_reconnect_";
  ByteBuffer frame;
  ASSERT_TRUE(tars::write_frame(frame, header, std::span<const std::byte>()).ok());
  send(frame.span());
  ask(proxy, "b");
  ASSERT_EQ(arrived().size(), 1u);
  EXPECT_NE(caller.port, before.port);
  caller = before;
  send(answer_to(first[0].request_id, "finished").span());
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0]->ret, "finished");
}

TEST_F(DatagramClient, ASocketThatCannotBeOpenedFailsTheCall) {
  const auto proxy = connect_to({socket->local()});
  std::vector<std::unique_ptr<DatagramSocket>> all;
  for (;;) {
    Endpoint any;
    any.type = EndpointType::udp;
    any.host = "127.0.0.1";
    auto one = world.env().transport.open_datagram(any);
    if (!one) break;
    all.push_back(std::move(one).value());
    ASSERT_LT(all.size(), 100'000u);
  }
  ask(proxy, "a");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::connect);
  all.clear();
  ask(proxy, "b");
  EXPECT_EQ(arrived().size(), 1u);
}

TEST_F(ClientTest, EndpointsWithoutAChannelSayWhatToUseInstead) {
  client = std::make_unique<Client>(world.env());
  const auto tls = client->proxy<AskClient>(
      "App.Server.Obj@tcp -h 127.0.0.1 -p 1:"
      "ssl -h 127.0.0.1 -p 2");
  EXPECT_EQ(tls.code(), Code::unsupported);
  EXPECT_THAT(tls.error().detail, ::testing::HasSubstr("TLS has to be told"));
  EXPECT_THAT(tls.error().detail, ::testing::HasSubstr("'ca'"));
  const auto keys = client->proxy<AskClient>("App.Server.Obj@tcp -h 127.0.0.1 -p 1 -e 1");
  EXPECT_EQ(keys.code(), Code::unsupported);
  EXPECT_THAT(keys.error().detail, ::testing::HasSubstr("'accesskey'"));
  const auto path = client->proxy<AskClient>("App.Server.Obj@udp -h /tmp/socket -p 0");
  EXPECT_EQ(path.code(), Code::unsupported);
  EXPECT_THAT(path.error().detail, ::testing::HasSubstr("write tcp for udp"));
}

}  // namespace
}  // namespace tarsier::testing
