#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "transport/base/function.h"
#include "transport/base/time.h"

namespace tarsier::sim {

class Life;

// Everything that will happen, in order of (time, tie-break). The tie-break is the order of
// scheduling; an exploring scheduler may choose another one later.
//
// A heap of small keys over a slab of callbacks; each callback knows its place in the heap, so
// that the many timers that are cancelled before they are due leave at once.
class EventQueue {
 public:
  using Id = std::uint64_t;  // 0 is never given out; ids are not reused

  struct Event {
    Id id;
    TimePoint when;
    Life* owner = nullptr;  // runs in a turn of this life; null: runs in the world itself
  };

  Id push(TimePoint when, Life* owner, Callback callback);
  // True if the event had not happened; its callback is destroyed. 0 is no event.
  bool cancel(Id id);
  // Takes out everything that belongs to `owner`. The callbacks are handed over undestroyed.
  void remove_owned_by(const Life* owner, std::vector<Callback>& removed);
  std::size_t count_owned_by(const Life* owner) const;

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  TimePoint next_time() const { return heap_.front().when; }
  // The next event is due: it leaves the order, but can be cancelled until take_due() has it.
  Event pop();
  // Empty if it was cancelled meanwhile.
  Callback take_due(Id id);

 private:
  struct Key {
    TimePoint when;
    std::uint64_t tie;
    std::uint32_t slot;
    bool operator<(const Key& other) const {
      return when != other.when ? when < other.when : tie < other.tie;
    }
  };
  struct Slot {
    Callback callback;
    Life* owner = nullptr;
    std::uint32_t generation = 1;
    std::uint32_t position = 0;
    bool used = false;
  };
  static constexpr std::uint32_t due = UINT32_MAX;  // as position: popped and not yet taken

  void place(std::size_t position, const Key& key);
  void sift_up(std::size_t position);
  void sift_down(std::size_t position);
  void remove_key(std::size_t position);
  Callback release(std::uint32_t slot);

  std::vector<Key> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t next_tie_ = 0;
};

}  // namespace tarsier::sim
