#include "client/channel.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/executor.h"

namespace tarsier {
namespace {

constexpr std::size_t reads_per_event = 4;
// A connection that rested for so long is looked at before it is written to.
constexpr Duration rest_wait = std::chrono::seconds(1);
constexpr std::size_t output_guess_max = 64 * limits::kib;
// A sweep looks at every slot of the table, about a nanosecond each; this keeps it below one
// percent of the time.
constexpr Duration sweep_pause_per_slot = std::chrono::nanoseconds(100);

Code code_of(std::int32_t ret) {
  if (ret == static_cast<std::int32_t>(Code::unknown) || (ret < 0 && ret >= -13))
    return static_cast<Code>(ret);
  return Code::application;
}

// What a server answered instead of a result.
Error answered_error(std::int32_t ret, std::string_view description) {
  Error error(code_of(ret), std::string(description));
  if (error.detail.empty()) error.detail = "the server answered iRet " + std::to_string(ret);
  error.wire_code = ret;
  return error;
}

// -t is what the server closes after; 3000 is what the grammar puts where nothing is said.
Duration idle_wait_at(const Endpoint& to, Duration wanted) {
  if (to.timeout_ms <= 0 || to.timeout_ms == Endpoint().timeout_ms) return wanted;
  return std::min(wanted, Duration(std::chrono::milliseconds(to.timeout_ms)) * 3 / 4);
}

std::int16_t version_of(std::span<const std::byte> packet) {
  tars::Reader reader(packet);
  std::int16_t version = 0;
  reader.read(1, version, tars::Presence::optional);
  return version;
}

}  // namespace

PendingCall::PendingCall(PendingCall&& other) noexcept
    : channel_(std::exchange(other.channel_, nullptr)), info_(other.info_), id_(other.id_) {
  if (channel_ != nullptr) channel_->pending_.move(id_, *this);
}

void PendingCall::forget() noexcept { std::exchange(channel_, nullptr)->forget(id_); }

Channel::Channel(ClientCore& core, Listener& listener, Endpoint to, std::size_t frame_bytes_max)
    : core_(core),
      listener_(listener),
      endpoint_(std::move(to)),
      frame_bytes_max_(frame_bytes_max),
      waiting_room_(false),
      connected_(&Channel::on_connected, this),
      readable_(&Channel::on_readable, this),
      splitter_(frame_bytes_max),
      idle_wait_(idle_wait_at(endpoint_, core.options().idle_wait)) {}

Channel::Channel(ClientCore& core, Listener& listener)
    : core_(core),
      listener_(listener),
      frame_bytes_max_(core.options().frame_bytes_max),
      waiting_room_(true),
      connected_(&Channel::on_connected, this),
      readable_(&Channel::on_readable, this),
      idle_wait_(Duration::zero()) {}

Channel::~Channel() {
  if (!Demolition::under_way()) {
    if (sweep_ != 0) core_.env().timers.cancel(sweep_);
    watch_idle(no_deadline);
  }
  std::size_t cursor = 0;
  while (PendingCall* const call = pending_.take_expired(no_deadline, cursor)) {
    call->channel_ = nullptr;
    call->on_abandoned();
  }
}

bool Channel::failed_recently() const {
  return failed_ &&
         core_.env().clock.now() < deadline_after(failed_at_, core_.options().retry_wait);
}

void Channel::mark_failed() {
  failed_ = true;
  failed_at_ = core_.env().clock.now();
}

ByteBuffer* Channel::begin(PendingCall* call, Duration timeout, ReplyInfo* info,
                           tars::RequestHeader& header) {
  const ClientOptions& options = core_.options();
  const std::size_t queued =
      output_.size() + (connection_ == nullptr ? 0 : connection_->unsent_bytes());
  if (state_ == State::closing || retired_) {
    fail(call, Error(Code::closed, "the client is closed"));
    return nullptr;
  }
  if (queued >= options.queued_bytes_max || pending_.size() >= options.pending_calls_max) {
    ++core_.counters().queue_full;
    fail(call, Error(Code::send, "client queue full: " + std::to_string(queued) +
                                     " bytes are unsent and " + std::to_string(pending_.size()) +
                                     " calls wait " +
                                     (waiting_room_ ? "for an endpoint of this object"
                                                    : "at " + endpoint_.to_string())));
    return nullptr;
  }
  if (call == nullptr) {
    open_id_ = pending_.next_id();
    header.packet_type = tars::packet_one_way;
  } else {
    const TimePoint deadline = deadline_after(core_.env().clock.now(), timeout);
    open_id_ = pending_.add(*call, deadline);
    call->channel_ = this;
    call->id_ = open_id_;
    call->info_ = info;
    watch(deadline);
  }
  open_call_ = call;
  header.request_id = static_cast<std::int32_t>(open_id_);
  if (output_.empty()) first_unwritten_ = open_id_;
  if (output_.capacity() == 0) output_.reserve(output_guess_);
  return &output_;
}

void Channel::end(const Result<>& encoded) {
  PendingCall* const call = std::exchange(open_call_, nullptr);
  if (!encoded) {
    if (call != nullptr) pending_.take(open_id_);
    return fail(call,
                Error(Code::send, "the request could not be encoded: " + encoded.error().detail));
  }
  if (waiting_room_) return;
  if (call != nullptr && !std::exchange(listening_, true)) silent_since_ = core_.env().clock.now();
  // While an old connection is still going away, its end starts the new one.
  if (state_ == State::idle && connection_ == nullptr) connect();
  flush_later();
}

void Channel::connect() {
  state_ = State::connecting;
  ++core_.counters().connects;
  const TimePoint deadline =
      deadline_after(core_.env().clock.now(), core_.options().connect_timeout);
  core_.env().transport.start_connect(endpoint_, deadline, connected_);
}

void Channel::on_connected(void* self, Result<std::unique_ptr<Connection>> result) {
  auto& channel = *static_cast<Channel*>(self);
  if (channel.state_ == State::closing) {
    if (result) (*result)->abort();
    return;
  }
  if (!result) {
    channel.state_ = State::idle;
    channel.mark_failed();
    channel.output_.clear();
    ++channel.core_.counters().connect_failed;
    channel.listener_.on_unreachable(channel);
    return channel.fail_all(Code::connect, "no connection to " + channel.endpoint_.to_string() +
                                               ": " + result.error().to_string());
  }
  channel.state_ = State::connected;
  const TimePoint now = channel.core_.env().clock.now();
  channel.silent_since_ = now;
  channel.last_byte_ = now;
  channel.failed_ = false;
  channel.splitter_ = tars::FrameSplitter(channel.frame_bytes_max_);
  channel.connection_ = std::move(result).value();
  channel.connection_->start_wait_readable(channel.readable_);
  if (channel.idle_wait_ > Duration::zero())
    channel.watch_idle(deadline_after(now, channel.idle_wait_));
  channel.flush();
  channel.close_if_retired();
}

void Channel::flush_later() {
  if (busy_ || flush_posted_ || state_ != State::connected) return;
  flush_posted_ = true;
  core_.env().executor.at_turn_end([this] {
    flush_posted_ = false;
    flush();
  });
}

// Never onto a connection that is seen to have ended: what is not written yet goes over the next.
void Channel::flush() {
  if (output_.empty() || state_ != State::connected) return;
  const TimePoint now = core_.env().clock.now();
  if (!busy_ && now >= deadline_after(last_byte_, rest_wait)) {
    busy_ = true;
    read_once();
    busy_ = false;
    if (state_ != State::connected) return;
  }
  last_byte_ = now;
  output_guess_ = std::min(output_.size(), output_guess_max);
  connection_->send(output_.take());
}

void Channel::on_readable(void* self, Result<void>) {
  auto& channel = *static_cast<Channel*>(self);
  if (channel.state_ == State::connected) return channel.read_answers();
  // It was closed meanwhile, and this was the last that was heard of it.
  channel.connection_.reset();
  if (channel.state_ == State::idle && !channel.output_.empty()) channel.connect();
}

void Channel::read_answers() {
  busy_ = true;
  // Until nothing is left, so that an end behind the last answer is seen before more is written.
  for (std::size_t i = 0; i < reads_per_event && read_once(); ++i) {
  }
  busy_ = false;
  flush();
  close_if_retired();
  if (state_ == State::connected) return connection_->start_wait_readable(readable_);
  connection_.reset();
  if (state_ == State::idle && !output_.empty()) connect();
}

// False: there is nothing to read now, or no connection any more.
bool Channel::read_once() {
  const std::span<std::byte> room = splitter_.room();
  const std::span<std::byte> into = room.empty() ? core_.read_buffer() : room;
  const Result<std::size_t> taken = connection_->read_some(into);
  if (taken.code() == Code::would_block) return false;
  if (!taken || *taken == 0) {
    lost();
    return false;
  }
  listening_ = false;
  last_byte_ = core_.env().clock.now();
  if (room.empty()) {
    splitter_.feed(into.first(*taken));
  } else {
    splitter_.filled(*taken);
  }
  std::span<const std::byte> packet;
  tars::FrameSplitter::Cut cut;
  while ((cut = splitter_.next(packet)) == tars::FrameSplitter::Cut::frame) {
    handle(packet);
    if (state_ != State::connected) return false;
  }
  if (cut != tars::FrameSplitter::Cut::bad_length) return true;
  drop_stream();
  return false;
}

void Channel::handle(std::span<const std::byte> packet) {
  const std::int16_t version = version_of(packet);
  if (version == tars::version_tup || version == tars::version_tup_legacy)
    return handle_tup(packet);
  tars::ResponseView reply;
  if (auto decoded = tars::decode_response(packet, reply); !decoded) [[unlikely]] {
    ++core_.counters().answers_malformed;
    PendingCall* const call =
        reply.identified ? pending_.take(static_cast<std::uint32_t>(reply.request_id)) : nullptr;
    if (call != nullptr) return fail(call, Error(Code::client_decode, decoded.error().detail));
    if (reply.identified) return count_unknown();
    return drop_stream();
  }
  if (reply.request_id == 0) return handle_push(reply);
  finish(reply, version == tars::version_json ? tars::BodyFormat::json : tars::BodyFormat::tars);
}

// The answer to a TUP request is shaped like a request, with the code in its status (spec §2.8).
void Channel::handle_tup(std::span<const std::byte> packet) {
  tars::RequestView view;
  const auto decoded = tars::decode_tup_reply(packet, view);
  tars::ResponseView reply;
  reply.version = view.version;
  reply.request_id = view.request_id;
  reply.body = view.body;
  reply.status = view.status;
  reply.context = view.context;
  if (!decoded) {
    ++core_.counters().answers_malformed;
    PendingCall* const call = pending_.take(static_cast<std::uint32_t>(view.request_id));
    if (call == nullptr) return count_unknown();
    return fail(call, Error(Code::client_decode, decoded.error().detail));
  }
  if (const auto code = view.status.find("STATUS_RESULT_CODE"); code && !code->empty()) {
    const char* const behind = code->data() + code->size();
    const auto [stop, failed] = std::from_chars(code->data(), behind, reply.ret);
    reply.description = view.status.find("STATUS_RESULT_DESC").value_or("");
    // A failure whose code cannot be read is a failure still.
    if (failed != std::errc() || stop != behind) reply.ret = static_cast<int>(Code::unknown);
  }
  finish(reply, static_cast<tars::BodyFormat>(view.version));
}

void Channel::finish(const tars::ResponseView& reply, tars::BodyFormat format) {
  PendingCall* const call = pending_.take(static_cast<std::uint32_t>(reply.request_id));
  if (call == nullptr) [[unlikely]]
    return count_unknown();
  ++core_.counters().answers;
  call->channel_ = nullptr;
  if (call->info_ != nullptr) {
    call->info_->context = reply.context.to_map();
    call->info_->status = reply.status.to_map();
  }
  if (reply.ret == 0) [[likely]] {
    ReplyView view;
    view.format = format;
    view.body = reply.body;
    call->on_reply(view);
  } else {
    ++core_.counters().errors_answered;
    call->on_failure(answered_error(reply.ret, reply.description));
  }
}

void Channel::handle_push(const tars::ResponseView& push) {
  ++core_.counters().pushes;
  if (push.description == "_reconnect_") {
    ++core_.counters().reconnects_asked;
    listener_.on_reconnect_asked(*this);
  } else {
    listener_.on_push(push);
  }
}

// Late answers are normal; thousands of them that nobody asked for are not.
void Channel::count_unknown() {
  ++core_.counters().answers_unknown;
  const TimePoint now = core_.env().clock.now();
  if (now >= deadline_after(unknown_since_, std::chrono::seconds(1))) {
    unknown_since_ = now;
    unknown_count_ = 0;
  }
  if (++unknown_count_ <= limits::unknown_replies_per_second_max) return;
  unknown_count_ = 0;
  ++core_.counters().closed_unknown_flood;
  disconnect("was closed because it brings answers that nobody asked for");
}

void Channel::watch(TimePoint deadline) {
  if (deadline >= sweep_at_) return;
  if (sweep_ != 0) core_.env().timers.cancel(sweep_);
  sweep_at_ = deadline;
  sweep_ = core_.env().timers.call_at(deadline, [this] {
    sweep_ = 0;
    sweep_at_ = no_deadline;
    sweep();
  });
}

void Channel::sweep() {
  const TimePoint now = core_.env().clock.now();
  std::size_t cursor = 0;
  bool expired = false;
  while (PendingCall* const call = pending_.take_expired(now, cursor)) {
    ++core_.counters().timeouts;
    expired = true;
    fail(call, timed_out());
  }
  if (expired && listening_ && state_ == State::connected && !retired_ &&
      now >= deadline_after(silent_since_, limits::silence_wait)) {
    ++core_.counters().connections_silent;
    listener_.on_silence(*this);
  }
  if (!pending_.empty()) {
    const Duration pause = sweep_pause_per_slot * static_cast<Duration::rep>(pending_.capacity());
    watch(std::max(pending_.earliest_deadline(), deadline_after(now, pause)));
  }
  if (!busy_) close_if_retired();
}

Error Channel::timed_out() const {
  if (state_ == State::connected) {
    return Error(Code::timeout, "no answer from " + endpoint_.to_string() +
                                    " before the deadline of the call; it may have run");
  }
  if (waiting_room_)
    return Error(Code::no_endpoint, "no endpoint before the deadline of the call: " + wait_reason_);
  return Error(Code::connect,
               "no connection to " + endpoint_.to_string() + " before the deadline of the call");
}

void Channel::retire() {
  retired_ = true;
  if (!busy_) close_if_retired();
}

void Channel::close_if_retired() {
  if (retired_ && pending_.empty() && output_.empty() && state_ != State::closing) close();
}

void Channel::close() {
  if (state_ == State::closing) return;
  const bool connected = state_ == State::connected;
  flush();
  state_ = State::closing;
  watch_idle(no_deadline);
  output_.clear();
  if (connected) connection_->close();
  fail_all(Code::closed, "the client was closed");
}

void Channel::lost() {
  ++core_.counters().connections_lost;
  disconnect("ended");
}

void Channel::drop_stream() {
  ++core_.counters().closed_malformed;
  disconnect("was closed because what came is no TARS, or an answer above the limit of " +
             std::to_string(frame_bytes_max_) + " bytes (ProxyOptions::frame_bytes_max)");
}

// Ends the connection, and the calls that were written to it. The others go over the next one.
void Channel::disconnect(std::string_view why) {
  state_ = State::idle;
  watch_idle(no_deadline);
  connection_->close();
  fail_all(Code::closed, "the connection to " + endpoint_.to_string() + " " + std::string(why) +
                             " before the answer; the call may have run");
}

void Channel::watch_idle(TimePoint when) {
  if (idle_timer_ != 0) core_.env().timers.cancel(std::exchange(idle_timer_, 0));
  if (when == no_deadline) return;
  idle_timer_ = core_.env().timers.call_at(when, [this] {
    idle_timer_ = 0;
    check_idle();
  });
}

void Channel::check_idle() {
  const TimePoint now = core_.env().clock.now();
  const TimePoint end = deadline_after(last_byte_, idle_wait_);
  if (now < end) return watch_idle(end);
  const bool in_use = !pending_.empty() || !output_.empty() || connection_->unsent_bytes() > 0 ||
                      splitter_.pending_bytes() > 0 || listener_.waits_for_pushes();
  if (in_use) return watch_idle(deadline_after(now, idle_wait_));
  ++core_.counters().connections_idle;
  disconnect("rested");
}

// Whether bytes of the call may have left. Ids rise, around the end of their range.
bool Channel::written(std::uint32_t id) const {
  constexpr std::uint32_t half = 0x4000'0000u;
  return output_.empty() || ((id - first_unwritten_) & (2 * half - 1)) >= half;
}

// Those that were written, or all: if they are not to be written any more, output_ is empty.
void Channel::fail_all(Code code, std::string_view why) {
  // By id, because those who hear of a failure may forget other calls and make new ones.
  for (const std::uint32_t id : pending_.ids()) {
    if (!written(id)) continue;
    if (PendingCall* const call = pending_.take(id)) fail(call, Error(code, std::string(why)));
  }
}

void Channel::fail(PendingCall* call, Error error) {
  if (call == nullptr) {
    ++core_.counters().one_way_dropped;
    return;
  }
  call->channel_ = nullptr;
  call->on_failure(std::move(error));
}

void Channel::forget(std::uint32_t id) { pending_.take(id); }

bool Channel::quiet() const {
  return !connected_.pending() && !readable_.pending() && !flush_posted_ && !busy_ &&
         (state_ == State::closing || state_ == State::idle);
}

}  // namespace tarsier
