#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/tars/frame.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/packet_writer.h"
#include "transport/memory/memory_world.h"
#include "transport/transport.h"

namespace tarsier::testing {

// A server that answers only what the test tells it to, however wrong. In memory only.
class FakeServer {
 public:
  explicit FakeServer(memory::World& world)
      : world_(world), accepted_(&FakeServer::on_accept, this) {
    Endpoint at;
    at.host = "127.0.0.1";
    listener_ = world.env().transport.listen(at).value();
    listener_->start_accept(accepted_);
  }
  ~FakeServer() {
    if (!closed_) close();
    for (auto& peer : peers_) peer->connection->close();
    world_.run_until_idle();
  }

  const Endpoint& endpoint() const { return listener_->local(); }
  std::size_t connections() const { return peers_.size(); }
  // Requests in order of arrival, over all connections.
  const std::vector<tars::RequestPacket>& requests() const { return requests_; }

  void send(std::span<const std::byte> bytes, std::size_t peer = 0) {
    peers_[peer]->connection->send(Bytes::copy_of(bytes));
    world_.run_until_idle();
  }
  void send(const tars::ResponsePacket& packet) {
    ByteBuffer bytes;
    tars::Writer writer(bytes);
    packet.tars_write(writer);
    writer.flush();
    const auto length = static_cast<std::uint32_t>(bytes.size() + 4);
    ByteBuffer frame;
    for (const int shift : {24, 16, 8, 0}) {
      *frame.prepare(1) = static_cast<std::byte>(length >> shift);
      frame.commit(1);
    }
    frame.append(bytes.span());
    send(frame.span());
  }
  // The answer "ret 0, value at tag 0" or an error.
  void answer(std::int32_t id, std::string_view value, std::int32_t ret = 0, std::size_t peer = 0,
              std::int16_t version = 1) {
    send(answer_frame(id, value, ret, version).span(), peer);
  }
  void push(std::string_view function, std::string_view description, std::string_view value,
            std::size_t peer = 0) {
    tars::StringMap status;
    if (!function.empty()) status.emplace("TARS_FUNC", function);
    tars::ResponseHeader header;
    header.description = description;
    header.status = &status;
    ByteBuffer frame;
    tars::write_frame(frame, header, [&](tars::Writer& writer) { writer.write(0, value); }).value();
    send(frame.span(), peer);
  }
  void reset(std::size_t peer = 0) {
    peers_[peer]->connection->abort();
    world_.run_until_idle();
  }
  // Ends that connection in order, behind what was sent.
  void end(std::size_t peer = 0) {
    hang_up(peer);
    world_.run_until_idle();
  }
  // The same, and nobody has heard of it yet.
  void hang_up(std::size_t peer = 0) { peers_[peer]->connection->close(); }
  // The same with an answer in front, so that the client finds both at once.
  void answer_and_end(std::int32_t id, std::string_view value, std::size_t peer = 0) {
    peers_[peer]->connection->send(answer_frame(id, value).take());
    end(peer);
  }
  // No more connections.
  void close() {
    closed_ = true;
    listener_->close();
    world_.run_until_idle();
  }
  // After close(): takes connections again, at the same place.
  void open_again() {
    closed_ = false;
    listener_ = world_.env().transport.listen(listener_->local()).value();
    listener_->start_accept(accepted_);
  }
  // The client closed that connection, or broke it.
  bool ended(std::size_t peer = 0) const { return peers_[peer]->ended; }

 private:
  static ByteBuffer answer_frame(std::int32_t id, std::string_view value, std::int32_t ret = 0,
                                 std::int16_t version = 1) {
    tars::ResponseHeader header;
    header.version = version;
    header.request_id = id;
    header.ret = ret;
    if (ret != 0) header.description = value;
    ByteBuffer frame;
    tars::write_frame(frame, header, [&](tars::Writer& writer) { writer.write(0, value); }).value();
    return frame;
  }

  struct Peer {
    explicit Peer(FakeServer& owner, std::unique_ptr<Connection> accepted)
        : server(owner), connection(std::move(accepted)), event(&FakeServer::on_event, this) {}
    FakeServer& server;
    std::unique_ptr<Connection> connection;
    Completion<void> event;
    tars::FrameSplitter splitter{limits::frame_bytes_max};
    bool ended = false;
  };

  static void on_accept(void* self, Result<std::unique_ptr<Connection>> result) {
    auto& server = *static_cast<FakeServer*>(self);
    if (!result) return;
    server.peers_.push_back(std::make_unique<Peer>(server, std::move(result).value()));
    Peer& peer = *server.peers_.back();
    peer.connection->start_wait_readable(peer.event);
    server.listener_->start_accept(server.accepted_);
  }
  static void on_event(void* self, Result<void> result) {
    auto& peer = *static_cast<Peer*>(self);
    if (!result) return;
    std::vector<std::byte> buffer(65'536);
    for (;;) {
      const auto taken = peer.connection->read_some(buffer);
      if (taken.code() == Code::would_block) break;
      if (!taken || *taken == 0) {
        peer.ended = true;
        peer.connection->close();
        return;
      }
      peer.splitter.feed(std::span(buffer).first(*taken));
      std::span<const std::byte> packet;
      while (peer.splitter.next(packet) == tars::FrameSplitter::Cut::frame) {
        tars::Reader reader(packet);
        peer.server.requests_.emplace_back();
        EXPECT_TRUE(peer.server.requests_.back().tars_read(reader));
      }
    }
    peer.connection->start_wait_readable(peer.event);
  }

  memory::World& world_;
  Completion<std::unique_ptr<Connection>> accepted_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<tars::RequestPacket> requests_;
  bool closed_ = false;
};

}  // namespace tarsier::testing
