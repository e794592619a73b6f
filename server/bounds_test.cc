#include "protocol/tars/counting_new_testing.h"
#include "server/frame_pool.h"
#include "server/limits_testing.h"

// What peers may cost a server in memory. Allocation is measured with a counting operator new.
namespace tarsier::testing {
namespace {

class ServerBounds : public ServerLimits {
 protected:
  // A coroutine whose arguments are small in a request of 1 MiB.
  static ByteBuffer large_wait_call(std::int32_t id) {
    return request_frame(object, "wait", id, [](auto&& visit) {
      visit(1, "bytes", std::int32_t{1});
      visit(2, "of a newer version", std::string(limits::mib, 'x'));
    });
  }

  // What is allocated now beyond what was when it was last asked to remember.
  void remember() { before_ = allocated_bytes(); }
  std::size_t growth() const { return allocated_bytes() - std::min(before_, allocated_bytes()); }

 private:
  std::size_t before_ = 0;
};

TEST_F(ServerBounds, CallsUnderWayDoNotHoldTheirFrames) {
  start();
  RawPeer peer(world, endpoint);
  remember();
  for (std::int32_t id = 1; id <= 64; ++id)
    peer.send(text_call("hold", id, std::string(limits::mib, 'x')).span());
  ASSERT_EQ(server->calls_kept(), 64u);
  EXPECT_LT(growth(), 64 * 4 * limits::kib);
  servant.answer_all();
  world.run_until_idle();
  EXPECT_EQ(peer.packets().size(), 64u);
}

TEST_F(ServerBounds, CoroutinesUnderWayDoNotHoldTheirFrames) {
  start();
  RawPeer peer(world, endpoint);
  remember();
  for (std::int32_t id = 1; id <= 32; ++id) peer.send(large_wait_call(id).span());
  ASSERT_EQ(server->calls_kept(), 32u);
  EXPECT_LT(growth(), 32 * 4 * limits::kib);
  world.advance(std::chrono::seconds(1));
  EXPECT_EQ(peer.packets().size(), 2 * 32u) << "a push and an answer each";
}

TEST_F(ServerBounds, ReadingPausesAtTheLimitOfWhatCoroutinesHold) {
  ServerOptions options;
  options.kept_bytes_max = 4 * limits::mib;
  start(options);
  RawPeer peer(world, endpoint);
  for (std::int32_t id = 1; id <= 10; ++id) peer.send(large_wait_call(id).span());
  EXPECT_EQ(server->calls_kept(), 4u);
  EXPECT_EQ(counters().paused_kept_bytes, 1u);
  EXPECT_EQ(counters().paused_in_flight, 0u);
  world.advance(std::chrono::seconds(1));
  EXPECT_EQ(peer.packets().size(), 2 * 10u);
  EXPECT_EQ(server->calls_kept(), 0u);
}

TEST_F(ServerBounds, ReadingPausesAtTheLimitOfWhatContextsHold) {
  ServerOptions options;
  options.kept_bytes_max = limits::mib;
  start(options);
  RawPeer peer(world, endpoint);
  const tars::StringMap context{{"baggage", std::string(60 * limits::kib, 'c')}};
  tars::RequestHeader header;
  header.servant = object;
  header.function = "hold";
  header.context = &context;
  remember();
  for (header.request_id = 1; header.request_id <= 100; ++header.request_id) {
    ByteBuffer frame;
    ASSERT_TRUE(tars::write_frame(frame, header, [](tars::Writer& w) { w.write(1, "t"); }).ok());
    peer.send(frame.span());
  }
  EXPECT_EQ(server->calls_kept(), 17u) << "the one that passes the limit is the last";
  while (!servant.held.empty()) {
    servant.answer_all();
    world.run_until_idle();
  }
  EXPECT_EQ(peer.packets().size(), 100u);
}

// A small server: half of the 32 MiB are shares of 256 KiB.
ServerOptions small_server() {
  ServerOptions options;
  options.connections_max = 64;
  options.buffered_bytes_max = 32 * limits::mib;
  return options;
}

TEST_F(ServerBounds, UnfinishedFramesOfAllConnectionsStayUnderTheBound) {
  start(small_server());
  const ByteBuffer call = text_call("echo", 1, std::string(9 * limits::mib, 'x'));
  remember();
  std::vector<std::unique_ptr<RawPeer>> hostile;
  for (int i = 0; i < 40; ++i) hostile.push_back(std::make_unique<RawPeer>(world, endpoint));
  std::size_t most = 0;
  constexpr std::size_t step = 128 * limits::kib;
  for (std::size_t sent = 0; sent < 5 * limits::mib; sent += step) {
    for (auto& peer : hostile) {
      if (!peer->ended()) peer->send(call.span().subspan(sent, step));
      most = std::max(most, server->buffered_bytes());
    }
  }
  EXPECT_LE(most, 32 * limits::mib);
  EXPECT_GT(most, 16 * limits::mib);
  EXPECT_LE(growth(), 33 * limits::mib) << "what is allocated is what was counted";
  EXPECT_GT(counters().closed_buffered_max, 0u);
  EXPECT_EQ(world.log().count("all connections together buffer"), 1u);

  RawPeer quiet(world, endpoint);
  const ByteBuffer small = text_call("echo", 1, std::string(100 * limits::kib, 'x'));
  quiet.send(small.span().first(90 * limits::kib));
  quiet.send(small.span().subspan(90 * limits::kib));
  EXPECT_EQ(quiet.packets().size(), 1u);

  std::size_t survivors = 0;
  for (auto& peer : hostile) survivors += peer->ended() ? 0 : 1;
  EXPECT_GT(survivors, 0u);
  EXPECT_EQ(counters().closed_buffered_max, 40 - survivors);
  hostile.clear();
  world.advance(std::chrono::seconds(2));
  EXPECT_LT(server->buffered_bytes(), 2 * limits::kib);
}

TEST_F(ServerBounds, WhatPeersTookMeanwhileIsNotHeldAgainstOthers) {
  start(small_server());
  std::vector<std::unique_ptr<RawPeer>> readers;
  for (std::int32_t i = 0; i < 40; ++i) {
    readers.push_back(std::make_unique<RawPeer>(world, endpoint));
    readers.back()->send(make_call(1, 900'000).span());
    ASSERT_EQ(readers.back()->packets().size(), 1u) << "all is taken, though nobody said so";
  }
  EXPECT_EQ(counters().closed_buffered_max, 0u);
}

TEST_F(ServerBounds, AnswersThatNobodyTakesCount) {
  start(small_server());
  std::vector<std::unique_ptr<RawPeer>> hostile;
  std::size_t most = 0;
  for (std::int32_t i = 0; i < 40; ++i) {
    hostile.push_back(std::make_unique<RawPeer>(world, endpoint));
    hostile.back()->stop_reading();
    hostile.back()->send(make_call(1, 900'000).span());
    most = std::max(most, server->buffered_bytes());
  }
  EXPECT_LE(most, 32 * limits::mib);
  EXPECT_GT(counters().closed_buffered_max, 0u);
}

// 40 readers who are late for a moment, with 2 MiB each to come: more than the bound.
TEST_F(ServerBounds, ReadingPausesEarlierWhenMuchIsBuffered) {
  start(small_server());
  std::vector<std::unique_ptr<RawPeer>> readers;
  ByteBuffer calls;
  for (std::int32_t id = 1; id <= 20; ++id) calls.append(make_call(id, 100'000).span());
  for (int i = 0; i < 40; ++i) {
    readers.push_back(std::make_unique<RawPeer>(world, endpoint));
    readers.back()->stop_reading();
    readers.back()->send(calls.span());
  }
  EXPECT_LE(server->buffered_bytes(), 32 * limits::mib);
  world.advance(std::chrono::seconds(10));
  for (auto& reader : readers) {
    reader->go_on_reading();
    EXPECT_EQ(reader->packets().size(), 20u);
  }
  EXPECT_EQ(counters().closed_buffered_max, 0u);
}

TEST_F(ServerBounds, APeerThatTakesNothingIsClosedWhereverReadingPaused) {
  ServerOptions options = small_server();
  options.buffered_bytes_max = 64 * 2 * 100 * limits::kib;  // shares of 100 KiB
  start(options);
  RawPeer large(world, endpoint);
  large.stop_reading();
  large.send(make_call(1, 5'000'000).span());
  RawPeer small(world, endpoint);
  small.stop_reading();
  ByteBuffer calls;
  for (std::int32_t id = 1; id <= 20; ++id) calls.append(make_call(id, 60'000).span());
  small.send(calls.span());
  EXPECT_LT(counters().answers, 8u) << "reading paused before a mebibyte";
  world.advance(std::chrono::seconds(17));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(counters().closed_stalled, 2u);
}

TEST_F(ServerBounds, SmallAnswersThatNobodyTakesHoldNoLargeBlocks) {
  start();
  RawPeer reader(world, endpoint);
  RawPeer hostile(world, endpoint);
  hostile.stop_reading();
  hostile.send(make_call(1, 140'000).span());  // more than the kernel takes
  for (std::int32_t i = 0; i < 50; ++i) {
    reader.send(make_call(1, 200'000).span());  // leaves a large block in the pool
    reader.forget_received();
    if (i == 0) remember();
    hostile.send(text_call("echo", 2).span());
  }
  EXPECT_LT(growth(), 50 * 2 * limits::kib);
}

TEST_F(ServerBounds, AnIdleConnectionHoldsNoOutput) {
  start();
  RawPeer first(world, endpoint);
  first.send(make_call(1, 200'000).span());  // leaves a large block in the pool
  remember();
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (std::int32_t i = 0; i < 20; ++i) {
    peers.push_back(std::make_unique<RawPeer>(world, endpoint));
    peers.back()->send(text_call("hold", 1).span());
  }
  EXPECT_LT(growth(), 20 * 64 * limits::kib);
  world.advance(std::chrono::seconds(2));
  EXPECT_LT(server->buffered_bytes(), 20 * limits::kib);
}

// One call at a time ends, and the next one is cut from what waits.
TEST_F(ServerBounds, WhatWaitsIsNotCopiedWithEachCall) {
  ServerOptions options;
  options.calls_in_flight_max = 1;
  start(options);
  RawPeer peer(world, endpoint);
  ByteBuffer many;
  std::int32_t calls = 0;
  while (many.size() < 120 * limits::kib) many.append(text_call("hold", ++calls).span());
  ASSERT_GT(calls, 1'500);
  peer.send(many.span());
  const std::size_t before = total_bytes();
  for (std::int32_t i = 0; i < calls; ++i) {
    ASSERT_EQ(servant.held.size(), 1u);
    servant.answer_all();
    world.run_until_idle();
  }
  EXPECT_EQ(peer.packets().size(), static_cast<std::size_t>(calls));
  EXPECT_LT(total_bytes() - before, static_cast<std::size_t>(calls) * 8 * limits::kib)
      << "a call allocates a few hundred bytes; half of what waits is 60 KiB";
  world.advance(std::chrono::seconds(2));
  EXPECT_LT(server->buffered_bytes(), 2 * limits::kib);
}

// Closed for what it sent, with answers that it does not take.
TEST_F(ServerBounds, ClosedConnectionsCountUntilTheirAnswersAreGone) {
  ServerOptions options;
  options.connections_max = 4;
  start(options);
  std::vector<std::unique_ptr<RawPeer>> hostile;
  remember();
  for (int i = 0; i < 20; ++i) {
    hostile.push_back(std::make_unique<RawPeer>(world, endpoint));
    if (hostile.back()->ended()) continue;
    hostile.back()->stop_reading();
    hostile.back()->send(text_call("hold", 2).span());
    hostile.back()->send(make_call(1, 900'000).span());
    hostile.back()->send(std::string_view("GET / HTTP/1.1\r\n\r\n"));
  }
  EXPECT_EQ(counters().closed_frame_length, 4u);
  ASSERT_EQ(servant.held.size(), 4u);
  EXPECT_FALSE(servant.held[0].call().session().alive());
  servant.answer_all();
  EXPECT_EQ(counters().answers_dropped, 4u);
  EXPECT_EQ(counters().refused_connections_max, 16u);
  EXPECT_LT(growth(), 9 * limits::mib);
  EXPECT_GT(server->buffered_bytes(), 4 * 700'000u);
  hostile[0]->go_on_reading();
  EXPECT_EQ(hostile[0]->packets().size(), 1u) << "what was answered before is still delivered";
  EXPECT_TRUE(hostile[0]->ended());
  world.advance(std::chrono::seconds(4));
  EXPECT_EQ(server->connections(), 3u);
  world.advance(std::chrono::seconds(15));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(server->buffered_bytes(), 0u);
}

TEST_F(ServerBounds, StopDeliversWhatClosedConnectionsStillHave) {
  start();
  RawPeer reader(world, endpoint);
  RawPeer hostile(world, endpoint);
  for (RawPeer* peer : {&reader, &hostile}) {
    peer->stop_reading();
    peer->send(make_call(1, 900'000).span());
    peer->send(std::string_view("GET / HTTP/1.1\r\n\r\n"));
  }
  Scope scope;
  scope.spawn(server->stop());
  reader.go_on_reading();
  EXPECT_EQ(reader.packets().size(), 1u);
  ASSERT_TRUE(world.run_until([&] { return scope.empty(); }));
  server.reset();
  hostile.go_on_reading();
  EXPECT_TRUE(hostile.was_reset());
}

// Peers that call and make the server hang up: the calls go on.
TEST_F(ServerBounds, CallsOfGoneConnectionsCountForTheServer) {
  ServerOptions options;
  options.kept_bytes_total_max = 8 * limits::mib;
  start(options);
  for (int i = 0; i < 10; ++i) {
    RawPeer hostile(world, endpoint);
    for (std::int32_t id = 1; id <= 3; ++id) hostile.send(large_wait_call(id).span());
    hostile.send(std::string_view("GET / HTTP/1.1\r\n\r\n"));
  }
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(server->calls_kept(), 8u);
  EXPECT_EQ(counters().overloaded, 22u);
  RawPeer peer(world, endpoint);
  peer.send(text_call("echo", 1).span());
  peer.send(text_call("tars_ping", 2).span());
  world.advance(std::chrono::seconds(1));
  peer.send(text_call("echo", 3).span());
  const auto packets = peer.packets();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(read_answer(packets[0]).ret, static_cast<std::int32_t>(Code::overload));
  EXPECT_EQ(read_answer(packets[1]).ret, 0) << "who only asks whether the server lives is told";
  EXPECT_EQ(read_answer(packets[2]).ret, 0);
}

class DatagramBounds : public ServerBounds {
 protected:
  void listen(const ServerOptions& options) {
    start(options, "udp -h 127.0.0.1 -p 0");
    Endpoint any;
    any.type = EndpointType::udp;
    any.host = "127.0.0.1";
    socket_ = world.env().transport.open_datagram(any).value();
  }
  ~DatagramBounds() override { socket_->close(); }
  void send(std::span<const std::byte> datagram) {
    ASSERT_TRUE(socket_->send(endpoint, datagram).ok());
    world.run_until_idle();
  }

 private:
  std::unique_ptr<DatagramSocket> socket_;
};

TEST_F(DatagramBounds, AnswersThatCannotBeSentAreNotGathered) {
  listen({});
  ByteBuffer many;
  for (std::int32_t id = 1; id <= 200; ++id) many.append(make_call(id, 1'000'000).span());
  const std::size_t peak = peak_during([&] { send(many.span()); });
  EXPECT_LT(peak, 8 * limits::mib);
  EXPECT_EQ(counters().calls, 200u);
  EXPECT_EQ(counters().datagram_answers_dropped, 1u) << "it would have been one datagram";
}

TEST_F(DatagramBounds, ALargeLateAnswerLeavesNoMemoryBehind) {
  listen({});
  send(text_call("hold", 1).span());
  remember();
  servant.held.at(0).send(Returned{std::string(4 * limits::mib, 'x')});
  servant.held.clear();
  world.run_until_idle();
  EXPECT_EQ(counters().datagram_answers_dropped, 1u);
  EXPECT_LT(growth(), 200 * limits::kib);
}

TEST_F(DatagramBounds, OneDatagramDoesNotPassTheLimitOfCallsInFlight) {
  ServerOptions options;
  options.calls_in_flight_max = 10;
  listen(options);
  ByteBuffer many;
  for (std::int32_t id = 1; id <= 100; ++id) many.append(text_call("hold", id).span());
  send(many.span());
  EXPECT_EQ(server->calls_kept(), 10u);
  EXPECT_EQ(counters().datagrams_cut_short, 1u);
  EXPECT_EQ(counters().datagrams_malformed, 0u);
}

TEST(FramePoolBounds, KeepsLittleOfABurst) {
  FramePool pool;
  constexpr std::size_t frame_bytes = 1'000;
  std::vector<void*> frames(50'000);
  const std::size_t before = allocated_bytes();
  for (void*& frame : frames) frame = pool.take(frame_bytes);
  EXPECT_GT(allocated_bytes() - before, 50 * limits::mib / 2);
  for (void* frame : frames) FramePool::give(frame, frame_bytes);
  EXPECT_LE(allocated_bytes() - before, FramePool::kept_bytes_max);
  EXPECT_GT(allocated_bytes() - before, FramePool::kept_bytes_max / 2);
}

}  // namespace
}  // namespace tarsier::testing
