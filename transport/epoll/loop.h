#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>

#include "transport/base/function.h"
#include "transport/base/log.h"
#include "transport/env.h"

// The real world: epoll through Boost.Asio, the files and processes of the machine, threads for
// what blocks. Only programs, tests and benchmarks construct these (ARCHITECTURE.md, "Layers").
namespace tarsier::epoll {

class BlockingPool;

struct LoopOptions {
  std::optional<std::uint64_t> seed;       // of Env::random; absent: from the system
  Log* log = nullptr;                      // shared by loops, outlives them; absent: StderrLog
  int send_buffer_bytes = 0;               // SO_SNDBUF of connections; 0: the kernel's choice
  std::shared_ptr<BlockingPool> blocking;  // absent: a pool of its own, 4 threads on demand
  // Names are resolved beside `blocking`, so that work which takes long holds up no connect and a
  // name server that does not answer holds up no work. Absent: a pool of its own, 2 on demand.
  std::shared_ptr<BlockingPool> resolving;
};

// One loop of one thread: whoever calls run(). Everything that env() gives out belongs to that
// thread; from others only stop() and Executor::post_from_any_thread() may be called.
//
//   epoll::Loop loop;
//   Service service(loop.env());
//   loop.stop_on_signals();
//   loop.run();
//
// Before run() is called the constructing thread counts as the loop's. Destroy what uses env()
// before the loop.
class Loop {
 public:
  explicit Loop(LoopOptions options = {});
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Env& env();

  // Until stop(); may be called again.
  void run();
  // From any thread and any time; a stop before run() makes that return at once.
  void stop();
  // One turn of run(), for tests and for programs with a loop of their own.
  void run_turn();
  // Runs turns until `done()` holds; give it a timer if it might never.
  template <class Predicate>
  void run_until(Predicate&& done) {
    while (!done()) run_turn();
  }

  // `callback(signal)` runs on the loop. One loop of a program at a time may ask for signals.
  void on_signals(std::initializer_list<int> signals, UniqueFunction<void(int)> callback);
  // SIGINT and SIGTERM end run().
  void stop_on_signals();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tarsier::epoll
