#include "client/balance/rotation.h"

#include <utility>

namespace tarsier::balance {

void Rotation::rebuild(std::vector<Slot> order, const SlotFlags& usable) {
  order_ = std::move(order);
  set_usable(usable);
}

void Rotation::set_usable(const SlotFlags& usable) {
  next_usable_.clear();
  std::size_t first = 0;
  while (first < order_.size() && usable[order_[first]] == 0) ++first;
  if (first == order_.size()) return;
  next_usable_.resize(order_.size());
  std::size_t next = first;  // behind the end it starts again
  for (std::size_t i = order_.size(); i-- > 0;) {
    if (usable[order_[i]] != 0) next = i;
    next_usable_[i] = static_cast<std::uint32_t>(next);
  }
}

}  // namespace tarsier::balance
