#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "client/channel.h"
#include "client/waiting_calls.h"
#include "protocol/tars/frame.h"
#include "transport/completion.h"
#include "transport/timers.h"
#include "transport/transport.h"

namespace tarsier {

// One connection. It connects when the first call is made and again after it ended; what is called
// in a turn leaves in one piece at its end. When the connection ends, the calls that were written
// to it fail with Code::closed; one that is not written yet goes over the next.
class StreamChannel final : public Channel, private WaitingCalls::Owner {
 public:
  StreamChannel(ClientCore& core, Listener& listener, Endpoint to, std::size_t frame_bytes_max,
                Transport& transport);
  StreamChannel(const StreamChannel&) = delete;
  StreamChannel& operator=(const StreamChannel&) = delete;
  ~StreamChannel() override;

  const Endpoint& endpoint() const override { return endpoint_; }
  void connect_now() override;
  ByteBuffer* begin(PendingCall* call, const CallTerms& terms,
                    tars::RequestHeader& header) override;
  void end(const Result<>& encoded) override;
  void retire() override;
  void close() override;
  bool quiet() const override;

 private:
  enum class State : std::uint8_t { idle, connecting, connected, closing };

  static void on_connected(void* self, Result<std::unique_ptr<Connection>> result);
  static void on_readable(void* self, Result<void> result);
  const Endpoint* callee() const override { return &endpoint_; }
  void on_push(const tars::ResponseView& push) override { listener_.on_push(push); }
  void on_reconnect_asked() override { listener_.on_reconnect_asked(*this); }
  void on_flood() override;
  Error timed_out() const override;
  void on_timeouts(std::span<const std::uint32_t> ids, bool silent) override;

  void connect_if_wanted();
  void connected(std::unique_ptr<Connection> connection);
  void read_answers();
  bool read_once();
  void look_before_writing();
  void flush();
  void flush_later();
  bool written(std::uint32_t id) const;
  void drop_unsent(std::span<const std::uint32_t> ids);
  void fail_written(Code code, std::string_view why);
  void watch_idle(TimePoint when);
  void check_idle();
  void close_if_retired();
  void lost(const std::string& refusal);
  void drop_stream();
  void disconnect(std::string_view why);

  ClientCore& core_;
  Listener& listener_;
  Transport& transport_;
  const Endpoint endpoint_;
  const std::size_t frame_bytes_max_;  // of answers
  const Duration idle_wait_;
  std::unique_ptr<Connection> connection_;
  Completion<std::unique_ptr<Connection>> connected_;
  Completion<void> readable_;
  tars::FrameSplitter splitter_;
  WaitingCalls calls_;
  ByteBuffer output_;
  std::uint32_t first_unwritten_ = 0;  // the id of the first call in output_
  State state_ = State::idle;
  bool busy_ = false;  // handling answers
  bool retired_ = false;
  bool flush_posted_ = false;
  bool wanted_ = false;  // without a call; while an old connection is going away
  TimePoint connect_began_;
  std::size_t output_guess_ = 256;
  Timers::Id idle_timer_ = 0;
  TimePoint last_byte_;  // of this connection, either way
};

}  // namespace tarsier
