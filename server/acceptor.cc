#include "server/acceptor.h"

#include <utility>

#include "transport/base/log.h"

namespace tarsier {

Acceptor::Acceptor(Env& env, ServerCounters& counters, Sink& sink,
                   std::unique_ptr<Listener> listener, const SessionLimits& limits)
    : env_(env),
      counters_(counters),
      sink_(sink),
      listener_(std::move(listener)),
      accepted_(&Acceptor::on_accept, this),
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
    TARSIER_LOG(acceptor.env_.log, warn, "server",
                "a connection to " + acceptor.local().to_string() +
                    " was refused: " + result.error().to_string());
  }
  acceptor.start();
}

}  // namespace tarsier
