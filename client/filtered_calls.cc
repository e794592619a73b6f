#include "client/filtered_calls.h"

#include <algorithm>
#include <coroutine>
#include <optional>

#include "client/posted_call.h"
#include "transport/base/log.h"
#include "transport/clock.h"

namespace tarsier {
namespace {

constexpr Duration failures_log_period = std::chrono::seconds(60);
// What filters may take beyond the deadline of a call, to hear of its timeout and say so.
constexpr Duration filters_grace = std::chrono::seconds(1);
// A filter that repeats calls without waiting would never end.
constexpr std::size_t times_sent_max = 100;

// A call whose answer stays encoded.
class EncodedCall final : public PendingCall {
 public:
  void on_reply(const ReplyView& reply) override {
    tars::EncodedAnswer answer;
    answer.format = reply.format;
    answer.body = Bytes::copy_of(reply.body);
    finish(std::move(answer));
  }
  void on_failure(Error error) override { finish(std::move(error)); }

  bool await_ready() const noexcept { return outcome_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  ClientFilters::Outcome await_resume() { return std::move(*outcome_); }

 private:
  void finish(ClientFilters::Outcome outcome) {
    outcome_.emplace(std::move(outcome));
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  std::optional<ClientFilters::Outcome> outcome_;
  std::coroutine_handle<> waiter_;
};

}  // namespace

FilteredCalls::FilteredCalls(ClientCore& core, CallStarter& behind, ClientFilters& filters)
    : core_(core),
      behind_(behind),
      filters_(filters),
      head_(core, ""),
      calls_(core, *this),
      failures_(failures_log_period) {}

FilteredCalls::~FilteredCalls() = default;

ByteBuffer* FilteredCalls::begin(const CallTarget& target, PendingCall* call,
                                 tars::RequestHeader& header) {
  if (filters_.empty()) {
    open_.reset();
    return behind_.begin(target, call, header);
  }
  if (core_.closing() || calls_.full()) {
    calls_.fail(call, core_.closing() ? Error(Code::closed, "the client is closed")
                                      : Error(Code::send,
                                              "client queue full: too many calls are "
                                              "in the filters of this object"));
    return nullptr;
  }
  const Duration timeout = std::max(head_.timeout_of(target), Duration::zero());
  open_ = std::make_unique<Run>();
  OutgoingCall& opened = open_->call;
  opened.object = object();
  opened.function = target.function;
  opened.one_way = call == nullptr;
  opened.started = core_.env().clock.now();
  opened.deadline = deadline_after(opened.started, timeout);
  opened.options = target.options;
  opened.options.reply_info = nullptr;
  opened.route_key = target.route_key;
  opened.heeds_deadlines = target.proxy.heeds_deadlines;
  header.version = static_cast<std::int16_t>(target.options.format);
  const CallTerms terms(deadline_after(opened.deadline, filters_grace), target.options.reply_info,
                        nullptr);
  open_->id = calls_.begin(call, terms, header);
  frame_.clear();
  return &frame_;
}

// The frame has no names and no maps yet: it is only a way to get at the arguments.
void FilteredCalls::end(const Result<>& encoded) {
  if (open_ == nullptr) return behind_.end(encoded);
  std::unique_ptr<Run> opened = std::move(open_);
  if (!calls_.end(encoded)) return;
  tars::RequestView request;
  const auto decoded = tars::decode_request(frame_.span().subspan(4), request);
  TARSIER_CHECK(decoded.ok(), "a request that was just written cannot be read");
  opened->call.arguments = Bytes::copy_of(request.body);
  frame_ = ByteBuffer();
  running_.spawn(run(std::move(opened)));
}

void FilteredCalls::post(const CallTarget& target, std::unique_ptr<OwnedCall> call,
                         Result<ByteBuffer> body) {
  post_call(core_.env().executor, *this, target, std::move(call), std::move(body));
}

Task<void> FilteredCalls::run(std::unique_ptr<Run> run) {
  Operation& operation = *this;
  auto filtered = filters_.run(run->call, operation);
  auto outcome = co_await filtered;
  finish(run->id, std::move(outcome));
  core_.ended();
}

void FilteredCalls::finish(std::uint32_t id, ClientFilters::Outcome outcome) {
  ReplyInfo* info = nullptr;
  TimePoint deadline;
  PendingCall* const call = calls_.give_away(id, info, deadline);
  if (call == nullptr) return;  // one-way, forgotten, or too late
  if (!outcome) return call->on_failure(std::move(outcome).error());
  if (info != nullptr) {
    info->context = std::move(outcome->context);
    info->status = std::move(outcome->status);
  }
  ReplyView reply;
  reply.format = outcome->format;
  reply.body = outcome->body.span();
  call->on_reply(reply);
}

Task<ClientFilters::Outcome> FilteredCalls::perform(OutgoingCall& call) {
  const Duration left = call.deadline - core_.env().clock.now();
  if (left <= Duration::zero()) {
    const bool sent = call.times_sent > 0;
    co_return Error(Code::timeout, sent ? "the time of the call was over before it was repeated"
                                        : "nothing is left of the time of the call");
  }
  if (++call.times_sent > times_sent_max)
    co_return Error(Code::limit, "a filter repeated the call 100 times: let it wait, or give up");
  ReplyInfo info;
  CallOptions options = call.options;
  options.timeout = options.timeout > Duration::zero() ? std::min(options.timeout, left) : left;
  options.reply_info = &info;
  ProxyState proxy;
  proxy.heeds_deadlines = call.heeds_deadlines;
  const CallTarget target(call.function, options, call.route_key, proxy);
  EncodedCall attempt;
  tars::RequestHeader header;
  ByteBuffer* const output = behind_.begin(target, call.one_way ? nullptr : &attempt, header);
  if (output != nullptr) {
    header.body_bytes_guess = call.arguments.size();
    behind_.end(tars::write_frame(*output, header, call.arguments.span()));
  }
  if (call.one_way) co_return tars::EncodedAnswer();
  auto outcome = co_await attempt;
  if (outcome) {
    outcome->context = std::move(info.context);
    outcome->status = std::move(info.status);
  }
  co_return outcome;
}

void FilteredCalls::ending(OutgoingCall& call) {
  call.elapsed = core_.env().clock.now() - call.started;
}

void FilteredCalls::filter_failed(const OutgoingCall& call, const std::string& which,
                                  const Error& why) {
  ++core_.counters().filters_failed;
  const std::uint64_t times = failures_.count(core_.env().clock.now());
  if (times == 0) return;
  TARSIER_LOG(core_.env().log, warn, "client",
              which + " of " + std::string(call.object) + "." + call.function +
                  " failed, which changes nothing: " + why.to_string() +
                  LogThrottle::suffix(times));
}

Error FilteredCalls::timed_out() const {
  return Error(Code::timeout, "the filters of the call had not ended a second after its deadline");
}

void FilteredCalls::close() { calls_.fail_all(Code::closed, "the client was closed"); }

}  // namespace tarsier
