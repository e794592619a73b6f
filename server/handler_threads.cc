#include "server/handler_threads.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/server_core.h"
#include "transport/base/limits.h"
#include "transport/blocking.h"
#include "transport/clock.h"

namespace tarsier {

Result<std::unique_ptr<HandlerThreads>> HandlerThreads::make(ServerCore& core,
                                                             std::string_view servant,
                                                             Handlers handlers,
                                                             const HandlerQueueOptions& queue) {
  if (handlers.count() == 0 || handlers.count() > limits::handler_threads_max) {
    return Error(Code::limit, "a servant has 1 to " + std::to_string(limits::handler_threads_max) +
                                  " handler threads, not " + std::to_string(handlers.count()));
  }
  TARSIER_TRY(auto workers, core.env().blocking.make_workers(handlers.count()));
  return std::unique_ptr<HandlerThreads>(
      new HandlerThreads(core, servant, handlers, std::move(workers), queue));
}

HandlerThreads::HandlerThreads(ServerCore& core, std::string_view servant, Handlers& handlers,
                               std::unique_ptr<Workers> workers, const HandlerQueueOptions& queue)
    : core_(core),
      pinned_(queue.pinned),
      queue_(core, servant, queue, handlers.count(), true),
      workers_(std::move(workers)) {
  for (std::size_t i = 0; i < handlers.count(); ++i) {
    auto& handler = handlers_.emplace_back(std::make_unique<Handler>(*this, i));
    handler->own = handlers.make();
    handler->servant = handler->own != nullptr ? handler->own.get() : handlers.shared_servant();
    TARSIER_CHECK(handler->servant != nullptr, "the factory of a servant made none");
    idle_.push_back(i);
  }
}

void HandlerThreads::take(ServerCall& call, std::span<const std::byte> packet,
                          const CallQueue::Arrival& arrival) {
  if (!queue_.add(call, packet, arrival) || idle_.empty()) return;
  const auto who =
      pinned_ ? std::find(idle_.begin(), idle_.end(), arrival.connection % handlers_.size())
              : idle_.end() - 1;
  if (who == idle_.end()) return;
  Handler& handler = *handlers_[*who];
  idle_.erase(who);
  go_on(handler);
}

void HandlerThreads::go_on(Handler& handler) {
  std::unique_ptr<QueuedCall> queued = queue_.next(handler.index);
  if (queued == nullptr) {
    idle_.push_back(handler.index);
    return;
  }
  handler.began = core_.env().clock.now();
  queued->assign(*handler.servant, std::move(handler.own));
  workers_->start(handler.index, std::move(queued), handler.done);
}

void HandlerThreads::Handler::on_done(void* self, Result<std::unique_ptr<Work>> result) {
  auto& handler = *static_cast<Handler*>(self);
  HandlerThreads& threads = handler.threads;
  if (!result) {
    threads.idle_.push_back(handler.index);  // closed: nothing runs here again
    return;
  }
  {
    const std::unique_ptr<Work> work = std::move(result).value();
    auto& queued = static_cast<QueuedCall&>(*work);
    handler.own = queued.finish(threads.core_.counters().exceptions);
  }
  threads.queue_.ran(threads.core_.env().clock.now() - handler.began);
  threads.go_on(handler);
}

}  // namespace tarsier
