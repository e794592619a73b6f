#include "client/channel.h"

#include <string>

#include "client/datagram_channel.h"
#include "client/stream_channel.h"
#include "transport/base/check.h"

namespace tarsier {

Result<> check_channel_to(const Endpoint& to) {
  switch (to.type) {
    case EndpointType::tcp: return {};
    case EndpointType::udp:
      if (to.port != 0) return {};
      return Error(Code::unsupported, "'" + to.to_string() +
                                          "': datagrams need a host and a port; unix sockets "
                                          "carry streams only, so write tcp for udp");
    case EndpointType::ssl:
      return Error(Code::unsupported, "'" + to.to_string() +
                                          "': TLS is not built in yet: call a tcp endpoint of the "
                                          "service, or a tunnel on this machine that adds TLS");
  }
  return Error(Code::unsupported, "an endpoint is tcp or udp");
}

std::unique_ptr<Channel> make_channel(ClientCore& core, Channel::Listener& listener,
                                      const Endpoint& to, std::size_t frame_bytes_max) {
  TARSIER_CHECK(check_channel_to(to).ok(),
                "a channel to an endpoint that check_channel_to refuses");
  if (to.type == EndpointType::udp)
    return std::make_unique<DatagramChannel>(core, listener, to, frame_bytes_max);
  return std::make_unique<StreamChannel>(core, listener, to, frame_bytes_max);
}

}  // namespace tarsier
