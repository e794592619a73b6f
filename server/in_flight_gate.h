#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "server/call_queue.h"
#include "server/overload/in_flight_limit.h"
#include "server/servant.h"

namespace tarsier {

// In front of a servant that runs on the loop: how many of its calls may be in flight, that is,
// kept to be answered later. What comes when that is enough waits, and runs when one of them ends.
// Calls that are answered at once cost two comparisons and are not counted: a loop that runs one of
// them after the other reads no faster than it answers.
class InFlightGate {
 public:
  InFlightGate(ServerCore& core, Servant& servant, std::string_view name,
               const InFlightLimitOptions& limit, const HandlerQueueOptions& queue);

  // Whether the next call may run now.
  bool open() const { return queue_.empty() && limit_.has_room(); }
  // Otherwise: runs it later, or answers it.
  void wait(ServerCall& call, std::span<const std::byte> packet, const CallQueue::Arrival& arrival);

  // A call was kept. What comes back is for ended().
  TimePoint began();
  void ended(TimePoint began);
  void forgotten() { limit_.abandoned(); }

  std::size_t waiting() const { return queue_.size(); }
  std::size_t in_flight() const { return limit_.in_flight(); }
  std::size_t limit() const { return limit_.limit(); }
  void close() { queue_.close(); }

 private:
  void go_on();

  ServerCore& core_;
  Servant& servant_;
  InFlightLimit limit_;
  CallQueue queue_;
  bool posted_ = false;
};

}  // namespace tarsier
