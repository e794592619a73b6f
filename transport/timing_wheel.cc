#include "transport/timing_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tarsier {

std::uint64_t TimingWheel::tick_at_or_after(TimePoint when) const {
  if (when <= start_) return 0;
  const auto since = static_cast<std::uint64_t>((when - start_).count());
  const auto length = static_cast<std::uint64_t>(tick.count());
  return since / length + (since % length != 0 ? 1 : 0);
}

TimingWheel::Id TimingWheel::call_at(TimePoint when, Callback callback) {
  std::uint32_t index = free_;
  if (index == none) {
    index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_ = nodes_[index].next;
  }
  Node& node = nodes_[index];
  node.callback = std::move(callback);
  node.when = when;
  node.order = ++order_;
  node.due_tick = std::max(tick_at_or_after(when), current_ + 1);
  node.pending = true;
  ++pending_;
  put(index);
  return (Id{node.generation} << 32) | (index + 1);
}

bool TimingWheel::cancel(Id id) {
  const std::uint64_t low = id & UINT32_MAX;
  if (low == 0 || low > nodes_.size()) return false;
  const auto index = static_cast<std::uint32_t>(low - 1);
  Node& node = nodes_[index];
  if (!node.pending || node.generation != id >> 32) return false;
  unlink(index);
  // Its destructor may set timers: the node is free before it runs.
  const Callback dropped = std::move(node.callback);
  release(index);
  return true;
}

// The wheel is the one where the due tick and the current tick first differ; a slot of wheel w
// is 64^w ticks long. Ticks beyond the horizon wait in the last slot ahead and are put again.
void TimingWheel::put(std::uint32_t index) {
  Node& node = nodes_[index];
  const std::uint64_t differing = node.due_tick ^ current_;
  const int wheel = differing == 0 ? 0 : (63 - std::countl_zero(differing)) / slot_bits;
  const auto slot = static_cast<int>((node.due_tick >> (wheel * slot_bits)) & (slots - 1));
  const int place = wheel * slots + slot;
  std::uint32_t& head = heads_[static_cast<std::size_t>(place)];
  node.place = static_cast<std::int16_t>(place);
  node.previous = none;
  node.next = head;
  if (head != none) nodes_[head].previous = index;
  head = index;
  occupied_[static_cast<std::size_t>(wheel)] |= std::uint64_t{1} << slot;
}

void TimingWheel::unlink(std::uint32_t index) {
  Node& node = nodes_[index];
  if (node.place < 0) return;
  const auto place = static_cast<std::size_t>(node.place);
  if (node.next != none) nodes_[node.next].previous = node.previous;
  if (node.previous != none) {
    nodes_[node.previous].next = node.next;
  } else {
    heads_[place] = node.next;
    if (node.next == none) occupied_[place / slots] &= ~(std::uint64_t{1} << (place % slots));
  }
  node.place = -1;
}

void TimingWheel::release(std::uint32_t index) {
  Node& node = nodes_[index];
  node.pending = false;
  ++node.generation;
  node.next = free_;
  free_ = index;
  --pending_;
}

std::uint64_t TimingWheel::next_tick() const {
  for (int wheel = 0; wheel < wheels; ++wheel) {
    const std::uint64_t occupied = occupied_[static_cast<std::size_t>(wheel)];
    if (occupied == 0) continue;
    // Occupied slots lie ahead of the current one: what is behind was spread when it was passed.
    const int shift = wheel * slot_bits;
    const auto slot = static_cast<std::uint64_t>(std::countr_zero(occupied));
    const std::uint64_t round = current_ >> (shift + slot_bits) << (shift + slot_bits);
    return round | (slot << shift);
  }
  return UINT64_MAX;
}

TimePoint TimingWheel::next_expiry() const {
  const std::uint64_t next = next_tick();
  if (next >= static_cast<std::uint64_t>((no_deadline - start_) / tick)) return no_deadline;
  return start_ + tick * static_cast<std::int64_t>(next);
}

void TimingWheel::advance(TimePoint now) {
  if (now < start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / tick);
  while (current_ < target) {
    const std::uint64_t next = next_tick();
    if (next > target) {
      // Nothing is due, but a boundary that is passed without a timer needs no spreading either.
      current_ = target;
      return;
    }
    current_ = next;
    for (int wheel = wheels - 1; wheel > 0; --wheel) spread(wheel);
    fire_current_slot();
  }
}

// Puts the timers of the wheel's current slot again: they fall into a finer wheel.
void TimingWheel::spread(int wheel) {
  const auto slot = static_cast<std::size_t>((current_ >> (wheel * slot_bits)) & (slots - 1));
  const std::size_t place = static_cast<std::size_t>(wheel) * slots + slot;
  std::uint32_t index = std::exchange(heads_[place], none);
  occupied_[static_cast<std::size_t>(wheel)] &= ~(std::uint64_t{1} << slot);
  while (index != none) {
    const std::uint32_t next = nodes_[index].next;
    put(index);
    index = next;
  }
}

void TimingWheel::fire_current_slot() {
  const auto slot = static_cast<std::size_t>(current_ & (slots - 1));
  std::vector<Due> due = std::move(due_);
  due.clear();
  while (heads_[slot] != none) {
    const std::uint32_t index = heads_[slot];
    const Node& node = nodes_[index];
    due.push_back(Due{node.when, node.order, index, node.generation});
    unlink(index);
  }
  std::sort(due.begin(), due.end(), [](const Due& a, const Due& b) {
    return a.when != b.when ? a.when < b.when : a.order < b.order;
  });
  for (const Due& one : due) {
    Node& node = nodes_[one.index];
    if (!node.pending || node.generation != one.generation) continue;  // cancelled meanwhile
    Callback callback = std::move(node.callback);
    release(one.index);
    callback();
  }
  due_ = std::move(due);
}

}  // namespace tarsier
