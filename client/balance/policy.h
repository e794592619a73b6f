#pragma once

#include <cstdint>
#include <string_view>

#include "transport/base/result.h"

namespace tarsier::balance {

// How a call without a hash finds its endpoint; and, for the two hashes, which one a call has that
// does not say.
enum class Policy : std::uint8_t {
  round_robin,      // in turn; by weight if the registry says so of all (spec §6.5)
  static_weight,    // in turn by weight, whatever the registry says
  mod_hash,         // as round_robin
  consistent_hash,  // as round_robin
  p2c,              // the cheaper of two, by latency and calls under way
};

// Which of the two hashes a call has; of_policy: that of the policy, and mod where it has none.
enum class HashKind : std::uint8_t { of_policy, mod, consistent };

// "round-robin", "static-weight", "mod-hash", "consistent-hash", "p2c".
std::string_view policy_name(Policy policy);
// Code::bad_config names what would be right.
Result<Policy> parse_policy(std::string_view name);

}  // namespace tarsier::balance
