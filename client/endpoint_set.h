#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/balance/endpoint_picker.h"
#include "client/balance/retry.h"
#include "client/balance/throttle.h"
#include "client/call_attempt.h"
#include "client/call_head.h"
#include "client/call_starter.h"
#include "client/channel.h"
#include "client/client_core.h"
#include "client/resolver.h"
#include "client/resting_calls.h"
#include "client/waiting_room.h"
#include "transport/base/random.h"
#include "transport/endpoint.h"

namespace tarsier {

// The endpoints of one object, a channel to each, and the choice between them, which a
// balance::EndpointPicker makes: it is told how every call ends and which endpoints can be
// connected to. Calls that failed are sent again from here where that is safe. Loop only, except
// where CallStarter says otherwise.
//
// Those that cannot be connected to are connected to in the background, when it is time and a call
// is made: an object that nobody calls has no timer.
//
// The endpoints stand in the name of the object, or a Resolver knows them: then calls wait, within
// their deadlines, until it has said which they are, and channels come and go with what it says.
class EndpointSet final : public CallStarter,
                          private Channel::Listener,
                          private Resolver::Watcher,
                          private CallAttempt::Owner {
 public:
  // At least one endpoint, and each such that check_channel_to() accepts it. `frame_bytes_max`: of
  // answers.
  EndpointSet(ClientCore& core, const ObjectName& name, std::size_t frame_bytes_max,
              balance::Policy policy);
  EndpointSet(ClientCore& core, Resolver& resolver, const Lookup& lookup,
              std::size_t frame_bytes_max, balance::Policy policy);
  ~EndpointSet() override;

  std::string_view object() const override { return servant_; }
  bool in_loop() const override;
  ByteBuffer* begin(const CallTarget& target, PendingCall* call,
                    tars::RequestHeader& header) override;
  void end(const Result<>& encoded) override;
  void post(const CallTarget& target, std::unique_ptr<OwnedCall> call,
            Result<ByteBuffer> body) override;
  void run_beside(std::string function, Callback callback) override {
    core_.run_beside(UserFunction{servant_, std::move(function)}, std::move(callback));
  }
  void callback_threw(std::string_view function, std::string_view what) override {
    core_.callback_threw(UserFunction{servant_, std::string(function)}, what);
  }
  void set_push_callback(PushCallback callback, CallbackOn on) override;

  void close();
  // After close(): nothing runs any more.
  bool quiet() const;

 private:
  struct PushTarget {
    PushTarget(PushCallback function, CallbackOn where)
        : callback(std::move(function)), on(where) {}
    PushCallback callback;
    CallbackOn on;
  };
  // An endpoint, by its slot in the picker. The channel is made when it is wanted.
  struct Place {
    Endpoint endpoint;
    std::unique_ptr<Channel> channel;
  };
  // The call between begin() and end(); no channel: it waits for endpoints.
  struct Open {
    Channel* channel = nullptr;
    CallAttempt* attempt = nullptr;  // null: one-way
    const ByteBuffer* output = nullptr;
    std::size_t begins_at = 0;  // in the output
  };

  // `set`: whose servers are asked for; empty: none.
  EndpointSet(ClientCore& core, Resolver* resolver, std::string servant, const std::string& set,
              std::size_t frame_bytes_max, balance::Policy policy);

  // ---- endpoints
  Result<> list(std::span<const Endpoint> active, std::span<const Endpoint> inactive);
  void on_endpoints(const EndpointLists& lists) override;
  bool on_unresolved(const Error& why, bool settled) override;
  std::vector<Endpoint> callable(const std::vector<Endpoint>& listed, std::string& refused) const;
  void settle(Error why);
  void hand_on_waiting();
  Channel& channel_at(balance::EndpointId id);
  void on_connect_ended(Channel& channel, TimePoint began, bool made) override;
  void on_unanswered(Channel& channel) override { leave(channel); }
  void leave(Channel& channel);
  void connect_to_the_unreachable(TimePoint now);
  void retire(std::unique_ptr<Channel> channel);
  void replace(Channel& channel);
  void on_reconnect_asked(Channel& channel) override;
  void on_silence(Channel& channel) override { on_reconnect_asked(channel); }

  // ---- calls
  void fail_unsent(PendingCall* call, const Error& why);
  balance::EndpointId pick(const CallTraits& traits, TimePoint now, balance::EndpointId avoid);
  ByteBuffer* begin_first(PendingCall* call, const CallTerms& terms, const CallTraits& traits,
                          tars::RequestHeader& header, TimePoint now);
  void start(CallAttempt& attempt, balance::EndpointId at, TimePoint now);
  void finish(CallAttempt& attempt, balance::Outcome outcome, TimePoint now);
  bool held_back(TimePoint now);
  void on_answered(CallAttempt& attempt) override;
  bool on_failed(CallAttempt& attempt, PendingCall& call, Error& error,
                 Duration retry_after) override;
  void on_forgotten(CallAttempt& attempt) noexcept override;
  void judge(balance::Outcome outcome, TimePoint now);
  bool repeats(CallAttempt& attempt, PendingCall& call, balance::Outcome outcome,
               const Error& error, Duration retry_after, TimePoint now);
  bool another_is_reachable(const CallAttempt& attempt, TimePoint now);
  void send_again(PendingCall& call, CallAttempt& attempt);

  // ---- pushes
  void on_push(const tars::ResponseView& push) override;
  bool waits_for_pushes() const override;
  void deliver_push();

  ClientCore& core_;
  const std::string servant_;
  const std::size_t frame_bytes_max_;
  Resolver* const resolver_;  // null: the endpoints are those of the name
  Random random_;
  balance::EndpointPicker picker_;
  balance::EndpointId only_;  // the endpoint, if there is just one
  TimePoint reconnect_at_ = no_deadline;
  balance::RetryBudget budget_;
  std::optional<balance::Throttle> throttle_;
  AttemptPool attempts_;
  WaitingRoom waiting_;           // for calls while there are no endpoints
  RestingCalls resting_;          // between two attempts
  std::optional<Error> settled_;  // there are no endpoints, and waiting is no use
  std::vector<Place> places_;
  std::vector<std::unique_ptr<Channel>> retired_;  // finishing what is under way
  bool closed_ = false;
  CallHead head_;  // of the call that is being begun
  Open open_;

  std::unique_ptr<PushTarget> push_target_;
  std::unique_ptr<PushTarget> next_push_target_;  // set while push_target_ runs
  std::deque<Push> pushes_;
  bool push_running_ = false;
};

}  // namespace tarsier
