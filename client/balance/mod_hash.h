#pragma once

#include <cstdint>
#include <span>

#include "client/balance/slot.h"

namespace tarsier::balance {

// Who serves a key by its remainder (spec §6.5): `home[key mod size]`, where `home` also names
// endpoints that do not run at the moment, so that a restart moves no keys. If that one is not
// usable: `active[key mod n]` of the n that have not been asked yet, and so on.
//
// After mod_hash_tries of those it is `usable_slots[key mod size]`, which costs no more however
// many are down. no_slot if nobody is usable. All 64 bits of the key count.
Slot mod_hash(std::uint64_t key, std::span<const Slot> home, std::span<const Slot> active,
              const SlotFlags& usable, std::span<const Slot> usable_slots);

inline constexpr std::uint32_t mod_hash_tries = 16;

}  // namespace tarsier::balance
