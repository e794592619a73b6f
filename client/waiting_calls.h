#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "client/call_observer.h"
#include "client/call_options.h"
#include "client/client_core.h"
#include "client/pending_call.h"
#include "client/pending_table.h"
#include "client/sending.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/packet_writer.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/timers.h"

namespace tarsier {

// The calls of a function to one endpoint, for the observer.
struct ObservedCalls {
  std::string object;
  std::string function;
  ObserverNote note;
};

// The calls of one channel that wait for answers: gives them ids, ends them when an answer comes or
// their time is over, and counts what came. However the bytes travel is the channel's business.
class WaitingCalls final {
 public:
  // The channel. It may be closed by what hears of an answer, inside handle().
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_push(const tars::ResponseView& push) = 0;
    virtual void on_reconnect_asked() = 0;
    // Where the calls go; null: they wait here to be handed on.
    virtual const Endpoint* callee() const { return nullptr; }
    // So many answers in a second that nobody asked for.
    virtual void on_flood() = 0;
    // What a call is told whose time is over.
    virtual Error timed_out() const = 0;
    // These calls, in order of their ids, are gone: their time was over. `silent`: nothing at all
    // has come for limits::silence_wait; told also when that time is over and no further call is.
    virtual void on_timeouts(std::span<const std::uint32_t> ids, bool silent) = 0;
  };

  WaitingCalls(ClientCore& core, Owner& owner);
  WaitingCalls(const WaitingCalls&) = delete;
  WaitingCalls& operator=(const WaitingCalls&) = delete;
  ~WaitingCalls();

  bool empty() const { return table_.empty(); }
  std::size_t size() const { return table_.size(); }
  bool full() const { return table_.size() >= core_.options().pending_calls_max; }

  // The call (null: one-way) is encoded between the two. begin() fills in the ids and the type of
  // the header and returns the id; end() says whether the call is to be sent.
  std::uint32_t begin(PendingCall* call, const CallTerms& terms, tars::RequestHeader& header);
  bool end(const Result<>& encoded);
  // Instead of end(): it cannot be sent. Or instead of begin().
  void refuse(Error error);
  void refuse(PendingCall* call, const CallTerms& terms, Error error);

  // One packet. False: it is nobody's answer and no push, so that nobody can be told.
  bool handle(std::span<const std::byte> packet);
  // Something came, whatever it is.
  void heard() { listening_ = suspects_ = false; }
  // There is a new path, on which nothing can have come yet.
  void start_listening();

  // Takes a call out, for another channel, with what begin() was told; null: no such call.
  PendingCall* give_away(std::uint32_t id, ReplyInfo*& info, TimePoint& deadline);

  // Ends a call that is not in the table (any more); null: one-way.
  void fail(PendingCall* call, Error error);
  // Fails those of which which(id) holds.
  template <class Which>
  void fail_those(Code code, std::string_view why, const Which& which) {
    // By id, because those who hear of a failure may forget other calls and make new ones.
    for (const std::uint32_t id : table_.ids()) {
      if (!which(id)) continue;
      if (PendingCall* const call = table_.take(id)) fail(call, Error(code, std::string(why)));
    }
  }
  void fail_all(Code code, std::string_view why) {
    fail_those(code, why, [](std::uint32_t) { return true; });
  }

 private:
  friend class PendingCall;

  bool handle_tup(std::span<const std::byte> packet);
  void handle_push(const tars::ResponseView& push);
  void forget(PendingCall& call) noexcept;
  void finish(const tars::ResponseView& reply, tars::BodyFormat format);
  void finish_failed(PendingCall& call, Sending* sending, const tars::ResponseView& reply);
  static void fill_info(const PendingCall& call, const tars::ResponseView& reply);
  void count_unknown();
  ObservedCalls* observed(std::string_view object, std::string_view function);
  void tell_observer(PendingCall& call, Code code, std::int32_t wire_code);
  void watch(TimePoint deadline);
  void sweep();

  ClientCore& core_;
  Owner& owner_;
  PendingTable table_;
  std::map<std::string, ObservedCalls, std::less<>> observed_;  // by function
  ObservedCalls* last_observed_ = nullptr;
  PendingCall* open_call_ = nullptr;  // between begin() and end()
  std::uint32_t open_id_ = 0;
  Timers::Id sweep_ = 0;
  TimePoint sweep_at_ = no_deadline;
  bool listening_ = false;  // something was sent and nothing heard since
  bool suspects_ = false;   // and a call was over meanwhile
  TimePoint silent_since_;
  TimePoint unknown_since_;
  std::size_t unknown_count_ = 0;
};

}  // namespace tarsier
