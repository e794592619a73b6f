#pragma once

#include <cstdint>
#include <optional>

#include "protocol/tars/packet.h"
#include "protocol/tars/parameters.h"
#include "transport/base/time.h"

namespace tarsier {

// Where the function given to an F_callback call runs.
//
// It runs exactly once, with an answer or an error. What it throws is dropped: that is counted
// (ClientCounters::callbacks_threw) and logged, the first time for each function.
enum class CallbackOn : std::uint8_t {
  // Beside the loop, on Env::blocking: it may block, several may run at once. While too many wait
  // there, it waits too. Never on the loop instead: if Env::blocking ends first, the function is
  // destroyed unrun, counted (callbacks_dropped) and logged.
  executor,
  loop,  // on the loop, inline with the answer: it must not block
};

// What came with an answer beside its result.
struct ReplyInfo {
  tars::StringMap context;
  tars::StringMap status;
};

// How one call is made. The default of every member is what most calls want.
struct CallOptions {
  // Not an aggregate: g++ 12 destroys one that is a default argument in a co_await expression twice
  // (transport/coroutine_lifetime_test.cc).
  CallOptions() {}

  Duration timeout{};                 // zero: the timeout of the proxy, then of the client
  tars::StringMap context;            // business context, travels with the request
  tars::StringMap status;             // framework context
  std::optional<std::uint64_t> hash;  // calls of one hash prefer one endpoint
  tars::BodyFormat format = tars::BodyFormat::tars;
  CallbackOn callback_on = CallbackOn::executor;
  ReplyInfo* reply_info = nullptr;  // filled when the answer arrives; outlives the call
};

}  // namespace tarsier
