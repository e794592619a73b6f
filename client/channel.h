#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "client/client_core.h"
#include "client/pending_call.h"
#include "client/pending_table.h"
#include "protocol/tars/frame.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/packet_writer.h"
#include "transport/base/bytes.h"
#include "transport/completion.h"
#include "transport/endpoint.h"
#include "transport/timers.h"
#include "transport/transport.h"

namespace tarsier {

// One connection to one endpoint, with many calls under way. It connects when the first call is
// made and again after it was lost; what is called in a turn leaves in one piece at its end. Loop
// only; no coroutine.
//
// Every call ends exactly once: with its answer, when its deadline passes, or at once when the
// connection on which it was sent ends. Code::connect says that no byte of it was sent,
// Code::timeout (the deadline) and Code::closed (the connection) that it may have run. A call that
// is not written yet when the connection ends goes over the next one.
class Channel final {
 public:
  // Who hears of what concerns no single call.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_push(const tars::ResponseView& push) = 0;
    // The server is about to stop (`_reconnect_`, spec §2.7): no new calls on this channel.
    virtual void on_reconnect_asked(Channel& channel) = 0;
    // Calls time out and nothing at all comes back: the path may have died without a word, which
    // the kernel notices only after a quarter of an hour.
    virtual void on_silence(Channel& channel) = 0;
    // No connection could be made.
    virtual void on_unreachable(Channel& channel) = 0;
    // Whether a connection is of use while nothing is called.
    virtual bool waits_for_pushes() const = 0;
  };

  Channel(ClientCore& core, Listener& listener, Endpoint to, std::size_t frame_bytes_max);
  // A waiting room for calls to endpoints that are not known yet: it never connects. They wait here
  // until they are handed on or their deadline passes.
  Channel(ClientCore& core, Listener& listener);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  const Endpoint& endpoint() const { return endpoint_; }
  // The endpoint could not be reached a moment ago, or asked to be left alone.
  bool failed_recently() const;
  void mark_failed();

  // As CallStarter::begin and end; `timeout` is positive. The ids and the type in the header are
  // filled in here.
  ByteBuffer* begin(PendingCall* call, Duration timeout, ReplyInfo* info,
                    tars::RequestHeader& header);
  void end(const Result<>& encoded);

  // Of a waiting room. A call that waited, as it was encoded; `call` null: one-way.
  struct Waiting {
    tars::RequestView request;
    PendingCall* call = nullptr;
    TimePoint deadline;
    ReplyInfo* info = nullptr;
  };
  using HandOn = UniqueFunction<void(const Waiting& waiting)>;
  // Empties it, in order; those who are handed on may call again meanwhile.
  void hand_on(HandOn to);
  // Why they wait, for those whose deadline passes.
  void waits_because(std::string why) { wait_reason_ = std::move(why); }
  void fail_waiting(const Error& error);

  // No new calls; closes when those under way have ended.
  void retire();
  // Fails what is under way with Code::closed and closes.
  void close();
  // Nothing runs, and nothing will unless it is called: may be destroyed.
  bool quiet() const;

  std::size_t calls_pending() const { return pending_.size(); }

 private:
  friend class PendingCall;
  enum class State : std::uint8_t { idle, connecting, connected, closing };

  static void on_connected(void* self, Result<std::unique_ptr<Connection>> result);
  static void on_readable(void* self, Result<void> result);
  void connect();
  void read_answers();
  bool read_once();
  void handle(std::span<const std::byte> packet);
  void handle_tup(std::span<const std::byte> packet);
  void handle_push(const tars::ResponseView& push);
  void finish(const tars::ResponseView& reply, tars::BodyFormat format);
  void count_unknown();
  void flush();
  void flush_later();
  bool written(std::uint32_t id) const;
  void watch_idle(TimePoint when);
  void check_idle();
  void watch(TimePoint deadline);
  void sweep();
  void close_if_retired();
  void lost();
  void drop_stream();
  void disconnect(std::string_view why);
  void fail_all(Code code, std::string_view why);
  void fail(PendingCall* call, Error error);
  void forget(std::uint32_t id);
  Error timed_out() const;

  ClientCore& core_;
  Listener& listener_;
  const Endpoint endpoint_;
  const std::size_t frame_bytes_max_;  // of answers
  const bool waiting_room_;
  std::string wait_reason_;
  std::unique_ptr<Connection> connection_;
  Completion<std::unique_ptr<Connection>> connected_;
  Completion<void> readable_;
  tars::FrameSplitter splitter_;
  PendingTable pending_;
  ByteBuffer output_;
  PendingCall* open_call_ = nullptr;  // between begin() and end()
  std::uint32_t open_id_ = 0;
  std::uint32_t first_unwritten_ = 0;  // the id of the first call in output_
  State state_ = State::idle;
  bool busy_ = false;  // handling answers
  bool retired_ = false;
  bool flush_posted_ = false;
  std::size_t output_guess_ = 256;
  Timers::Id sweep_ = 0;
  TimePoint sweep_at_ = no_deadline;
  const Duration idle_wait_;
  Timers::Id idle_timer_ = 0;
  TimePoint last_byte_;  // of this connection, either way
  TimePoint failed_at_;
  bool failed_ = false;
  bool listening_ = false;  // something was sent and nothing heard since
  TimePoint silent_since_;
  TimePoint unknown_since_;
  std::size_t unknown_count_ = 0;
};

}  // namespace tarsier
