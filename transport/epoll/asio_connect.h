#pragma once

#include <memory>
#include <string>
#include <vector>

#include "transport/blocking.h"
#include "transport/epoll/socket_stream.h"
#include "transport/transport.h"

namespace tarsier::epoll {

// One start_connect(): resolves a name if there is one, then tries the addresses in turn until one
// answers or the deadline is there. Owns itself: it is gone when its last callback has run.
class ConnectAttempt {
 public:
  using Done = Completion<std::unique_ptr<Connection>>;

  // Arms and later completes `done`.
  static void start(StreamList& streams, Blocking& blocking, const Endpoint& to, TimePoint deadline,
                    Done& done);

 private:
  // Shared with the thread that resolves; the attempt itself may be over before it answers.
  struct Resolution;

  ConnectAttempt(StreamList& streams, const Endpoint& to, Done& done);
  ~ConnectAttempt() = default;

  void begin(Blocking& blocking, TimePoint deadline);
  void resolve(Blocking& blocking);
  void on_resolved(Result<> resolved);
  void try_next();
  void on_connected(const boost::system::error_code& error);
  void take_connection();
  void fail_address(int number);
  void finish(Result<std::unique_ptr<Connection>> result);
  void finish_later(Error error);
  void settle();

  StreamList& streams_;
  const Endpoint to_;
  const std::string what_;
  Done* done_;
  Descriptor descriptor_;
  HandlerMemory memory_;
  std::vector<SocketAddress> addresses_;
  std::size_t next_address_ = 0;
  Error last_error_;
  std::shared_ptr<Resolution> resolution_;
  Completion<void> resolved_;
  Timers::Id deadline_timer_ = 0;
  Timers::Id retry_timer_ = 0;
  int references_ = 0;  // callbacks under way that refer to this
};

}  // namespace tarsier::epoll
