// Every shipped scenario, over a few seeds, each run twice: no oracle fires, both runs are the same
// to the last byte, and every kind of fault was there.

#include "sim/scenarios/scenarios.h"

#include <fstream>
#include <sstream>
#include <string>

namespace tarsier::sim {
namespace {

class ScenarioTest : public testing::TestWithParam<std::size_t> {};

TEST_P(ScenarioTest, HoldsOverItsSeeds) {
  const Scenario& scenario = scenarios()[GetParam()];
  constexpr std::uint64_t seeds = 25;
  FaultCounts fired{};
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    RunPlan plan;
    plan.seed = seed;
    RunReport report;
    const auto divergence = find_divergence(scenario, plan, report);
    EXPECT_FALSE(divergence.has_value()) << *divergence;
    for (const std::string& violation : report.violations) {
      ADD_FAILURE() << violation << "\nreplay: tarsier-sim repro --scenario " << scenario.name
                    << " " << seed;
    }
    for (std::size_t i = 0; i < fault_kinds; ++i) fired[i] += report.fired[i];
    if (HasFailure()) break;
  }
  for (const FaultKind kind : scenario.kinds) {
    EXPECT_GT(fired[static_cast<std::size_t>(kind)], 0u)
        << fault_name(kind) << " never fired in " << seeds << " seeds";
  }
}

// Connections and datagrams keep their promises under each kind of fault alone.
class KindTest : public testing::TestWithParam<std::size_t> {};

TEST_P(KindTest, StreamsHold) {
  const auto kind = static_cast<FaultKind>(GetParam());
  std::uint64_t fired = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SwarmOptions swarm;
    swarm.duration = std::chrono::seconds(25);
    swarm.gap = std::chrono::milliseconds(300);
    swarm.kinds = {kind};
    swarm.servers = {"server1"};
    swarm.clients = {"client1"};
    RunPlan plan;
    plan.seed = seed;
    plan.faults = draw_swarm(Random(seed), swarm);
    const RunReport report = run_streams(plan);
    EXPECT_THAT(report.violations, testing::IsEmpty()) << "seed " << seed;
    fired += report.fired[GetParam()];
  }
  EXPECT_GT(fired, 0u);
}

INSTANTIATE_TEST_SUITE_P(Each, KindTest, testing::Range<std::size_t>(0, fault_kinds),
                         [](const auto& param) {
                           return std::string(fault_name(static_cast<FaultKind>(param.param)));
                         });

// The same numbers with every compiler, library and build type. When a run changes on purpose:
//   build/release/sim/tarsier-sim hashes > sim/scenarios/hashes.txt
TEST(Determinism, RunsAreTheSameOnEveryCompiler) {
  std::ifstream pinned(TARSIER_PINNED_HASHES);
  std::string line;
  int lines = 0;
  while (std::getline(pinned, line)) {
    std::istringstream words(line);
    std::string name;
    RunPlan plan;
    std::uint64_t hash = 0;
    words >> name >> plan.seed >> std::hex >> hash;
    const Scenario* scenario = find_scenario(name);
    ASSERT_NE(scenario, nullptr) << line;
    EXPECT_EQ(scenario->run(plan).hash, hash)
        << name << " seed " << plan.seed
        << " ran otherwise than when sim/scenarios/hashes.txt was written. If the change was meant "
           "(timing or bytes of anything a scenario runs), write the file again: tarsier-sim "
           "hashes > sim/scenarios/hashes.txt. If only one compiler disagrees, it is a bug.";
    ++lines;
  }
  EXPECT_GE(lines, 6);
}

// The kernel would notice only after a quarter of an hour; the client must not wait for it.
TEST(Echo, ASilentlyDeadConnectionIsReplaced) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    RunPlan plan;
    plan.seed = seed;
    plan.faults = parse_fault_schedule("20s silence client1--server1\n").value();
    const RunReport report = run_echo(plan);
    EXPECT_THAT(report.violations, testing::IsEmpty()) << "seed " << seed;
    EXPECT_EQ(report.fired[static_cast<std::size_t>(FaultKind::silence)], 1u);
    EXPECT_GT(report.count("replied"), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, ScenarioTest, testing::Range<std::size_t>(0, scenarios().size()),
                         [](const auto& param) {
                           return std::string(scenarios()[param.param].name);
                         });

}  // namespace
}  // namespace tarsier::sim
