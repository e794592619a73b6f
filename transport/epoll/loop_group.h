#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "transport/epoll/loop.h"

namespace tarsier::epoll {

// A loop in a thread of its own, for programs whose main() is not a loop: clients that make
// blocking calls, tests, tools.
//
//   epoll::LoopThread background;
//   Client client(background.env());  // made, used and destroyed here, before the loop
//   …
//   background.run([&](Env& env) { … });  // what belongs on the loop itself
class LoopThread {
 public:
  // `cpu`: the thread stays on this processor; -1: anywhere.
  explicit LoopThread(LoopOptions options = {}, int cpu = -1);
  // Ends the loop; what was posted before has run.
  ~LoopThread();
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  Loop& loop() { return *loop_; }
  // For constructors that only keep it, and for post_from_any_thread().
  Env& env() { return loop_->env(); }
  // Runs `work` on the loop and waits for its end. Not from the loop itself.
  void run(const std::function<void(Env&)>& work);

 private:
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

struct LoopGroupOptions {
  std::size_t loops = 0;  // 0: one a processor that this process may use
  bool pinned = false;    // loop i stays on the i-th such processor
  LoopOptions loop;       // of each; a seed is forked, the pools are shared
};

// One loop a core, sharing nothing: a service runs once on each, and its listeners and UDP sockets
// share their address with reuse_port (ListenOptions, DatagramOptions).
class LoopGroup {
 public:
  explicit LoopGroup(LoopGroupOptions options = {});

  std::size_t size() const { return loops_.size(); }
  LoopThread& operator[](std::size_t i) { return *loops_[i]; }
  // Runs `work` on every loop in turn and waits: where services are made and destroyed.
  void run_on_each(const std::function<void(std::size_t, Env&)>& work);

 private:
  std::vector<std::unique_ptr<LoopThread>> loops_;
};

}  // namespace tarsier::epoll
