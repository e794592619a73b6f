#include "sim/scenarios/scenarios.h"

namespace tarsier::sim {
namespace {

std::vector<FaultKind> all_kinds() {
  std::vector<FaultKind> kinds;
  for (std::size_t i = 0; i < fault_kinds; ++i) kinds.push_back(static_cast<FaultKind>(i));
  return kinds;
}

std::vector<FaultKind> connection_kinds() {
  std::vector<FaultKind> kinds = all_kinds();
  std::erase_if(kinds, [](FaultKind kind) {
    return kind == FaultKind::datagram_loss || kind == FaultKind::datagram_duplicate ||
           kind == FaultKind::datagram_reorder;
  });
  return kinds;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = {
      {"echo", "calls through the real client and server: exactly one right answer in time",
       connection_kinds(), run_echo},
      {"fleet",
       "balancing: traffic follows weights, and leaves servers that are gone or slow",
       {FaultKind::kill, FaultKind::power_off, FaultKind::partition},
       run_fleet},
      {"overload",
       "more calls than a server can run: it stays useful, and tells everybody",
       {},
       run_overload},
      {"streams", "raw connections and datagrams: bytes stay whole and in order", all_kinds(),
       run_streams},
  };
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  for (const Scenario& scenario : scenarios())
    if (scenario.name == name) return &scenario;
  return nullptr;
}

}  // namespace tarsier::sim
