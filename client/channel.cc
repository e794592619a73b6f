#include "client/channel.h"

#include "client/datagram_channel.h"
#include "client/stream_channel.h"
#include "transport/base/check.h"
#include "transport/greeting_transport.h"

namespace tarsier {

Result<> check_channel_to(const Endpoint& to, const GreetingTransport* through) {
  if (to.type == EndpointType::udp && to.port == 0) {
    return Error(Code::unsupported, "'" + to.to_string() +
                                        "': datagrams need a host and a port; unix sockets "
                                        "carry streams only, so write tcp for udp");
  }
  return through != nullptr ? through->check(to) : check_ungreeted(to);
}

std::unique_ptr<Channel> make_channel(ClientCore& core, Channel::Listener& listener,
                                      const Endpoint& to, std::size_t frame_bytes_max,
                                      GreetingTransport* through) {
  TARSIER_CHECK(check_channel_to(to, through).ok(),
                "a channel to an endpoint that check_channel_to refuses");
  if (to.type == EndpointType::udp)
    return std::make_unique<DatagramChannel>(core, listener, to, frame_bytes_max);
  Transport& transport = core.env().transport;
  return std::make_unique<StreamChannel>(core, listener, to, frame_bytes_max,
                                         through != nullptr ? *through : transport);
}

}  // namespace tarsier
