#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/overload/handler_queue.h"
#include "server/queued_call.h"
#include "transport/timers.h"

namespace tarsier {

class ReplyPath;
class ServerCore;

// The calls that wait for one servant: overload/handler_queue.h with what it needs of a world.
// Everybody who does not run is told so: -9 where too many wait, -6 where it waited too long. While
// calls wait a timer looks for those that became too old, since whoever takes calls may hang.
class CallQueue {
 public:
  using Arrival = HandlerQueue<std::unique_ptr<QueuedCall>>::Arrival;

  // for_handlers: on threads, instead of on the loop.
  CallQueue(ServerCore& core, std::string_view servant, const HandlerQueueOptions& options,
            std::size_t handlers, bool for_handlers);
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;
  ~CallQueue();

  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }

  // Takes the call over, or answers it. False: it was answered.
  bool add(ServerCall& call, std::span<const std::byte> packet, const Arrival& arrival);
  // What `handler` runs now; null: nothing.
  std::unique_ptr<QueuedCall> next(std::size_t handler);
  // How long a call ran that next() gave out.
  void ran(Duration service) { queue_.ran(service); }
  // Answers what waits, and everything that comes from now on.
  void close();

 private:
  void answer_shed();
  void watch();
  bool has_much_room() const { return queue_.size() * 4 <= queue_.capacity(); }

  ServerCore& core_;
  const std::string servant_;
  const bool for_handlers_;
  HandlerQueue<std::unique_ptr<QueuedCall>> queue_;
  std::vector<HandlerQueue<std::unique_ptr<QueuedCall>>::Shed> shed_;
  const Duration sweep_period_;
  Timers::Id sweep_ = 0;
  bool closed_ = false;
};

}  // namespace tarsier
