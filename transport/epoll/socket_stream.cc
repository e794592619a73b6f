#include "transport/epoll/socket_stream.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "transport/epoll/system_error.h"

namespace tarsier::epoll {
namespace {

// How long the queue of a closed connection is offered to a peer that does not read.
constexpr Duration linger_wait = std::chrono::seconds(10);
// Pieces up to this size are cheaper to copy than to describe to the kernel.
constexpr std::size_t copied_bytes_max = 2048;
constexpr std::size_t pieces_max = 64;

// One piece goes by send(), for which the kernel copies no description (0.1 us).
ssize_t write_pieces(int socket, iovec* pieces, std::size_t count) {
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = count;
  ssize_t written;
  do {
    written = count == 1 ? ::send(socket, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL)
                         : ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (written < 0 && errno == EINTR);
  return written;
}

}  // namespace

SocketStream::SocketStream(StreamList& list, int socket, const SocketAddress& peer)
    : list_(list), socket_(socket) {
  if (peer.family() != AF_UNIX && peer.size() <= sizeof(peer_v6_))
    std::memcpy(&peer_v6_, peer.get(), peer.size());
  list_.link(*this);
}

SocketStream::~SocketStream() {
  if (socket_ >= 0) ::close(socket_);
  list_.unlink(*this);
}

Error SocketStream::reset_error() {
  return Error(Code::reset, "the connection to " + describe(peer()) + " was reset by the peer");
}

Error SocketStream::closed_error() {
  return Error(Code::closed, "the connection was closed on this side");
}

// ---------------------------------------------------------------------------------- reading

void SocketStream::on_events(std::uint32_t events) {
  if (socket_ < 0) return;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) end_seen_ = true;
  if ((events & EPOLLOUT) != 0 && full_) {
    full_ = false;
    flush();
  }
  if (end_seen_ || (events & EPOLLIN) != 0) {
    may_read_ = true;
    if (readable_waiter_ != nullptr && !readable_scheduled_) complete_readable();
  }
}

void SocketStream::start_wait_readable(Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(readable_waiter_ == nullptr, "one wait for readability at a time");
  readable_waiter_ = &done;
  if (closed_ || reset_ || end_seen_ || bytes_wait()) complete_readable_later();
}

// A read that was filled to the brim leaves it open whether there is more.
bool SocketStream::bytes_wait() {
  char byte = 0;
  if (may_read_ && ::recv(socket_, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN) may_read_ = false;
  return may_read_;
}

void SocketStream::complete_readable_later() {
  if (readable_scheduled_) return;
  readable_scheduled_ = true;
  ++references_;
  list_.loop().post([this] {
    readable_scheduled_ = false;
    --references_;
    complete_readable();
  });
}

void SocketStream::complete_readable() {
  ++references_;
  Completion<void>* done = std::exchange(readable_waiter_, nullptr);
  if (closed_) {
    done->complete(closed_error());
  } else {
    done->complete({});
  }
  --references_;
  settle();
}

Result<std::size_t> SocketStream::read_some(std::span<std::byte> into) {
  TARSIER_CHECK(!into.empty(), "a read needs room for at least one byte");
  if (closed_) return closed_error();
  if (peer_finished_) return std::size_t{0};
  if (!may_read_ && !reset_) return Error(Code::would_block);
  ssize_t taken;
  do {
    taken = ::recv(socket_, into.data(), into.size(), 0);
  } while (taken < 0 && errno == EINTR);
  if (taken > 0) {
    // A unix socket may stop short at what travels beside the bytes.
    if (static_cast<std::size_t>(taken) < into.size() && !end_seen_ && !is_unix())
      may_read_ = false;
    return static_cast<std::size_t>(taken);
  }
  if (taken < 0 && errno == EAGAIN && !reset_) {
    may_read_ = false;
    return Error(Code::would_block);
  }
  // The kernel tells a reset once, to whoever asks first; that may have been a write.
  if (taken < 0 || reset_) {
    break_sending(ECONNRESET);
    return reset_error();
  }
  peer_finished_ = true;
  return std::size_t{0};
}

// ---------------------------------------------------------------------------------- sending

void SocketStream::send(Bytes bytes) {
  if (closed_ || finishing_ || sending_broken_ || bytes.empty()) return;
  if (queue_.capacity() == 0) queue_ = list_.take_spare_queue();
  unsent_bytes_ += bytes.size();
  queue_.push_back(std::move(bytes));
  schedule_flush();
}

void SocketStream::finish_sending() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  schedule_flush();
}

void SocketStream::schedule_flush() {
  if (flush_scheduled_ || full_) return;
  flush_scheduled_ = true;
  ++references_;
  list_.loop().at_turn_end([this] {
    flush_scheduled_ = false;
    flush();
    --references_;
    settle();
  });
}

void SocketStream::flush() {
  if (full_ || socket_ < 0) return;
  while (unsent_bytes_ > 0 && !full_) write_queued();
  notify_unsent();
  if (unsent_bytes_ > 0) return;
  if (finishing_) finish_in_kernel();
  if (closed_) {
    close_socket();
    settle();
  }
}

// One write of what is queued, small pieces copied together.
void SocketStream::write_queued() {
  std::array<iovec, pieces_max> pieces;
  std::size_t count = 0;
  std::size_t wanted = 0;
  std::byte* scratch = list_.scratch_.get();
  std::size_t scratch_left = StreamList::scratch_bytes;
  bool last_is_scratch = false;
  const bool alone = queue_.size() - queue_head_ == 1;
  for (std::size_t i = queue_head_; i < queue_.size(); ++i) {
    const Bytes& piece = queue_[i];
    const bool copied = !alone && piece.size() <= std::min(copied_bytes_max, scratch_left);
    if (copied && last_is_scratch) {
      pieces[count - 1].iov_len += piece.size();
    } else {
      if (count == pieces.size()) break;
      auto* start = copied ? scratch : const_cast<std::byte*>(piece.data());
      pieces[count++] = iovec{start, piece.size()};
    }
    if (copied) {
      std::memcpy(scratch, piece.data(), piece.size());
      scratch += piece.size();
      scratch_left -= piece.size();
    }
    last_is_scratch = copied;
    wanted += piece.size();
  }
  const ssize_t written = write_pieces(socket_, pieces.data(), count);
  if (written < 0) {
    if (errno == EAGAIN) {
      full_ = true;
    } else {
      break_sending(errno);
    }
    return;
  }
  full_ = static_cast<std::size_t>(written) < wanted;
  drop_written(static_cast<std::size_t>(written));
}

void SocketStream::drop_written(std::size_t count) {
  unsent_bytes_ -= count;
  if (unsent_bytes_ == 0) {
    drop_queue();
    return;
  }
  while (count > 0) {
    Bytes& front = queue_[queue_head_];
    if (front.size() > count) {
      front.remove_prefix(count);
      return;
    }
    count -= front.size();
    front = Bytes();
    ++queue_head_;
  }
  // What is written leaves the queue when it is the larger part, so that the cost stays linear.
  if (queue_head_ > queue_.size() / 2) {
    queue_.erase(queue_.begin(), queue_.begin() + queue_head_);
    queue_head_ = 0;
  }
}

void SocketStream::drop_queue() {
  unsent_bytes_ = 0;
  queue_head_ = 0;
  queue_.clear();
  list_.give_spare_queue(std::move(queue_));
  queue_ = std::vector<Bytes>();
}

// Bytes can no longer leave. The peer's may still be there to be read, unless this was a reset.
void SocketStream::break_sending(int number) {
  sending_broken_ = true;
  if (number != EPIPE) reset_ = true;
  drop_queue();
  notify_unsent();
}

void SocketStream::start_wait_unsent(std::size_t bytes, Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(unsent_waiter_ == nullptr, "one wait for unsent bytes at a time");
  unsent_waiter_ = &done;
  unsent_waited_for_ = bytes;
  notify_unsent();
}

void SocketStream::notify_unsent() {
  if (unsent_waiter_ == nullptr || unsent_scheduled_) return;
  if (!closed_ && !sending_broken_ && unsent_bytes_ > unsent_waited_for_) return;
  unsent_scheduled_ = true;
  ++references_;
  list_.loop().post([this] {
    unsent_scheduled_ = false;
    const bool over = closed_ || sending_broken_;
    if (unsent_waiter_ != nullptr && (over || unsent_bytes_ <= unsent_waited_for_)) {
      Result<> result;
      if (over) result = closed_ ? closed_error() : reset_error();
      std::exchange(unsent_waiter_, nullptr)->complete(std::move(result));
    }
    --references_;
    settle();
  });
}

// ---------------------------------------------------------------------------------- closing

void SocketStream::finish_in_kernel() {
  if (finished_ || sending_broken_) return;
  finished_ = true;
  ::shutdown(socket_, SHUT_WR);
}

void SocketStream::close() {
  if (closed_) return;
  addresses();  // local() and peer() still answer afterwards
  closed_ = true;
  notify_unsent();
  if (readable_waiter_ != nullptr) complete_readable_later();
  if (unsent_bytes_ == 0) {
    close_socket();
    return;
  }
  schedule_flush();
  linger_timer_ = list_.loop().call_at(deadline_after(list_.loop().now(), linger_wait), [this] {
    linger_timer_ = 0;
    on_linger_end();
  });
}

void SocketStream::on_linger_end() {
  abort();
  settle();
}

void SocketStream::abort() {
  if (socket_ < 0) return;
  addresses();
  closed_ = true;
  drop_queue();
  notify_unsent();
  if (readable_waiter_ != nullptr) complete_readable_later();
  const linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close_socket();
}

void SocketStream::close_socket() {
  if (linger_timer_ != 0) list_.loop().cancel(std::exchange(linger_timer_, 0));
  ::close(std::exchange(socket_, -1));
}

void SocketStream::let_go() {
  TARSIER_CHECK(readable_waiter_ == nullptr && unsent_waiter_ == nullptr,
                "a Connection was destroyed while a wait is pending: close it and let the wait "
                "end with Code::closed first");
  if (!closed_) {
    addresses_ = std::make_unique<Addresses>();  // nobody can ask any more
    close();
  }
  handle_alive_ = false;
  settle();
}

void SocketStream::settle() {
  if (handle_alive_ || references_ > 0 || socket_ >= 0 || buried_) return;
  buried_ = true;
  list_.bury(*this);
}

// ---------------------------------------------------------------------------------- addresses

SocketStream::Addresses& SocketStream::addresses() {
  if (addresses_ == nullptr) {
    addresses_ = std::make_unique<Addresses>();
    addresses_->local = SocketAddress::local_of(socket_).to_endpoint(EndpointType::tcp);
    const SocketAddress peer =
        peer_v6_.sin6_family == AF_UNSPEC
            ? SocketAddress::peer_of(socket_)
            : SocketAddress(
                  reinterpret_cast<const sockaddr*>(&peer_v6_),
                  peer_v6_.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    addresses_->peer = peer.to_endpoint(EndpointType::tcp);
  }
  return *addresses_;
}

const Endpoint& SocketStream::local() { return addresses().local; }
const Endpoint& SocketStream::peer() { return addresses().peer; }

// ---------------------------------------------------------------------------------- the list

StreamList::StreamList(EventLoop& loop, int send_buffer_bytes)
    : loop_(loop),
      send_buffer_bytes_(send_buffer_bytes),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(scratch_bytes)) {}

StreamList::~StreamList() {
  TARSIER_CHECK(first_ == nullptr, "a loop was destroyed before its connections");
}

void StreamList::bury(SocketStream& stream) {
  loop_.at_turn_end([&stream] { delete &stream; });
}

void StreamList::link(SocketStream& stream) {
  stream.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &stream;
  first_ = &stream;
  ++size_;
}

void StreamList::unlink(SocketStream& stream) {
  (stream.previous_ != nullptr ? stream.previous_->next_ : first_) = stream.next_;
  if (stream.next_ != nullptr) stream.next_->previous_ = stream.previous_;
  --size_;
}

void StreamList::abort_all() {
  for (SocketStream* stream = first_; stream != nullptr;) {
    SocketStream* next = stream->next_;
    stream->on_linger_end();
    stream = next;
  }
}

std::vector<Bytes> StreamList::take_spare_queue() {
  if (spare_queues_.empty()) return {};
  std::vector<Bytes> queue = std::move(spare_queues_.back());
  spare_queues_.pop_back();
  return queue;
}

// As many as are in use in a busy turn; a huge one is not worth keeping.
void StreamList::give_spare_queue(std::vector<Bytes> queue) {
  if (queue.capacity() == 0 || queue.capacity() > 4096 || spare_queues_.size() >= 64) return;
  spare_queues_.push_back(std::move(queue));
}

namespace {

class SocketConnection final : public Connection {
 public:
  explicit SocketConnection(SocketStream& stream) : stream_(stream) {}
  ~SocketConnection() override { stream_.let_go(); }

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
  SocketStream& stream_;
};

}  // namespace

Result<std::unique_ptr<Connection>> StreamList::adopt(int socket, const SocketAddress& peer) {
  if (peer.family() != AF_UNIX) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  }
  if (send_buffer_bytes_ > 0) {
    ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes_, sizeof(send_buffer_bytes_));
  }
  auto* stream = new SocketStream(*this, socket, peer);
  if (const int number = loop_.watch(socket, *stream); number != 0) {
    delete stream;
    return network_error(number, "watch a connection");
  }
  return std::unique_ptr<Connection>(std::make_unique<SocketConnection>(*stream));
}

}  // namespace tarsier::epoll
