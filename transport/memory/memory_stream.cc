#include <algorithm>
#include <cstring>

#include "transport/memory/memory_network.h"
#include "transport/memory/memory_sockets.h"

namespace tarsier::memory {
namespace {

Error closed_error() { return Error(Code::closed, "the connection was closed on this side"); }

Error reset_error(const Endpoint& peer) {
  return Error(Code::reset,
               "the connection to " +
                   (peer.is_unix() ? peer.host : peer.host + ":" + std::to_string(peer.port)) +
                   " was reset by the peer");
}

}  // namespace

Stream::Stream(MemoryNetwork& network, SocketId id, SocketId other, Endpoint local, Endpoint peer)
    : network_(network), id_(id), other_(other), local_(std::move(local)), peer_(std::move(peer)) {}

// By number: when the callback runs, the socket may be gone.
template <class Method>
void Stream::later(Method method) {
  network_.loop().post([&network = network_, id = id_, method] {
    if (Stream* self = network.find_stream(id)) (self->*method)();
  });
}

Stream* Stream::other() { return network_.find_stream(other_); }

// ---------------------------------------------------------------------------------- reading

bool Stream::readable() const {
  return closed_ || received_bytes_ > 0 || finish_received_ || reset_;
}

void Stream::start_wait_readable(Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(readable_waiter_ == nullptr, "one wait for readability at a time");
  readable_waiter_ = &done;
  notify_readable();
}

void Stream::notify_readable() {
  if (readable_waiter_ == nullptr || readable_scheduled_ || !readable()) return;
  readable_scheduled_ = true;
  later(&Stream::fire_readable);
}

void Stream::fire_readable() {
  readable_scheduled_ = false;
  if (readable_waiter_ == nullptr || !readable()) return;
  const bool closed = closed_;
  std::exchange(readable_waiter_, nullptr)
      ->complete(closed ? Result<>(closed_error()) : Result<>());
}

Result<std::size_t> Stream::read_some(std::span<std::byte> into) {
  TARSIER_CHECK(!into.empty(), "a read needs room for at least one byte");
  if (closed_) return closed_error();
  if (received_bytes_ == 0) {
    // In this order: after a FIN the kernel goes on answering 0, whatever comes later.
    if (finish_received_) return std::size_t{0};
    if (reset_) return reset_error(peer_);
    return Error(Code::would_block);
  }
  std::size_t wanted = std::min(into.size(), received_bytes_);
  if (const std::size_t most = network_.options().read_bytes_max; most > 0)
    wanted = std::min(wanted, most);
  std::size_t taken = 0;
  while (taken < wanted) {
    Bytes& front = received_.front();
    const std::size_t part = std::min(wanted - taken, front.size());
    std::memcpy(into.data() + taken, front.data(), part);
    taken += part;
    front.remove_prefix(part);
    if (front.empty()) received_.pop_front();
  }
  received_bytes_ -= taken;
  if (Stream* sender = other(); sender != nullptr && sender->unsent_bytes_ > 0)
    sender->later(&Stream::schedule_flush);
  return taken;
}

void Stream::receive_finish() {
  if (over_) return;
  finish_received_ = true;
  notify_readable();
}

// Bytes that reached the receive buffer before the RST stay readable, those in the sender's kernel
// are lost; so is a FIN behind them.
void Stream::receive_reset() {
  if (over_) return;
  reset_ = true;
  const std::size_t kept = network_.options().receive_buffer_bytes;
  while (received_bytes_ > kept) {
    const std::size_t excess = received_bytes_ - kept;
    Bytes& last = received_.back();
    const std::size_t part = std::min(excess, last.size());
    last = last.slice(0, last.size() - part);
    if (last.empty()) received_.pop_back();
    received_bytes_ -= part;
    finish_received_ = false;
  }
  drop_unsent();
  notify_readable();
  if (closed_) {
    over_ = true;
    forget_if_over();
  }
}

// ---------------------------------------------------------------------------------- sending

void Stream::send(Bytes bytes) {
  if (closed_ || finishing_ || reset_ || bytes.empty()) return;
  unsent_bytes_ += bytes.size();
  unsent_.push_back(std::move(bytes));
  schedule_flush();
}

void Stream::finish_sending() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  schedule_flush();
}

void Stream::schedule_flush() {
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  network_.loop().at_turn_end([&network = network_, id = id_] {
    if (Stream* self = network.find_stream(id)) self->flush();
  });
}

std::size_t Stream::room_at(const Stream& receiver) const {
  const NetworkOptions& options = network_.options();
  const std::size_t capacity = options.send_buffer_bytes + options.receive_buffer_bytes;
  return capacity - std::min(capacity, receiver.received_bytes_);
}

void Stream::flush() {
  flush_scheduled_ = false;
  if (over_) return;
  Stream* receiver = other();
  if (receiver == nullptr || receiver->closed_) {
    // Nobody is there any more: the kernel answers bytes with RST and ends what still sends. A FIN
    // alone is fine.
    if (unsent_bytes_ > 0) {
      if (receiver != nullptr) receiver->receive_reset();
      receive_reset();
      return;
    }
  } else {
    std::size_t room = room_at(*receiver);
    bool moved = false;
    while (room > 0 && !unsent_.empty()) {
      Bytes& front = unsent_.front();
      const std::size_t part = std::min(room, front.size());
      receiver->received_.push_back(front.slice(0, part));
      receiver->received_bytes_ += part;
      front.remove_prefix(part);
      if (front.empty()) unsent_.pop_front();
      unsent_bytes_ -= part;
      room -= part;
      moved = true;
    }
    if (moved) receiver->notify_readable();
    if (finishing_ && unsent_bytes_ == 0 && !finish_sent_) {
      finish_sent_ = true;
      receiver->receive_finish();
    }
  }
  notify_unsent();
  if (closed_ && unsent_bytes_ == 0) close_in_kernel();
}

void Stream::drop_unsent() {
  unsent_.clear();
  unsent_bytes_ = 0;
  notify_unsent();
}

void Stream::start_wait_unsent(std::size_t bytes, Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(unsent_waiter_ == nullptr, "one wait for unsent bytes at a time");
  unsent_waiter_ = &done;
  unsent_waited_for_ = bytes;
  notify_unsent();
}

void Stream::notify_unsent() {
  if (unsent_waiter_ == nullptr || unsent_scheduled_) return;
  if (!closed_ && !reset_ && unsent_bytes_ > unsent_waited_for_) return;
  unsent_scheduled_ = true;
  later(&Stream::fire_unsent);
}

void Stream::fire_unsent() {
  unsent_scheduled_ = false;
  if (unsent_waiter_ == nullptr) return;
  Result<> result;
  if (closed_) {
    result = closed_error();
  } else if (reset_) {
    result = reset_error(peer_);
  } else if (unsent_bytes_ > unsent_waited_for_) {
    return;  // more was queued since; flush() will notify again
  }
  std::exchange(unsent_waiter_, nullptr)->complete(std::move(result));
}

// ---------------------------------------------------------------------------------- closing

void Stream::close() {
  if (closed_) return;
  closed_ = true;
  notify_readable();
  notify_unsent();
  if (reset_) {
    over_ = true;
    forget_if_over();
  } else if (unsent_bytes_ > 0 && received_bytes_ == 0) {
    schedule_flush();
  } else {
    close_in_kernel();
  }
}

void Stream::abort() {
  if (over_) return;
  closed_ = true;
  notify_readable();
  drop_unsent();
  over_ = true;
  // Unix-domain sockets know no RST on request: the peer sees the end, or a reset if something
  // was left unread.
  if (local_.is_unix() || peer_.is_unix()) {
    close_in_kernel();
  } else {
    reset_other();
    forget_if_over();
  }
}

void Stream::close_in_kernel() {
  over_ = true;
  if (received_bytes_ > 0) {
    reset_other();
  } else if (Stream* receiver = other(); receiver != nullptr) {
    if (!finish_sent_) receiver->receive_finish();
    // What it has queued can only be answered with RST.
    if (receiver->unsent_bytes_ > 0) receiver->later(&Stream::schedule_flush);
  }
  received_.clear();
  received_bytes_ = 0;
  drop_unsent();
  forget_if_over();
}

void Stream::reset_other() {
  received_.clear();
  received_bytes_ = 0;
  if (Stream* receiver = other()) receiver->receive_reset();
}

void Stream::let_go() {
  TARSIER_CHECK(readable_waiter_ == nullptr && unsent_waiter_ == nullptr,
                "a Connection was destroyed while a wait is pending: close it and let the wait "
                "end with Code::closed first");
  // Still has its handle for the moment, so that close() does not delete this.
  close();
  has_handle_ = false;
  if (has_descriptor_) network_.give_descriptor();
  has_descriptor_ = false;
  forget_if_over();
}

void Stream::refuse_unaccepted() {
  closed_ = true;
  over_ = true;
  reset_other();
  has_handle_ = false;
  forget_if_over();
}

// The last statement of whoever calls it: it may destroy this.
void Stream::forget_if_over() {
  if (over_ && !has_handle_) network_.forget_stream(id_);
}

// ---------------------------------------------------------------------------------- handle

namespace {

class MemoryConnection final : public Connection {
 public:
  explicit MemoryConnection(Stream& stream) : stream_(stream) {}
  ~MemoryConnection() override { stream_.let_go(); }

  void start_wait_readable(Completion<void>& done) override { stream_.start_wait_readable(done); }
  Result<std::size_t> read_some(std::span<std::byte> into) override {
    return stream_.read_some(into);
  }
  void send(Bytes bytes) override { stream_.send(std::move(bytes)); }
  std::size_t unsent_bytes() const override { return stream_.unsent_bytes(); }
  void start_wait_unsent(std::size_t bytes, Completion<void>& done) override {
    stream_.start_wait_unsent(bytes, done);
  }
  void finish_sending() override { stream_.finish_sending(); }
  void close() override { stream_.close(); }
  void abort() override { stream_.abort(); }
  const Endpoint& local() const override { return stream_.local(); }
  const Endpoint& peer() const override { return stream_.peer(); }

 private:
  Stream& stream_;
};

}  // namespace

std::unique_ptr<Connection> make_connection(Stream& stream) {
  stream.own_descriptor();
  return std::make_unique<MemoryConnection>(stream);
}

}  // namespace tarsier::memory
