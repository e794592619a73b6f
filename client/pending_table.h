#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "transport/base/time.h"

namespace tarsier {

class PendingCall;

// The calls of a connection that wait for their answers, by request id. Ids count from 1 to
// 2^31 - 1 and around, never 0; a call lies in the slot that the low bits of its id name, and an id
// whose slot is taken is passed over. So a lookup is one comparison, an id comes back only after
// two thousand million calls, and there is no hashing, no ordering and no memory per call.
class PendingTable {
 public:
  // The id of a call that waits for nothing.
  std::uint32_t next_id();
  std::uint32_t add(PendingCall& call, TimePoint deadline);
  // Forgets the call and returns it; nullptr: no such id.
  PendingCall* take(std::uint32_t id);
  // The call lives at another address now.
  void move(std::uint32_t id, PendingCall& call);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return slots_.size(); }

  // Takes out one call whose deadline is not after `now`; nullptr: there is none. One pass over the
  // table finds them all: keep the cursor, starting from 0.
  PendingCall* take_expired(TimePoint now, std::size_t& cursor);
  std::vector<std::uint32_t> ids() const;
  TimePoint deadline_of(std::uint32_t id) const;  // no_deadline: no such id
  // The earliest deadline; no_deadline if empty. Looks at every slot.
  TimePoint earliest_deadline() const;

 private:
  struct Slot {
    PendingCall* call = nullptr;
    TimePoint deadline;
    std::uint32_t id = 0;
  };
  static constexpr std::size_t slots_min = 64;

  Slot& slot_of(std::uint32_t id) { return slots_[id & (slots_.size() - 1)]; }
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half of it in use
  std::size_t size_ = 0;
  std::uint32_t last_id_ = 0;
};

}  // namespace tarsier
