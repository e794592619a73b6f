#include "transport/epoll/asio_datagram.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "transport/epoll/socket_address.h"
#include "transport/epoll/system_error.h"

namespace tarsier::epoll {
namespace {

constexpr std::size_t datagram_bytes_max = 65'507;

Error closed_error() { return Error(Code::closed, "the datagram socket was closed on this side"); }

}  // namespace

Result<std::unique_ptr<DatagramSocket>> AsioDatagram::open(EventLoop& loop, const Endpoint& at,
                                                           const DatagramOptions& options) {
  const std::string what = "open the datagram socket " + describe(at);
  if (at.type != EndpointType::udp || at.is_unix())
    return Error(Code::unsupported, what + ": datagrams travel over udp only");
  Result<SocketAddress> address = SocketAddress::of(at);
  if (!address) {
    return Error(Code::address_invalid,
                 what + ": " + address.error().detail + "; name an address of this machine");
  }
  const int socket = ::socket(address->family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return network_error(errno, what);
  if (options.reuse_port) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  }
  if (address->family() == AF_INET6) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (::bind(socket, address->get(), address->size()) != 0) {
    const int number = errno;
    ::close(socket);
    return network_error(number, what);
  }
  auto datagram = std::make_unique<AsioDatagram>(loop);
  datagram->local_ = at;
  datagram->local_.port = SocketAddress::local_of(socket).to_endpoint(EndpointType::udp).port;
  boost::system::error_code error;
  datagram->descriptor_.assign(socket, error);
  if (error) {
    ::close(socket);
    return network_error(error.value(), what);
  }
  return std::unique_ptr<DatagramSocket>(std::move(datagram));
}

AsioDatagram::AsioDatagram(EventLoop& loop)
    : loop_(loop), descriptor_(loop.context().get_executor()) {}

AsioDatagram::~AsioDatagram() {
  TARSIER_CHECK(waiter_ == nullptr,
                "a DatagramSocket was destroyed while a wait is pending: close it and let the wait "
                "end with Code::closed first");
  close();
}

void AsioDatagram::start_wait_readable(Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(waiter_ == nullptr, "one wait for readability at a time");
  waiter_ = &done;
  if (closed_) {
    loop_.post([this] { on_readable({}); });
    return;
  }
  loop_.wait(descriptor_, Descriptor::wait_read,
             MemberHandler<AsioDatagram, &AsioDatagram::on_readable>(*this, memory_));
}

void AsioDatagram::on_readable(const boost::system::error_code&) {
  Completion<void>* done = std::exchange(waiter_, nullptr);
  if (closed_) {
    done->complete(closed_error());
  } else {
    done->complete({});
  }
}

Result<std::size_t> AsioDatagram::receive(std::span<std::byte> into, Endpoint& from) {
  if (closed_) return closed_error();
  sockaddr_storage storage{};
  auto* plain = reinterpret_cast<sockaddr*>(&storage);
  // An error is news about a datagram that was lost before (ICMP): look again, but not for ever.
  for (int attempt = 0; attempt < 16; ++attempt) {
    socklen_t length = sizeof(storage);
    const ssize_t taken =
        ::recvfrom(descriptor_.native_handle(), into.data(), into.size(), 0, plain, &length);
    if (taken >= 0) {
      from = SocketAddress(plain, length).to_endpoint(EndpointType::udp);
      return static_cast<std::size_t>(taken);
    }
    if (errno == EAGAIN) break;
  }
  return Error(Code::would_block);
}

Result<> AsioDatagram::send(const Endpoint& to, std::span<const std::byte> datagram) {
  if (closed_) return closed_error();
  if (datagram.size() > datagram_bytes_max) {
    return Error(Code::limit, "a datagram of " + std::to_string(datagram.size()) +
                                  " bytes is too long: at most 65507");
  }
  const Result<SocketAddress> address = SocketAddress::of(to);
  if (!address) {
    return Error(
        Code::address_invalid,
        "names are not resolved for datagrams: write in place of '" + to.host + "' its address");
  }
  ssize_t sent;
  do {
    sent = ::sendto(descriptor_.native_handle(), datagram.data(), datagram.size(), MSG_NOSIGNAL,
                    address->get(), address->size());
  } while (sent < 0 && errno == EINTR);
  return {};
}

void AsioDatagram::close() {
  if (closed_) return;
  closed_ = true;
  loop_.close(descriptor_);
}

}  // namespace tarsier::epoll
