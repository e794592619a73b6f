#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/faults.h"
#include "sim/world.h"
#include "transport/base/random.h"
#include "transport/base/result.h"

namespace tarsier::sim {

// Makes a schedule of faults happen to a world.
class Nemesis {
 public:
  explicit Nemesis(World& world) : world_(world) {}
  Nemesis(const Nemesis&) = delete;
  Nemesis& operator=(const Nemesis&) = delete;

  // Everything in the schedule happens from now on, at its time. Once. not_found: a node of the
  // schedule is not in the world (the text names the nearest). The world must run no longer than
  // this object lives, or heal() comes first.
  Result<> start(const FaultSchedule& schedule);
  // Ends every fault that lasts, lets no further one begin, and brings all nodes up.
  void heal();

  // What had an effect so far: a reset that found no connection did not.
  const FaultCounts& fired() const { return fired_; }

 private:
  struct Active {
    Fault fault;
    EventQueue::Id event = 0;  // its begin, later its end
    bool begun = false;
    bool over = false;
  };
  void begin(std::size_t index);
  void end(std::size_t index);
  bool apply(const Fault& fault, bool on);
  bool apply_to_link(const Fault& fault, bool on);
  bool apply_to_node(const Fault& fault, bool on);
  void cut_group(const Fault& fault, bool on);

  World& world_;
  std::vector<Active> faults_;
  FaultCounts fired_{};
};

// What a swarm may draw from.
struct SwarmOptions {
  Duration duration = std::chrono::seconds(60);
  // The mean time between two faults; each seed draws its own around it.
  Duration gap = std::chrono::seconds(3);
  Duration fault_mean = std::chrono::seconds(2);
  Duration fault_max = std::chrono::seconds(15);
  std::vector<FaultKind> kinds;  // empty: all
  // Links and pairs are drawn between a server and a client; nodes from both.
  std::vector<std::string> servers;
  std::vector<std::string> clients;
};

// A schedule from a seed. Every seed leaves out about half of the kinds: what always happens
// together hides what happens alone (swarm testing, Groce et al. 2012).
FaultSchedule draw_swarm(const Random& random, const SwarmOptions& options);

}  // namespace tarsier::sim
