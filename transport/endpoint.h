#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/result.h"

namespace tarsier {

// Values as on the wire (EndpointF.istcp, spec §4.3).
enum class EndpointType : std::uint8_t { udp = 0, tcp = 1, ssl = 2 };

// One address of a servant: "tcp -h 10.0.0.1 -p 10000 -t 60000" (spec §4.3).
// Port 0 with a path as host is a unix-domain socket.
struct Endpoint {
  EndpointType type = EndpointType::tcp;
  std::string host;  // IPv4, IPv6, a name, or the path of a unix socket
  std::uint16_t port = 0;
  std::int32_t timeout_ms = 3000;  // servers: idle time-out of a connection
  std::int32_t grid = 0;
  std::int32_t qos = 0;
  std::int32_t weight = -1;
  std::uint32_t weight_type = 0;             // 0 round robin, 1 static weight
  std::uint32_t auth_type = 0;               // 0 none, 1 local (AK/SK)
  std::string set_division;                  // -s, only in cache files
  std::vector<std::string> unknown_options;  // "-x value" as written: kept, otherwise ignored

  bool is_unix() const { return port == 0 && host.starts_with('/'); }
  // "1:10.0.0.1:10000": the identity of an endpoint in a client (spec §4.3).
  std::string identity() const;
  // The canonical text form; zero fields are left out (spec §4.3).
  std::string to_string() const;

  bool operator==(const Endpoint&) const = default;
};

// Options that this version does not know are kept in strings that come from configuration or from
// other programs (they may be newer), and refused in what a person has just typed.
enum class UnknownOptions : std::uint8_t { kept, refused };

// One endpoint. Code::malformed says what is wrong, at which column, and what would be right.
Result<Endpoint> parse_endpoint(std::string_view text,
                                UnknownOptions unknown = UnknownOptions::kept);

// "tcp -h a -p 1:udp -h b -p 2": split at a ':' that is followed by a protocol word and a blank,
// so that IPv6 hosts and hosts named like a protocol stay whole (spec §9.3 #64).
Result<std::vector<Endpoint>> parse_endpoint_list(std::string_view text);

// "App.Server.Obj[#hash][@endpoint[:endpoint...]]" (spec §4.1).
struct ObjectName {
  std::string servant;              // "App.Server.Obj": what travels in sServantName
  std::string hash;                 // after '#', or empty
  std::vector<Endpoint> endpoints;  // empty: ask the registry
  bool direct() const { return !endpoints.empty(); }
};
Result<ObjectName> parse_object_name(std::string_view text);

}  // namespace tarsier
