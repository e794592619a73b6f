#include "client/proxy.h"

namespace tarsier {
namespace {

Task<Result<>> finish_ping(Task<Result<PingResult>> call) {
  auto result = co_await call;
  if (!result) co_return std::move(result).error();
  co_return Result<>();
}

}  // namespace

Task<Result<>> Proxy::tars_ping(const CallOptions& options) const {
  return finish_ping(tars_call<PingResult>("tars_ping", options, [](auto&&) {}));
}

void Proxy::tars_set_push_callback(PushCallback callback, CallbackOn on) const {
  starter().set_push_callback(std::move(callback), on);
}

}  // namespace tarsier
