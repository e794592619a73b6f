#include "client/pending_table.h"

#include <algorithm>

namespace tarsier {

std::uint32_t PendingTable::next_id() {
  last_id_ = (last_id_ + 1) & 0x7fff'ffffu;
  if (last_id_ == 0) last_id_ = 1;
  return last_id_;
}

std::uint32_t PendingTable::add(PendingCall& call, TimePoint deadline) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  std::uint32_t id = next_id();
  while (slot_of(id).call != nullptr) id = next_id();
  Slot& slot = slot_of(id);
  slot.call = &call;
  slot.deadline = deadline;
  slot.id = id;
  ++size_;
  return id;
}

PendingCall* PendingTable::take(std::uint32_t id) {
  if (slots_.empty()) return nullptr;
  Slot& slot = slot_of(id);
  if (slot.id != id || slot.call == nullptr) return nullptr;
  --size_;
  return std::exchange(slot.call, nullptr);
}

void PendingTable::move(std::uint32_t id, PendingCall& call) { slot_of(id).call = &call; }

PendingCall* PendingTable::take_expired(TimePoint now, std::size_t& cursor) {
  for (; cursor < slots_.size(); ++cursor) {
    Slot& slot = slots_[cursor];
    if (slot.call == nullptr || slot.deadline > now) continue;
    --size_;
    return std::exchange(slot.call, nullptr);
  }
  return nullptr;
}

std::vector<std::uint32_t> PendingTable::ids() const {
  std::vector<std::uint32_t> all;
  all.reserve(size_);
  for (const Slot& slot : slots_)
    if (slot.call != nullptr) all.push_back(slot.id);
  return all;
}

TimePoint PendingTable::deadline_of(std::uint32_t id) const {
  if (slots_.empty()) return no_deadline;
  const Slot& slot = slots_[id & (slots_.size() - 1)];
  return slot.id == id && slot.call != nullptr ? slot.deadline : no_deadline;
}

TimePoint PendingTable::earliest_deadline() const {
  TimePoint earliest = no_deadline;
  for (const Slot& slot : slots_)
    if (slot.call != nullptr) earliest = std::min(earliest, slot.deadline);
  return earliest;
}

// Two calls in different slots differ in the low bits of their ids, so they do in twice the table.
void PendingTable::grow() {
  std::vector<Slot> bigger(std::max(slots_min, 2 * slots_.size()));
  for (const Slot& slot : slots_)
    if (slot.call != nullptr) bigger[slot.id & (bigger.size() - 1)] = slot;
  slots_ = std::move(bigger);
}

}  // namespace tarsier
