#include "protocol/tars/counting_new_testing.h"
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

}  // namespace
}  // namespace tarsier::testing
