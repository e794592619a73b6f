#include "transport/epoll/socket_address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace tarsier::epoll {
namespace {

// inet_pton knows no scope: "fe80::1%eth0".
bool parse_v6(const std::string& host, sockaddr_in6& into) {
  const std::size_t percent = host.find('%');
  if (::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &into.sin6_addr) != 1) return false;
  if (percent == std::string::npos) return true;
  into.sin6_scope_id = ::if_nametoindex(host.c_str() + percent + 1);
  return into.sin6_scope_id != 0;
}

}  // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t length)
    : length_(std::min(length, static_cast<socklen_t>(sizeof(storage_)))) {
  std::memcpy(&storage_, address, length_);
}

Result<SocketAddress> SocketAddress::of(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.is_unix()) {
    sockaddr_un& path = address.storage_.path;
    if (endpoint.host.size() >= sizeof(path.sun_path))
      return Error(Code::address_invalid,
                   "the path of a unix socket has at most 107 bytes: " + endpoint.host);
    path.sun_family = AF_UNIX;
    std::memcpy(path.sun_path, endpoint.host.c_str(), endpoint.host.size() + 1);
    address.length_ =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + endpoint.host.size() + 1);
    return address;
  }
  if (::inet_pton(AF_INET, endpoint.host.c_str(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
    address.length_ = sizeof(sockaddr_in);
  } else if (parse_v6(endpoint.host, address.storage_.v6)) {
    address.storage_.v6.sin6_family = AF_INET6;
    address.length_ = sizeof(sockaddr_in6);
  } else {
    return Error(Code::not_found, "'" + endpoint.host + "' is not a numeric address");
  }
  address.set_port(endpoint.port);
  return address;
}

void SocketAddress::set_port(std::uint16_t port) {
  if (family() == AF_INET) storage_.v4.sin_port = htons(port);
  if (family() == AF_INET6) storage_.v6.sin6_port = htons(port);
}

SocketAddress SocketAddress::local_of(int socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  auto* plain = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(socket, plain, &length) != 0) return {};
  return SocketAddress(plain, length);
}

SocketAddress SocketAddress::peer_of(int socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  auto* plain = reinterpret_cast<sockaddr*>(&storage);
  if (::getpeername(socket, plain, &length) != 0) return {};
  return SocketAddress(plain, length);
}

Endpoint SocketAddress::to_endpoint(EndpointType type) const {
  Endpoint endpoint;
  endpoint.type = type;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    ::inet_ntop(AF_INET, &storage_.v4.sin_addr, text.data(), text.size());
    endpoint.host = text.data();
    endpoint.port = ntohs(storage_.v4.sin_port);
  } else if (family() == AF_INET6) {
    ::inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text.data(), text.size());
    endpoint.host = text.data();
    if (std::array<char, IF_NAMESIZE> name{};
        storage_.v6.sin6_scope_id != 0 &&
        ::if_indextoname(storage_.v6.sin6_scope_id, name.data()) != nullptr)
      endpoint.host.append("%").append(name.data());
    endpoint.port = ntohs(storage_.v6.sin6_port);
  } else if (family() == AF_UNIX && length_ > offsetof(sockaddr_un, sun_path)) {
    const std::size_t room = length_ - offsetof(sockaddr_un, sun_path);
    endpoint.host.assign(storage_.path.sun_path, ::strnlen(storage_.path.sun_path, room));
  }
  return endpoint;
}

bool SocketAddress::operator==(const SocketAddress& other) const {
  return length_ == other.length_ && std::memcmp(&storage_, &other.storage_, length_) == 0;
}

std::string describe(const Endpoint& endpoint) {
  if (endpoint.port == 0 && (endpoint.host.empty() || endpoint.host.starts_with('/')))
    return endpoint.host.empty() ? "an unnamed unix socket" : endpoint.host;
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]:" : endpoint.host + ":") + std::to_string(endpoint.port);
}

}  // namespace tarsier::epoll
