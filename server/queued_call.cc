#include "server/queued_call.h"

#include <utility>

#include "server/server_core.h"
#include "transport/base/check.h"

namespace tarsier {

QueuedCall::QueuedCall(ServerCall& call, std::span<const std::byte> packet, bool for_handlers)
    : packet_(packet.size()), call_(std::move(call)) {
  packet_.append(packet);
  const auto decoded = tars::decode_request(packet_.span(), request_);
  TARSIER_CHECK(decoded.ok(), "the copy of a request decodes as the request did");
  call_.keep_waiting(request_, for_handlers);
}

void QueuedCall::assign(Servant& servant, std::unique_ptr<Servant> own) {
  servant_ = &servant;
  own_ = std::move(own);
  away_.dye_rule = call_.dye_rule();
  away_.hands_on_deadlines = call_.core()->options().hand_on_deadlines;
  call_.away_ = &away_;
}

void QueuedCall::run() {
  try {
    servant_->tars_dispatch(call_);
  } catch (...) {
    threw_ = true;
    call_.answer_current_exception();
  }
}

std::unique_ptr<Servant> QueuedCall::finish(std::uint64_t& exceptions) {
  if (threw_) ++exceptions;
  call_.away_ = nullptr;
  if (away_.answer) {
    call_.answered_ = false;
    call_.finish(std::move(*away_.answer));
  } else if (!call_.answered_) {
    call_.answer_error(Error(Code::unknown, "the servant dropped the call without answering"));
  }
  return std::move(own_);
}

}  // namespace tarsier
