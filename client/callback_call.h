#pragma once

#include <utility>

#include "client/call_starter.h"
#include "client/pending_call.h"

namespace tarsier {

// The call of a callback.
template <tars::ParameterList R>
class CallbackCall final : public OwnedCall {
 public:
  using Function = UniqueFunction<void(Result<R>)>;

  CallbackCall(CallStarter& starter, CallbackOn on, Function callback)
      : starter_(starter), on_(on), callback_(std::move(callback)) {}

 private:
  void finish(const ReplyView* reply, Error error) override {
    Result<R> result = reply != nullptr ? read_result<R>(*reply) : Result<R>(std::move(error));
    if (on_ == CallbackOn::loop) return callback_(std::move(result));
    starter_.run_beside([callback = std::move(callback_), result = std::move(result)]() mutable {
      callback(std::move(result));
    });
  }

  CallStarter& starter_;
  CallbackOn on_;
  Function callback_;
};

}  // namespace tarsier
