#pragma once

#include <cstdint>
#include <vector>

namespace tarsier::balance {

// An endpoint inside a balancer: an index that it keeps for as long as it is listed.
using Slot = std::uint32_t;
inline constexpr Slot no_slot = UINT32_MAX;

// Yes or no for every slot. Not vector<bool>: it is read for every call.
using SlotFlags = std::vector<std::uint8_t>;

}  // namespace tarsier::balance
