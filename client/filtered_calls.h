#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "client/call_head.h"
#include "client/call_starter.h"
#include "client/client_core.h"
#include "client/filter.h"
#include "client/waiting_calls.h"
#include "transport/base/bytes.h"
#include "transport/base/log_throttle.h"
#include "transport/scope.h"

namespace tarsier {

// Calls that pass through filters on their way to another starter. The caller's call waits here,
// under an id of its own, while the filters make calls for it; so it ends at its deadline whatever
// they do, and may be forgotten without them. Loop only, except where CallStarter says otherwise.
class FilteredCalls final : public CallStarter,
                            private WaitingCalls::Owner,
                            private ClientFilters::Operation {
 public:
  // All outlive this.
  FilteredCalls(ClientCore& core, CallStarter& behind, ClientFilters& filters);
  ~FilteredCalls() override;

  std::string_view object() const override { return behind_.object(); }
  bool in_loop() const override { return behind_.in_loop(); }
  ByteBuffer* begin(const CallTarget& target, PendingCall* call,
                    tars::RequestHeader& header) override;
  void end(const Result<>& encoded) override;
  void post(const CallTarget& target, std::unique_ptr<OwnedCall> call,
            Result<ByteBuffer> body) override;
  void run_beside(std::string function, Callback callback) override {
    behind_.run_beside(std::move(function), std::move(callback));
  }
  void callback_threw(std::string_view function, std::string_view what) override {
    behind_.callback_threw(function, what);
  }
  void set_push_callback(PushCallback callback, CallbackOn on) override {
    behind_.set_push_callback(std::move(callback), on);
  }

  // Fails the calls that still wait with Code::closed.
  void close();
  // After close(): no filter runs any more.
  bool quiet() const { return running_.empty(); }

 private:
  // A call in the filters; `id`: of the caller's.
  struct Run {
    OutgoingCall call;
    std::uint32_t id = 0;
  };

  Task<void> run(std::unique_ptr<Run> run);
  void finish(std::uint32_t id, ClientFilters::Outcome outcome);
  Task<ClientFilters::Outcome> perform(OutgoingCall& call) override;
  void ending(OutgoingCall& call) override;
  void filter_failed(const OutgoingCall& call, const std::string& which, const Error& why) override;
  void on_push(const tars::ResponseView&) override {}
  void on_reconnect_asked() override {}
  void on_flood() override {}
  Error timed_out() const override;
  void on_timeouts(std::span<const std::uint32_t>, bool) override {}

  ClientCore& core_;
  CallStarter& behind_;
  ClientFilters& filters_;
  CallHead head_;
  WaitingCalls calls_;
  ByteBuffer frame_;           // between begin() and end()
  std::unique_ptr<Run> open_;  // the same; null: it passes by
  LogThrottle failures_;
  Scope running_;
};

}  // namespace tarsier
