#include "client/balance/reach.h"

#include <algorithm>

#include "client/balance/backoff.h"

namespace tarsier::balance {
namespace {

void go_down(const ReachOptions& options, Reach& reach, const ReachEvent& event,
             Duration at_least) {
  const Duration wait = doubled(options.wait_first, reach.attempts, options.wait_max);
  if (wait < options.wait_max) ++reach.attempts;
  reach.retry_at = deadline_after(
      event.now, jittered(std::max(wait, at_least), options.jitter_permille, event.random));
  reach.down = true;
  reach.trying = false;
  reach.since = event.now;
}

void fail(const ReachOptions& options, Reach& reach, const ReachEvent& event) {
  // One attempt that fails ends many calls, and calls that have nowhere else to go try all the
  // time: the pause grows by those attempts that were due.
  if (event.began < reach.since) return;
  if (reach.down && !reach.trying && event.now < reach.retry_at) return;
  ++reach.failures;
  if (!reach.down && reach.failures < options.failures_max) return;
  go_down(options, reach, event, Duration::zero());
}

void come_up(Reach& reach, TimePoint now) {
  reach.down = false;
  reach.trying = false;
  reach.retry_at = no_deadline;
  reach.since = now;
}

}  // namespace

void step(const ReachOptions& options, Reach& reach, const ReachEvent& event) {
  switch (event.kind) {
    case ReachEvent::Kind::connected:
      if (reach.down) come_up(reach, event.now);
      break;
    case ReachEvent::Kind::failed: fail(options, reach, event); break;
    case ReachEvent::Kind::answered:
      if (event.began < reach.since) break;
      if (reach.down) come_up(reach, event.now);
      reach.failures = 0;
      reach.attempts = 0;
      break;
    case ReachEvent::Kind::left:
      if (!reach.down) go_down(options, reach, event, event.wait);
      break;
    case ReachEvent::Kind::trying:
      if (!reach.down) break;
      reach.trying = true;
      reach.retry_at = no_deadline;
      break;
  }
}

}  // namespace tarsier::balance
