#include "client/balance/policy.h"

#include <array>
#include <string>
#include <utility>

namespace tarsier::balance {
namespace {

constexpr std::array<std::pair<Policy, std::string_view>, 5> names = {{
    {Policy::round_robin, "round-robin"},
    {Policy::static_weight, "static-weight"},
    {Policy::mod_hash, "mod-hash"},
    {Policy::consistent_hash, "consistent-hash"},
    {Policy::p2c, "p2c"},
}};

}  // namespace

std::string_view policy_name(Policy policy) {
  for (const auto& [known, name] : names)
    if (known == policy) return name;
  return "unknown";
}

Result<Policy> parse_policy(std::string_view name) {
  std::string list;
  for (const auto& [policy, known] : names) {
    if (known == name) return policy;
    list += (list.empty() ? "" : ", ") + std::string(known);
  }
  return Error(Code::bad_config,
               "'" + std::string(name) + "' is no way to balance load; there are " + list);
}

}  // namespace tarsier::balance
