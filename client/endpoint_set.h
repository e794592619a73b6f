#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/call_head.h"
#include "client/call_starter.h"
#include "client/channel.h"
#include "client/client_core.h"
#include "client/resolver.h"
#include "client/waiting_room.h"
#include "transport/endpoint.h"

namespace tarsier {

// The endpoints of one object, a channel to each, and the choice between them: in turn, passing
// over those that could not be reached a moment ago while another is left. Loop only, except where
// CallStarter says otherwise.
//
// The endpoints stand in the name of the object, or a Resolver knows them: then calls wait, within
// their deadlines, until it has said which they are, and channels come and go with what it says.
class EndpointSet final : public CallStarter, private Channel::Listener, private Resolver::Watcher {
 public:
  // At least one endpoint, and each such that check_channel_to() accepts it. `frame_bytes_max`: of
  // answers.
  EndpointSet(ClientCore& core, const ObjectName& name, std::size_t frame_bytes_max);
  EndpointSet(ClientCore& core, Resolver& resolver, const Lookup& lookup,
              std::size_t frame_bytes_max);
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

  std::unique_ptr<Channel> channel_to(const Endpoint& to);
  Channel& pick(const std::optional<std::uint64_t>& hash);
  void on_endpoints(const EndpointLists& lists) override;
  bool on_unresolved(const Error& why, bool settled) override;
  std::vector<Endpoint> callable(const std::vector<Endpoint>& active, std::string& refused) const;
  void settle(Error why);
  void hand_on_waiting();
  void fail_unsent(PendingCall* call, const Error& why);
  void on_push(const tars::ResponseView& push) override;
  void on_reconnect_asked(Channel& channel) override { replace(channel); }
  void on_silence(Channel& channel) override { replace(channel); }
  void on_unreachable(Channel&) override;
  bool waits_for_pushes() const override;
  void replace(Channel& channel);
  void deliver_push();
  void drop_retired();

  ClientCore& core_;
  const std::string servant_;
  const std::size_t frame_bytes_max_;
  Resolver* const resolver_ = nullptr;  // null: the endpoints are those of the name
  WaitingRoom waiting_;                 // for calls while there are no endpoints
  CallHead head_;                       // of the call that is being begun
  std::optional<Error> settled_;        // there are no endpoints, and waiting is no use
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<Channel>> retired_;  // finishing what is under way
  std::size_t cursor_ = 0;
  Channel* open_channel_ = nullptr;  // between begin() and end(); null: the call waits

  std::unique_ptr<PushTarget> push_target_;
  std::unique_ptr<PushTarget> next_push_target_;  // set while push_target_ runs
  std::deque<Push> pushes_;
  bool push_running_ = false;
};

}  // namespace tarsier
