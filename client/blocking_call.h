#pragma once

#include <future>
#include <string_view>
#include <utility>

#include "client/pending_call.h"
#include "transport/base/function.h"
#include "transport/env.h"
#include "transport/executor.h"

// The one place outside transport/epoll/ where threads meet: calls from threads that are no loop.
namespace tarsier {

// Stops the program with a sentence if the caller is the loop that would have to answer.
void check_may_block(bool in_loop, std::string_view what);

// Runs `function` on the loop and waits until it has run; directly if this is the loop.
void run_on_loop(Executor& executor, Callback function);

// Runs `start` on the loop, with a function to call there once what it started has ended, and waits
// for that call. Not from the loop.
void run_on_loop_to_end(Executor& executor, UniqueFunction<void(Callback ended)> start);

template <class R>
using CallFuture = std::future<Result<R>>;

// The call of a std::future. The future is made ready on the loop.
template <tars::ParameterList R>
class FutureCall final : public OwnedCall {
 public:
  CallFuture<R> future() { return promise_.get_future(); }

 private:
  void finish(const ReplyView* reply, Error error) override {
    promise_.set_value(reply != nullptr ? read_result<R>(*reply) : Result<R>(std::move(error)));
  }

  std::promise<Result<R>> promise_;
};

}  // namespace tarsier
