#pragma once

#include <cstdint>
#include <string_view>

#include "transport/base/time.h"
#include "transport/endpoint.h"

namespace tarsier {

// A call that reached a servant of a server and was answered, or refused on the way to it. One-way
// calls are not answered.
struct AnsweredCall {
  std::string_view object;  // "App.Server.Obj"
  std::string_view function;
  const Endpoint& peer;
  std::int32_t ret;  // iRet
  Duration elapsed;  // since it was received
};

// Hears of every answer of a server. On its loop, when the answer is written; must not call back.
class AnswerObserver {
 public:
  virtual ~AnswerObserver() = default;
  virtual void call_answered(const AnsweredCall& call) = 0;
};

}  // namespace tarsier
