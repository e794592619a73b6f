#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "transport/base/limits.h"
#include "transport/base/time.h"
#include "transport/transport.h"

// What the kernel keeps of a socket, for MemoryNetwork. Programs see the handles (Connection,
// Listener, DatagramSocket) that the make_… functions at the end return.
namespace tarsier::memory {

class MemoryNetwork;
using SocketId = std::uint64_t;

struct NetworkOptions {
  std::size_t send_buffer_bytes = 64 * limits::kib;     // of the kernel, per connection
  std::size_t receive_buffer_bytes = 64 * limits::kib;  // per connection and per datagram socket
  std::size_t read_bytes_max = 0;                       // 0: a read takes all that is there
  std::size_t descriptors_max = 1'000'000;              // listeners, connections, datagram sockets
  std::vector<std::string> addresses;                   // of this machine, beside the loopback ones
};

// One end of a byte stream. `unsent` is in the program's memory; what left it is in `received` of
// the other end at once, which stands for both kernels' buffers and is bounded by their sum.
class Stream {
 public:
  Stream(MemoryNetwork& network, SocketId id, SocketId other, Endpoint local, Endpoint peer);

  void start_wait_readable(Completion<void>& done);
  Result<std::size_t> read_some(std::span<std::byte> into);
  void send(Bytes bytes);
  std::size_t unsent_bytes() const { return unsent_bytes_; }
  void start_wait_unsent(std::size_t bytes, Completion<void>& done);
  void finish_sending();
  void close();
  void abort();
  // The handle was destroyed; so is this, now or when the queued bytes are delivered.
  void let_go();

  const Endpoint& local() const { return local_; }
  const Endpoint& peer() const { return peer_; }
  SocketId id() const { return id_; }
  void own_descriptor() { has_descriptor_ = true; }
  // A connection that waits in a backlog and never gets a handle.
  void refuse_unaccepted();

 private:
  friend class MemoryNetwork;

  Stream* other();
  bool readable() const;
  void schedule_flush();
  void flush();
  std::size_t room_at(const Stream& receiver) const;
  void notify_readable();
  void notify_unsent();
  void fire_readable();
  void fire_unsent();
  void receive_finish();
  void receive_reset();
  void drop_unsent();
  // The kernel's close(): the end of this socket, by FIN or, if something was left unread, by RST.
  void close_in_kernel();
  void reset_other();
  void forget_if_over();
  template <class Method>
  void later(Method method);

  MemoryNetwork& network_;
  const SocketId id_;
  const SocketId other_;
  const Endpoint local_;
  const Endpoint peer_;

  std::deque<Bytes> unsent_;
  std::size_t unsent_bytes_ = 0;
  std::deque<Bytes> received_;
  std::size_t received_bytes_ = 0;
  Completion<void>* readable_waiter_ = nullptr;
  Completion<void>* unsent_waiter_ = nullptr;
  std::size_t unsent_waited_for_ = 0;
  bool flush_scheduled_ = false;
  bool readable_scheduled_ = false;
  bool unsent_scheduled_ = false;
  bool finishing_ = false;  // finish_sending() was called
  bool finish_sent_ = false;
  bool finish_received_ = false;
  bool closed_ = false;  // close() or abort() was called
  bool over_ = false;    // closed in the kernel as well
  bool reset_ = false;
  bool has_handle_ = true;
  bool has_descriptor_ = false;
};

class ListenSocket {
 public:
  ListenSocket(MemoryNetwork& network, SocketId id, Endpoint at, ListenOptions options)
      : network_(network), id_(id), at_(std::move(at)), options_(options) {}

  void start_accept(Completion<std::unique_ptr<Connection>>& done);
  void close();
  const Endpoint& local() const { return at_; }
  bool accepting() const { return accept_ != nullptr; }
  bool closed() const { return closed_; }
  SocketId id() const { return id_; }

 private:
  friend class MemoryNetwork;

  // Linux lets one more wait than the backlog says.
  bool full() const { return queue_.size() > static_cast<std::size_t>(options_.backlog); }
  void notify();
  void fire();

  MemoryNetwork& network_;
  const SocketId id_;
  const Endpoint at_;
  const ListenOptions options_;
  std::deque<SocketId> queue_;    // established, not accepted
  std::deque<SocketId> waiting_;  // connects for which the queue has no room
  Completion<std::unique_ptr<Connection>>* accept_ = nullptr;
  bool closed_ = false;
};

class DatagramPort {
 public:
  DatagramPort(MemoryNetwork& network, SocketId id, Endpoint at, const DatagramOptions& options)
      : network_(network), id_(id), at_(std::move(at)), options_(options) {}

  void start_wait_readable(Completion<void>& done);
  Result<std::size_t> receive(std::span<std::byte> into, Endpoint& from);
  Result<> send(const Endpoint& to, std::span<const std::byte> datagram);
  void close();
  const Endpoint& local() const { return at_; }
  const DatagramOptions& options() const { return options_; }
  bool waiting() const { return waiter_ != nullptr; }
  bool closed() const { return closed_; }
  SocketId id() const { return id_; }

 private:
  void deliver(const Endpoint& from, std::span<const std::byte> datagram);
  void notify();
  void fire();

  MemoryNetwork& network_;
  const SocketId id_;
  const Endpoint at_;
  const DatagramOptions options_;
  std::deque<std::pair<Endpoint, Bytes>> queue_;
  std::size_t queued_bytes_ = 0;
  Completion<void>* waiter_ = nullptr;
  bool closed_ = false;
};

// The handles. The network must outlive them.
std::unique_ptr<Connection> make_connection(Stream& stream);
std::unique_ptr<Listener> make_listener(MemoryNetwork& network, ListenSocket& socket);
std::unique_ptr<DatagramSocket> make_datagram_socket(MemoryNetwork& network, DatagramPort& port);

}  // namespace tarsier::memory
