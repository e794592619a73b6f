#include "sim/event_queue.h"

#include <utility>

namespace tarsier::sim {
namespace {

// Four children a node: half the depth of a binary heap, and siblings share a cache line.
constexpr std::size_t arity = 4;

}  // namespace

EventQueue::Id EventQueue::push(TimePoint when, Life* owner, Callback callback) {
  std::uint32_t index;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[index];
  slot.callback = std::move(callback);
  slot.owner = owner;
  slot.used = true;
  heap_.push_back(Key{when, next_tie_++, index});
  slot.position = static_cast<std::uint32_t>(heap_.size() - 1);
  sift_up(heap_.size() - 1);
  return (std::uint64_t{slot.generation} << 32) | index;
}

bool EventQueue::cancel(Id id) {
  const auto index = static_cast<std::uint32_t>(id);
  if (index >= slots_.size()) return false;
  const Slot& slot = slots_[index];
  if (!slot.used || slot.generation != id >> 32) return false;
  // The callback dies only when the queue is whole again: its destructor may come back here.
  const Callback dropped = release(index);
  return true;
}

void EventQueue::remove_owned_by(const Life* owner, std::vector<Callback>& removed) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].used && slots_[i].owner == owner) removed.push_back(release(i));
}

std::size_t EventQueue::count_owned_by(const Life* owner) const {
  std::size_t count = 0;
  for (const Slot& slot : slots_)
    if (slot.used && slot.owner == owner) ++count;
  return count;
}

EventQueue::Event EventQueue::pop() {
  const Key first = heap_.front();
  Slot& slot = slots_[first.slot];
  remove_key(0);
  slot.position = due;
  return Event{(std::uint64_t{slot.generation} << 32) | first.slot, first.when, slot.owner};
}

Callback EventQueue::take_due(Id id) {
  const auto index = static_cast<std::uint32_t>(id);
  const Slot& slot = slots_[index];
  if (!slot.used || slot.generation != id >> 32) return Callback();
  return release(index);
}

void EventQueue::place(std::size_t position, const Key& key) {
  heap_[position] = key;
  slots_[key.slot].position = static_cast<std::uint32_t>(position);
}

void EventQueue::sift_up(std::size_t position) {
  const Key key = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / arity;
    if (!(key < heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, key);
}

void EventQueue::sift_down(std::size_t position) {
  const Key key = heap_[position];
  for (;;) {
    const std::size_t first = position * arity + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < first + arity && child < heap_.size(); ++child)
      if (heap_[child] < heap_[least]) least = child;
    if (!(heap_[least] < key)) break;
    place(position, heap_[least]);
    position = least;
  }
  place(position, key);
}

void EventQueue::remove_key(std::size_t position) {
  const Key last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  place(position, last);
  sift_up(position);
  sift_down(slots_[last.slot].position);
}

Callback EventQueue::release(std::uint32_t index) {
  Slot& slot = slots_[index];
  if (slot.position != due) remove_key(slot.position);
  slot.used = false;
  if (++slot.generation == 0) slot.generation = 1;
  free_.push_back(index);
  return std::move(slot.callback);
}

}  // namespace tarsier::sim
