#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "transport/base/log.h"
#include "transport/base/random.h"
#include "transport/base/time.h"
#include "transport/blocking.h"
#include "transport/env.h"
#include "transport/memory/manual_loop.h"
#include "transport/memory/memory_files.h"
#include "transport/memory/memory_network.h"
#include "transport/processes.h"

namespace tarsier::memory {

// Keeps every line.
class LogLines final : public Log {
 public:
  struct Line {
    LogLevel level;
    std::string component;
    std::string message;
  };
  bool enabled(LogLevel level) const override { return level <= level_; }
  void write(LogLevel level, std::string_view component, std::string_view message) override {
    lines_.push_back(Line{level, std::string(component), std::string(message)});
  }
  void set_level(LogLevel level) { level_ = level; }
  const std::vector<Line>& lines() const { return lines_; }
  // How many lines contain `text`.
  std::size_t count(std::string_view text) const;

 private:
  LogLevel level_ = LogLevel::trace;
  std::vector<Line> lines_;
};

// Runs the work on the loop, on a later turn, `delay` after it was started; that of workers too.
class DelayedBlocking final : public Blocking {
 public:
  DelayedBlocking(ManualLoop& loop, Duration delay) : loop_(loop), delay_(delay) {}
  void start(Callback work, Completion<void>& done) override;
  Result<std::unique_ptr<Workers>> make_workers(std::size_t count) override;

 private:
  ManualLoop& loop_;
  const Duration delay_;
};

// Every call answers Code::unsupported.
class NoProcesses final : public Processes {
 public:
  Result<std::unique_ptr<Process>> spawn(const SpawnOptions& options) override;
  Result<std::unique_ptr<Process>> adopt(ProcessId id) override;
};

struct WorldOptions {
  std::uint64_t seed = 1;
  std::int64_t wall_ms_at_start = 1'700'000'000'000;
  Duration blocking_delay{};
  NetworkOptions network;
};

// One machine in memory: a loop with virtual time, loopback network, files, log. For unit tests and
// for programs that talk to themselves; faults and several nodes are the simulator's (sim/world.h).
//
//   memory::World world;
//   Service service(world.env());
//   world.run_until_idle();
//   world.advance(std::chrono::seconds(3));
//
// Destroy what uses env() before the world.
class World {
 public:
  explicit World(WorldOptions options = {});

  Env& env() { return env_; }
  void run_until_idle() { loop_.run_until_idle(); }
  void advance(Duration duration) { loop_.advance(duration); }
  // Runs until done() holds, jumping over idle time, for at most `limit` of virtual time.
  template <class Predicate>
  bool run_until(Predicate&& done, Duration limit = std::chrono::minutes(1)) {
    return loop_.run_until(std::forward<Predicate>(done), limit);
  }

  ManualLoop& loop() { return loop_; }
  MemoryNetwork& network() { return network_; }
  MemoryFiles& files() { return files_; }
  LogLines& log() { return log_; }

 private:
  ManualLoop loop_;
  Random random_;
  MemoryFiles files_;
  MemoryNetwork network_;
  NoProcesses processes_;
  DelayedBlocking blocking_;
  LogLines log_;
  Env env_;
};

}  // namespace tarsier::memory
