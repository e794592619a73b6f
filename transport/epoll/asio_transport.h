#pragma once

#include <memory>

#include "transport/blocking.h"
#include "transport/epoll/socket_stream.h"
#include "transport/transport.h"

namespace tarsier::epoll {

// TCP over IPv4 and IPv6, unix sockets and UDP on one loop.
class AsioTransport final : public Transport {
 public:
  // `blocking` resolves names.
  AsioTransport(EventLoop& loop, Blocking& blocking, int send_buffer_bytes)
      : loop_(loop), blocking_(blocking), streams_(loop, send_buffer_bytes) {}

  Result<std::unique_ptr<Listener>> listen(const Endpoint& at,
                                           const ListenOptions& options) override;
  void start_connect(const Endpoint& to, TimePoint deadline,
                     Completion<std::unique_ptr<Connection>>& done) override;
  Result<std::unique_ptr<DatagramSocket>> open_datagram(const Endpoint& at,
                                                        const DatagramOptions& options) override;

  // Aborts what still delivers bytes after its Connection is gone; then the loop can be drained.
  void abort_all() { streams_.abort_all(); }

 private:
  EventLoop& loop_;
  Blocking& blocking_;
  StreamList streams_;
};

}  // namespace tarsier::epoll
