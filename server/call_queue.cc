#include "server/call_queue.h"

#include <utility>

#include "server/server_core.h"
#include "transport/clock.h"
#include "transport/demolition.h"

namespace tarsier {

CallQueue::CallQueue(ServerCore& core, std::string_view servant, const HandlerQueueOptions& options,
                     std::size_t handlers, bool for_handlers)
    : core_(core),
      servant_(servant),
      for_handlers_(for_handlers),
      queue_(options, handlers),
      sweep_period_(options.codel.interval) {}

CallQueue::~CallQueue() {
  if (sweep_ != 0 && !Demolition::under_way()) core_.env().timers.cancel(sweep_);
}

bool CallQueue::add(ServerCall& call, std::span<const std::byte> packet, const Arrival& arrival) {
  ServerCounters& counters = core_.counters();
  if (closed_ || !queue_.has_room(arrival.urgent)) [[unlikely]] {
    ++counters.overloaded;
    ++counters.shed_full;
    const std::string why =
        closed_ ? "the server stops" : std::to_string(size()) + " calls wait for " + servant_;
    call.answer_error(Error(Code::overload, why + ": try another server, or later"));
    core_.refused_call();
    return false;
  }
  ++counters.queued;
  queue_.push(std::make_unique<QueuedCall>(call, packet, for_handlers_), arrival);
  ++core_.calls_waiting_;
  watch();
  return true;
}

std::unique_ptr<QueuedCall> CallQueue::next(std::size_t handler) {
  const TimePoint now = core_.env().clock.now();
  while (true) {
    auto taken = queue_.next(handler, now, shed_);
    if (!shed_.empty()) answer_shed();
    if (core_.reading_paused() && has_much_room()) core_.room_for_calls();
    if (!taken) return nullptr;
    --core_.calls_waiting_;
    if ((*taken)->wanted()) return std::move(*taken);
    ++core_.counters().shed_unwanted;
  }
}

void CallQueue::close() {
  closed_ = true;
  queue_.give_up(shed_);
  answer_shed();
}

void CallQueue::answer_shed() {
  ServerCounters& counters = core_.counters();
  for (auto& [queued, code] : std::exchange(shed_, {})) {
    --core_.calls_waiting_;
    const bool expired = code == Code::queue_timeout;
    ++(expired ? counters.expired : counters.overloaded);
    ++(expired ? counters.shed_expired : counters.shed_standing);
    queued->call().answer_error(
        Error(code, expired ? "the call waited too long for " + servant_
                            : "calls for " + servant_ +
                                  " wait longer than they should, this one longest: try another "
                                  "server, or later"));
  }
}

// Only while calls wait, so that a server at rest has no timer.
void CallQueue::watch() {
  if (sweep_ != 0 || queue_.empty()) return;
  const TimePoint now = core_.env().clock.now();
  sweep_ = core_.env().timers.call_at(deadline_after(now, sweep_period_), [this] {
    sweep_ = 0;
    queue_.sweep(core_.env().clock.now(), shed_);
    answer_shed();
    watch();
  });
}

}  // namespace tarsier
