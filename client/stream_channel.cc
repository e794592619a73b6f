#include "client/stream_channel.h"

#include <algorithm>
#include <string>
#include <utility>

#include "transport/base/limits.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/executor.h"

namespace tarsier {
namespace {

constexpr std::size_t reads_per_event = 4;
// A connection that rested for so long is looked at before it is written to.
constexpr Duration rest_wait = std::chrono::seconds(1);
constexpr std::size_t output_guess_max = 64 * limits::kib;

// -t is what the server closes after; 3000 is what the grammar puts where nothing is said.
Duration idle_wait_at(const Endpoint& to, Duration wanted) {
  if (to.timeout_ms <= 0 || to.timeout_ms == Endpoint().timeout_ms) return wanted;
  return std::min(wanted, Duration(std::chrono::milliseconds(to.timeout_ms)) * 3 / 4);
}

}  // namespace

StreamChannel::StreamChannel(ClientCore& core, Listener& listener, Endpoint to,
                             std::size_t frame_bytes_max, Transport& transport)
    : core_(core),
      listener_(listener),
      transport_(transport),
      endpoint_(std::move(to)),
      frame_bytes_max_(frame_bytes_max),
      idle_wait_(idle_wait_at(endpoint_, core.options().idle_wait)),
      connected_(&StreamChannel::on_connected, this),
      readable_(&StreamChannel::on_readable, this),
      splitter_(frame_bytes_max),
      calls_(core, *this) {}

StreamChannel::~StreamChannel() {
  if (!Demolition::under_way()) watch_idle(no_deadline);
}

void StreamChannel::connect_now() {
  if (state_ == State::connected)
    return listener_.on_connect_ended(*this, core_.env().clock.now(), true);
  if (state_ != State::idle || retired_) return;
  wanted_ = true;
  connect_if_wanted();
}

ByteBuffer* StreamChannel::begin(PendingCall* call, const CallTerms& terms,
                                 tars::RequestHeader& header) {
  const std::size_t queued =
      output_.size() + (connection_ == nullptr ? 0 : connection_->unsent_bytes());
  if (state_ == State::closing || retired_) {
    calls_.refuse(call, terms, Error(Code::closed, "the client is closed"));
    return nullptr;
  }
  if (queued >= core_.options().queued_bytes_max || calls_.full()) {
    ++core_.counters().queue_full;
    calls_.refuse(call, terms,
                  Error(Code::send, "client queue full: " + std::to_string(queued) +
                                        " bytes are unsent and " + std::to_string(calls_.size()) +
                                        " calls wait at " + endpoint_.to_string()));
    return nullptr;
  }
  const std::uint32_t id = calls_.begin(call, terms, header);
  if (output_.empty()) first_unwritten_ = id;
  if (output_.capacity() == 0) output_.reserve(output_guess_);
  return &output_;
}

void StreamChannel::end(const Result<>& encoded) {
  if (!calls_.end(encoded)) return;
  connect_if_wanted();
  flush_later();
}

// While an old connection is still going away, its end starts the new one.
void StreamChannel::connect_if_wanted() {
  if (state_ != State::idle || connection_ != nullptr || (output_.empty() && !wanted_)) return;
  wanted_ = false;
  state_ = State::connecting;
  ++core_.counters().connects;
  connect_began_ = core_.env().clock.now();
  transport_.start_connect(
      endpoint_, deadline_after(connect_began_, core_.options().connect_timeout), connected_);
}

void StreamChannel::on_connected(void* self, Result<std::unique_ptr<Connection>> result) {
  auto& channel = *static_cast<StreamChannel*>(self);
  if (channel.state_ == State::closing) {
    if (result) (*result)->abort();
    return channel.core_.ended();
  }
  if (result) return channel.connected(std::move(result).value());
  channel.state_ = State::idle;
  channel.output_.clear();
  ++channel.core_.counters().connect_failed;
  channel.listener_.on_connect_ended(channel, channel.connect_began_, false);
  channel.fail_written(Code::connect, "no connection to " + channel.endpoint_.to_string() + ": " +
                                          result.error().to_string());
}

void StreamChannel::connected(std::unique_ptr<Connection> connection) {
  state_ = State::connected;
  last_byte_ = core_.env().clock.now();
  calls_.start_listening();
  splitter_ = tars::FrameSplitter(frame_bytes_max_);
  connection_ = std::move(connection);
  connection_->start_wait_readable(readable_);
  if (idle_wait_ > Duration::zero()) watch_idle(deadline_after(last_byte_, idle_wait_));
  listener_.on_connect_ended(*this, connect_began_, true);
  flush();
  close_if_retired();
}

void StreamChannel::flush_later() {
  if (busy_ || flush_posted_ || state_ != State::connected) return;
  flush_posted_ = true;
  core_.env().executor.at_turn_end([this] {
    flush_posted_ = false;
    look_before_writing();
    flush();
    close_if_retired();
    core_.ended();
  });
}

// What is not written to a connection that has ended goes over the next. (At the end of a turn,
// when no other channel uses the read buffer.)
void StreamChannel::look_before_writing() {
  if (state_ != State::connected || output_.empty()) return;
  if (core_.env().clock.now() < deadline_after(last_byte_, rest_wait)) return;
  busy_ = true;
  read_once();
  busy_ = false;
}

void StreamChannel::flush() {
  if (output_.empty() || state_ != State::connected) return;
  last_byte_ = core_.env().clock.now();
  output_guess_ = std::min(output_.size(), output_guess_max);
  connection_->send(output_.take());
}

void StreamChannel::on_readable(void* self, Result<void>) {
  auto& channel = *static_cast<StreamChannel*>(self);
  if (channel.state_ == State::connected) return channel.read_answers();
  // It was closed meanwhile, and this was the last that was heard of it.
  channel.connection_.reset();
  channel.core_.ended();
  channel.connect_if_wanted();
}

void StreamChannel::read_answers() {
  busy_ = true;
  // Until nothing is left, so that an end behind the last answer is seen before more is written.
  for (std::size_t i = 0; i < reads_per_event && read_once(); ++i) {
  }
  busy_ = false;
  flush();
  close_if_retired();
  if (state_ == State::connected) return connection_->start_wait_readable(readable_);
  connection_.reset();
  core_.ended();
  connect_if_wanted();
}

// False: there is nothing to read now, or no connection any more.
bool StreamChannel::read_once() {
  const std::span<std::byte> room = splitter_.room();
  const std::span<std::byte> into = room.empty() ? core_.read_buffer() : room;
  const Result<std::size_t> taken = connection_->read_some(into);
  if (taken.code() == Code::would_block) return false;
  if (!taken || *taken == 0) {
    // TLS 1.3 is done with connecting before the server has looked at our certificate.
    lost(taken.code() == Code::denied ? taken.error().detail : std::string());
    return false;
  }
  calls_.heard();
  last_byte_ = core_.env().clock.now();
  if (room.empty()) {
    splitter_.feed(into.first(*taken));
  } else {
    splitter_.filled(*taken);
  }
  std::span<const std::byte> packet;
  tars::FrameSplitter::Cut cut;
  while ((cut = splitter_.next(packet)) == tars::FrameSplitter::Cut::frame) {
    if (!calls_.handle(packet)) drop_stream();
    if (state_ != State::connected) return false;
  }
  if (cut != tars::FrameSplitter::Cut::bad_length) return true;
  drop_stream();
  return false;
}

void StreamChannel::on_flood() {
  ++core_.counters().closed_unknown_flood;
  disconnect("was closed because it brings answers that nobody asked for");
}

Error StreamChannel::timed_out() const {
  if (state_ == State::connected) {
    return Error(Code::timeout, "no answer from " + endpoint_.to_string() +
                                    " before the deadline of the call; it may have run");
  }
  return Error(Code::connect,
               "no connection to " + endpoint_.to_string() + " before the deadline of the call");
}

// What was told to be unsent must not be sent when there is a connection after all.
void StreamChannel::drop_unsent(std::span<const std::uint32_t> ids) {
  const Bytes frames = output_.take();
  tars::FrameSplitter splitter(limits::frame_bytes_max);
  splitter.feed(frames.span());
  std::span<const std::byte> packet;
  while (splitter.next(packet) == tars::FrameSplitter::Cut::frame) {
    tars::RequestView request;
    (void)tars::decode_request(packet, request);
    const auto id = static_cast<std::uint32_t>(request.request_id);
    if (std::binary_search(ids.begin(), ids.end(), id)) continue;
    constexpr std::size_t length = tars::FrameSplitter::length_bytes;
    output_.append(std::span(packet.data() - length, packet.size() + length));
  }
}

void StreamChannel::on_timeouts(std::span<const std::uint32_t> ids, bool silent) {
  if (state_ != State::connected && !output_.empty()) drop_unsent(ids);
  if (silent && state_ == State::connected && !retired_) {
    ++core_.counters().connections_silent;
    listener_.on_silence(*this);
  }
  if (!busy_) close_if_retired();
}

void StreamChannel::retire() {
  retired_ = true;
  if (!busy_) close_if_retired();
}

void StreamChannel::close_if_retired() {
  if (retired_ && calls_.empty() && output_.empty() && state_ != State::closing) close();
}

void StreamChannel::close() {
  if (state_ == State::closing) return;
  const bool connected = state_ == State::connected;
  flush();
  state_ = State::closing;
  watch_idle(no_deadline);
  output_.clear();
  if (connected) connection_->close();
  fail_written(Code::closed, "the client was closed");
}

void StreamChannel::lost(const std::string& refusal) {
  ++core_.counters().connections_lost;
  disconnect(refusal.empty() ? "ended" : "ended (" + refusal + ")");
}

void StreamChannel::drop_stream() {
  ++core_.counters().closed_malformed;
  disconnect("was closed because what came is no TARS, or an answer above the limit of " +
             std::to_string(frame_bytes_max_) + " bytes (ProxyOptions::frame_bytes_max)");
}

// Ends the connection, and the calls that were written to it. The others go over the next one.
void StreamChannel::disconnect(std::string_view why) {
  state_ = State::idle;
  watch_idle(no_deadline);
  connection_->close();
  fail_written(Code::closed, "the connection to " + endpoint_.to_string() + " " + std::string(why) +
                                 " before the answer; the call may have run");
}

void StreamChannel::watch_idle(TimePoint when) {
  if (idle_timer_ != 0) core_.env().timers.cancel(std::exchange(idle_timer_, 0));
  if (when == no_deadline) return;
  idle_timer_ = core_.env().timers.call_at(when, [this] {
    idle_timer_ = 0;
    check_idle();
  });
}

void StreamChannel::check_idle() {
  const TimePoint now = core_.env().clock.now();
  const TimePoint end = deadline_after(last_byte_, idle_wait_);
  if (now < end) return watch_idle(end);
  const bool in_use = !calls_.empty() || !output_.empty() || connection_->unsent_bytes() > 0 ||
                      splitter_.pending_bytes() > 0 || listener_.waits_for_pushes();
  if (in_use) return watch_idle(deadline_after(now, idle_wait_));
  ++core_.counters().connections_idle;
  disconnect("rested");
}

// Whether bytes of the call may have left. Ids rise, around the end of their range.
bool StreamChannel::written(std::uint32_t id) const {
  constexpr std::uint32_t half = 0x4000'0000u;
  return output_.empty() || ((id - first_unwritten_) & (2 * half - 1)) >= half;
}

// All of them, if there is nothing left to write.
void StreamChannel::fail_written(Code code, std::string_view why) {
  calls_.fail_those(code, why, [this](std::uint32_t id) { return written(id); });
}

bool StreamChannel::quiet() const {
  return !connected_.pending() && !readable_.pending() && !flush_posted_ && !busy_ &&
         (state_ == State::closing || state_ == State::idle);
}

}  // namespace tarsier
