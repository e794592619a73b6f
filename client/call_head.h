#pragma once

#include <string>

#include "client/call_starter.h"
#include "client/client_core.h"
#include "protocol/tars/packet_writer.h"
#include "transport/base/time.h"

namespace tarsier {

// What the header of a request says besides names: maps, message type, how long the caller waits.
// One for an object, so that most calls copy nothing.
class CallHead final {
 public:
  // `set_division`: the set of the caller, empty: none (spec §6.8).
  CallHead(ClientCore& core, std::string set_division);

  // How long the call may take; zero or less: nothing is left of what it was handed on.
  Duration timeout_of(const CallTarget& target) const;
  // What the header points to stays until the next fill() and as long as the target.
  void fill(const CallTarget& target, Duration timeout, tars::RequestHeader& header);

 private:
  void fill_status(const CallTarget& target, tars::RequestHeader& header);

  ClientCore& core_;
  const std::string set_division_;
  tars::StringMap status_;
};

}  // namespace tarsier
