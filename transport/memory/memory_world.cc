#include "transport/memory/memory_world.h"

#include <algorithm>

#include "transport/memory/loop_workers.h"

namespace tarsier::memory {

std::size_t LogLines::count(std::string_view text) const {
  return static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(),
      [text](const Line& line) { return line.message.find(text) != std::string::npos; }));
}

void DelayedBlocking::start(Callback work, Completion<void>& done) {
  done.arm();
  auto run = [work = std::move(work), &done]() mutable {
    work();
    // As in a thread pool, what the work holds is gone before anybody hears of its end.
    work = nullptr;
    done.complete({});
  };
  if (delay_ > Duration::zero()) {
    loop_.call_at(deadline_after(loop_.now(), delay_), std::move(run));
  } else {
    loop_.post(std::move(run));
  }
}

Result<std::unique_ptr<Workers>> DelayedBlocking::make_workers(std::size_t count) {
  return LoopWorkers::make(loop_, loop_, loop_, count,
                           [delay = delay_](std::size_t) { return delay; });
}

Result<std::unique_ptr<Process>> NoProcesses::spawn(const SpawnOptions&) {
  return Error(Code::unsupported, "a memory world has no processes; use the simulator");
}

Result<std::unique_ptr<Process>> NoProcesses::adopt(ProcessId) {
  return Error(Code::unsupported, "a memory world has no processes; use the simulator");
}

World::World(WorldOptions options)
    : loop_(options.wall_ms_at_start),
      random_(options.seed),
      files_(loop_),
      network_(loop_, files_, std::move(options.network)),
      blocking_(loop_, options.blocking_delay),
      env_{loop_, loop_, loop_, random_, network_, files_, processes_, blocking_, log_} {}

}  // namespace tarsier::memory
