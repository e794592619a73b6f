#include "client/balance/outcome.h"

namespace tarsier::balance {

Outcome outcome_of(const Error& error) {
  switch (error.code) {
    case Code::queue_timeout: return Outcome::expired;
    case Code::timeout: return Outcome::timed_out;
    case Code::overload: return Outcome::overloaded;
    case Code::connect: return error.wire_code == 0 ? Outcome::refused : Outcome::relay_failed;
    case Code::closed:
    case Code::reset: return Outcome::broken;
    case Code::send:
    case Code::limit:
    case Code::no_endpoint: return error.wire_code == 0 ? Outcome::unsent : Outcome::answered;
    default:
      return error.wire_code == static_cast<std::int32_t>(Code::connect) ? Outcome::relay_failed
                                                                         : Outcome::answered;
  }
}

}  // namespace tarsier::balance
