#include "server/in_flight_gate.h"

#include "server/server_core.h"
#include "transport/clock.h"

namespace tarsier {

InFlightGate::InFlightGate(ServerCore& core, Servant& servant, std::string_view name,
                           const InFlightLimitOptions& limit, const HandlerQueueOptions& queue)
    : core_(core), servant_(servant), limit_(limit), queue_(core, name, queue, 1, false) {}

void InFlightGate::wait(ServerCall& call, std::span<const std::byte> packet,
                        const CallQueue::Arrival& arrival) {
  // Asked for the sake of its being told.
  (void)limit_.admits();
  queue_.add(call, packet, arrival);
}

TimePoint InFlightGate::began() {
  limit_.started();
  return core_.env().clock.now();
}

void InFlightGate::ended(TimePoint began) {
  const TimePoint now = core_.env().clock.now();
  limit_.ended(now - began, now);
  queue_.ran(now - began);
  if (queue_.empty() || posted_) return;
  posted_ = true;
  core_.post([this] { go_on(); });
}

void InFlightGate::go_on() {
  posted_ = false;
  while (limit_.admits()) {
    const std::unique_ptr<QueuedCall> queued = queue_.next(0);
    if (queued == nullptr) return;
    core_.start(servant_, queued->call());
  }
}

}  // namespace tarsier
