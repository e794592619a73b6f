#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/blocking_call.h"
#include "client/call_options.h"
#include "client/call_starter.h"
#include "client/callback_call.h"
#include "client/pending_call.h"
#include "client/push.h"
#include "protocol/tars/parameters.h"
#include "transport/base/function.h"
#include "transport/task.h"

// What generated proxies are made of. For an interface I with IApi as in protocol/tars/parameters.h
// (F without a routekey; G with the routekey parameter k) the IDL compiler provides
//
//   class IClient : public tarsier::Proxy {
//    public:
//     using Api = IApi;
//     using tarsier::Proxy::Proxy;
//
//     Task<Result<IApi::FResult>> F(const In& a, const CallOptions& options = {}) const {
//       return tars_call<IApi::FResult>("F", options,
//                                       [&](auto&& visit) { visit(1, "a", a); });
//     }
//     void F_callback(const In& a, UniqueFunction<void(Result<IApi::FResult>)> callback,
//                     const CallOptions& options = {}) const {
//       tars_call_then<IApi::FResult>("F", options, [&](auto&& visit) {…}, std::move(callback));
//     }
//     std::future<Result<IApi::FResult>> F_future(const In& a, const CallOptions& = {}) const {
//       return tars_call_future<IApi::FResult>("F", options, [&](auto&& visit) {…});
//     }
//     Result<IApi::FResult> F_blocking(const In& a, const CallOptions& options = {}) const {
//       return tars_call_blocking<IApi::FResult>("F", options, [&](auto&& visit) {…});
//     }
//     void F_oneway(const In& a, const CallOptions& options = {}) const {
//       tars_call_oneway("F", options, [&](auto&& visit) {…});
//     }
//     … G: every helper takes the value of the routekey as its last argument: tars_call<…>("G",
//          options, each, k)
//   };
//
// The lambda calls visit(tag, name, value) for every in parameter in order of tag, nothing else.
// A function without in parameters passes [](auto&&) {}.
namespace tarsier {

// A handle to one object: small, copied freely, valid as long as its Client.
//
// A coroutine call is under way when the function returns, with its arguments encoded: it leaves
// with the other calls of the turn whether or not the task is awaited, two calls in a row run side
// by side, and destroying the task forgets the answer. Coroutine calls belong to the loop of the
// Client; the other four styles may be used from any thread, except that a blocking call on a loop
// stops the program with a sentence instead of waiting for itself.
class Proxy {
 public:
  Proxy() = default;  // bound to nothing; for mocks
  explicit Proxy(CallStarter& starter) : starter_(&starter) {}

  // "App.Server.Obj".
  std::string_view tars_object() const { return starter().object(); }
  // For calls whose options name none. Zero: the client's default.
  void tars_set_timeout(Duration timeout) { state_.timeout = timeout; }
  // Whether a call made for the sake of another (CallOptions::handed_on) ends when that one does.
  // On at first; off for work that is worth finishing although nobody waits for it any more.
  void tars_heed_deadlines(bool on) { state_.heeds_deadlines = on; }
  // Asks whether the servant is there; any servant answers.
  Task<Result<>> tars_ping(const CallOptions& options = {}) const;
  // What servers send unasked (request id 0). One at a time, in order, where and with what care
  // says CallbackOn; without a callback they are dropped. Shared by all proxies of this object.
  void tars_set_push_callback(PushCallback callback, CallbackOn on = CallbackOn::executor) const;

 protected:
  template <tars::ParameterList R, tars::ParameterSource Each>
  Task<Result<R>> tars_call(std::string_view function, const CallOptions& options, const Each& each,
                            std::string_view route_key = {}) const {
    AwaitedCall<R> call;
    start(target(function, options, route_key), &call, each);
    return finish(std::move(call));
  }

  template <tars::ParameterList R, tars::ParameterSource Each>
  void tars_call_then(std::string_view function, const CallOptions& options, const Each& each,
                      UniqueFunction<void(Result<R>)> callback,
                      std::string_view route_key = {}) const {
    start_anywhere(target(function, options, route_key), each,
                   std::make_unique<CallbackCall<R>>(starter(), function, options.callback_on,
                                                     std::move(callback)));
  }

  template <tars::ParameterList R, tars::ParameterSource Each>
  CallFuture<R> tars_call_future(std::string_view function, const CallOptions& options,
                                 const Each& each, std::string_view route_key = {}) const {
    auto call = std::make_unique<FutureCall<R>>();
    auto future = call->future();
    start_anywhere(target(function, options, route_key), each, std::move(call));
    return future;
  }

  template <tars::ParameterList R, tars::ParameterSource Each>
  Result<R> tars_call_blocking(std::string_view function, const CallOptions& options,
                               const Each& each, std::string_view route_key = {}) const {
    check_may_block(starter().in_loop(), function);
    return tars_call_future<R>(function, options, each, route_key).get();
  }

  template <tars::ParameterSource Each>
  void tars_call_oneway(std::string_view function, const CallOptions& options, const Each& each,
                        std::string_view route_key = {}) const {
    start_anywhere(target(function, options, route_key), each, nullptr);
  }

 private:
  CallStarter& starter() const {
    TARSIER_CHECK(starter_ != nullptr, "this proxy is bound to nothing: get it from Client::proxy");
    return *starter_;
  }
  CallTarget target(std::string_view function, const CallOptions& options,
                    std::string_view route_key) const {
    return CallTarget(function, options, route_key, state_);
  }

  // On the loop. `call` null: one-way.
  template <class Each>
  void start(const CallTarget& target, PendingCall* call, const Each& each) const {
    tars::RequestHeader header;
    ByteBuffer* output = starter().begin(target, call, header);
    if (output == nullptr) return;
    if (target.options.format == tars::BodyFormat::tars) [[likely]] {
      return starter().end(tars::write_frame(
          *output, header, [&](tars::Writer& body) { tars::write_parameters(body, each); }));
    }
    ByteBuffer body;
    auto encoded = tars::write_parameters(target.options.format, body, each);
    starter().end(encoded ? tars::write_frame(*output, header, body.span()) : encoded);
  }

  // Elsewhere: the body is encoded here and handed over to the loop.
  template <class Each>
  void start_anywhere(const CallTarget& target, const Each& each,
                      std::unique_ptr<OwnedCall> call) const {
    if (starter().in_loop()) return start(target, call.release(), each);
    ByteBuffer body;
    auto encoded = tars::write_parameters(target.options.format, body, each);
    starter().post(target, std::move(call),
                   encoded ? Result<ByteBuffer>(std::move(body)) : encoded.error());
  }

  template <class R>
  static Task<Result<R>> finish(AwaitedCall<R> call) {
    co_return co_await call;
  }

  CallStarter* starter_ = nullptr;
  ProxyState state_;
};

}  // namespace tarsier
