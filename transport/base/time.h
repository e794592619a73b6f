#pragma once

#include <chrono>
#include <cstdint>

namespace tarsier {

// Monotonic time as an Env tells it. The type has no now(): only a Clock has (transport/clock.h).
struct EnvTime {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<EnvTime>;
  static constexpr bool is_steady = true;
};

using Duration = EnvTime::duration;     // signed nanoseconds
using TimePoint = EnvTime::time_point;  // nanoseconds since an arbitrary start of this Env

constexpr TimePoint no_deadline = TimePoint::max();

// a + b without overflow: "no deadline" stays that.
constexpr TimePoint deadline_after(TimePoint now, Duration timeout) {
  return timeout >= no_deadline - now ? no_deadline : now + timeout;
}

constexpr std::int64_t to_ms(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

}  // namespace tarsier
