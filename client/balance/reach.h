#pragma once

#include <cstdint>

#include "transport/base/limits.h"
#include "transport/base/time.h"

namespace tarsier::balance {

struct ReachOptions {
  std::uint32_t failures_max = 1;  // connects that fail in a row (TARS: maxConnectExc)
  // Until the next attempt: doubled after each, and moved by some permille.
  Duration wait_first = limits::reconnect_wait_min;
  Duration wait_max = limits::reconnect_wait_max;
  std::uint32_t jitter_permille = 200;
};

// Whether an endpoint can be connected to. No statistics: who refuses is not there, and nobody is
// sent to it while another one can be reached. So calls do not find out whether it is back;
// attempts to connect do, with growing pauses. The pause begins anew only when a call was answered:
// a server that accepts and resets does not count as back. One that says that it goes, or that does
// not say a word, is left in the same way.
struct Reach {
  bool down = false;
  bool trying = false;  // an attempt is under way
  std::uint8_t attempts = 0;
  std::uint32_t failures = 0;          // in a row
  TimePoint since = TimePoint::min();  // what began before it says nothing
  TimePoint retry_at = no_deadline;    // while down and not trying
};

struct ReachEvent {
  enum class Kind : std::uint8_t { connected, failed, answered, trying, left };
  Kind kind = Kind::connected;
  TimePoint now;
  TimePoint began;  // of the call or the attempt
  std::uint64_t random = 0;
  Duration wait{};  // left: how long at least, before jitter
};

void step(const ReachOptions& options, Reach& reach, const ReachEvent& event);

}  // namespace tarsier::balance
