#include "sim/nemesis.h"

#include <algorithm>

#include "sim/network.h"

namespace tarsier::sim {

Result<> Nemesis::start(const FaultSchedule& schedule) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < world_.nodes(); ++i) names.push_back(world_.node(i).name());
  for (const Fault& fault : schedule.faults) {
    for (const std::string& name : fault.nodes) {
      if (world_.find_node(name) != nullptr) continue;
      const std::string nearest = nearest_name(name, names);
      return Error(Code::not_found,
                   "'" + fault.to_string() + "': the world has no node '" + name + "'" +
                       (nearest.empty() ? std::string() : "; did you mean '" + nearest + "'?"));
    }
  }
  const std::size_t first = faults_.size();
  for (const Fault& fault : schedule.faults) faults_.push_back(Active{fault});
  for (std::size_t i = first; i < faults_.size(); ++i) {
    faults_[i].event = world_.schedule(world_.now() + faults_[i].fault.at, [this, i] { begin(i); });
  }
  return {};
}

void Nemesis::begin(std::size_t index) {
  Active& active = faults_[index];
  active.event = 0;
  world_.record(nullptr, EventKind::fault, index, static_cast<std::uint64_t>(active.fault.kind));
  const bool hit = apply(active.fault, true);
  if (hit) ++fired_[static_cast<std::size_t>(active.fault.kind)];
  if (!hit || !fault_lasts(active.fault.kind)) {
    active.over = true;
    return;
  }
  active.begun = true;
  active.event =
      world_.schedule(world_.now() + active.fault.duration, [this, index] { end(index); });
}

void Nemesis::end(std::size_t index) {
  Active& active = faults_[index];
  active.event = 0;
  active.over = true;
  world_.record(nullptr, EventKind::heal, index, static_cast<std::uint64_t>(active.fault.kind));
  apply(active.fault, false);
}

void Nemesis::heal() {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    Active& active = faults_[i];
    if (active.over) continue;
    if (active.event != 0) world_.queue().cancel(active.event);
    if (active.begun) {
      end(i);
    } else {
      active.over = true;
    }
  }
}

bool Nemesis::apply(const Fault& fault, bool on) {
  switch (fault_target(fault.kind)) {
    case FaultTarget::nodes: cut_group(fault, on); return true;
    case FaultTarget::node: return apply_to_node(fault, on);
    default: return apply_to_link(fault, on);
  }
}

void Nemesis::cut_group(const Fault& fault, bool on) {
  const auto inside = [&fault](const Node& node) {
    return std::find(fault.nodes.begin(), fault.nodes.end(), node.name()) != fault.nodes.end();
  };
  for (std::size_t i = 0; i < world_.nodes(); ++i) {
    for (std::size_t j = 0; j < world_.nodes(); ++j) {
      const Node& from = world_.node(i);
      const Node& to = world_.node(j);
      if (inside(from) == inside(to)) continue;
      on ? ++world_.network().link(from, to).cuts : --world_.network().link(from, to).cuts;
    }
  }
  if (!on) world_.network().paths_changed();
}

bool Nemesis::apply_to_link(const Fault& fault, bool on) {
  Network& network = world_.network();
  const Node& from = *world_.find_node(fault.nodes[0]);
  const Node& to = *world_.find_node(fault.nodes[1]);
  Link& link = network.link(from, to);
  const auto count = [on](std::uint32_t& counter, std::uint32_t by = 1) {
    on ? counter += by : counter -= by;
  };
  const auto amount = static_cast<std::uint32_t>(fault.amount);
  switch (fault.kind) {
    case FaultKind::reset: return network.reset_connections(from, to) > 0;
    case FaultKind::silence: return network.silence_connections(from, to) > 0;
    case FaultKind::cut: count(link.cuts); break;
    case FaultKind::clog: count(link.clogs); break;
    case FaultKind::slow: {
      const Duration extra = std::chrono::milliseconds(fault.amount);
      on ? link.delay_extra += extra : link.delay_extra -= extra;
      break;
    }
    case FaultKind::tiny_segments: count(link.tiny_segments); break;
    case FaultKind::datagram_loss: count(link.datagram_loss_permille, amount); break;
    case FaultKind::datagram_duplicate: count(link.datagram_duplicate_permille, amount); break;
    default: count(link.datagram_reorder_permille, amount); break;
  }
  if (!on) network.paths_changed();
  return true;
}

bool Nemesis::apply_to_node(const Fault& fault, bool on) {
  Node& node = *world_.find_node(fault.nodes[0]);
  HostFaults& host = world_.network().host_faults(node);
  const auto count = [on](std::uint32_t& counter) { on ? ++counter : --counter; };
  switch (fault.kind) {
    case FaultKind::kill:
    case FaultKind::power_off:
      if (!on) {
        world_.restart(node);
        return true;
      }
      if (node.state() == NodeState::down) return false;
      world_.crash(node,
                   fault.kind == FaultKind::kill ? CrashKind::killed : CrashKind::powered_off);
      return true;
    case FaultKind::pause:
      if (on && node.state() != NodeState::up) return false;
      on ? world_.pause(node) : world_.resume(node);
      return true;
    case FaultKind::refuse: count(host.refuses); break;
    case FaultKind::deaf: count(host.deaf); break;
    case FaultKind::tiny_writes: count(host.tiny_writes); break;
    case FaultKind::tiny_buffers: count(host.tiny_buffers); break;
    default: count(host.no_descriptors); break;
  }
  return true;
}

// ---------------------------------------------------------------------------------- swarm

namespace {

std::vector<std::string> draw_nodes(Random& random, FaultKind kind, const SwarmOptions& options) {
  std::vector<std::string> all = options.servers;
  all.insert(all.end(), options.clients.begin(), options.clients.end());
  if (fault_target(kind) == FaultTarget::node) return {all[random.below(all.size())]};
  if (fault_target(kind) == FaultTarget::nodes) {
    std::vector<std::string> group = {all[random.below(all.size())]};
    for (const std::string& name : all)
      if (name != group[0] && random.one_in(3)) group.push_back(name);
    return group;
  }
  // The two ends of a link that carries something.
  const std::string& server = options.servers[random.below(options.servers.size())];
  const std::string& client = options.clients[random.below(options.clients.size())];
  return random.one_in(2) ? std::vector{server, client} : std::vector{client, server};
}

}  // namespace

FaultSchedule draw_swarm(const Random& random, const SwarmOptions& options) {
  TARSIER_CHECK(!options.servers.empty() && !options.clients.empty(),
                "a swarm needs nodes on both sides");
  std::vector<FaultKind> kinds = options.kinds;
  if (kinds.empty())
    for (std::size_t i = 0; i < fault_kinds; ++i) kinds.push_back(static_cast<FaultKind>(i));
  Random mix = random.fork("kinds");
  std::vector<FaultKind> chosen;
  for (const FaultKind kind : kinds)
    if (mix.one_in(2)) chosen.push_back(kind);
  if (chosen.empty()) chosen.push_back(kinds[mix.below(kinds.size())]);

  // From a quarter of the gap to four times it.
  const Duration gap = options.gap * (1 + static_cast<std::int64_t>(mix.below(16))) / 4;
  FaultSchedule schedule;
  Duration at{};
  for (std::uint64_t number = 0;; ++number) {
    Random draw = random.fork("fault").fork(number);
    at += Delay{.mean = gap}.draw(draw);
    if (at >= options.duration) return schedule;
    Fault fault;
    fault.at = std::chrono::milliseconds(to_ms(at));
    fault.kind = chosen[draw.below(chosen.size())];
    fault.nodes = draw_nodes(draw, fault.kind, options);
    if (fault_has_amount(fault.kind))
      fault.amount = draw.between(20, fault.kind == FaultKind::slow ? 2'000 : 600);
    if (fault_lasts(fault.kind)) {
      const Duration drawn = Delay{.mean = options.fault_mean}.draw(draw);
      fault.duration = std::chrono::milliseconds(
          std::clamp<std::int64_t>(to_ms(drawn), 1, to_ms(options.fault_max)));
    }
    schedule.faults.push_back(std::move(fault));
  }
}

}  // namespace tarsier::sim
