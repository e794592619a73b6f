#pragma once

#include <string_view>
#include <vector>

#include "sim/scenario.h"

namespace tarsier::sim {

// Raw connections and datagrams under every fault the network knows: the simulator's own test.
RunReport run_streams(const RunPlan& plan);

// Remote calls through the real client and server.
RunReport run_echo(const RunPlan& plan);

// A client that balances, and servers that crash, become slow and change their weights.
RunReport run_fleet(const RunPlan& plan);

// Ten times the load that a server with handler threads bears, or a burst and retries.
RunReport run_overload(const RunPlan& plan);

// All that come with Tarsier.
const std::vector<Scenario>& scenarios();
// Null if there is none of this name.
const Scenario* find_scenario(std::string_view name);

}  // namespace tarsier::sim
