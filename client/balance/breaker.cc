#include "client/balance/breaker.h"

#include <algorithm>
#include <limits>

#include "client/balance/backoff.h"

namespace tarsier::balance {
namespace {

using State = Breaker::State;

void trip(const BreakerOptions& options, Breaker& breaker, const BreakerEvent& event) {
  if (breaker.state == State::closed) {
    breaker.openings = 0;
    breaker.opened_at = event.now;
  }
  const Duration wait = doubled(options.probe_wait_first, breaker.openings, options.probe_wait_max);
  if (wait < options.probe_wait_max) ++breaker.openings;
  breaker.state = State::open;
  breaker.since = event.now;
  breaker.retry_at =
      deadline_after(event.now, jittered(wait, options.jitter_permille, event.random));
  breaker.probes_good = 0;
}

void heal(Breaker& breaker, TimePoint now) {
  breaker = Breaker();
  breaker.since = now;
}

// Parts are numbered from the start of time, so that their bounds depend on nothing else.
Breaker::Part& part_at(const BreakerOptions& options, Breaker& breaker, TimePoint now) {
  const Duration length = std::max<Duration>(options.window / int{Breaker::parts}, Duration(1));
  const std::int64_t number = now.time_since_epoch() / length;
  const std::int64_t steps = number - breaker.newest_part;
  if (steps >= static_cast<std::int64_t>(Breaker::parts)) {
    breaker.window.fill({});
  } else {
    for (std::int64_t i = 1; i <= steps; ++i)
      breaker.window[static_cast<std::size_t>(breaker.newest_part + i) % Breaker::parts] = {};
  }
  breaker.newest_part = std::max(breaker.newest_part, number);
  return breaker.window[static_cast<std::size_t>(breaker.newest_part) % Breaker::parts];
}

bool row_is_long(const BreakerOptions& options, const Breaker& breaker, TimePoint now) {
  if (breaker.row < options.failures_in_row) return false;
  return options.failures_in_row <= 1 ||
         now >= deadline_after(breaker.row_began, options.row_time_min);
}

bool share_is_large(const BreakerOptions& options, const Breaker& breaker) {
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  for (const Breaker::Part& part : breaker.window) {
    calls += part.calls;
    failures += part.failures;
  }
  return calls >= options.window_calls_min && failures >= options.window_failures_min &&
         failures * 1000 >= calls * options.window_permille;
}

void count(const BreakerOptions& options, Breaker& breaker, const BreakerEvent& event) {
  const bool failed = event.kind == BreakerEvent::Kind::failed;
  Breaker::Part& part = part_at(options, breaker, event.now);
  ++part.calls;
  if (!failed) {
    breaker.row = 0;
    return;
  }
  ++part.failures;
  if (breaker.row == 0) breaker.row_began = event.now;
  if (breaker.row < std::numeric_limits<std::uint32_t>::max()) ++breaker.row;
  if (row_is_long(options, breaker, event.now) || share_is_large(options, breaker))
    trip(options, breaker, event);
}

void end_of_call(const BreakerOptions& options, Breaker& breaker, const BreakerEvent& event) {
  if (event.began < breaker.since) return;
  if (event.kind == BreakerEvent::Kind::dropped) {
    if (breaker.state != State::half_open || breaker.probes_started == 0) return;
    --breaker.probes_started;
    breaker.retry_at = no_deadline;
  } else if (breaker.state == State::closed) {
    count(options, breaker, event);
  } else if (event.kind == BreakerEvent::Kind::good) {
    if (++breaker.probes_good >= options.probes) heal(breaker, event.now);
  } else if (breaker.state == State::half_open) {
    trip(options, breaker, event);
  } else {
    breaker.probes_good = 0;
  }
}

}  // namespace

BreakerOptions BreakerOptions::tars() {
  BreakerOptions options;
  options.failures_in_row = 1;
  options.row_time_min = std::chrono::seconds(3);
  options.window = std::chrono::seconds(5);
  options.window_calls_min = 1;
  options.window_failures_min = 1;
  options.window_permille = 50;
  options.probe_wait_first = std::chrono::seconds(5);
  options.probe_wait_max = std::chrono::seconds(5);
  options.jitter_permille = 0;
  options.probes = 1;
  return options;
}

void step(const BreakerOptions& options, Breaker& breaker, const BreakerEvent& event) {
  if (event.now >= breaker.retry_at) {
    if (breaker.state == State::open) {
      breaker.state = State::half_open;
      breaker.since = breaker.retry_at;  // however late anybody asks
      breaker.probes_good = 0;
    }
    breaker.retry_at = no_deadline;
    breaker.probes_started = 0;
  }
  if (event.kind == BreakerEvent::Kind::time) return;
  if (event.kind != BreakerEvent::Kind::started) return end_of_call(options, breaker, event);
  // Calls may take an hour, and their ends may be lost: others may try meanwhile.
  if (breaker.state == State::half_open && ++breaker.probes_started == options.probes)
    breaker.retry_at = deadline_after(event.now, options.probe_wait_max);
}

}  // namespace tarsier::balance
