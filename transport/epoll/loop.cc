#include "transport/epoll/loop.h"

#include <sys/random.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/random.h"
#include "transport/epoll/asio_transport.h"
#include "transport/epoll/blocking_pool.h"
#include "transport/epoll/event_loop.h"
#include "transport/epoll/real_files.h"
#include "transport/epoll/real_processes.h"
#include "transport/epoll/stderr_log.h"

namespace tarsier::epoll {
namespace {

std::uint64_t system_seed() {
  std::uint64_t seed = 0;
  const ssize_t got = ::getrandom(&seed, sizeof(seed), 0);
  TARSIER_CHECK(got == sizeof(seed), "the kernel gives no random numbers (getrandom)");
  return seed;
}

}  // namespace

// In order of construction; destroyed from the last to the first.
struct Loop::Parts {
  explicit Parts(LoopOptions options)
      : log(options.log != nullptr ? *options.log : own_log),
        pool(options.blocking ? std::move(options.blocking) : std::make_shared<BlockingPool>()),
        resolving_pool(options.resolving ? std::move(options.resolving)
                                         : std::make_shared<BlockingPool>(resolving_pool_options)),
        random(options.seed ? *options.seed : system_seed()),
        blocking(loop, *pool),
        resolving(loop, *resolving_pool),
        transport(loop, resolving, options.send_buffer_bytes),
        processes(loop),
        env{loop, loop, loop, random, transport, files, processes, blocking, log} {}

  StderrLog own_log;
  Log& log;
  EventLoop loop;
  std::shared_ptr<BlockingPool> pool;
  std::shared_ptr<BlockingPool> resolving_pool;
  Random random;
  LoopBlocking blocking;
  LoopBlocking resolving;
  RealFiles files;
  AsioTransport transport;
  RealProcesses processes;
  std::optional<boost::asio::basic_signal_set<boost::asio::io_context::executor_type>> signals;
  UniqueFunction<void(int)> on_signal;
  Env env;

  void wait_for_signal() {
    signals->async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      on_signal(number);
      wait_for_signal();
    });
  }
};

Loop::Loop(LoopOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}

Loop::~Loop() {
  parts_->signals.reset();
  parts_->transport.abort_all();
  parts_->pool.reset();
  parts_->resolving_pool.reset();
  parts_->loop.drain();
}

Env& Loop::env() { return parts_->env; }
void Loop::run() { parts_->loop.run(); }
void Loop::stop() { parts_->loop.stop(); }
void Loop::run_turn() { parts_->loop.run_turn(); }

void Loop::on_signals(std::initializer_list<int> signals, UniqueFunction<void(int)> callback) {
  TARSIER_CHECK(!parts_->signals, "a loop takes signals once");
  parts_->signals.emplace(parts_->loop.context().get_executor());
  for (const int number : signals) parts_->signals->add(number);
  parts_->on_signal = std::move(callback);
  parts_->wait_for_signal();
}

void Loop::stop_on_signals() {
  on_signals({SIGINT, SIGTERM}, [this](int) { stop(); });
}

}  // namespace tarsier::epoll
