#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "transport/epoll/event_loop.h"
#include "transport/epoll/socket_address.h"
#include "transport/transport.h"

namespace tarsier::epoll {

class StreamList;

// The socket behind a Connection. It lives on after its handle as long as queued bytes are being
// delivered or a callback refers to it, and is deleted at the end of a turn then.
//
// It stands in the loop's epoll set, edge-triggered, and remembers what the edges said: whether the
// kernel may have bytes to read or room for more. Waiting costs no system call, and neither does
// learning that all was read: a TCP read that fills less than it was given took everything.
//
// An idle one costs about 350 bytes: the queue of a turn borrows its memory from the list, and
// addresses are made into text when somebody asks.
class SocketStream final : public Watcher {
 public:
  // Takes the socket over.
  SocketStream(StreamList& list, int socket, const SocketAddress& peer);
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  void start_wait_readable(Completion<void>& done);
  Result<std::size_t> read_some(std::span<std::byte> into);
  void send(Bytes bytes);
  std::size_t unsent_bytes() const { return unsent_bytes_; }
  void start_wait_unsent(std::size_t bytes, Completion<void>& done);
  void finish_sending();
  void close();
  void abort();
  const Endpoint& local();
  const Endpoint& peer();

  // The handle is gone: closes, and deletes itself at once or later.
  void let_go();

 private:
  friend class StreamList;
  ~SocketStream();
  void on_events(std::uint32_t events) override;

  struct Addresses {
    Endpoint local;
    Endpoint peer;
  };

  bool bytes_wait();
  void complete_readable();
  void complete_readable_later();
  void notify_unsent();
  void schedule_flush();
  void flush();
  void write_queued();
  void drop_written(std::size_t count);
  void drop_queue();
  void break_sending(int number);
  void finish_in_kernel();
  void close_socket();
  void on_linger_end();
  Error reset_error();
  Error closed_error();
  Addresses& addresses();
  bool is_unix() const { return peer_v6_.sin6_family == AF_UNSPEC; }
  // To be called when a reason to live may have gone.
  void settle();

  StreamList& list_;
  SocketStream* previous_ = nullptr;  // in list_
  SocketStream* next_ = nullptr;
  int socket_;  // -1: closed
  Completion<void>* readable_waiter_ = nullptr;
  Completion<void>* unsent_waiter_ = nullptr;
  std::size_t unsent_waited_for_ = 0;

  std::vector<Bytes> queue_;      // from the list's spares while not empty
  std::uint32_t queue_head_ = 0;  // those before it are written
  std::uint32_t references_ = 0;  // callbacks under way that refer to this
  std::size_t unsent_bytes_ = 0;
  Timers::Id linger_timer_ = 0;

  sockaddr_in6 peer_v6_{};  // or a sockaddr_in, or unspecified: a unix socket
  std::unique_ptr<Addresses> addresses_;

  bool may_read_ : 1 = false;  // reading may give more than would_block
  bool end_seen_ : 1 = false;  // an edge told of the peer's end or an error: read up to it
  bool full_ : 1 = false;      // the kernel took less than it was given: wait for an edge
  bool readable_scheduled_ : 1 = false;
  bool handle_alive_ : 1 = true;
  bool closed_ : 1 = false;          // by this side
  bool finishing_ : 1 = false;       // finish_sending() was called
  bool finished_ : 1 = false;        // the kernel knows
  bool peer_finished_ : 1 = false;   // reading gave 0
  bool reset_ : 1 = false;           // reading gave an error, or sending a reset
  bool sending_broken_ : 1 = false;  // the kernel takes nothing any more
  bool flush_scheduled_ : 1 = false;
  bool buried_ : 1 = false;
  bool unsent_scheduled_ : 1 = false;
};

// Every live stream of a loop, and the memory they share.
class StreamList {
 public:
  StreamList(EventLoop& loop, int send_buffer_bytes);
  ~StreamList();
  EventLoop& loop() { return loop_; }

  // Aborts all; what refers to them ends when the loop is drained.
  void abort_all();
  std::size_t size() const { return size_; }

  // Takes the socket over, also when it fails: it must be non-blocking and connected. `peer` is
  // what accept or connect told. Error: no_descriptors, the system watches as many as it can.
  Result<std::unique_ptr<Connection>> adopt(int socket, const SocketAddress& peer);

 private:
  friend class SocketStream;
  static constexpr std::size_t scratch_bytes = 64 * 1024;

  // Deletes the stream when the turn ends: epoll may have told more about it already.
  void bury(SocketStream& stream);
  void link(SocketStream& stream);
  void unlink(SocketStream& stream);
  std::vector<Bytes> take_spare_queue();
  void give_spare_queue(std::vector<Bytes> queue);

  EventLoop& loop_;
  const int send_buffer_bytes_;
  SocketStream* first_ = nullptr;
  std::size_t size_ = 0;
  std::vector<std::vector<Bytes>> spare_queues_;
  std::unique_ptr<std::byte[]> scratch_;  // small pieces are gathered here for one write
};

}  // namespace tarsier::epoll
