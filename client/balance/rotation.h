#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "client/balance/slot.h"

namespace tarsier::balance {

// Goes round an order of slots, passing over those that are not usable (spec §6.5): round robin if
// the order names each once, static weight if it is a weighted_order().
//
// The first pick is the second place of the order, as in other TARS clients. The place is kept when
// the order changes.
class Rotation {
 public:
  // Linear in the order.
  void rebuild(std::vector<Slot> order, const SlotFlags& usable);
  // The same order again, with other slots usable.
  void set_usable(const SlotFlags& usable);

  // no_slot if none is usable.
  Slot next() {
    if (next_usable_.empty()) return no_slot;
    at_ = at_ + 1 < next_usable_.size() ? at_ + 1 : 0;
    at_ = next_usable_[at_];
    return order_[at_];
  }

 private:
  std::vector<Slot> order_;
  std::vector<std::uint32_t> next_usable_;  // from each place on; empty if there is none
  std::size_t at_ = 0;
};

}  // namespace tarsier::balance
