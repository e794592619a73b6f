#pragma once

#include <memory>
#include <utility>

#include "server/server_call.h"

namespace tarsier {

// The answer that a servant still owes: moved wherever the work goes, sent from any thread, at most
// once. Destroying it unsent answers -99, so a forgotten call never hangs its caller.
//
// Server::stop() waits for them until its deadline. One that is sent or destroyed after the Server
// is gone answers nobody; the loop of the server must still exist then.
template <tars::ParameterList R>
class Reply {
 public:
  explicit Reply(std::unique_ptr<ServerCall> call) : call_(std::move(call)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    if (this != &other) {
      drop();
      call_ = std::move(other.call_);
    }
    return *this;
  }
  ~Reply() { drop(); }

  // Encodes here, answers on the loop.
  void send(const Result<R>& result) {
    TARSIER_CHECK(call_ != nullptr, "a Reply is sent once");
    if (!result) return ServerCall::finish_anywhere(std::move(call_), result.error());
    ByteBuffer body;
    auto encoded = tars::write_parameters(call_->format(), body,
                                          [&](auto&& visit) { R::tars_each(*result, visit); });
    if (!encoded) {
      return ServerCall::finish_anywhere(
          std::move(call_), Error(Code::server_encode, std::move(encoded).error().detail));
    }
    ServerCall::finish_anywhere(std::move(call_), std::move(body));
  }
  void send(Error error) { ServerCall::finish_anywhere(std::move(call_), std::move(error)); }

  // False after send() and when moved from.
  explicit operator bool() const { return call_ != nullptr; }
  // Names, deadline, context; setters for the answer's context. One thread at a time.
  ServerCall& call() { return *call_; }

 private:
  void drop() {
    if (call_ != nullptr) ServerCall::drop_anywhere(std::move(call_));
  }

  std::unique_ptr<ServerCall> call_;
};

}  // namespace tarsier
