#include "server/server_call.h"

#include <algorithm>

#include "server/in_flight_gate.h"
#include "server/reply_path.h"
#include "server/server_core.h"
#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/clock.h"
#include "transport/executor.h"

namespace tarsier {
namespace {

// iRet of an error (spec §2.6): codes of the application go as they are, local ones as -99.
std::int32_t wire_code_of(const Error& error) {
  constexpr std::int32_t lowest = static_cast<std::int32_t>(Code::unknown);
  if (error.wire_code != 0) return std::max(error.wire_code, lowest);
  const auto code = static_cast<std::int32_t>(error.code);
  return code < 0 && code >= lowest ? code : lowest;
}

// What tars::keep_header() copies.
std::size_t header_bytes(const tars::RequestView& request) {
  return request.servant.size() + request.function.size() + request.context.bytes() +
         request.status.bytes();
}

}  // namespace

ServerCall::ServerCall(ServerCall&& other) noexcept
    : core_(other.core_),
      path_(other.path_),
      request_bytes_(other.request_bytes_),
      request_(other.request_),
      rules_(other.rules_),
      extras_(std::move(other.extras_)),
      kept_(std::move(other.kept_)),
      taker_(std::exchange(other.taker_, nullptr)),
      away_(other.away_),
      answered_(std::exchange(other.answered_, true)) {
  TARSIER_CHECK(kept_ == nullptr || kept_->waits, "a call that was kept stays where it is");
  if (taker_ != nullptr) taker_->call_ = this;
}

ServerCall::~ServerCall() {
  if (taker_ != nullptr) taker_->call_ = nullptr;
  if (kept_ == nullptr || kept_->core == nullptr) return;
  ServerCore& core = *kept_->core;
  core.unlink(*kept_);
  if (kept_->gate != nullptr) kept_->gate->ended(kept_->began);
  if (kept_->for_taker) return;
  if (ReplyPath* const still_there = core.find_path(kept_->session.id()))
    still_there->call_ended(kept_->bytes);
}

const Endpoint& ServerCall::peer() const { return kept_ ? kept_->peer : path_->peer(); }

SessionRef ServerCall::session() const {
  return kept_ ? kept_->session : SessionRef(core_, path_->id());
}

// A server that is gone has no rules any more.
std::optional<trace::DyeRule> ServerCall::dye_rule() const {
  if (away_ != nullptr) return away_->dye_rule;
  return core() == nullptr ? std::nullopt : core()->dye_rule();
}

trace::HandedOn ServerCall::hand_on() const {
  const bool handed_on = away_ != nullptr    ? away_->hands_on_deadlines
                         : core() == nullptr ? true
                                             : core()->options().hand_on_deadlines;
  return trace::handed_on(*request_, dye_rule(),
                          handed_on && !one_way() ? rules_.deadline : no_deadline);
}

std::optional<std::string> ServerCall::dye() const { return trace::dye_of(*request_, dye_rule()); }

tars::DecodeOptions ServerCall::decode_options() const {
  tars::DecodeOptions options;
  options.lenient = rules_.lenient;
  return options;
}

FramePool& ServerCall::frame_pool() const { return *core()->frames_; }

ReplyPath* ServerCall::path() const {
  if (kept_ == nullptr) return path_;
  return kept_->core == nullptr ? nullptr : kept_->core->find_open_path(kept_->session.id());
}

ByteBuffer* ServerCall::begin_answer(tars::ResponseHeader& header) {
  if (answered_) return nullptr;
  answered_ = true;
  ServerCore* const core = this->core();
  if (one_way()) {
    if (core != nullptr && header.ret != 0) ++core->counters_.one_way_errors;
    return nullptr;
  }
  ReplyPath* const there = path();
  if (there == nullptr) {
    if (core != nullptr) ++core->counters_.answers_dropped;
    return nullptr;
  }
  ++core->counters_.answers;
  if (header.ret != 0) ++core->counters_.errors_answered;
  ret_ = header.ret;
  header.version = tars::reply_version(request_->version);
  header.request_id = request_->request_id;
  header.message_type = request_->message_type;
  if (extras_) {
    header.status = &extras_->status;
    header.context = &extras_->context;
  }
  return &there->output(kept_ != nullptr);
}

void ServerCall::finish_answer(const Result<>& encoded) {
  if (!encoded) [[unlikely]] {
    answered_ = false;
    --core()->counters_.answers;
    answer_error(Error(Code::server_encode, encoded.error().detail));
    return;
  }
  if (core()->options().observer != nullptr && rules_.received != no_deadline) tell_observer();
  if (!kept_) return;
  if (ReplyPath* const there = path()) there->answered_later(kept_->peer, request_bytes_);
}

void ServerCall::tell_observer() const {
  const AnsweredCall call{servant(), function(), peer(), ret_,
                          core()->env().clock.now() - rules_.received};
  core()->options().observer->call_answered(call);
}

void ServerCall::answer_error(const Error& error) {
  if (away_ != nullptr) return leave(error);
  if (error.code == Code::no_function && !answered_ && core() != nullptr)
    ++core()->counters_.no_function;
  if (taker_ != nullptr) [[unlikely]]
    return give_to_taker(error);
  tars::ResponseHeader header;
  header.ret = wire_code_of(error);
  header.description = error.detail;
  if (format() == tars::BodyFormat::tup || format() == tars::BodyFormat::tup2)
    return answer_tup(header, {});
  header.body_bytes_guess = 0;
  if (ByteBuffer* const output = begin_answer(header))
    finish_answer(tars::write_frame(*output, header, std::span<const std::byte>{}));
}

void ServerCall::answer_body(std::span<const std::byte> encoded) {
  if (away_ != nullptr) {
    ByteBuffer copy(encoded.size());
    copy.append(encoded);
    return leave(std::move(copy));
  }
  if (taker_ != nullptr) [[unlikely]] {
    tars::EncodedAnswer answer;
    answer.format = format();
    answer.body = Bytes::copy_of(encoded);
    if (extras_) {
      answer.context = std::move(extras_->context);
      answer.status = std::move(extras_->status);
    }
    return give_to_taker(std::move(answer));
  }
  tars::ResponseHeader header;
  if (format() == tars::BodyFormat::tup || format() == tars::BodyFormat::tup2)
    return answer_tup(header, encoded);
  header.body_bytes_guess = encoded.size();
  if (ByteBuffer* const output = begin_answer(header))
    finish_answer(tars::write_frame(*output, header, encoded));
}

// The answer to a TUP request is shaped like a request, with the code in its status (spec §2.8).
void ServerCall::answer_tup(tars::ResponseHeader& outcome, std::span<const std::byte> encoded) {
  ByteBuffer* const output = begin_answer(outcome);
  if (output == nullptr) return;
  tars::StringMap status;
  if (extras_) status = extras_->status;
  if (outcome.ret != 0) {
    status["STATUS_RESULT_CODE"] = std::to_string(outcome.ret);
    status["STATUS_RESULT_DESC"] = outcome.description;
  }
  tars::RequestHeader header;
  header.version = outcome.version;
  header.request_id = outcome.request_id;
  header.message_type = outcome.message_type;
  header.servant = request_->servant;
  header.function = request_->function;
  header.status = &status;
  header.context = outcome.context;
  header.body_bytes_guess = encoded.size();
  // Upstream leaves the body of an error empty, and its clients then fail to decode it.
  static constexpr std::byte empty_map[] = {std::byte{0x08}, std::byte{0x0c}};
  finish_answer(tars::write_frame(*output, header, encoded.empty() ? empty_map : encoded));
}

void ServerCall::answer_to(AnswerTaker& taker) {
  TARSIER_CHECK(taker_ == nullptr && taker.call_ == nullptr, "a call has one taker");
  taker_ = &taker;
  taker.call_ = this;
}

AnswerTaker::~AnswerTaker() {
  if (call_ == nullptr) return;
  call_->taker_ = nullptr;
  call_->answered_ = true;
}

void ServerCall::give_to_taker(Result<tars::EncodedAnswer> answer) {
  if (std::exchange(answered_, true)) return;
  AnswerTaker& taker = *std::exchange(taker_, nullptr);
  taker.call_ = nullptr;
  taker.on_answer(std::move(answer));
}

void ServerCall::answer_no_function() {
  answer_error(Error(Code::no_function, std::string(servant()) + " has no function '" +
                                            std::string(function()) + "'"));
}

void ServerCall::answer_no_coroutine() {
  answer_error(Error(Code::unsupported, "servant " + std::string(servant()) +
                                            " is made of coroutines, which run on the loop: add it "
                                            "to its server without Handlers"));
}

ServerCall::Kept& ServerCall::link_kept(std::size_t bytes) {
  TARSIER_CHECK(kept_ == nullptr, "a call is kept once");
  kept_ = std::make_unique<Kept>();
  kept_->core = core_;
  kept_->for_taker = taker_ != nullptr;
  kept_->executor = &core_->env().executor;
  kept_->peer = path_->peer();
  kept_->session = SessionRef(core_, path_->id());
  kept_->bytes = bytes;
  core_->link(*kept_);
  path_->call_kept(bytes);
  path_ = nullptr;
  return *kept_;
}

void ServerCall::keep_waiting(const tars::RequestView& request, bool for_handlers) {
  Kept& kept = link_kept(limits::kept_call_bytes + request_bytes_);
  kept.waits = true;
  kept.for_handlers = for_handlers;
  request_ = &request;
}

void ServerCall::take_over(std::coroutine_handle<> frame) {
  kept_->request = tars::keep_header(*request_, kept_->header);
  kept_->frame = frame;
  kept_->waits = false;
  request_ = &kept_->request;
  if (rules_.gate == nullptr) return;
  kept_->gate = rules_.gate;
  kept_->began = rules_.gate->began();
}

void ServerCall::keep(std::coroutine_handle<> frame) {
  if (kept_ != nullptr && kept_->waits) return take_over(frame);
  // A coroutine's arguments live in its frame; how large they are shows in the request.
  link_kept(limits::kept_call_bytes +
            (frame != nullptr ? request_bytes_ : header_bytes(*request_)));
  take_over(frame);
}

std::unique_ptr<ServerCall> ServerCall::detach() {
  auto call = std::make_unique<ServerCall>(std::move(*this));
  call->away_ = nullptr;
  call->keep();
  return call;
}

void ServerCall::leave(Result<ByteBuffer> body) {
  if (std::exchange(answered_, true)) return;
  away_->answer.emplace(std::move(body));
}

void ServerCall::finish(Result<ByteBuffer> body) {
  if (body) {
    answer_body(body->span());
  } else {
    answer_error(body.error());
  }
}

void ServerCall::finish_anywhere(std::unique_ptr<ServerCall> call, Result<ByteBuffer> body) {
  Executor* const executor = call->kept_->executor;
  if (executor == nullptr) return;
  if (executor->in_loop()) return call->finish(std::move(body));
  executor->post_from_any_thread([owned = std::move(call), late = std::move(body)]() mutable {
    owned->finish(std::move(late));
    owned.reset();
  });
}

void ServerCall::drop_anywhere(std::unique_ptr<ServerCall> call) {
  Executor* const executor = call->kept_->executor;
  if (executor == nullptr) return;
  if (!executor->in_loop()) {
    executor->post_from_any_thread(
        [owned = std::move(call)]() mutable { drop_anywhere(std::move(owned)); });
    return;
  }
  ServerCore* const core = call->core();
  if (core == nullptr) return;  // the server is gone
  if (core->running_) {
    core->forgotten_.push_back(std::move(call));
    return;
  }
  ++core->counters_.replies_forgotten;
  call->answer_error(Error(Code::unknown, "the servant dropped the call without answering"));
}

bool SessionRef::alive() const { return core_ != nullptr && core_->find_open_path(id_) != nullptr; }

Result<> SessionRef::push_body(std::string_view function, std::span<const std::byte> body,
                               const tars::StringMap& context) const {
  if (core_ == nullptr) return Error(Code::closed, "this session was never one");
  return core_->push(id_, function, {}, body, context);
}

void SessionRef::close() const {
  if (ReplyPath* const path = core_ == nullptr ? nullptr : core_->find_open_path(id_))
    path->close_when_sent();
}

}  // namespace tarsier
