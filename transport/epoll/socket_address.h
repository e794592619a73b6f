#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "transport/base/result.h"
#include "transport/endpoint.h"

namespace tarsier::epoll {

// A kernel address: IPv4, IPv6 or the path of a unix socket.
class SocketAddress {
 public:
  SocketAddress() { storage_.plain.sa_family = AF_UNSPEC; }
  SocketAddress(const sockaddr* address, socklen_t length);

  // Numeric hosts and unix paths. not_found: the host is a name and has to be resolved first;
  // address_invalid: a path too long for a unix socket.
  static Result<SocketAddress> of(const Endpoint& endpoint);
  // The local (or else the remote) address of a socket; family AF_UNSPEC if it has none.
  static SocketAddress local_of(int socket);
  static SocketAddress peer_of(int socket);

  int family() const { return storage_.plain.sa_family; }
  const sockaddr* get() const { return &storage_.plain; }
  socklen_t size() const { return length_; }
  void set_port(std::uint16_t port);

  // Only type, host and port are set; an unnamed unix socket has the host "".
  Endpoint to_endpoint(EndpointType type) const;

  bool operator==(const SocketAddress& other) const;

 private:
  union {
    sockaddr plain;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un path;
  } storage_{};
  socklen_t length_ = 0;
};

// "10.0.0.1:80", "[::1]:80" or the path: for sentences.
std::string describe(const Endpoint& endpoint);

}  // namespace tarsier::epoll
