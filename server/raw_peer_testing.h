#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/tars/frame.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/packet_writer.h"
#include "protocol/tars/parameters.h"
#include "transport/clock.h"
#include "transport/env.h"
#include "transport/memory/memory_world.h"
#include "transport/transport.h"

namespace tarsier::testing {

// A client that writes what it likes and keeps what comes back. In memory only.
class RawPeer {
 public:
  RawPeer(memory::World& world, const Endpoint& to)
      : world_(world), connected_(&RawPeer::on_connected, this), event_(&RawPeer::on_event, this) {
    const TimePoint deadline = world.env().clock.now() + std::chrono::seconds(1);
    world.env().transport.start_connect(to, deadline, connected_);
    world.run_until_idle();
  }
  ~RawPeer() {
    if (connection_ != nullptr) connection_->close();
    world_.run_until_idle();
  }

  bool connected() const { return connection_ != nullptr; }
  void send(std::span<const std::byte> bytes) {
    connection_->send(Bytes::copy_of(bytes));
    world_.run_until_idle();
  }
  void send(std::string_view text) { send(as_bytes(text)); }
  void finish_sending() {
    connection_->finish_sending();
    world_.run_until_idle();
  }
  // From now on nothing is taken from the connection.
  void stop_reading() { reading_ = false; }
  // Takes that much of what has arrived, while it does not read.
  void take(std::size_t bytes) {
    const auto taken = connection_->read_some({received_.prepare(bytes), bytes});
    if (taken) received_.commit(*taken);
    world_.run_until_idle();
  }
  void go_on_reading() {
    reading_ = true;
    if (!event_.pending() && !ended_) connection_->start_wait_readable(event_);
    world_.run_until_idle();
  }
  // The server closed the connection, or broke it.
  bool ended() const { return ended_; }
  bool was_reset() const { return was_reset_; }

  // The packets that came, without their lengths.
  std::vector<std::vector<std::byte>> packets() const {
    tars::FrameSplitter splitter(limits::frame_bytes_max);
    splitter.feed(received_.span());
    std::vector<std::vector<std::byte>> all;
    std::span<const std::byte> packet;
    while (splitter.next(packet) == tars::FrameSplitter::Cut::frame)
      all.emplace_back(packet.begin(), packet.end());
    return all;
  }
  std::span<const std::byte> received() const { return received_.span(); }
  void forget_received() { received_.clear(); }

 private:
  static void on_connected(void* self, Result<std::unique_ptr<Connection>> result) {
    auto& peer = *static_cast<RawPeer*>(self);
    if (!result) return;
    peer.connection_ = std::move(result).value();
    peer.connection_->start_wait_readable(peer.event_);
  }
  static void on_event(void* self, Result<void> result) {
    auto& peer = *static_cast<RawPeer*>(self);
    if (!result || !peer.reading_) return;
    for (;;) {
      std::byte* const room = peer.received_.prepare(65'536);
      const auto taken = peer.connection_->read_some({room, 65'536});
      if (taken.code() == Code::would_block) break;
      if (!taken || *taken == 0) {
        peer.ended_ = true;
        peer.was_reset_ = !taken;
        return;
      }
      peer.received_.commit(*taken);
    }
    peer.connection_->start_wait_readable(peer.event_);
  }

  memory::World& world_;
  Completion<std::unique_ptr<Connection>> connected_;
  Completion<void> event_;
  std::unique_ptr<Connection> connection_;
  ByteBuffer received_;
  bool reading_ = true;
  bool ended_ = false;
  bool was_reset_ = false;
};

// What an answer says, whatever its version. TUP answers are shaped like requests (spec §2.8).
struct Answer {
  std::int16_t version = 0;
  std::int32_t request_id = 0;
  std::int32_t ret = 0;
  std::string description;
};
inline Answer read_answer(std::span<const std::byte> packet) {
  tars::ResponseView response;
  if (tars::decode_response(packet, response)) {
    return {response.version, response.request_id, response.ret, std::string(response.description)};
  }
  tars::RequestView tup;
  EXPECT_TRUE(tars::decode_tup_reply(packet, tup).ok());
  const std::string code(tup.status.find("STATUS_RESULT_CODE").value_or("0"));
  return {tup.version, tup.request_id, std::stoi(code),
          std::string(tup.status.find("STATUS_RESULT_DESC").value_or(""))};
}

// The frame of a call.
template <class Each>
ByteBuffer request_frame(std::string_view servant, std::string_view function, std::int32_t id,
                         const Each& each, bool one_way = false) {
  tars::RequestHeader header;
  header.servant = servant;
  header.function = function;
  header.request_id = id;
  header.timeout_ms = 3000;
  if (one_way) header.packet_type = tars::packet_one_way;
  ByteBuffer frame;
  EXPECT_TRUE(tars::write_frame(frame, header, [&](tars::Writer& writer) {
                tars::write_parameters(writer, each);
              }).ok());
  return frame;
}

}  // namespace tarsier::testing
