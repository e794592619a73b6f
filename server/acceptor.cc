#include "server/acceptor.h"

#include <utility>

#include "transport/base/log.h"
#include "transport/clock.h"

namespace tarsier {
namespace {

constexpr Duration failures_log_period = std::chrono::seconds(1);

}  // namespace

Acceptor::Acceptor(Env& env, ServerCounters& counters, Sink& sink,
                   std::unique_ptr<Listener> listener, const SessionLimits& limits,
                   AdmissionRules rules)
    : env_(env),
      counters_(counters),
      sink_(sink),
      listener_(std::move(listener)),
      accepted_(&Acceptor::on_accept, this),
      failures_(failures_log_period),
      refusals_(failures_log_period),
      limits_(limits),
      admission_(std::move(rules)) {}

void Acceptor::on_accept(void* self, Result<std::unique_ptr<Connection>> result) {
  auto& acceptor = *static_cast<Acceptor*>(self);
  if (result.code() == Code::closed) {
    acceptor.ended_ = true;
    return;
  }
  if (result) {
    ++acceptor.counters_.accepted;
    acceptor.admit(std::move(result).value());
  } else {
    ++acceptor.counters_.accept_failed;
    acceptor.log_sometimes(acceptor.failures_, result.error().to_string());
  }
  acceptor.start();
}

void Acceptor::admit(std::unique_ptr<Connection> connection) {
  const Admission::Verdict verdict = admission_.enter(connection->peer());
  if (verdict == Admission::Verdict::admitted)
    return sink_.accepted(std::move(connection), limits_, admission_);
  const std::string& host = connection->peer().host;
  const std::string at = " at " + listener_->local().to_string() + " was refused: ";
  if (verdict == Admission::Verdict::denied) {
    ++counters_.refused_address;
    log_sometimes(refusals_, "a connection from " + host + at + "'allow' and 'deny' say so");
  } else {
    ++counters_.refused_connections_max;
    const std::string from_it = verdict == Admission::Verdict::full ? "" : " from that address";
    log_sometimes(refusals_, "a connection from " + host + at + "there are as many" + from_it +
                                 " as there may be");
  }
  connection->abort();
}

void Acceptor::log_sometimes(LogThrottle& throttle, const std::string& message) {
  const std::uint64_t times = throttle.count(env_.clock.now());
  if (times > 0) TARSIER_LOG(env_.log, warn, "server", message + LogThrottle::suffix(times));
}

}  // namespace tarsier
