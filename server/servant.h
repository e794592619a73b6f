#pragma once

#include <coroutine>
#include <cstddef>
#include <string_view>
#include <utility>

#include "protocol/tars/parameters.h"
#include "server/frame_pool.h"
#include "server/reply.h"
#include "server/server_call.h"
#include "transport/task.h"

// What generated servants are made of. For an interface I the IDL compiler provides
//
//   struct IApi {
//     static constexpr std::string_view tars_name = "module.I";
//     struct FArguments {…};   // parameter list (protocol/tars/parameters.h): the in parameters
//     struct FResult {…};      // parameter list: ret at tag 0 unless void, then the outs
//   };
//
// and three abstract classes, one for each way to write a servant, that differ in one line a
// function:
//
//   class ISyncServant : public tarsier::Servant {
//    public:
//     virtual Result<IApi::FResult> F(const In& a, ServerCall& call) = 0;
//     std::string_view tars_interface() const override { return IApi::tars_name; }
//     void tars_dispatch(ServerCall& call) override {
//       const std::string_view function = call.function();
//       if (function == "F") {
//         return tarsier::serve_sync<IApi::FArguments>(
//             call, [&](IApi::FArguments& in) { return F(in.a, call); });
//       }
//       call.answer_no_function();
//     }
//   };
//   class IServant …       virtual Task<Result<IApi::FResult>> F(In a, ServerCall& call) = 0;
//         return tarsier::serve_coroutine<IApi::FArguments>(
//             call, [this](IApi::FArguments& in, ServerCall& kept) {
//               return F(std::move(in.a), kept); });   // or F(in.a, kept): both outlive the task
//   class IAsyncServant …  virtual void F(const In& a, Reply<IApi::FResult> reply) = 0;
//         return tarsier::serve_async<IApi::FArguments, IApi::FResult>(
//             call, [&](IApi::FArguments& in, Reply<IApi::FResult> reply) {
//               F(in.a, std::move(reply)); });
//
// `tars_ping`, wrong servant names, deadlines and exceptions never reach tars_dispatch or come out
// of it: the dispatcher deals with them.
namespace tarsier {

// An object that answers calls. Added to a Server under an object name; it outlives the Server.
class Servant {
 public:
  virtual ~Servant() = default;
  // "module.Interface", for people.
  virtual std::string_view tars_interface() const = 0;
  // Answers the call, or keeps it to answer later. May throw what user code throws.
  virtual void tars_dispatch(ServerCall& call) = 0;
};

// A plain function: no coroutine frame, no allocation; the result goes straight into the output of
// the connection.
template <tars::ParameterList Arguments, class Method>
void serve_sync(ServerCall& call, Method&& method) {
  Arguments arguments;
  if (!call.read(arguments)) return;
  call.answer(method(arguments));
}

namespace detail {

// Suspends until the task is done, without taking its result.
template <class T>
class FinishedLater {
 public:
  FinishedLater(ServerCall& call, Task<T>& task) : call_(call), task_(task) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> frame) {
    call_.keep(frame);
    return task_.await_suspend(frame);
  }
  void await_resume() const noexcept {}

 private:
  ServerCall& call_;
  Task<T>& task_;
};

// A coroutine that owns its call, in its promise, and itself. What user code throws inside it ends
// in unhandled_exception().
struct DrivenCall {
  struct promise_type {
    ServerCall call;
    template <class Method>
    promise_type(ServerCall& given, Method&) : call(std::move(given)) {}
    template <class Method>
    static void* operator new(std::size_t bytes, ServerCall& given, Method&) {
      return given.frame_pool().take(bytes);
    }
    static void operator delete(void* frame, std::size_t bytes) { FramePool::give(frame, bytes); }
    DrivenCall get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { call.answer_current_exception(); }
  };
};

// The call of the coroutine that awaits it.
class OwnCall {
 public:
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<DrivenCall::promise_type> frame) noexcept {
    call_ = &frame.promise().call;
    return false;
  }
  ServerCall& await_resume() const noexcept { return *call_; }

 private:
  ServerCall* call_ = nullptr;
};

// g++ 12 does not pair the promise's operator delete with its operator new, which is a template.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
// The promise has taken over the call that is given.
template <class Arguments, class Method>
DrivenCall drive(ServerCall&, Method method) {
  OwnCall own;
  ServerCall& call = co_await own;
  Arguments arguments;
  if (!call.read(arguments)) co_return;
  auto task = method(arguments, call);
  task.start();
  if (!task.done()) {
    FinishedLater later(call, task);
    co_await later;
  }
  call.answer(task.take_result());
}
#pragma GCC diagnostic pop

}  // namespace detail

// A coroutine: starts inline, and if it finishes without suspending its answer leaves with those of
// the same turn.
template <tars::ParameterList Arguments, class Method>
void serve_coroutine(ServerCall& call, Method method) {
  if (call.on_handler_thread()) [[unlikely]]
    return call.answer_no_coroutine();
  detail::drive<Arguments>(call, std::move(method));
}

// Answers later, from anywhere.
template <tars::ParameterList Arguments, tars::ParameterList R, class Method>
void serve_async(ServerCall& call, Method&& method) {
  Arguments arguments;
  if (!call.read(arguments)) return;
  method(arguments, Reply<R>(call.detach()));
}

// An error of the application, with a code of its own: it travels as iRet, which other languages
// show as that number. Values below -99 are not legal on the wire and become -99.
inline Error application_error(std::int32_t wire_code, std::string detail) {
  Error error(Code::application, std::move(detail));
  error.wire_code = wire_code;
  return error;
}

}  // namespace tarsier
