#include "server/acceptor.h"

#include <utility>

#include "transport/base/log.h"
#include "transport/clock.h"

namespace tarsier {
namespace {

constexpr Duration failures_log_period = std::chrono::seconds(1);

}  // namespace

Acceptor::Acceptor(Env& env, ServerCounters& counters, Sink& sink,
                   std::unique_ptr<Listener> listener, const SessionLimits& limits)
    : env_(env),
      counters_(counters),
      sink_(sink),
      listener_(std::move(listener)),
      accepted_(&Acceptor::on_accept, this),
      failures_(failures_log_period),
      limits_(limits) {}

void Acceptor::on_accept(void* self, Result<std::unique_ptr<Connection>> result) {
  auto& acceptor = *static_cast<Acceptor*>(self);
  if (result.code() == Code::closed) {
    acceptor.ended_ = true;
    return;
  }
  if (result) {
    ++acceptor.counters_.accepted;
    acceptor.sink_.accepted(std::move(result).value(), acceptor.limits_);
  } else {
    ++acceptor.counters_.accept_failed;
    const std::uint64_t times = acceptor.failures_.count(acceptor.env_.clock.now());
    if (times > 0) {
      TARSIER_LOG(acceptor.env_.log, warn, "server",
                  result.error().to_string() + LogThrottle::suffix(times));
    }
  }
  acceptor.start();
}

}  // namespace tarsier
