#include "transport/memory/memory_address.h"

#include <algorithm>

namespace tarsier::memory {
namespace {

bool is_v4(std::string_view host) {
  int parts = 0;
  while (true) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < host.size() && digits < 4 && host[digits] >= '0' && host[digits] <= '9')
      value = value * 10 + (host[digits++] - '0');
    if (digits == 0 || digits > 3 || value > 255) return false;
    ++parts;
    host.remove_prefix(digits);
    if (host.empty()) return parts == 4;
    if (host.front() != '.' || parts == 4) return false;
    host.remove_prefix(1);
  }
}

// Spelling is not normalised: two spellings of one IPv6 address are two addresses here.
bool is_v6(std::string_view host) {
  return std::count(host.begin(), host.end(), ':') >= 2 &&
         host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

}  // namespace

std::optional<Address> parse_address(std::string_view host) {
  if (host == "localhost") return Address{"127.0.0.1", false};
  if (is_v4(host)) return Address{std::string(host), false};
  if (is_v6(host)) return Address{std::string(host), true};
  return std::nullopt;
}

}  // namespace tarsier::memory
