#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "transport/base/time.h"

namespace tarsier::balance {

struct ThrottleOptions {
  std::uint32_t factor_permille = 2'000;  // K: so many calls are sent for one that is accepted
  std::uint32_t calls_min = 10;           // in the window; nothing is concluded from fewer
  Duration window = std::chrono::seconds(30);
  Duration probe_wait = std::chrono::seconds(1);  // one call is always let through after it
};

// Client-side throttling (SRE book, chapter 21): refusals cost a server time too, so a client that
// hears many refuses some of its own calls, with the probability
// (calls - K x accepted) / (calls + 1) over a sliding window of thirty parts.
//
// Calls that nobody answered count for nothing: who is dead is the breaker's business.
class Throttle {
 public:
  explicit Throttle(const ThrottleOptions& options);

  // Whether a call may be sent; `random`: 64 random bits. One that may not counts as made.
  bool admit(TimePoint now, std::uint64_t random);
  // The server took the call: it answered, whatever it said.
  void accepted(TimePoint now);
  // The server refused it: -9 or -6.
  void rejected(TimePoint now);

  // Of 2^32; for admit(), and for people.
  std::uint64_t refusal_chance() const;

 private:
  static constexpr std::size_t parts = 30;
  struct Part {
    std::uint64_t calls = 0;
    std::uint64_t accepted = 0;
  };
  Part& part_at(TimePoint now);

  ThrottleOptions options_;
  Duration part_length_;
  std::array<Part, parts> window_{};
  Part sum_;
  std::int64_t newest_part_ = 0;  // its number since the start of time
  TimePoint newest_ends_;
  TimePoint let_through_ = TimePoint::min();
};

}  // namespace tarsier::balance
