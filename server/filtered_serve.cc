#include "server/filtered_serve.h"

#include <coroutine>
#include <optional>
#include <string>
#include <utility>

#include "server/answer_taker.h"
#include "server/reply_path.h"
#include "server/servant.h"
#include "server/server_core.h"
#include "transport/base/check.h"
#include "transport/clock.h"

namespace tarsier {
namespace {

// What stands in for the way back to the caller while a servant answers a filter. The caller's own
// call is the one that counts as in flight.
class FilteredPath final : public ReplyPath {
 public:
  FilteredPath(std::uint64_t id, Endpoint peer) : id_(id), peer_(std::move(peer)) {}

  std::uint64_t id() const override { return id_; }
  bool open() const override { return true; }
  const Endpoint& peer() const override { return peer_; }
  ByteBuffer& output(bool) override {
    check_failed("output()", "FilteredPath", 0, "a filtered call was answered to its caller");
  }
  void answered_later(const Endpoint&, std::size_t) override {}
  void call_kept(std::size_t) override {}
  void call_ended(std::size_t) override {}
  void resume_reading() override {}
  void recount() override {}
  Result<> may_push() override { return Error(Code::unsupported); }
  void pushed() override {}
  void close_when_sent() override {}

 private:
  const std::uint64_t id_;
  const Endpoint peer_;
};

// Waits for what a servant answers.
class Answer final : public AnswerTaker {
 public:
  bool await_ready() const noexcept { return outcome_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  ServerFilters::Outcome await_resume() { return std::move(*outcome_); }

 private:
  void on_answer(Result<tars::EncodedAnswer> answer) override {
    outcome_.emplace(std::move(answer));
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  std::optional<ServerFilters::Outcome> outcome_;
  std::coroutine_handle<> waiter_;
};

// One call of a peer, between its filters and its servant.
class Filtered final : public ServerFilters::Operation {
 public:
  Filtered(ServerCore& core, Servant& servant, ServerCall& call)
      : core_(core), servant_(servant), call_(call), path_(call.session().id(), call.peer()) {}

  IncomingCall incoming() const;
  Task<ServerFilters::Outcome> perform(IncomingCall& call) override;
  void ending(IncomingCall& call) override;
  void filter_failed(const IncomingCall& call, const std::string& which, const Error& why) override;

 private:
  void serve(const IncomingCall& call, Answer& answer);

  ServerCore& core_;  // while call_.server_is_there()
  Servant& servant_;
  ServerCall& call_;  // of the peer
  FilteredPath path_;
};

IncomingCall Filtered::incoming() const {
  const tars::RequestView& request = call_.request();
  IncomingCall call;
  call.object = request.servant;
  call.function = request.function;
  call.peer = call_.peer();
  call.version = request.version;
  call.message_type = request.message_type;
  call.request_id = request.request_id;
  call.one_way = request.one_way();
  call.format = call_.format();
  call.started = core_.env().clock.now();
  call.deadline = call_.deadline();
  call.context = request.context.to_map();
  call.status = request.status.to_map();
  call.arguments = Bytes::copy_of(call_.body());
  return call;
}

// The request is written anew with what the filters made of it, and read like any other.
void Filtered::serve(const IncomingCall& call, Answer& answer) {
  tars::RequestHeader header;
  header.version = call.version;
  header.packet_type = call.one_way ? tars::packet_one_way : tars::packet_normal;
  header.message_type = call.message_type;
  header.request_id = call.request_id;
  header.servant = call.object;
  header.function = call.function;
  header.timeout_ms = call_.request().timeout_ms;
  header.context = &call.context;
  header.status = &call.status;
  header.body_bytes_guess = call.arguments.size();
  ByteBuffer frame;
  tars::RequestView request;
  Result<> written = tars::write_frame(frame, header, call.arguments.span());
  if (written) written = tars::decode_request(frame.span().subspan(4), request);
  CallRules rules = call_.rules();
  rules.gate = nullptr;  // as that counts the caller's own call
  ServerCall inner(core_, path_, frame.size(), request, rules);
  inner.answer_to(answer);
  if (!written) {
    return inner.answer_error(Error(
        Code::unknown, "what filters made of the request is not legal: " + written.error().detail));
  }
  core_.run(servant_, inner);
}

Task<ServerFilters::Outcome> Filtered::perform(IncomingCall& call) {
  if (!call_.server_is_there()) co_return Error(Code::closed, "the server is gone");
  ++call.times_served;
  Answer answer;
  serve(call, answer);
  co_return co_await answer;
}

void Filtered::ending(IncomingCall& call) {
  if (call_.server_is_there()) call.elapsed = core_.env().clock.now() - call.started;
}

void Filtered::filter_failed(const IncomingCall& call, const std::string& which, const Error& why) {
  if (call_.server_is_there()) core_.filter_failed(call.object, call.function, which, why);
}

void answer(ServerCall& call, ServerFilters::Outcome& outcome) {
  if (!outcome) return call.answer_error(outcome.error());
  if (!outcome->context.empty()) call.set_reply_context(std::move(outcome->context));
  if (!outcome->status.empty()) call.set_reply_status(std::move(outcome->status));
  call.answer_body(outcome->body.span());
}

// What a coroutine owns that serves a call.
struct Plan {
  Plan(ServerCore& a_core, ServerFilters& some_filters, Servant& a_servant)
      : core(a_core), filters(some_filters), servant(a_servant) {}
  ServerCore& core;
  ServerFilters& filters;
  Servant& servant;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
// As detail::drive (server/servant.h): the promise has taken over the call that is given.
detail::DrivenCall drive_filtered(ServerCall&, Plan plan) {
  detail::OwnCall own;
  ServerCall& call = co_await own;
  Filtered filtered(plan.core, plan.servant, call);
  IncomingCall incoming = filtered.incoming();
  ServerFilters::Operation& operation = filtered;
  auto task = plan.filters.run(incoming, operation);
  task.start();
  if (!task.done()) {
    detail::FinishedLater later(call, task);
    co_await later;
  }
  auto outcome = task.take_result();
  answer(call, outcome);
}
#pragma GCC diagnostic pop

}  // namespace

void serve_filtered(ServerCore& core, ServerFilters& filters, Servant& servant, ServerCall& call) {
  Plan plan(core, filters, servant);
  drive_filtered(call, plan);
}

}  // namespace tarsier
