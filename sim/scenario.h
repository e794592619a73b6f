#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/faults.h"
#include "sim/nemesis.h"
#include "sim/trace.h"
#include "sim/world.h"
#include "transport/base/log.h"
#include "transport/base/result.h"
#include "transport/base/time.h"

namespace tarsier::sim {

// One run of a scenario, as plain data: with the same plan the same things happen.
struct RunPlan {
  std::uint64_t seed = 1;
  std::optional<FaultSchedule> faults;  // none: drawn from the seed
  // The events kept for reading: number keep_after + 1 … keep_until.
  std::uint64_t keep_after = 0;
  std::uint64_t keep_until = 0;
  LogLevel log_level = LogLevel::none;
  std::function<void(std::string_view line)> log_line;
};

// What came of it.
struct RunReport {
  std::uint64_t seed = 0;
  FaultSchedule faults;  // the ones used
  FaultCounts fired{};
  std::uint64_t hash = 0;
  std::uint64_t events = 0;
  std::vector<Checkpoint> checkpoints;
  std::vector<TraceEvent> kept;
  Duration simulated{};
  // What the scenario counted, in its order: ("calls", 1200), ("timed out", 7), …
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  // Sentences of the oracles that fired; empty: the run is good.
  std::vector<std::string> violations;

  bool passed() const { return violations.empty(); }
  std::uint64_t count(std::string_view name) const;
};

struct Scenario {
  std::string_view name;
  std::string_view description;
  std::vector<FaultKind> kinds;  // that a swarm draws from; each must fire over the seeds
  RunReport (*run)(const RunPlan& plan);
};

// Runs the plan twice. Nothing, or which event was the first to differ: then something in the code
// under test depends on more than its Env (an address, an unordered container, a global, …).
std::optional<std::string> find_divergence(const Scenario& scenario, const RunPlan& plan,
                                           RunReport& report);

// The text of a run that can be replayed:
//   tarsier-sim 1
//   scenario echo
//   seed 42
//   faults
//   1.5s cut client1->server1 for 2s
// Without the line "faults" the schedule is drawn from the seed.
struct SimFile {
  std::string scenario;
  std::uint64_t seed = 0;
  std::optional<FaultSchedule> faults;

  std::string to_string() const;
};
Result<SimFile> parse_sim_file(std::string_view text);

// Collects what oracles find; at most a few sentences, the first ones, with the time of each.
class Verdict {
 public:
  explicit Verdict(const World& world) : world_(world) {}
  void fail(std::string sentence);
  void expect(bool holds, std::string_view sentence) {
    if (!holds) fail(std::string(sentence));
  }
  std::vector<std::string> take() { return std::move(violations_); }

 private:
  static constexpr std::size_t violations_max = 10;
  const World& world_;
  std::vector<std::string> violations_;
};

// The world, the faults and the accounts that every scenario has: set up nodes, start_faults(),
// run, settle, finish().
class Stage {
 public:
  Stage(const RunPlan& plan, WorldOptions options);

  World& world() { return world_; }
  Verdict& verdict() { return verdict_; }
  const RunPlan& plan() const { return plan_; }
  // The plan's schedule, or one drawn from the seed.
  void start_faults(const SwarmOptions& swarm);
  void heal() { nemesis_.heal(); }
  // After everything was stopped: nothing may be left to happen or be held by any node.
  void expect_settled(Duration limit);
  RunReport finish(std::vector<std::pair<std::string, std::uint64_t>> counts);

 private:
  const RunPlan plan_;
  World world_;
  Verdict verdict_;
  Nemesis nemesis_;
  FaultSchedule schedule_;
};

}  // namespace tarsier::sim
