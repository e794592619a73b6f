#include "server/limits_testing.h"

namespace tarsier::testing {
namespace {

// How a connection that the server ends goes: see transport/lingering_close.h.
class ServerLeaving : public ServerLimits {
 protected:
  // An answer that does not fit into the buffers of the kernel, and the connection's end behind it.
  static ByteBuffer make_and_close() {
    ByteBuffer both = make_call(1, 500'000);
    both.append(text_call("close", 2).span());
    return both;
  }
};

TEST_F(ServerLeaving, AnswersSurviveWhatThePeerStillSends) {
  start();
  RawPeer peer(world, endpoint);
  peer.stop_reading();
  peer.send(make_and_close().span());
  peer.send(text_call("echo", 3).span());
  peer.go_on_reading();
  peer.send(text_call("echo", 4).span());
  EXPECT_EQ(peer.packets().size(), 2u) << "and nothing that came behind the end";
  EXPECT_TRUE(peer.ended());
  EXPECT_FALSE(peer.was_reset());
}

TEST_F(ServerLeaving, ADamagedFrameDoesNotCostTheAnswersBeforeIt) {
  start();
  RawPeer peer(world, endpoint);
  peer.stop_reading();
  peer.send(make_call(1, 500'000).span());
  peer.send("GET / HTTP/1.1\r\n\r\n");
  peer.send("and a body");
  peer.go_on_reading();
  EXPECT_EQ(peer.packets().size(), 1u);
  EXPECT_FALSE(peer.was_reset());
}

TEST_F(ServerLeaving, EndsAtOnceWhenThePeerDoes) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("close", 1).span());
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(server->connections(), 1u);
  peer.finish_sending();
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerLeaving, DoesNotWaitLongForAPeerThatStays) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("close", 1).span());
  world.advance(limits::linger_wait + std::chrono::seconds(1));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerLeaving, ResetsAPeerThatDoesNotTakeItsAnswers) {
  start();
  RawPeer peer(world, endpoint);
  peer.stop_reading();
  peer.send(make_and_close().span());
  world.advance(limits::stalled_wait - std::chrono::seconds(1));
  EXPECT_EQ(server->connections(), 1u);
  world.advance(std::chrono::seconds(2));
  EXPECT_EQ(server->connections(), 0u);
  peer.go_on_reading();
  EXPECT_TRUE(peer.was_reset());
}

TEST_F(ServerLeaving, DropsNoMoreThanItsLimit) {
  start();
  RawPeer peer(world, endpoint);
  peer.send(text_call("close", 1).span());
  peer.send(std::string(limits::linger_bytes_max - 1, 'x'));
  EXPECT_EQ(server->connections(), 1u);
  peer.send("xx");
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerLeaving, NobodyAnswersOrPushesToWhoLeaves) {
  start();
  RawPeer peer(world, endpoint);
  ByteBuffer both = text_call("hold", 1);
  both.append(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  peer.send(both.span());
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(server->connections(), 1u);
  servant.answer_all();
  world.run_until_idle();
  EXPECT_EQ(counters().answers_dropped, 1u);
  EXPECT_TRUE(peer.packets().empty());
}

TEST_F(ServerLeaving, StopWaitsForThePeerToTakeItsAnswers) {
  start();
  RawPeer peer(world, endpoint);
  peer.stop_reading();
  peer.send(make_call(1, 500'000).span());
  Scope scope;
  scope.spawn(server->stop());
  world.advance(std::chrono::seconds(1));
  EXPECT_FALSE(scope.empty());
  peer.go_on_reading();
  EXPECT_EQ(peer.packets().size(), 1u);
  EXPECT_FALSE(peer.was_reset());
  peer.finish_sending();
  world.advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(scope.empty());
  server.reset();
}

}  // namespace
}  // namespace tarsier::testing
