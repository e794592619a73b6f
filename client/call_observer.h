#pragma once

#include <cstdint>
#include <string_view>

#include "transport/base/error.h"
#include "transport/base/time.h"
#include "transport/endpoint.h"

namespace tarsier {

// A call that was given to one endpoint and has ended; a call that is repeated elsewhere ends once
// at each. One-way calls never end, and calls for which there was no endpoint begin nowhere.
struct EndedCall {
  std::string_view object;    // "App.Server.Obj"
  std::string_view function;  // beyond the first 256 of an endpoint: "(others)"
  const Endpoint& callee;
  Code code;               // ok: a result came
  std::int32_t wire_code;  // iRet of an answer; 0 where the call failed on this side
  Duration elapsed;        // since it was made
};

// What an observer may keep for a function of an object at an endpoint, so that it need not look
// for it at each call: empty at first, handed in again with every call of the same.
struct ObserverNote {
  std::uint64_t period = 0;
  void* entry = nullptr;
};

// Hears of every call of a client. On its loop, before the caller does; must not call back.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void call_ended(const EndedCall& call, ObserverNote& note) = 0;
};

}  // namespace tarsier
