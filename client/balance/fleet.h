#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/balance/slot.h"
#include "transport/base/time.h"

namespace tarsier::balance {

// What is known of one endpoint, best first. The last two are facts; the ones before are guesses
// from statistics ("soft"), and may be overruled.
enum class Health : std::uint8_t {
  healthy,
  wants_probe,     // half open, and a probe may start
  ejected,         // the breaker is open, or its probes are all under way
  out_of_service,  // inactive in the registry, or its weight is nothing
  unreachable,     // cannot be connected to
};

struct FleetOptions {
  // Of those that can be reached, so many are left alone because of statistics, but always one.
  std::uint32_t ejected_permille_max = 300;
  // With fewer healthy ones than this the statistics say more about us than about them: all serve.
  std::uint32_t panic_permille = 500;
};

// Who may be picked. Rebuilt when an endpoint changes, never for a call.
class Fleet {
 public:
  struct Member {
    Slot slot = no_slot;
    Health health = Health::healthy;
    TimePoint opened_at;  // of the breaker; for soft ones
  };

  // The members in the order in which `slots()` shall stand. `slot_count`: all slots are below it.
  void rebuild(const FleetOptions& options, std::span<const Member> members,
               std::size_t slot_count);

  // An endpoint that is out of service or unreachable is there only if no other one can be reached:
  // first those that nobody has tried, then all.
  const SlotFlags& usable() const { return usable_; }
  const std::vector<Slot>& slots() const { return slots_; }  // the usable ones

  bool panic() const { return panic_; }
  std::size_t reachable() const { return reachable_; }
  std::size_t left_alone() const { return left_alone_; }  // of the reachable

 private:
  void leave_alone(const FleetOptions& options, std::span<const Member> members);

  SlotFlags usable_;
  std::vector<Slot> slots_;
  std::vector<Member> soft_;  // scratch
  bool panic_ = false;
  std::size_t reachable_ = 0;
  std::size_t left_alone_ = 0;
};

}  // namespace tarsier::balance
