#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>

#include "client/call_attempt.h"
#include "client/client_core.h"
#include "client/waiting_calls.h"
#include "protocol/tars/packet.h"
#include "transport/base/bytes.h"
#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/base/time.h"

namespace tarsier {

// Where calls wait for endpoints that are not known yet, encoded, until they are handed on or their
// deadline passes (Code::no_endpoint). Loop only.
class WaitingRoom final : private WaitingCalls::Owner {
 public:
  // A call that waited; `call` null: one-way.
  struct Waiting {
    tars::RequestView request;
    PendingCall* call = nullptr;
    TimePoint deadline;
    ReplyInfo* info = nullptr;
    CallTraits traits;
  };
  using HandOn = UniqueFunction<void(const Waiting& waiting)>;

  explicit WaitingRoom(ClientCore& core) : core_(core), calls_(core, *this) {}
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  // As of a Channel. `traits`: for whoever it is handed on to.
  ByteBuffer* begin(PendingCall* call, const CallTerms& terms, const CallTraits& traits,
                    tars::RequestHeader& header);
  void end(const Result<>& encoded);

  // Whether a call waits whose end somebody wants to hear of.
  bool empty() const { return calls_.empty(); }
  // Empties it, in order; those who are handed on may call again meanwhile.
  void hand_on(HandOn to);
  // Why they wait, for those whose deadline passes.
  void waits_because(std::string why) { reason_ = std::move(why); }
  void fail_all(const Error& error);
  // Fails what waits, and what comes, with Code::closed.
  void close();

 private:
  void on_push(const tars::ResponseView&) override {}
  void on_reconnect_asked() override {}
  void on_flood() override {}
  Error timed_out() const override;
  void on_timeouts(std::span<const std::uint32_t>, bool) override {}

  ClientCore& core_;
  WaitingCalls calls_;
  ByteBuffer frames_;
  std::deque<CallTraits> traits_;  // one a frame
  CallTraits open_traits_;         // between begin() and end()
  std::string reason_;
  bool closed_ = false;
};

}  // namespace tarsier
