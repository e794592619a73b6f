#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "server/in_flight.h"
#include "server/reply_path.h"
#include "server/server_core.h"
#include "server/session.h"
#include "transport/completion.h"
#include "transport/transport.h"

namespace tarsier {

// A UDP socket of a server. Every datagram stands alone: one or more whole frames, whose answers go
// back in one datagram; damage drops the rest of that datagram and nothing else.
class DatagramPort final : public ReplyPath {
 public:
  // `rules`: whose datagrams are read; it counts nobody.
  DatagramPort(ServerCore& core, SessionOwner& owner, std::unique_ptr<DatagramSocket> socket,
               const AdmissionRules& rules = {});
  ~DatagramPort() override;

  void start();
  void close();
  // Closed, and nothing waits any more.
  bool ended() const { return ended_; }
  const Endpoint& local() const { return socket_->local(); }

  std::uint64_t id() const override { return id_; }
  bool open() const override { return !ended_; }
  const Endpoint& peer() const override { return from_; }
  ByteBuffer& output(bool later) override { return later ? late_output_ : output_; }
  void answered_later(const Endpoint& to, std::size_t request_bytes) override;
  void call_kept(std::size_t bytes) override { in_flight_.add(bytes); }
  void call_ended(std::size_t bytes) override;
  void resume_reading() override;
  void recount() override {}
  Result<> may_push() override;
  void pushed() override {}
  void close_when_sent() override {}

 private:
  static void on_event(void* self, Result<void> result);
  void receive_all();
  // Waits for more, or, with too many calls under way, until one of them ends.
  void go_on();
  void go_on_later();
  bool full() const { return core_.reading_paused() || in_flight_.full(core_.options()); }
  void dispatch_datagram(std::span<const std::byte> datagram);
  std::size_t answer_bytes_max(std::size_t request_bytes) const;
  static void forget(ByteBuffer& answers);
  void send_answers(ByteBuffer& answers, const Endpoint& to, std::size_t request_bytes);

  ServerCore& core_;
  SessionOwner& owner_;
  std::unique_ptr<DatagramSocket> socket_;
  const AdmissionRules rules_;
  Completion<void> event_;
  std::uint64_t id_;
  Endpoint from_;
  ByteBuffer output_;       // of the datagram that is being dispatched
  ByteBuffer late_output_;  // of a call that was kept
  InFlight in_flight_;
  bool resume_posted_ = false;
  bool ended_ = false;
};

}  // namespace tarsier
