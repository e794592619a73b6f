#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "client/call_starter.h"
#include "client/pending_call.h"
#include "client/user_code.h"

namespace tarsier {

// The call of a callback.
template <tars::ParameterList R>
class CallbackCall final : public OwnedCall {
 public:
  using Function = UniqueFunction<void(Result<R>)>;

  CallbackCall(CallStarter& starter, std::string_view function, CallbackOn on, Function callback)
      : starter_(starter), function_(function), on_(on), callback_(std::move(callback)) {}

 private:
  void finish(const ReplyView* reply, Error error) override {
    Result<R> result = reply != nullptr ? read_result<R>(*reply) : Result<R>(std::move(error));
    if (on_ == CallbackOn::loop) {
      const std::string thrown = what_it_threw(callback_, std::move(result));
      if (!thrown.empty()) starter_.callback_threw(function_, thrown);
      return;
    }
    starter_.run_beside(std::move(function_),
                        [callback = std::move(callback_), result = std::move(result)]() mutable {
                          callback(std::move(result));
                        });
  }

  CallStarter& starter_;
  std::string function_;
  CallbackOn on_;
  Function callback_;
};

}  // namespace tarsier
