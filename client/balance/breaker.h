#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "transport/base/time.h"

namespace tarsier::balance {

// When an endpoint that can be reached is left alone nevertheless. The names of TARS'
// CheckTimeoutInfo (spec §6.6) stand beside what they set.
struct BreakerOptions {
  std::uint32_t failures_in_row = 5;                    // frequenceFailInvoke
  Duration row_time_min{};                              // minFrequenceFailTime; not for a row of 1
  Duration window = std::chrono::seconds(60);           // checkTimeoutInterval
  std::uint32_t window_calls_min = 3;                   // no share is taken of fewer
  std::uint32_t window_failures_min = 1;                // minTimeoutInvoke
  std::uint32_t window_permille = 500;                  // radio
  Duration probe_wait_first = std::chrono::seconds(5);  // tryTimeInterval
  Duration probe_wait_max = std::chrono::seconds(30);
  std::uint32_t jitter_permille = 200;  // of those waits
  std::uint32_t probes = 3;             // calls that must go well before it is trusted again

  // What TARS does without further configuration (spec §6.6), counted as §9.3 #34 and #35 advise.
  static BreakerOptions tars();
};

// The circuit breaker of one endpoint as a value. Closed, calls are counted in a sliding window of
// twelve parts. A row of failures, or a large enough share of them, opens it. After a while it is
// half open: a few probes are let through, and all of them going well closes it, while one that
// fails opens it again for longer.
//
// Open is advice: whether anybody listens depends on the others (fleet.h). So calls may reach an
// open one too, and as many of them going well in a row as there are probes close it.
struct Breaker {
  enum class State : std::uint8_t { closed, open, half_open };
  static constexpr std::size_t parts = 12;
  struct Part {
    std::uint32_t calls = 0;
    std::uint32_t failures = 0;
  };

  State state = State::closed;
  std::uint8_t openings = 0;         // in a row, without closing between them
  std::uint32_t row = 0;             // failures in a row
  std::uint32_t probes_started = 0;  // half open
  std::uint32_t probes_good = 0;     // half open, or in a row while open
  TimePoint row_began{};
  TimePoint since = TimePoint::min();  // of the state: calls that began before say nothing about it
  TimePoint opened_at{};               // the first time, if several times in a row
  TimePoint retry_at = no_deadline;    // while open; half open: when probes count as lost
  std::int64_t newest_part = 0;        // its number since the start of time
  std::array<Part, parts> window{};

  // Whether a probe may start.
  bool wants_probe(const BreakerOptions& options) const {
    return state == State::half_open && probes_started < options.probes;
  }
};

struct BreakerEvent {
  enum class Kind : std::uint8_t {
    time,     // nothing but that
    started,  // a call
    good,     // it was answered
    failed,   // is_failure() of its outcome
    dropped,  // it ended without a word about the endpoint
  };
  Kind kind = Kind::time;
  TimePoint now;
  TimePoint began;           // of the call
  std::uint64_t random = 0;  // for the wait
};

void step(const BreakerOptions& options, Breaker& breaker, const BreakerEvent& event);

}  // namespace tarsier::balance
