#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "client/balance/policy.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/parameters.h"
#include "protocol/trace/handed_on.h"
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
  // A call made while `served` is (a ServerCall, server/server_call.h): it ends when that one does,
  // and carries its cookies, its dye and its trace on. Must be made while that call is there; what
  // goes on by itself later makes its calls without it.
  template <class Served>
    requires requires(const Served& served) {
      { served.hand_on() } -> std::same_as<trace::HandedOn>;
    }
  explicit CallOptions(const Served& served) : handed_on(served.hand_on()) {}

  // Lines written about this call, and about all that it causes, go to the dyed logs too.
  CallOptions& dye(std::string key) {
    chain().dye = std::move(key);
    return *this;
  }
  // The first call of a chain that is traced, see trace::Span::root.
  CallOptions& trace(trace::Span span) {
    chain().span = std::move(span);
    return *this;
  }
  trace::HandedOn& chain() { return handed_on ? *handed_on : handed_on.emplace(); }

  Duration timeout{};                 // zero: the timeout of the proxy, then of the client
  tars::StringMap context;            // business context, travels with the request
  tars::StringMap status;             // framework context
  std::optional<std::uint64_t> hash;  // calls of one hash prefer one endpoint
  balance::HashKind hash_kind = balance::HashKind::of_policy;  // how the hash finds it
  // Running it twice does no harm: it may be repeated even where it may have run.
  bool idempotent = false;
  // False: it is never repeated, not even where it cannot have run.
  bool repeat = true;
  tars::BodyFormat format = tars::BodyFormat::tars;
  CallbackOn callback_on = CallbackOn::executor;
  std::optional<trace::HandedOn> handed_on;  // by the call that this one is made for
  ReplyInfo* reply_info = nullptr;           // filled when the answer arrives; outlives the call
};

}  // namespace tarsier
