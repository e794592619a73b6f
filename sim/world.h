#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/event_queue.h"
#include "sim/node.h"
#include "sim/options.h"
#include "sim/trace.h"
#include "transport/base/function.h"
#include "transport/base/random.h"
#include "transport/base/time.h"

namespace tarsier::sim {

class Network;

// What a node or the world still holds; all zero when everything ended in order.
struct Leaks {
  std::size_t connections = 0;
  std::size_t listeners = 0;
  std::size_t datagram_sockets = 0;
  std::size_t connects = 0;
  std::size_t timers = 0;
  std::size_t blocking = 0;
  bool operator==(const Leaks&) const = default;
  bool none() const { return *this == Leaks(); }
  std::string to_string() const;
};

// A deterministic world: nodes with an Env each, a network between them, and virtual time that
// jumps from event to event. The same seed, options and calls give the same run, to the last byte.
//
// Everything random is drawn from a stream named by what draws ("delay of the 3rd connection from
// a to b, direction 0, byte 512"), so that leaving one fault away leaves everything else alone.
//
// One thread. Calls on World and Node come from outside (a test, a scenario) or from world events
// (at()); code that runs on a node sees only its Env.
class World {
 public:
  explicit World(std::uint64_t seed, WorldOptions options = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  std::uint64_t seed() const { return seed_; }
  TimePoint now() const { return now_; }
  const WorldOptions& options() const { return options_; }
  // A stream of its own for each label.
  Random random(std::string_view label) const { return random_.fork(label); }

  Node& add_node(std::string name);
  std::size_t nodes() const { return nodes_.size(); }
  Node& node(std::size_t index) { return *nodes_[index]; }
  Node* find_node(std::string_view name);

  // Runs `callback` in the world (on no node) at a time.
  void at(TimePoint when, Callback callback) { schedule(when, std::move(callback)); }
  void after(Duration delay, Callback callback) { at(now_ + delay, std::move(callback)); }

  // Runs everything due until now + d, and ends at exactly that time.
  void run_for(Duration d);
  // Runs until `done` (asked after every turn and event) or the limit; the value of `done`.
  bool run_until(UniqueFunction<bool()> done, Duration limit);
  // Runs until nothing is ready and nothing is scheduled within `limit`; false: still busy at the
  // limit. When it returns true and somebody waits, waiting() tells who would wait for ever.
  bool run_until_idle(Duration limit = std::chrono::hours(1));

  // A crash destroys the program of the node and silences its Env. It takes effect at once, or,
  // when called from code that runs on a node, at the end of that turn.
  void crash(Node& node, CrashKind kind = CrashKind::killed);
  void restart(Node& node);
  // A paused node runs nothing; its kernel goes on receiving.
  void pause(Node& node);
  void resume(Node& node);

  Network& network() { return *network_; }
  Trace& trace() { return trace_; }
  const Trace& trace() const { return trace_; }
  std::uint64_t hash() const { return trace_.hash(); }

  Leaks leaks(const Node& node) const;
  Leaks leaks() const;  // of all nodes together
  // One line for everybody who waits for something: "client: bytes from 10.0.0.1:80 (stream 3)".
  std::string waiting() const;

  // For the parts of the simulator.
  EventQueue::Id schedule(TimePoint when, Callback callback) {
    return queue_.push(when < now_ ? now_ : when, nullptr, std::move(callback));
  }
  EventQueue& queue() { return queue_; }
  void mark_runnable(Node& node);
  void boot(Node& node);
  void record(const Node* node, EventKind kind, std::uint64_t stream, std::uint64_t payload) {
    trace_.record(now_, node == nullptr ? no_node : node->index(), kind, stream, payload);
  }

 private:
  bool step(TimePoint limit);
  void dispatch_due();
  void count_step();
  void end_life(Node& node, CrashKind kind);

  const std::uint64_t seed_;
  const WorldOptions options_;
  const Random random_;
  Trace trace_;
  TimePoint now_{};
  std::uint64_t steps_in_instant_ = 0;
  const Node* running_ = nullptr;
  std::vector<std::pair<Node*, CrashKind>> crashes_;  // asked for by what runs
  EventQueue queue_;
  std::unique_ptr<Network> network_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Node*> runnable_;
  std::size_t runnable_head_ = 0;
};

}  // namespace tarsier::sim
