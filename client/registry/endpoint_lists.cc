#include "client/registry/endpoint_lists.h"

#include <algorithm>
#include <set>
#include <utility>

#include "transport/base/limits.h"

namespace tarsier {
namespace {

Error refused(std::string what) { return Error(Code::malformed, std::move(what)); }

void take(const std::vector<::tars::EndpointF>& wire, std::set<std::string>& known,
          std::vector<Endpoint>& into, EndpointAnswer& answer) {
  for (const ::tars::EndpointF& each : wire) {
    Result<Endpoint> endpoint = endpoint_of_wire(each);
    if (endpoint && known.size() >= limits::endpoints_max)
      endpoint = Error(Code::limit, "more than " + std::to_string(limits::endpoints_max) +
                                        " endpoints of one object");
    if (!endpoint) {
      if (answer.refused++ == 0) answer.first_refused = endpoint.error().detail;
    } else if (known.insert(endpoint->identity()).second) {
      into.push_back(std::move(endpoint).value());
    }
  }
  std::sort(into.begin(), into.end(),
            [](const Endpoint& a, const Endpoint& b) { return a.identity() < b.identity(); });
}

}  // namespace

Result<Endpoint> endpoint_of_wire(const ::tars::EndpointF& wire) {
  if (wire.host.empty()) return refused("an endpoint without a host");
  if (wire.host.size() > limits::name_bytes_max)
    return refused("a host of " + std::to_string(wire.host.size()) + " bytes");
  if (wire.port < 0 || wire.port > 65'535)
    return refused("port " + std::to_string(wire.port) + " of " + wire.host);
  if (wire.port == 0 && wire.host[0] != '/')
    return refused("port 0 of " + wire.host + ", which is no path of a unix socket");
  if (wire.istcp < 0 || wire.istcp > 2)
    return refused("protocol " + std::to_string(wire.istcp) + " of " + wire.host +
                   "; 0 is udp, 1 tcp, 2 ssl");
  Endpoint endpoint;
  endpoint.type = static_cast<EndpointType>(wire.istcp);
  endpoint.host = wire.host;
  endpoint.port = static_cast<std::uint16_t>(wire.port);
  endpoint.timeout_ms = wire.timeout;
  endpoint.grid = wire.grid;
  endpoint.qos = wire.qos;
  endpoint.weight_type = wire.weightType == 1 ? 1 : 0;
  endpoint.weight = wire.weight;
  if (endpoint.weight_type != 0) {
    if (endpoint.weight == -1) endpoint.weight = 100;
    endpoint.weight = std::min(endpoint.weight, 100);
  }
  endpoint.auth_type = wire.authType == 1 ? 1 : 0;
  endpoint.set_division = wire.setId;
  return endpoint;
}

::tars::EndpointF endpoint_to_wire(const Endpoint& endpoint) {
  ::tars::EndpointF wire;
  wire.host = endpoint.host;
  wire.port = endpoint.port;
  wire.timeout = endpoint.timeout_ms;
  wire.istcp = static_cast<std::int32_t>(endpoint.type);
  wire.grid = endpoint.grid;
  wire.qos = endpoint.qos;
  wire.weight = endpoint.weight;
  wire.weightType = static_cast<std::int32_t>(endpoint.weight_type);
  wire.authType = static_cast<std::int32_t>(endpoint.auth_type);
  wire.setId = endpoint.set_division;
  return wire;
}

EndpointAnswer lists_of_wire(const std::vector<::tars::EndpointF>& active,
                             const std::vector<::tars::EndpointF>& inactive) {
  EndpointAnswer answer;
  std::set<std::string> known;
  take(active, known, answer.lists.active, answer);
  take(inactive, known, answer.lists.inactive, answer);
  return answer;
}

}  // namespace tarsier
