#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/endpoint.h"

namespace tarsier {

// Whom a listener lets in (spec §7.2).
struct AdmissionRules {
  std::uint32_t connections_max = 0;         // 0: only the limit of the server
  std::uint32_t connections_per_ip_max = 0;  // from one address; 0: no such limit
  // Patterns as "10.0.*.*", see address_matches(). The list that is asked first decides, where an
  // address is in both; one that is in neither is let in if nobody is named in `allow`.
  bool deny_first = false;
  std::vector<std::string> allow{};
  std::vector<std::string> deny{};
};

// '*' stands for one part between dots, so that "1.2.*" is no "1.2.3.4"; alone, as an empty
// pattern, it is every address. An IPv6 address has no dots and is one part; an IPv4 address that
// came over IPv6 counts as IPv4.
bool address_matches(std::string_view pattern, std::string_view address);
// What the two lists say of an address.
bool address_allowed(const AdmissionRules& rules, std::string_view address);

// Who is inside, of one listener. Peers of a unix socket have no address: the rules of the file
// system say who they may be, and only their number counts here.
class Admission {
 public:
  enum class Verdict : std::uint8_t { admitted, denied, full, full_of_address };

  explicit Admission(AdmissionRules rules) : rules_(std::move(rules)) {}

  // admitted: counted, until leave() of the same peer.
  Verdict enter(const Endpoint& peer);
  void leave(const Endpoint& peer);

  const AdmissionRules& rules() const { return rules_; }
  std::uint32_t inside() const { return inside_; }

 private:
  const AdmissionRules rules_;
  std::uint32_t inside_ = 0;
  std::map<std::string, std::uint32_t, std::less<>> by_address_;  // at most `inside_` entries
};

}  // namespace tarsier
