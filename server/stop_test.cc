// What connections hear of a server that stops.
#include "server/limits_testing.h"

namespace tarsier::testing {
namespace {

class ServerStop : public ServerLimits {
 protected:
  // The packets that come to a peer, whose last request was of `version`, once the server stops.
  std::vector<std::vector<std::byte>> heard_by(std::int16_t version) {
    ServerOptions options;
    options.push_reconnect = true;
    start(options);
    RawPeer peer(world, endpoint);
    for (const std::int16_t asked : {tars::version_tars, version}) {
      tars::RequestHeader header;
      header.version = asked;
      header.servant = object;
      header.function = "tars_ping";
      header.request_id = 1;
      ByteBuffer frame;
      EXPECT_TRUE(tars::write_frame(frame, header, std::span<const std::byte>()).ok());
      peer.send(frame.span());
    }
    peer.forget_received();
    stop();
    EXPECT_TRUE(peer.ended());
    return peer.packets();
  }
};

TEST_F(ServerStop, TellsPeersToReconnect) {
  for (const std::int16_t version : {tars::version_tars, tars::version_json}) {
    const auto packets = heard_by(version);
    ASSERT_EQ(packets.size(), 1u) << version;
    tars::ResponseView push;
    ASSERT_TRUE(tars::decode_response(packets[0], push).ok());
    EXPECT_EQ(push.request_id, 0);
    EXPECT_EQ(push.description, "_reconnect_");
  }
}

// @tars/rpc reads a ResponsePacket as the RequestPacket that answers TUP, throws and ends.
TEST_F(ServerStop, SendsNoResponsePacketToWhoSpeaksTup) {
  for (const std::int16_t version : {tars::version_tup, tars::version_tup_legacy})
    EXPECT_TRUE(heard_by(version).empty()) << version;
}

}  // namespace
}  // namespace tarsier::testing
