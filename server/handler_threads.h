#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "server/call_queue.h"
#include "server/handlers.h"
#include "transport/base/result.h"
#include "transport/completion.h"
#include "transport/workers.h"

namespace tarsier {

// The handler threads of one servant, and the calls that wait for them. The loop decides which call
// runs next and where; a thread decodes, runs, encodes, and gives it back.
class HandlerThreads {
 public:
  static Result<std::unique_ptr<HandlerThreads>> make(ServerCore& core, std::string_view servant,
                                                      Handlers handlers,
                                                      const HandlerQueueOptions& queue);

  // Runs the call, now or later, or answers it.
  void take(ServerCall& call, std::span<const std::byte> packet, const CallQueue::Arrival& arrival);

  std::size_t waiting() const { return queue_.size(); }
  std::size_t running() const { return handlers_.size() - idle_.size(); }

  // Answers what waits. What runs is to be forgotten next (ServerCore), and then abandoned: it
  // comes back as closed, on later turns; its threads go on until it returns. How many do so.
  void close() { queue_.close(); }
  std::size_t abandon() { return workers_->close(); }

 private:
  struct Handler {
    Handler(HandlerThreads& owner, std::size_t number) : threads(owner), index(number) {}
    HandlerThreads& threads;
    const std::size_t index;
    Completion<std::unique_ptr<Work>> done{&Handler::on_done, this};
    std::unique_ptr<Servant> own;  // with the call while that runs
    Servant* servant = nullptr;
    TimePoint began{};

    static void on_done(void* self, Result<std::unique_ptr<Work>> result);
  };
  HandlerThreads(ServerCore& core, std::string_view servant, Handlers& handlers,
                 std::unique_ptr<Workers> workers, const HandlerQueueOptions& queue);

  // Gives the handler, which is not among the idle ones, what it does next.
  void go_on(Handler& handler);

  ServerCore& core_;
  const bool pinned_;
  CallQueue queue_;
  std::vector<std::unique_ptr<Handler>> handlers_;
  std::vector<std::size_t> idle_;  // the last one ran last
  std::unique_ptr<Workers> workers_;
};

}  // namespace tarsier
