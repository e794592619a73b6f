// Every shipped scenario, over a few seeds, each run twice: no oracle fires, both runs are the same
// to the last byte, and every kind of fault was there.

#include "sim/scenarios/scenarios.h"

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
