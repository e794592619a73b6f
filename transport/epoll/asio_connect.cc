#include "transport/epoll/asio_connect.h"

#include <netdb.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "transport/epoll/system_error.h"

namespace tarsier::epoll {
namespace {

// A unix socket whose queue is full refuses to wait; it is asked again after this.
constexpr Duration full_queue_wait = std::chrono::milliseconds(5);

}  // namespace

struct ConnectAttempt::Resolution {
  std::string host;
  std::vector<SocketAddress> addresses;
  int error = 0;         // EAI_...
  int error_number = 0;  // of EAI_SYSTEM
};

void ConnectAttempt::start(StreamList& streams, Blocking& blocking, const Endpoint& to,
                           TimePoint deadline, Done& done) {
  done.arm();
  auto* attempt = new ConnectAttempt(streams, to, done);
  ++attempt->references_;
  attempt->begin(blocking, deadline);
  --attempt->references_;
  attempt->settle();
}

ConnectAttempt::ConnectAttempt(StreamList& streams, const Endpoint& to, Done& done)
    : streams_(streams),
      to_(to),
      what_("connect to " + describe(to)),
      done_(&done),
      descriptor_(streams.loop().context().get_executor()),
      resolved_(
          [](void* self, Result<> result) {
            static_cast<ConnectAttempt*>(self)->on_resolved(std::move(result));
          },
          this) {}

void ConnectAttempt::begin(Blocking& blocking, TimePoint deadline) {
  if (to_.type != EndpointType::tcp) {
    return finish_later(
        Error(Code::unsupported, what_ + ": only tcp and unix sockets are built in so far"));
  }
  EventLoop& loop = streams_.loop();
  if (deadline <= loop.now())
    return finish_later(Error(Code::timeout, what_ + ": no time was left"));
  if (deadline != no_deadline) {
    ++references_;
    deadline_timer_ = loop.call_at(deadline, [this] {
      deadline_timer_ = 0;
      finish(Error(Code::timeout, what_ + ": no answer in time"));
      --references_;
      settle();
    });
  }
  Result<SocketAddress> address = SocketAddress::of(to_);
  if (address) {
    addresses_.push_back(*address);
    try_next();
  } else if (address.code() == Code::not_found) {
    resolve(blocking);
  } else {
    finish_later(std::move(address).error());
  }
}

// ---------------------------------------------------------------------------------- names

void ConnectAttempt::resolve(Blocking& blocking) {
  resolution_ = std::make_shared<Resolution>();
  resolution_->host = to_.host;
  ++references_;
  blocking.start(
      [resolution = resolution_] {
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_ADDRCONFIG;
        addrinfo* found = nullptr;
        resolution->error = ::getaddrinfo(resolution->host.c_str(), nullptr, &hints, &found);
        resolution->error_number = errno;
        if (resolution->error != 0) return;
        for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
          resolution->addresses.emplace_back(one->ai_addr, one->ai_addrlen);
        ::freeaddrinfo(found);
      },
      resolved_);
}

void ConnectAttempt::on_resolved(Result<> resolved) {
  --references_;
  if (done_ == nullptr) return settle();
  if (!resolved) {
    finish(Error(Code::unreachable,
                 what_ + ": the name could not be resolved: " + resolved.error().detail));
  } else if (resolution_->error != 0) {
    const int error = resolution_->error;
    const bool nobody = error == EAI_NONAME || error == EAI_NODATA;
    finish(Error(nobody ? Code::address_invalid : Code::unreachable,
                 what_ + ": the name could not be resolved: " + ::gai_strerror(error)));
  } else {
    addresses_ = std::move(resolution_->addresses);
    for (SocketAddress& address : addresses_) address.set_port(to_.port);
    try_next();
  }
  settle();
}

// ---------------------------------------------------------------------------------- addresses

void ConnectAttempt::try_next() {
  if (next_address_ == addresses_.size()) return finish_later(std::move(last_error_));
  const SocketAddress& address = addresses_[next_address_];
  const int socket = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return fail_address(errno);
  boost::system::error_code error;
  descriptor_.assign(socket, error);
  if (error) {
    ::close(socket);
    return fail_address(error.value());
  }
  int result;
  do {
    result = ::connect(socket, address.get(), address.size());
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EAGAIN) {
    streams_.loop().close(descriptor_);
    ++references_;
    retry_timer_ =
        streams_.loop().call_at(deadline_after(streams_.loop().now(), full_queue_wait), [this] {
          retry_timer_ = 0;
          try_next();
          --references_;
          settle();
        });
    return;
  }
  if (result != 0 && errno != EINPROGRESS) return fail_address(errno);
  ++references_;
  streams_.loop().wait(
      descriptor_, Descriptor::wait_write,
      MemberHandler<ConnectAttempt, &ConnectAttempt::on_connected>(*this, memory_));
}

void ConnectAttempt::on_connected(const boost::system::error_code& error) {
  --references_;
  if (done_ != nullptr && !error) {
    int number = 0;
    socklen_t length = sizeof(number);
    ::getsockopt(descriptor_.native_handle(), SOL_SOCKET, SO_ERROR, &number, &length);
    // A socket of the ephemeral range may meet itself when nobody listens there.
    const int socket = descriptor_.native_handle();
    if (number == 0 && to_.port != 0 &&
        SocketAddress::local_of(socket) == SocketAddress::peer_of(socket))
      number = ECONNREFUSED;
    if (number == 0) {
      take_connection();
    } else {
      fail_address(number);
    }
  }
  settle();
}

void ConnectAttempt::take_connection() {
  const int socket = descriptor_.release();
  finish(streams_.adopt(socket, addresses_[next_address_]));
}

void ConnectAttempt::fail_address(int number) {
  streams_.loop().close(descriptor_);
  last_error_ = network_error(number, what_);
  // Here it is not about the address that was named, but about the one to come from.
  if (number == EADDRNOTAVAIL) {
    last_error_ = Error(Code::no_descriptors,
                        what_ +
                            ": no local port is free to connect from: close connections, or "
                            "widen 'sysctl net.ipv4.ip_local_port_range'");
  }
  // The kernel's own patience ended before the deadline: nothing answered.
  if (last_error_.code == Code::timeout) last_error_.code = Code::unreachable;
  ++next_address_;
  try_next();
}

// ---------------------------------------------------------------------------------- the end

void ConnectAttempt::finish(Result<std::unique_ptr<Connection>> result) {
  Done* done = std::exchange(done_, nullptr);
  if (done == nullptr) return;
  EventLoop& loop = streams_.loop();
  if (deadline_timer_ != 0 && loop.cancel(std::exchange(deadline_timer_, 0))) --references_;
  if (retry_timer_ != 0 && loop.cancel(std::exchange(retry_timer_, 0))) --references_;
  streams_.loop().close(descriptor_);
  done->complete(std::move(result));
}

void ConnectAttempt::finish_later(Error error) {
  ++references_;
  streams_.loop().post([this, error = std::move(error)]() mutable {
    finish(std::move(error));
    --references_;
    settle();
  });
}

// The last statement of whoever calls it: it may delete this.
void ConnectAttempt::settle() {
  if (done_ == nullptr && references_ == 0) delete this;
}

}  // namespace tarsier::epoll
