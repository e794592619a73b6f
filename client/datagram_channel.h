#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "client/channel.h"
#include "client/waiting_calls.h"
#include "transport/completion.h"
#include "transport/transport.h"

namespace tarsier {

// One datagram socket: every request is a datagram of its own and leaves when it is made. What is
// lost is not sent again, so its call ends with its deadline; a request that does not fit into a
// datagram is refused. The socket is opened by the first call and stays until the channel closes.
class DatagramChannel final : public Channel, private WaitingCalls::Owner {
 public:
  DatagramChannel(ClientCore& core, Listener& listener, Endpoint to, std::size_t frame_bytes_max);
  DatagramChannel(const DatagramChannel&) = delete;
  DatagramChannel& operator=(const DatagramChannel&) = delete;

  const Endpoint& endpoint() const override { return endpoint_; }
  void connect_now() override;
  ByteBuffer* begin(PendingCall* call, const CallTerms& terms,
                    tars::RequestHeader& header) override;
  void end(const Result<>& encoded) override;
  void retire() override;
  void close() override;
  bool quiet() const override;

 private:
  static void on_readable(void* self, Result<void> result);
  const Endpoint* callee() const override { return &endpoint_; }
  void on_push(const tars::ResponseView& push) override { listener_.on_push(push); }
  void on_reconnect_asked() override { listener_.on_reconnect_asked(*this); }
  void on_flood() override {}  // anybody may send datagrams, and none costs more than itself
  Error timed_out() const override;
  void on_timeouts(std::span<const std::uint32_t> ids, bool silent) override;

  Result<> open();
  Result<> open_and_tell();
  void read_answers();
  void handle(std::span<const std::byte> datagram);
  bool from_the_server(const Endpoint& sender) const;
  void close_if_retired();

  ClientCore& core_;
  Listener& listener_;
  const Endpoint endpoint_;
  const std::size_t frame_bytes_max_;  // of answers
  std::unique_ptr<DatagramSocket> socket_;
  Completion<void> readable_;
  WaitingCalls calls_;
  ByteBuffer output_;  // the request between begin() and end()
  Endpoint sender_;    // of the datagram that is handled
  bool busy_ = false;  // handling answers
  bool retired_ = false;
  bool closed_ = false;
};

}  // namespace tarsier
