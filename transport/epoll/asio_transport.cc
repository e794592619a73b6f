#include "transport/epoll/asio_transport.h"

#include "transport/epoll/asio_connect.h"
#include "transport/epoll/asio_datagram.h"
#include "transport/epoll/asio_listener.h"

namespace tarsier::epoll {

Result<std::unique_ptr<Listener>> AsioTransport::listen(const Endpoint& at,
                                                        const ListenOptions& options) {
  if (at.type == EndpointType::ssl)
    return Error(Code::unsupported,
                 "TLS stands above this transport (tls/tls_greeting.h): listen on tcp");
  if (at.type != EndpointType::tcp)
    return Error(Code::unsupported, "listeners are for tcp and unix sockets; see open_datagram()");
  return AsioListener::open(streams_, at, options);
}

void AsioTransport::start_connect(const Endpoint& to, TimePoint deadline,
                                  Completion<std::unique_ptr<Connection>>& done) {
  ConnectAttempt::start(streams_, blocking_, to, deadline, done);
}

Result<std::unique_ptr<DatagramSocket>> AsioTransport::open_datagram(
    const Endpoint& at, const DatagramOptions& options) {
  return AsioDatagram::open(loop_, at, options);
}

}  // namespace tarsier::epoll
