#include "client/client_core.h"

#include <memory>
#include <utility>

#include "transport/base/limits.h"
#include "transport/blocking.h"
#include "transport/clock.h"
#include "transport/completion.h"
#include "transport/timers.h"

namespace tarsier {

// One piece of work on its way. It owns itself.
struct ClientCore::Beside {
  Beside(ClientCore& owner, Callback what, Callback after)
      : core(owner), work(std::move(what)), then(std::move(after)), done(&Beside::on_done, this) {}

  void start() {
    core.env_.blocking.start([this] { work(); }, done);
  }
  static void on_done(void* self, Result<void> result) {
    std::unique_ptr<Beside> beside(static_cast<Beside*>(self));
    if (result.code() == Code::limit) {
      constexpr Duration retry = std::chrono::milliseconds(5);
      ++beside->core.counters_.callbacks_delayed;
      Timers& timers = beside->core.env_.timers;
      const TimePoint when = beside->core.env_.clock.now() + retry;
      timers.call_at(when, [again = beside.release()] { again->start(); });
      return;
    }
    if (!result) beside->work();
    --beside->core.running_beside_;
    if (beside->then) beside->then();
  }

  ClientCore& core;
  Callback work;
  Callback then;
  Completion<void> done;
};

ClientCore::ClientCore(Env& env, const ClientOptions& options)
    : env_(env), options_(options), read_buffer_(limits::read_chunk_bytes) {}

void ClientCore::run_beside(Callback work, Callback then) {
  ++running_beside_;
  auto beside = std::make_unique<Beside>(*this, std::move(work), std::move(then));
  beside.release()->start();
}

}  // namespace tarsier
