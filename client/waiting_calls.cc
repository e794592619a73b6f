#include "client/waiting_calls.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "transport/base/limits.h"
#include "transport/clock.h"
#include "transport/demolition.h"

namespace tarsier {
namespace {

// A sweep looks at every slot of the table, about a nanosecond each; this keeps it below one
// percent of the time.
constexpr Duration sweep_pause_per_slot = std::chrono::nanoseconds(100);
constexpr std::size_t observed_functions_max = 256;  // of an endpoint

// connect, no_endpoint, send and client_decode are what a client says of calls of its own. A server
// may answer them all the same (TarsJava: -10 for whatever a servant throws); the call reached it
// then, and must not look like one that can be repeated elsewhere.
Code code_of(std::int32_t ret) {
  const Code code = static_cast<Code>(ret);
  switch (code) {
    case Code::server_decode:
    case Code::server_encode:
    case Code::no_function:
    case Code::no_servant:
    case Code::reset_grid:
    case Code::queue_timeout:
    case Code::timeout:
    case Code::overload:
    case Code::invalid_set:
    case Code::unknown: return code;
    default: return Code::application;
  }
}

// What a server answered instead of a result.
Error answered_error(std::int32_t ret, std::string_view description) {
  Error error(code_of(ret), std::string(description));
  if (error.detail.empty()) error.detail = "the server answered iRet " + std::to_string(ret);
  error.wire_code = ret;
  return error;
}

// For how long a server asks not to be asked again; zero: it does not say, or nothing sensible.
Duration retry_after_of(const tars::ResponseView& reply) {
  const auto text = reply.context.find("x-retry-after");
  std::uint32_t ms = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), ms);
  return std::chrono::milliseconds(ms);
}

bool is_tup(std::int16_t version) {
  return version == tars::version_tup || version == tars::version_tup_legacy;
}

std::int16_t version_of(std::span<const std::byte> packet) {
  tars::Reader reader(packet);
  std::int16_t version = 0;
  reader.read(1, version, tars::Presence::optional);
  return version;
}

}  // namespace

PendingCall::PendingCall(PendingCall&& other) noexcept
    : among_(std::exchange(other.among_, nullptr)),
      observed_(other.observed_),
      began_(other.began_),
      info_(other.info_),
      sending_(std::exchange(other.sending_, nullptr)),
      id_(other.id_) {
  if (among_ != nullptr) among_->table_.move(id_, *this);
}

void PendingCall::forget() noexcept { std::exchange(among_, nullptr)->forget(*this); }

WaitingCalls::WaitingCalls(ClientCore& core, Owner& owner) : core_(core), owner_(owner) {}

WaitingCalls::~WaitingCalls() {
  if (sweep_ != 0 && !Demolition::under_way()) core_.env().timers.cancel(sweep_);
  std::size_t cursor = 0;
  while (PendingCall* const call = table_.take_expired(no_deadline, cursor)) {
    call->among_ = nullptr;
    call->sending_ = nullptr;
    call->on_abandoned();
  }
}

std::uint32_t WaitingCalls::begin(PendingCall* call, const CallTerms& terms,
                                  tars::RequestHeader& header) {
  if (call == nullptr) {
    open_id_ = table_.next_id();
    header.packet_type = tars::packet_one_way;
  } else {
    open_id_ = table_.add(*call, terms.deadline);
    call->among_ = this;
    call->id_ = open_id_;
    call->info_ = terms.info;
    call->sending_ = terms.sending;
    call->observed_ = nullptr;
    if (core_.options().observer != nullptr && owner_.callee() != nullptr) {
      call->observed_ = observed(header.servant, header.function);
      call->began_ = core_.env().clock.now();
    }
    watch(terms.deadline);
  }
  open_call_ = call;
  header.request_id = static_cast<std::int32_t>(open_id_);
  return open_id_;
}

bool WaitingCalls::end(const Result<>& encoded) {
  if (!encoded) {
    refuse(Error(Code::send, "the request could not be encoded: " + encoded.error().detail));
    return false;
  }
  PendingCall* const call = std::exchange(open_call_, nullptr);
  if (call != nullptr && !std::exchange(listening_, true)) start_listening();
  return true;
}

void WaitingCalls::refuse(Error error) {
  PendingCall* const call = std::exchange(open_call_, nullptr);
  if (call != nullptr) table_.take(open_id_);
  fail(call, std::move(error));
}

void WaitingCalls::refuse(PendingCall* call, const CallTerms& terms, Error error) {
  if (call != nullptr) call->sending_ = terms.sending;
  fail(call, std::move(error));
}

void WaitingCalls::forget(PendingCall& call) noexcept {
  table_.take(call.id_);
  if (call.sending_ != nullptr) std::exchange(call.sending_, nullptr)->forgotten();
}

PendingCall* WaitingCalls::give_away(std::uint32_t id, ReplyInfo*& info, TimePoint& deadline) {
  deadline = table_.deadline_of(id);
  PendingCall* const call = table_.take(id);
  if (call == nullptr) return nullptr;
  info = call->info_;
  call->observed_ = nullptr;
  call->among_ = nullptr;
  call->sending_ = nullptr;
  return call;
}

void WaitingCalls::start_listening() {
  silent_since_ = core_.env().clock.now();
  suspects_ = false;
}

bool WaitingCalls::handle(std::span<const std::byte> packet) {
  const std::int16_t version = version_of(packet);
  if (is_tup(version) && !tars::is_response_packet(packet)) return handle_tup(packet);
  tars::ResponseView reply;
  if (auto decoded = tars::decode_response(packet, reply); !decoded) [[unlikely]] {
    ++core_.counters().answers_malformed;
    PendingCall* const call =
        reply.identified ? table_.take(static_cast<std::uint32_t>(reply.request_id)) : nullptr;
    if (call != nullptr) {
      fail(call, Error(Code::client_decode, decoded.error().detail));
    } else if (reply.identified) {
      count_unknown();
    }
    return reply.identified;
  }
  if (reply.request_id == 0) {
    handle_push(reply);
  } else {
    const bool named = version == tars::version_json || is_tup(version);
    finish(reply, named ? static_cast<tars::BodyFormat>(version) : tars::BodyFormat::tars);
  }
  return true;
}

// The answer to a TUP request is shaped like a request, with the code in its status (spec §2.8).
bool WaitingCalls::handle_tup(std::span<const std::byte> packet) {
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
    PendingCall* const call = table_.take(static_cast<std::uint32_t>(view.request_id));
    if (call == nullptr) {
      count_unknown();
    } else {
      fail(call, Error(Code::client_decode, decoded.error().detail));
    }
    return true;
  }
  if (const auto code = view.status.find("STATUS_RESULT_CODE"); code && !code->empty()) {
    const char* const behind = code->data() + code->size();
    const auto [stop, failed] = std::from_chars(code->data(), behind, reply.ret);
    reply.description = view.status.find("STATUS_RESULT_DESC").value_or("");
    // A failure whose code cannot be read is a failure still.
    if (failed != std::errc() || stop != behind) reply.ret = static_cast<int>(Code::unknown);
  }
  finish(reply, static_cast<tars::BodyFormat>(view.version));
  return true;
}

void WaitingCalls::finish(const tars::ResponseView& reply, tars::BodyFormat format) {
  PendingCall* const call = table_.take(static_cast<std::uint32_t>(reply.request_id));
  if (call == nullptr) [[unlikely]]
    return count_unknown();
  ++core_.counters().answers;
  call->among_ = nullptr;
  Sending* const sending = std::exchange(call->sending_, nullptr);
  if (call->observed_ != nullptr)
    tell_observer(*call, reply.ret == 0 ? Code::ok : code_of(reply.ret), reply.ret);
  if (reply.ret != 0) [[unlikely]]
    return finish_failed(*call, sending, reply);
  if (sending != nullptr) sending->answered();
  fill_info(*call, reply);
  ReplyView view;
  view.format = format;
  view.body = reply.body;
  call->on_reply(view);
}

void WaitingCalls::finish_failed(PendingCall& call, Sending* sending,
                                 const tars::ResponseView& reply) {
  ++core_.counters().errors_answered;
  Error error = answered_error(reply.ret, reply.description);
  if (sending != nullptr && sending->failed(call, error, retry_after_of(reply))) return;
  fill_info(call, reply);
  call.on_failure(std::move(error));
}

void WaitingCalls::fill_info(const PendingCall& call, const tars::ResponseView& reply) {
  if (call.info_ == nullptr) return;
  call.info_->context = reply.context.to_map();
  call.info_->status = reply.status.to_map();
}

// Most calls of an endpoint are of the function that was called there last.
ObservedCalls* WaitingCalls::observed(std::string_view object, std::string_view function) {
  if (last_observed_ != nullptr && last_observed_->function == function) return last_observed_;
  auto place = observed_.find(function);
  if (place == observed_.end()) {
    if (observed_.size() >= observed_functions_max) function = "(others)";
    place = observed_.try_emplace(std::string(function)).first;
    place->second.object = object;
    place->second.function = function;
  }
  last_observed_ = &place->second;
  return last_observed_;
}

void WaitingCalls::tell_observer(PendingCall& call, Code code, std::int32_t wire_code) {
  ObservedCalls& calls = *std::exchange(call.observed_, nullptr);
  const EndedCall ended{calls.object, calls.function, *owner_.callee(),
                        code,         wire_code,      core_.env().clock.now() - call.began_};
  core_.options().observer->call_ended(ended, calls.note);
}

void WaitingCalls::handle_push(const tars::ResponseView& push) {
  ++core_.counters().pushes;
  if (push.description == "_reconnect_") {
    ++core_.counters().reconnects_asked;
    owner_.on_reconnect_asked();
  } else {
    owner_.on_push(push);
  }
}

// Late answers are normal; thousands of them that nobody asked for are not.
void WaitingCalls::count_unknown() {
  ++core_.counters().answers_unknown;
  const TimePoint now = core_.env().clock.now();
  if (now >= deadline_after(unknown_since_, std::chrono::seconds(1))) {
    unknown_since_ = now;
    unknown_count_ = 0;
  }
  if (++unknown_count_ <= limits::unknown_replies_per_second_max) return;
  unknown_count_ = 0;
  owner_.on_flood();
}

void WaitingCalls::watch(TimePoint deadline) {
  if (deadline >= sweep_at_) return;
  if (sweep_ != 0) core_.env().timers.cancel(sweep_);
  sweep_at_ = deadline;
  sweep_ = core_.env().timers.call_at(deadline, [this] {
    sweep_ = 0;
    sweep_at_ = no_deadline;
    sweep();
  });
}

void WaitingCalls::sweep() {
  const TimePoint now = core_.env().clock.now();
  std::size_t cursor = 0;
  std::vector<std::uint32_t> expired;
  while (PendingCall* const call = table_.take_expired(now, cursor)) {
    ++core_.counters().timeouts;
    expired.push_back(call->id_);
    fail(call, owner_.timed_out());
  }
  if (!table_.empty()) {
    const Duration pause = sweep_pause_per_slot * static_cast<Duration::rep>(table_.capacity());
    watch(std::max(table_.earliest_deadline(), deadline_after(now, pause)));
  }
  if (expired.empty() && !suspects_) return;
  const TimePoint silent_at = deadline_after(silent_since_, limits::silence_wait);
  const bool silent = listening_ && now >= silent_at;
  suspects_ = listening_ && !silent;
  if (suspects_) watch(silent_at);
  if (expired.empty() && !silent) return;
  std::sort(expired.begin(), expired.end());
  owner_.on_timeouts(expired, silent);
}

void WaitingCalls::fail(PendingCall* call, Error error) {
  if (call == nullptr) {
    ++core_.counters().one_way_dropped;
    return;
  }
  call->among_ = nullptr;
  if (call->observed_ != nullptr) tell_observer(*call, error.code, error.wire_code);
  if (Sending* const sending = std::exchange(call->sending_, nullptr))
    if (sending->failed(*call, error, Duration::zero())) return;
  call->on_failure(std::move(error));
}

}  // namespace tarsier
