#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/event_queue.h"
#include "transport/base/log.h"
#include "transport/base/random.h"
#include "transport/blocking.h"
#include "transport/clock.h"
#include "transport/env.h"
#include "transport/executor.h"
#include "transport/memory/memory_files.h"
#include "transport/processes.h"
#include "transport/timers.h"

namespace tarsier::sim {

class Life;
class Node;
class SimTransport;
class World;

// What runs on a node: made when it boots, destroyed when it crashes or the world ends. The
// destructor runs after the Env went dead: nothing it does leaves the node.
class Program {
 public:
  virtual ~Program() = default;
};
using Boot = std::function<std::unique_ptr<Program>(Env& env)>;

namespace detail {

class SimExecutor final : public Executor {
 public:
  explicit SimExecutor(Life& life) : life_(life) {}
  void post(Callback callback) override;
  void at_turn_end(Callback callback) override;
  void post_from_any_thread(Callback callback) override { post(std::move(callback)); }
  bool in_loop() const override { return true; }

 private:
  Life& life_;
};

class SimClock final : public Clock {
 public:
  explicit SimClock(const Life& life) : life_(life) {}
  TimePoint now() const override;
  std::int64_t wall_ms() const override;

 private:
  const Life& life_;
};

class SimTimers final : public Timers {
 public:
  explicit SimTimers(Life& life) : life_(life) {}
  Id call_at(TimePoint when, Callback callback) override;
  bool cancel(Id id) override;

 private:
  Life& life_;
};

class SimLog final : public Log {
 public:
  explicit SimLog(const Life& life) : life_(life) {}
  bool enabled(LogLevel level) const override;
  void write(LogLevel level, std::string_view component, std::string_view message) override;

 private:
  const Life& life_;
};

// A pool of a few threads whose work takes drawn time; the work itself runs when that time is over.
class SimBlocking final : public Blocking {
 public:
  explicit SimBlocking(Life& life);
  void start(Callback work, Completion<void>& done) override;
  // Each piece of their work takes WorldOptions::work.
  Result<std::unique_ptr<Workers>> make_workers(std::size_t count) override;
  std::size_t pending() const { return jobs_.size(); }
  void die(std::vector<Callback>& graveyard);

 private:
  struct Job {
    Callback work;
    Completion<void>* done;
  };
  Job take(std::uint64_t job);
  void finish(std::uint64_t job);

  Life& life_;
  Random random_;
  std::vector<TimePoint> thread_free_at_;
  std::vector<std::pair<std::uint64_t, Job>> jobs_;
  std::uint64_t next_job_ = 1;
  std::uint64_t next_workers_ = 1;
};

class NoProcesses final : public Processes {
 public:
  Result<std::unique_ptr<Process>> spawn(const SpawnOptions& options) override;
  Result<std::unique_ptr<Process>> adopt(ProcessId id) override;
};

}  // namespace detail

// One life of a node, from boot to crash: its Env, and the callbacks that wait for their turn. A
// dead life stays as an empty shell until the world ends, so that whoever still holds its Env
// holds something: calls are accepted and have no effect.
class Life final {
 public:
  Life(World& world, Node& node, std::uint32_t number);
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;
  ~Life();

  Env& env() { return env_; }
  World& world() const { return world_; }
  Node& node() const { return node_; }
  std::uint32_t number() const { return number_; }
  bool alive() const { return alive_; }
  const Random& random_root() const { return random_; }

  // The callback runs in one of the next turns.
  void make_ready(Callback callback);
  void at_turn_end(Callback callback);
  // Runs what is ready now; what becomes ready meanwhile has a turn of its own. Returns how many
  // callbacks ran.
  std::size_t run_turn();
  bool has_work() const { return !ready_.empty() || !turn_end_.empty(); }

  // The monotonic clock of the node, and back. Equal to the world's today; rates come here.
  TimePoint now() const;
  TimePoint to_world(TimePoint node_time) const { return node_time; }

  // No effect leaves from now on. Callbacks that will never run are moved to `graveyard`.
  void die(std::vector<Callback>& graveyard);

  detail::SimBlocking& blocking() { return blocking_; }
  const detail::SimBlocking& blocking() const { return blocking_; }

 private:
  World& world_;
  Node& node_;
  const std::uint32_t number_;
  bool alive_ = true;
  Random random_;
  std::vector<Callback> ready_;
  std::vector<Callback> running_;
  std::vector<Callback> turn_end_;
  std::vector<Callback> ending_;

  detail::SimExecutor executor_;
  detail::SimClock clock_;
  detail::SimTimers timers_;
  detail::SimLog log_;
  detail::SimBlocking blocking_;
  detail::NoProcesses processes_;
  Random env_random_;
  std::unique_ptr<SimTransport> transport_;
  Env env_;
};

// How a node dies. killed: its process ends, its kernel closes the sockets. powered_off: the
// machine falls silent; peers learn nothing until they get no answer.
enum class CrashKind : std::uint8_t { killed, powered_off };

enum class NodeState : std::uint8_t { up, paused, down };

// A machine with a name and an address; it has one life at a time.
class Node final {
 public:
  Node(World& world, std::uint32_t index, std::string name);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }  // "10.0.0.1"
  std::uint32_t index() const { return index_; }
  NodeState state() const { return state_; }
  // How the node is switched off matters to its peers: a dead process has a kernel that closes its
  // sockets, a dead machine answers nothing.
  bool powered() const { return powered_; }
  // When it last went on after a pause; what was due meanwhile happened then.
  TimePoint resumed_at() const { return resumed_at_; }
  Env& env() { return life_->env(); }
  Life& life() { return *life_; }
  const Life& life() const { return *life_; }
  memory::MemoryFiles& files() { return files_; }  // outlive crashes
  std::size_t descriptors_in_use() const { return descriptors_in_use_; }

  // Starts `boot` now and after every restart. Once per node.
  void run(Boot boot);
  // The program that runs, to look at from a test; null while the node is down.
  Program* program() { return program_.get(); }

 private:
  friend class World;
  friend class Network;

  class FileClock final : public Clock {
   public:
    explicit FileClock(const World& world) : world_(world) {}
    TimePoint now() const override;
    std::int64_t wall_ms() const override;

   private:
    const World& world_;
  };

  World& world_;
  const std::uint32_t index_;
  const std::string name_;
  const std::string address_;
  FileClock file_clock_;
  memory::MemoryFiles files_;
  NodeState state_ = NodeState::up;
  bool powered_ = true;
  TimePoint resumed_at_{};
  bool runnable_ = false;  // stands in the world's queue of nodes with work
  std::size_t descriptors_in_use_ = 0;
  std::size_t descriptors_max_;
  std::uint32_t lives_ = 1;
  std::unique_ptr<Life> life_;
  std::vector<std::unique_ptr<Life>> past_lives_;
  Boot boot_;
  std::unique_ptr<Program> program_;
};

}  // namespace tarsier::sim
