#pragma once

#include <memory>

#include "transport/epoll/event_loop.h"
#include "transport/transport.h"

namespace tarsier::epoll {

// UDP over IPv4 or IPv6.
class AsioDatagram final : public DatagramSocket {
 public:
  static Result<std::unique_ptr<DatagramSocket>> open(EventLoop& loop, const Endpoint& at,
                                                      const DatagramOptions& options);
  explicit AsioDatagram(EventLoop& loop);
  ~AsioDatagram() override;

  void start_wait_readable(Completion<void>& done) override;
  Result<std::size_t> receive(std::span<std::byte> into, Endpoint& from) override;
  Result<> send(const Endpoint& to, std::span<const std::byte> datagram) override;
  const Endpoint& local() const override { return local_; }
  void close() override;

 private:
  void on_readable(const boost::system::error_code& error);

  EventLoop& loop_;
  Endpoint local_;
  HandlerMemory memory_;
  Descriptor descriptor_;
  Completion<void>* waiter_ = nullptr;
  bool closed_ = false;
};

}  // namespace tarsier::epoll
