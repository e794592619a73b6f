#include "server/admission.h"

#include <algorithm>

#include "transport/base/check.h"

namespace tarsier {
namespace {

constexpr std::string_view mapped = "::ffff:";

std::string_view plain(std::string_view address) {
  const bool ipv4 = address.find('.') != address.npos;
  if (ipv4 && address.starts_with(mapped)) address.remove_prefix(mapped.size());
  return address;
}

// The part before the first dot, which is taken off.
std::string_view take_part(std::string_view& rest, bool& more) {
  const std::size_t dot = rest.find('.');
  const std::string_view part = rest.substr(0, dot);
  more = dot != rest.npos;
  rest.remove_prefix(more ? dot + 1 : rest.size());
  return part;
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view address) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return address_matches(pattern, address); });
}

}  // namespace

bool address_matches(std::string_view pattern, std::string_view address) {
  if (pattern.empty() || pattern == "*") return true;
  address = plain(address);
  bool more_pattern = true;
  bool more_address = true;
  while (more_pattern && more_address) {
    const std::string_view wanted = take_part(pattern, more_pattern);
    const std::string_view part = take_part(address, more_address);
    if (wanted != "*" && wanted != part) return false;
  }
  return more_pattern == more_address;
}

bool address_allowed(const AdmissionRules& rules, std::string_view address) {
  const bool allowed = any_matches(rules.allow, address);
  const bool denied = any_matches(rules.deny, address);
  if (allowed && denied) return !rules.deny_first;
  return allowed || (!denied && rules.allow.empty());
}

Admission::Verdict Admission::enter(const Endpoint& peer) {
  if (rules_.connections_max > 0 && inside_ >= rules_.connections_max) return Verdict::full;
  if (!peer.is_unix() && !peer.host.empty()) {
    if (!address_allowed(rules_, peer.host)) return Verdict::denied;
    if (rules_.connections_per_ip_max > 0) {
      std::uint32_t& count = by_address_[peer.host];
      if (count >= rules_.connections_per_ip_max) return Verdict::full_of_address;
      ++count;
    }
  }
  ++inside_;
  return Verdict::admitted;
}

void Admission::leave(const Endpoint& peer) {
  TARSIER_CHECK(inside_ > 0, "a peer that left was never admitted");
  --inside_;
  const auto found = by_address_.find(peer.host);
  if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
}

}  // namespace tarsier
