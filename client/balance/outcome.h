#pragma once

#include <cstdint>

#include "transport/base/error.h"

namespace tarsier::balance {

// How one attempt of a call ended, as far as endpoints and repetitions are concerned.
enum class Outcome : std::uint8_t {
  answered,      // with a result or with a code of the service's own
  refused,       // no connection, or it was reset before anything came: never sent
  broken,        // the connection ended under the call: it may have run
  timed_out,     // -7: no answer in time; it may have run
  expired,       // -6: waited too long in the server's queue
  overloaded,    // -9: refused by the server before it ran
  relay_failed,  // -8 as an answer: the peer could not reach the one behind it; it did not run
  unsent,        // a bound of our own, such as the send queue: never sent
  abandoned,     // nobody waits for it any more
};

// What speaks against the endpoint. Business codes do not (spec §9.3 #34).
constexpr bool is_failure(Outcome outcome) {
  return outcome != Outcome::answered && !(outcome >= Outcome::unsent);
}
// What says something about the endpoint at all.
constexpr bool is_verdict(Outcome outcome) { return outcome < Outcome::unsent; }
// Whatever the call does, it did not do it, so that another attempt is no second one
// (targets/reliability §4). Not -6: its time is over.
constexpr bool safe_to_repeat(Outcome outcome) {
  return outcome == Outcome::refused || outcome == Outcome::overloaded ||
         outcome == Outcome::relay_failed || outcome == Outcome::unsent;
}

// Not a byte of it left, so that another attempt adds nothing to anybody's load.
constexpr bool never_sent(Outcome outcome) {
  return outcome == Outcome::refused || outcome == Outcome::unsent;
}

// Of a call that failed so. Not `abandoned`: that is no error of a call.
Outcome outcome_of(const Error& error);

}  // namespace tarsier::balance
