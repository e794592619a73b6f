#include "client/balance/mod_hash.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tarsier::balance {
namespace {

// Remembers which places of a list were taken out, and finds the k-th that is left.
class TakenOut {
 public:
  // The place in the whole list of what is at `left` in the rest of it, which is taken out too.
  std::size_t take(std::size_t left) {
    std::size_t at = 0;
    while (at < count_ && taken_[at] <= left) {
      ++left;
      ++at;
    }
    std::copy_backward(taken_.begin() + at, taken_.begin() + count_, taken_.begin() + count_ + 1);
    taken_[at] = left;
    ++count_;
    return left;
  }

 private:
  std::array<std::size_t, mod_hash_tries + 1> taken_{};  // ascending
  std::size_t count_ = 0;
};

}  // namespace

Slot mod_hash(std::uint64_t key, std::span<const Slot> home, std::span<const Slot> active,
              const SlotFlags& usable, std::span<const Slot> usable_slots) {
  if (usable_slots.empty()) return no_slot;
  if (!home.empty()) {
    const Slot slot = home[key % home.size()];
    if (usable[slot] != 0) [[likely]]
      return slot;
  }
  TakenOut taken;
  const std::size_t tries = std::min<std::size_t>(active.size(), mod_hash_tries);
  for (std::size_t i = 0; i < tries; ++i) {
    const Slot slot = active[taken.take(key % (active.size() - i))];
    if (usable[slot] != 0) return slot;
  }
  return usable_slots[key % usable_slots.size()];
}

}  // namespace tarsier::balance
