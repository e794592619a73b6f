#pragma once

#include "transport/epoll/event_loop.h"
#include "transport/processes.h"

namespace tarsier::epoll {

// Processes of the machine, watched through pidfds: no SIGCHLD handler, no polling, and no signal
// that reaches a stranger who inherited the number. Needs Linux 5.4.
class RealProcesses final : public Processes {
 public:
  explicit RealProcesses(EventLoop& loop) : loop_(loop) {}
  ~RealProcesses() override;

  Result<std::unique_ptr<Process>> spawn(const SpawnOptions& options) override;
  Result<std::unique_ptr<Process>> adopt(ProcessId id) override;

 private:
  friend class RealProcess;
  // A child whose Process is gone is reaped when another one starts, so that no zombie stays.
  void reap_later(int pidfd) { orphans_.push_back(pidfd); }
  void reap_orphans();

  EventLoop& loop_;
  std::vector<int> orphans_;
};

}  // namespace tarsier::epoll
