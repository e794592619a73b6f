#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "transport/epoll/asio_loop.h"
#include "transport/epoll/socket_address.h"
#include "transport/transport.h"

namespace tarsier::epoll {

class StreamList;

// The socket behind a Connection. It lives on after its handle as long as queued bytes are being
// delivered or an Asio operation refers to it, and deletes itself then.
//
// An idle one costs (with Asio's part) less than 600 bytes: the queue of a turn borrows its memory
// from the list, addresses are made into text when somebody asks.
class AsioStream {
 public:
  AsioStream(StreamList& list, const SocketAddress& peer);
  AsioStream(const AsioStream&) = delete;
  AsioStream& operator=(const AsioStream&) = delete;

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
  ~AsioStream();

  struct Addresses {
    Endpoint local;
    Endpoint peer;
  };

  void on_readable(const boost::system::error_code& error);
  void on_writable(const boost::system::error_code& error);
  void complete_readable_later();
  void complete_readable();
  void notify_unsent();
  void schedule_flush();
  void flush();
  bool write_queued();
  void drop_written(std::size_t count);
  void drop_queue();
  void break_sending(int number);
  void wait_writable();
  void finish_in_kernel();
  void close_descriptor();
  void on_linger_end();
  Error reset_error();
  Error closed_error();
  Addresses& addresses();
  void settle();

  StreamList& list_;
  AsioStream* previous_ = nullptr;  // in list_
  AsioStream* next_ = nullptr;
  Descriptor descriptor_;
  HandlerMemory read_memory_;

  Completion<void>* readable_waiter_ = nullptr;
  Completion<void>* unsent_waiter_ = nullptr;
  std::size_t unsent_waited_for_ = 0;

  std::vector<Bytes> queue_;      // from the list's spares while not empty
  std::uint32_t queue_head_ = 0;  // those before it are written
  std::uint32_t references_ = 0;  // callbacks under way that refer to this
  std::size_t unsent_bytes_ = 0;
  Timers::Id linger_timer_ = 0;

  sockaddr_in6 peer_v6_{};  // or a sockaddr_in; unix peers are asked when needed
  std::unique_ptr<Addresses> addresses_;

  bool handle_alive_ : 1 = true;
  bool closed_ : 1 = false;          // by this side
  bool finishing_ : 1 = false;       // finish_sending() was called
  bool finished_ : 1 = false;        // the kernel knows
  bool peer_finished_ : 1 = false;   // reading gave 0
  bool reset_ : 1 = false;           // reading gave an error, or sending a reset
  bool sending_broken_ : 1 = false;  // the kernel takes nothing any more
  bool flush_scheduled_ : 1 = false;
  bool writable_pending_ : 1 = false;
  bool unsent_scheduled_ : 1 = false;
};

// Every live stream of a loop, and the memory they share.
class StreamList {
 public:
  StreamList(AsioLoop& loop, int send_buffer_bytes);
  ~StreamList();
  AsioLoop& loop() { return loop_; }

  // Aborts all; what refers to them ends when the loop is drained.
  void abort_all();
  std::size_t size() const { return size_; }

  // Takes the socket over, also when it fails: it must be non-blocking and connected. `peer` is
  // what accept or connect told. Error: no_descriptors, the system watches as many as it can.
  Result<std::unique_ptr<Connection>> adopt(int socket, const SocketAddress& peer);

 private:
  friend class AsioStream;
  static constexpr std::size_t scratch_bytes = 64 * 1024;

  void link(AsioStream& stream);
  void unlink(AsioStream& stream);
  std::vector<Bytes> take_spare_queue();
  void give_spare_queue(std::vector<Bytes> queue);

  AsioLoop& loop_;
  const int send_buffer_bytes_;
  AsioStream* first_ = nullptr;
  std::size_t size_ = 0;
  std::vector<std::vector<Bytes>> spare_queues_;
  std::unique_ptr<std::byte[]> scratch_;  // small pieces are gathered here for one write
};

}  // namespace tarsier::epoll
