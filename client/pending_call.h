#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "client/call_options.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/parameters.h"
#include "transport/base/result.h"
#include "transport/base/time.h"

namespace tarsier {

struct ObservedCalls;
class Sending;
class WaitingCalls;

// A response (for TUP a RequestPacket, spec §2.8) as views into its frame, valid during the call
// that hands it over.
struct ReplyView {
  tars::BodyFormat format = tars::BodyFormat::tars;
  std::span<const std::byte> body;

  // Even of a void function the result is a map, which takes two bytes.
  bool hides_failure() const { return format == tars::BodyFormat::tup && body.empty(); }
};

// A call whose answer is awaited: WaitingCalls knows it by request id and finishes it exactly once,
// with an answer (iRet 0) or an error. Destroying it earlier forgets the call. Loop only.
class PendingCall {
 public:
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;

  virtual void on_reply(const ReplyView& reply) = 0;
  virtual void on_failure(Error error) = 0;

  // The client dies with the call in flight. Nobody will hear of it.
  virtual void on_abandoned() noexcept {}

  bool waiting() const { return among_ != nullptr; }

 protected:
  PendingCall() = default;
  PendingCall(PendingCall&& other) noexcept;
  virtual ~PendingCall() {
    if (among_ != nullptr) forget();
  }

 private:
  friend class WaitingCalls;
  void forget() noexcept;

  WaitingCalls* among_ = nullptr;
  ObservedCalls* observed_ = nullptr;  // null: nobody observes calls
  TimePoint began_;
  ReplyInfo* info_ = nullptr;
  Sending* sending_ = nullptr;
  std::uint32_t id_ = 0;
};

// One that nobody waits in: it lives on the heap and goes away when it is finished.
class OwnedCall : public PendingCall {
 public:
  void on_reply(const ReplyView& reply) final {
    finish(&reply, Error());
    delete this;
  }
  void on_failure(Error error) final {
    finish(nullptr, std::move(error));
    delete this;
  }
  void on_abandoned() noexcept final { delete this; }

 private:
  // Either an answer or, without one, an error.
  virtual void finish(const ReplyView* reply, Error error) = 0;
};

// What tars_ping answers: that it did. Servers fill its body as they please.
struct PingResult {
  template <class Self, class Visit>
  static void tars_each(Self&, Visit&&) {}
};

// Decodes a result; a body that does not decode is Code::client_decode.
template <tars::ParameterList R>
Result<R> read_result(const ReplyView& reply) {
  R result;
  if constexpr (std::same_as<R, PingResult>) return result;
  if (reply.hides_failure()) [[unlikely]] {
    return Error(Code::unknown,
                 "the call failed: its TUP answer is empty, as TarsGo sends it for errors, without "
                 "their code and text; in another body format it would tell them");
  }
  auto done = tars::read_parameters(reply.format, reply.body, {}, result);
  if (done) [[likely]]
    return result;
  return Error(Code::client_decode, std::move(done).error().detail);
}

// The call of a coroutine: keeps the result until it is awaited.
template <tars::ParameterList R>
class AwaitedCall final : public PendingCall {
 public:
  AwaitedCall() = default;
  AwaitedCall(AwaitedCall&& other) noexcept
      : PendingCall(std::move(other)), result_(std::move(other.result_)) {}

  void on_reply(const ReplyView& reply) override { finish(read_result<R>(reply)); }
  void on_failure(Error error) override { finish(std::move(error)); }

  bool await_ready() const noexcept { return result_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  Result<R> await_resume() { return std::move(*result_); }

 private:
  void finish(Result<R> result) {
    result_.emplace(std::move(result));
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  std::optional<Result<R>> result_;
  std::coroutine_handle<> waiter_;
};

}  // namespace tarsier
