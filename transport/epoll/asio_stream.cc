#include "transport/epoll/asio_stream.h"

#include <netinet/tcp.h>
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

AsioStream::AsioStream(StreamList& list, const SocketAddress& peer)
    : list_(list), descriptor_(list.loop().context().get_executor()) {
  if (peer.family() != AF_UNIX && peer.size() <= sizeof(peer_v6_))
    std::memcpy(&peer_v6_, peer.get(), peer.size());
  list_.link(*this);
}

AsioStream::~AsioStream() { list_.unlink(*this); }

Error AsioStream::reset_error() {
  return Error(Code::reset, "the connection to " + describe(peer()) + " was reset by the peer");
}

Error AsioStream::closed_error() {
  return Error(Code::closed, "the connection was closed on this side");
}

// ---------------------------------------------------------------------------------- reading

void AsioStream::start_wait_readable(Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(readable_waiter_ == nullptr, "one wait for readability at a time");
  readable_waiter_ = &done;
  ++references_;
  if (closed_ || reset_ || !descriptor_.is_open()) {
    list_.loop().post([this] { on_readable({}); });
    return;
  }
  // The kernel looks at the state of the socket here, so nothing that arrived before is missed.
  descriptor_.async_wait(Descriptor::wait_read,
                         MemberHandler<AsioStream, &AsioStream::on_readable>(*this, read_memory_));
}

void AsioStream::on_readable(const boost::system::error_code&) {
  Completion<void>* done = std::exchange(readable_waiter_, nullptr);
  if (closed_) {
    done->complete(closed_error());
  } else {
    done->complete({});
  }
  --references_;
  settle();
}

Result<std::size_t> AsioStream::read_some(std::span<std::byte> into) {
  TARSIER_CHECK(!into.empty(), "a read needs room for at least one byte");
  if (closed_) return closed_error();
  if (peer_finished_) return std::size_t{0};
  ssize_t taken;
  do {
    taken = ::recv(descriptor_.native_handle(), into.data(), into.size(), 0);
  } while (taken < 0 && errno == EINTR);
  if (taken > 0) return static_cast<std::size_t>(taken);
  if (taken < 0 && errno == EAGAIN && !reset_) return Error(Code::would_block);
  // The kernel tells a reset once, to whoever asks first; that may have been a write.
  if (taken < 0 || reset_) {
    break_sending(ECONNRESET);
    return reset_error();
  }
  peer_finished_ = true;
  return std::size_t{0};
}

// ---------------------------------------------------------------------------------- sending

void AsioStream::send(Bytes bytes) {
  if (closed_ || finishing_ || sending_broken_ || bytes.empty()) return;
  if (queue_.capacity() == 0) queue_ = list_.take_spare_queue();
  unsent_bytes_ += bytes.size();
  queue_.push_back(std::move(bytes));
  schedule_flush();
}

void AsioStream::finish_sending() {
  if (closed_ || finishing_) return;
  finishing_ = true;
  schedule_flush();
}

void AsioStream::schedule_flush() {
  if (flush_scheduled_ || writable_pending_) return;
  flush_scheduled_ = true;
  ++references_;
  list_.loop().at_turn_end([this] {
    flush_scheduled_ = false;
    flush();
    --references_;
    settle();
  });
}

void AsioStream::flush() {
  if (writable_pending_ || !descriptor_.is_open()) return;
  while (unsent_bytes_ > 0) {
    if (write_queued()) continue;
    if (unsent_bytes_ > 0) wait_writable();
    break;
  }
  notify_unsent();
  if (unsent_bytes_ > 0) return;
  if (finishing_) finish_in_kernel();
  if (closed_) close_descriptor();
}

// One write of what is queued, small pieces copied together. False: the kernel takes no more.
bool AsioStream::write_queued() {
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
  const ssize_t written = write_pieces(descriptor_.native_handle(), pieces.data(), count);
  if (written < 0) {
    if (errno != EAGAIN && errno != ENOBUFS) break_sending(errno);
    return false;
  }
  drop_written(static_cast<std::size_t>(written));
  return static_cast<std::size_t>(written) == wanted;
}

void AsioStream::drop_written(std::size_t count) {
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

void AsioStream::drop_queue() {
  unsent_bytes_ = 0;
  queue_head_ = 0;
  queue_.clear();
  list_.give_spare_queue(std::move(queue_));
  queue_ = std::vector<Bytes>();
}

// Bytes can no longer leave. The peer's may still be there to be read, unless this was a reset.
void AsioStream::break_sending(int number) {
  sending_broken_ = true;
  if (number != EPIPE) reset_ = true;
  drop_queue();
  notify_unsent();
}

void AsioStream::wait_writable() {
  writable_pending_ = true;
  ++references_;
  descriptor_.async_wait(Descriptor::wait_write,
                         [this](const boost::system::error_code& error) { on_writable(error); });
}

void AsioStream::on_writable(const boost::system::error_code&) {
  writable_pending_ = false;
  flush();
  --references_;
  settle();
}

void AsioStream::start_wait_unsent(std::size_t bytes, Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(unsent_waiter_ == nullptr, "one wait for unsent bytes at a time");
  unsent_waiter_ = &done;
  unsent_waited_for_ = bytes;
  notify_unsent();
}

void AsioStream::notify_unsent() {
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

void AsioStream::finish_in_kernel() {
  if (finished_ || sending_broken_) return;
  finished_ = true;
  ::shutdown(descriptor_.native_handle(), SHUT_WR);
}

void AsioStream::close() {
  if (closed_) return;
  addresses();  // local() and peer() still answer afterwards
  closed_ = true;
  notify_unsent();
  if (unsent_bytes_ == 0) {
    close_descriptor();
    return;
  }
  if (readable_waiter_ != nullptr) {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
  }
  schedule_flush();
  linger_timer_ = list_.loop().call_at(deadline_after(list_.loop().now(), linger_wait), [this] {
    linger_timer_ = 0;
    on_linger_end();
  });
}

void AsioStream::on_linger_end() {
  abort();
  settle();
}

void AsioStream::abort() {
  if (!descriptor_.is_open()) return;
  addresses();
  closed_ = true;
  drop_queue();
  notify_unsent();
  const linger now{1, 0};
  ::setsockopt(descriptor_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close_descriptor();
}

void AsioStream::close_descriptor() {
  if (linger_timer_ != 0) list_.loop().cancel(std::exchange(linger_timer_, 0));
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

void AsioStream::let_go() {
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

// The last statement of whoever calls it: it may delete this.
void AsioStream::settle() {
  if (!handle_alive_ && references_ == 0 && !descriptor_.is_open()) delete this;
}

// ---------------------------------------------------------------------------------- addresses

AsioStream::Addresses& AsioStream::addresses() {
  if (addresses_ == nullptr) {
    addresses_ = std::make_unique<Addresses>();
    const int socket = descriptor_.native_handle();
    addresses_->local = SocketAddress::local_of(socket).to_endpoint(EndpointType::tcp);
    const SocketAddress peer =
        peer_v6_.sin6_family == AF_UNSPEC
            ? SocketAddress::peer_of(socket)
            : SocketAddress(
                  reinterpret_cast<const sockaddr*>(&peer_v6_),
                  peer_v6_.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    addresses_->peer = peer.to_endpoint(EndpointType::tcp);
  }
  return *addresses_;
}

const Endpoint& AsioStream::local() { return addresses().local; }
const Endpoint& AsioStream::peer() { return addresses().peer; }

// ---------------------------------------------------------------------------------- the list

StreamList::StreamList(AsioLoop& loop, int send_buffer_bytes)
    : loop_(loop),
      send_buffer_bytes_(send_buffer_bytes),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(scratch_bytes)) {}

StreamList::~StreamList() {
  TARSIER_CHECK(first_ == nullptr, "a loop was destroyed before its connections");
}

void StreamList::link(AsioStream& stream) {
  stream.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &stream;
  first_ = &stream;
  ++size_;
}

void StreamList::unlink(AsioStream& stream) {
  (stream.previous_ != nullptr ? stream.previous_->next_ : first_) = stream.next_;
  if (stream.next_ != nullptr) stream.next_->previous_ = stream.previous_;
  --size_;
}

void StreamList::abort_all() {
  for (AsioStream* stream = first_; stream != nullptr;) {
    AsioStream* next = stream->next_;
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

class AsioConnection final : public Connection {
 public:
  explicit AsioConnection(AsioStream& stream) : stream_(stream) {}
  ~AsioConnection() override { stream_.let_go(); }

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
  AsioStream& stream_;
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
  auto* stream = new AsioStream(*this, peer);
  boost::system::error_code error;
  stream->descriptor_.assign(socket, error);
  if (error) {
    ::close(socket);
    delete stream;
    return network_error(error.value(), "watch a connection");
  }
  return std::unique_ptr<Connection>(std::make_unique<AsioConnection>(*stream));
}

}  // namespace tarsier::epoll
