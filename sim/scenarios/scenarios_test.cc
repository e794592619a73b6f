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

INSTANTIATE_TEST_SUITE_P(Shipped, ScenarioTest, testing::Range<std::size_t>(0, scenarios().size()),
                         [](const auto& param) {
                           return std::string(scenarios()[param.param].name);
                         });

}  // namespace
}  // namespace tarsier::sim
