#pragma once

#include <sys/types.h>

#include <memory>
#include <utility>

#include "transport/epoll/socket_stream.h"
#include "transport/transport.h"

namespace tarsier::epoll {

// Accepts one connection per start_accept(). When the process is out of descriptors a spare one is
// given up for a moment, so that the connection can be taken and closed: the client learns at
// once, the queue of the kernel moves on, and nothing spins.
class AsioListener final : public Listener {
 public:
  static Result<std::unique_ptr<Listener>> open(StreamList& streams, const Endpoint& at,
                                                const ListenOptions& options);
  explicit AsioListener(StreamList& streams);
  ~AsioListener() override;

  void start_accept(Completion<std::unique_ptr<Connection>>& done) override;
  const Endpoint& local() const override { return local_; }
  void close() override;

 private:
  void wait();
  void on_readable(const boost::system::error_code& error);
  void refuse_one(int number);
  void finish(Result<std::unique_ptr<Connection>> result);
  Error closed_error() const;

  StreamList& streams_;
  Endpoint local_;
  std::pair<dev_t, ino_t> file_{};  // of a unix socket: which one it is, wherever the name leads
  HandlerMemory memory_;
  Descriptor descriptor_;
  Completion<std::unique_ptr<Connection>>* accept_ = nullptr;
  int spare_;
  Timers::Id retry_timer_ = 0;
  bool closed_ = false;
};

}  // namespace tarsier::epoll
