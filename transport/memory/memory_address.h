#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarsier::memory {

// A numeric IPv4 or IPv6 address as the memory network tells addresses apart.
struct Address {
  std::string text;  // "127.0.0.1", "::1": the identity; "localhost" becomes "127.0.0.1"
  bool v6 = false;

  bool wildcard() const { return text == "0.0.0.0" || text == "::"; }
  bool loopback() const { return v6 ? text == "::1" : text.starts_with("127."); }
};

// Nothing if `host` is not a numeric address (there is no name service in memory).
std::optional<Address> parse_address(std::string_view host);

}  // namespace tarsier::memory
