#include "protocol/tars/counting_new_testing.h"
#include "server/limits_testing.h"

// What peers may cost a server in memory. Allocation is measured with a counting operator new.
namespace tarsier::testing {
namespace {

class ServerBounds : public ServerLimits {
 protected:
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
  for (std::int32_t id = 1; id <= 64; ++id) {
    const auto arguments = [](auto&& visit) {
      visit(1, "bytes", std::int32_t{1});
      visit(2, "of a newer version", std::string(limits::mib, 'x'));
    };
    peer.send(request_frame(object, "wait", id, arguments).span());
  }
  ASSERT_EQ(server->calls_kept(), 64u);
  EXPECT_LT(growth(), 64 * 4 * limits::kib);
  world.advance(std::chrono::seconds(1));
  EXPECT_EQ(peer.packets().size(), 2 * 64u) << "a push and an answer each";
}

}  // namespace
}  // namespace tarsier::testing
