#include "client/balance/endpoint_picker.h"

#include <algorithm>
#include <utility>

#include "client/balance/mod_hash.h"
#include "client/balance/weighted_order.h"
#include "transport/base/limits.h"

namespace tarsier::balance {
namespace {

constexpr std::int32_t weight_unset = -1;  // of an endpoint, spec §4.3
constexpr std::int32_t weight_default = 100;

std::int32_t weight_of(const Endpoint& endpoint) {
  return endpoint.weight == weight_unset ? weight_default : endpoint.weight;
}

}  // namespace

EndpointPicker::EndpointPicker(const PickerOptions& options)
    : options_(options), loads_(options.latency), choices_(options.slow_start) {}

EndpointPicker::Record* EndpointPicker::record_of(EndpointId id) {
  if (id.slot >= records_.size()) return nullptr;
  Record& record = records_[id.slot];
  return record.listed && record.generation == id.generation ? &record : nullptr;
}

// ---- the list -----------------------------------------------------------------------------------

Slot EndpointPicker::make_slot() {
  if (free_.empty()) {
    records_.emplace_back();
    return static_cast<Slot>(records_.size() - 1);
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

// New, or back: nothing that was known of it counts any more, and it starts slowly.
void EndpointPicker::begin_anew(Slot slot, TimePoint now) {
  Record& record = records_[slot];
  record.breaker = Breaker();
  record.breaker.since = now;
  record.slow_since = now;
  loads_.add(slot, now);
  changed_ = true;
}

void EndpointPicker::list(const std::string& identity, const Endpoint& endpoint, bool active,
                          TimePoint now) {
  const auto [entry, is_new] = slots_.try_emplace(identity, no_slot);
  if (is_new) {
    entry->second = make_slot();
    Record& made = records_[entry->second];
    made.listed = true;
    made.host = endpoint.host;
    begin_anew(entry->second, now);
  }
  Record& record = records_[entry->second];
  record.active = active;
  record.weight = weight_of(endpoint);
}

// Weights count if the registry says so of all that are active, or if the policy insists; and if
// there are any (spec §6.4).
void EndpointPicker::settle_weights(std::span<const Endpoint> active, TimePoint now) {
  const auto is_static = [](const Endpoint& endpoint) { return endpoint.weight_type == 1; };
  const auto has_weight = [](const Endpoint& endpoint) { return weight_of(endpoint) > 0; };
  weighted_ = (options_.policy == Policy::static_weight ||
               std::all_of(active.begin(), active.end(), is_static)) &&
              std::any_of(active.begin(), active.end(), has_weight);
  in_service_.clear();
  for (const Slot slot : order_) {
    Record& record = records_[slot];
    const bool was_in_service =
        std::exchange(record.in_service, record.active && (!weighted_ || record.weight > 0));
    if (!record.in_service) continue;
    in_service_.push_back(slot);
    // The registry says that it lives, whatever was known when it did not.
    if (was_in_service) continue;
    record.reach = Reach();
    record.reach.since = now;
    begin_anew(slot, now);
  }
}

Result<> EndpointPicker::set_endpoints(std::span<const Endpoint> active,
                                       std::span<const Endpoint> inactive, TimePoint now) {
  if (active.size() + inactive.size() > limits::endpoints_max) {
    return Error(Code::limit, std::to_string(active.size() + inactive.size()) +
                                  " endpoints are listed for one object, and at most " +
                                  std::to_string(limits::endpoints_max) +
                                  " are taken: give the servant fewer, or several names");
  }
  std::map<std::string, std::pair<const Endpoint*, bool>> wanted;
  for (const Endpoint& endpoint : active) wanted.try_emplace(endpoint.identity(), &endpoint, true);
  for (const Endpoint& endpoint : inactive)
    wanted.try_emplace(endpoint.identity(), &endpoint, false);

  std::erase_if(slots_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    const std::uint32_t generation = records_[entry.second].generation + 1;
    records_[entry.second] = Record();
    records_[entry.second].generation = generation;
    loads_.remove(entry.second);
    free_.push_back(entry.second);
    return true;
  });
  const bool is_first = slots_.empty();
  for (const auto& [identity, listed] : wanted) list(identity, *listed.first, listed.second, now);
  order_.clear();
  for (const auto& [identity, slot] : slots_) order_.push_back(slot);
  settle_weights(active, now);
  // Where all are new, nobody can take the load meanwhile.
  if (is_first)
    for (const Slot slot : order_) records_[slot].slow_since = TimePoint::min();

  subset_.clear();
  if (options_.policy == Policy::p2c && in_service_.size() > options_.subset.above) {
    std::vector<std::string_view> names;
    for (const auto& [identity, slot] : slots_)
      if (records_[slot].in_service) names.push_back(identity);
    for (const std::uint32_t place : subset(options_.subset, names))
      subset_.push_back(in_service_[place]);
  }
  ++list_version_;
  changed_ = true;
  return {};
}

std::vector<Slot> EndpointPicker::by_weight(std::span<const Slot> slots) const {
  std::vector<std::int32_t> weights;
  for (const Slot slot : slots) weights.push_back(records_[slot].weight);
  std::vector<Slot> order = weighted_order(weights);
  for (Slot& place : order) place = slots[place];
  return order;
}

// ---- what is heard of them ----------------------------------------------------------------------

void EndpointPicker::tell(Slot slot, const BreakerEvent& event) {
  Record& record = records_[slot];
  const Breaker::State before = record.breaker.state;
  const bool wanted_probe = record.breaker.wants_probe(options_.breaker);
  step(options_.breaker, record.breaker, event);
  const Breaker::State after = record.breaker.state;
  if (before != after || wanted_probe != record.breaker.wants_probe(options_.breaker))
    changed_ = true;
  if (before == after) return;
  // What it was like before it fell ill says nothing about what it is like now.
  if (before == Breaker::State::open) loads_.add(slot, event.now);
  if (after == Breaker::State::closed) record.slow_since = event.now;
}

void EndpointPicker::tell(Slot slot, const ReachEvent& event) {
  Record& record = records_[slot];
  const bool before = record.reach.down;
  step(options_.reach, record.reach, event);
  if (before == record.reach.down) return;
  changed_ = true;
  if (before) begin_anew(slot, event.now);
}

void EndpointPicker::started(EndpointId id, TimePoint now) {
  if (record_of(id) == nullptr) return;
  loads_.started(id.slot);
  tell(id.slot, BreakerEvent{BreakerEvent::Kind::started, now, now});
}

void EndpointPicker::finished(EndpointId id, const CallEnd& end) {
  if (record_of(id) == nullptr) return;
  const Duration latency = end.now - end.began;
  BreakerEvent event{BreakerEvent::Kind::dropped, end.now, end.began, end.random};
  if (!is_verdict(end.outcome)) {
    loads_.dropped(id.slot);
  } else if (is_failure(end.outcome)) {
    event.kind = BreakerEvent::Kind::failed;
    loads_.failed(id.slot, latency, end.now);
  } else {
    event.kind = BreakerEvent::Kind::good;
    loads_.answered(id.slot, latency, end.now);
    tell(id.slot, ReachEvent{ReachEvent::Kind::answered, end.now, end.began});
  }
  tell(id.slot, event);
  if (end.outcome == Outcome::refused) connect_failed(id, end.began, end.now, end.random);
}

void EndpointPicker::connected(EndpointId id, TimePoint now) {
  if (record_of(id) == nullptr) return;
  tell(id.slot, ReachEvent{ReachEvent::Kind::connected, now, now});
}

void EndpointPicker::connect_failed(EndpointId id, TimePoint began, TimePoint now,
                                    std::uint64_t random) {
  if (record_of(id) == nullptr) return;
  tell(id.slot, ReachEvent{ReachEvent::Kind::failed, now, began, random});
}

void EndpointPicker::leave(EndpointId id, Duration wait, TimePoint now, std::uint64_t random) {
  if (record_of(id) == nullptr) return;
  ReachEvent event{ReachEvent::Kind::left, now, now, random};
  event.wait = wait;
  tell(id.slot, event);
}

std::optional<EndpointId> EndpointPicker::reconnect_due(TimePoint now) {
  for (const Slot slot : in_service_) {
    if (!records_[slot].reach.down || now < records_[slot].reach.retry_at) continue;
    tell(slot, ReachEvent{ReachEvent::Kind::trying, now, now});
    return id_of(slot);
  }
  return std::nullopt;
}

TimePoint EndpointPicker::next_reconnect() const {
  TimePoint next = no_deadline;
  for (const Slot slot : in_service_)
    if (records_[slot].reach.down) next = std::min(next, records_[slot].reach.retry_at);
  return next;
}

// ---- who may be picked --------------------------------------------------------------------------

Fleet::Member EndpointPicker::member_of(Slot slot) const {
  const Record& record = records_[slot];
  Fleet::Member member;
  member.slot = slot;
  member.opened_at = record.breaker.opened_at;
  if (record.reach.down) {
    member.health = Health::unreachable;
  } else if (!record.in_service) {
    member.health = Health::out_of_service;
  } else if (record.breaker.state == Breaker::State::closed) {
    member.health = Health::healthy;
  } else {
    member.health =
        record.breaker.wants_probe(options_.breaker) ? Health::wants_probe : Health::ejected;
  }
  return member;
}

void EndpointPicker::refresh(TimePoint now) {
  next_change_ = no_deadline;
  members_.clear();
  for (const Slot slot : order_) {
    tell(slot, BreakerEvent{BreakerEvent::Kind::time, now, now});
    next_change_ = std::min(next_change_, records_[slot].breaker.retry_at);
    members_.push_back(member_of(slot));
  }
  all_.rebuild(options_.fleet, members_, records_.size());
  members_.clear();
  for (const Slot slot : subset_) members_.push_back(member_of(slot));
  part_.rebuild(options_.fleet, members_, records_.size());
  ++version_;
  changed_ = false;
}

EndpointPicker::Status EndpointPicker::status(EndpointId id, TimePoint now) {
  Status status;
  const Record* const record = record_of(id);
  if (record == nullptr) return status;
  if (changed_ || now >= next_change_) refresh(now);
  status.in_service = record->in_service;
  status.down = record->reach.down;
  status.breaker = record->breaker.state;
  status.usable = options_.policy == Policy::p2c ? fleet_of_two_choices().usable()[id.slot] != 0
                                                 : all_.usable()[id.slot] != 0;
  status.in_flight = loads_.in_flight(id.slot);
  status.latency = loads_.latency(id.slot, now);
  return status;
}

bool EndpointPicker::panic(TimePoint now) {
  if (changed_ || now >= next_change_) refresh(now);
  return fleet_of_two_choices().panic();
}

std::optional<EndpointId> EndpointPicker::find(std::string_view identity) const {
  const auto found = slots_.find(identity);
  if (found == slots_.end()) return std::nullopt;
  return id_of(found->second);
}

// ---- picking ------------------------------------------------------------------------------------

std::optional<EndpointId> EndpointPicker::pick(const CallInfo& call) {
  if (changed_ || call.now >= next_change_) [[unlikely]]
    refresh(call.now);
  Slot slot = no_slot;
  if (call.hash) {
    const bool consistent =
        call.kind == HashKind::consistent ||
        (call.kind == HashKind::of_policy && options_.policy == Policy::consistent_hash);
    slot = consistent ? on_the_ring(*call.hash) : by_remainder(*call.hash);
  } else {
    slot = options_.policy == Policy::p2c ? cheaper_of_two(call) : in_turn();
  }
  if (slot == no_slot) return std::nullopt;
  if (slot == call.avoid.slot && id_of(slot) == call.avoid) [[unlikely]]
    slot = another(slot, call.hash.value_or(call.random));
  return id_of(slot);
}

Slot EndpointPicker::in_turn() {
  if (rotation_version_ != version_) {
    rotation_version_ = version_;
    const auto usable = [&](Slot slot) { return all_.usable()[slot] != 0; };
    if (std::none_of(in_service_.begin(), in_service_.end(), usable)) {
      rotation_.rebuild(all_.slots(), all_.usable());
      rotation_list_version_ = 0;
    } else if (rotation_list_version_ != list_version_) {
      rotation_.rebuild(weighted_ ? by_weight(in_service_) : in_service_, all_.usable());
      rotation_list_version_ = list_version_;
    } else {
      rotation_.set_usable(all_.usable());
    }
  }
  return rotation_.next();
}

const Fleet& EndpointPicker::fleet_of_two_choices() const {
  return subset_.empty() || part_.reachable() == 0 ? all_ : part_;
}

Slot EndpointPicker::cheaper_of_two(const CallInfo& call) {
  if (choices_version_ != version_) {
    choices_version_ = version_;
    std::vector<TwoChoices::Candidate> candidates;
    for (const Slot slot : fleet_of_two_choices().slots()) {
      const Record& record = records_[slot];
      candidates.push_back({slot, weighted_ ? std::max(1, record.weight) : 1,
                            record.breaker.wants_probe(options_.breaker), record.slow_since});
    }
    choices_.rebuild(candidates);
  }
  return choices_.pick(loads_, call.now, call.random);
}

// Inactive endpoints count where hashes are at home (spec §6.5).
Slot EndpointPicker::by_remainder(std::uint64_t hash) {
  if (home_version_ != list_version_) {
    home_version_ = list_version_;
    home_ = weighted_ ? by_weight(order_) : order_;
  }
  return mod_hash(hash, home_, in_service_, all_.usable(), all_.slots());
}

Slot EndpointPicker::on_the_ring(std::uint64_t hash) {
  if (ring_version_ != version_) {
    std::vector<KeyRing::Host> hosts;
    std::map<std::string_view, std::size_t> places;
    host_slots_.clear();
    for (const Slot slot : in_service_) {
      const Record& record = records_[slot];
      const auto [place, is_new] = places.try_emplace(record.host, hosts.size());
      if (is_new) {
        const std::uint32_t groups =
            weighted_ ? KeyRing::groups_of_weight(record.weight) : KeyRing::groups_normal;
        hosts.push_back({record.host, groups});
        host_slots_.push_back(no_slot);
      }
      Slot& first = host_slots_[place->second];
      if (first == no_slot && all_.usable()[slot] != 0) first = slot;
    }
    if (ring_list_version_ != list_version_) ring_.rebuild(hosts);
    SlotFlags usable;
    for (const Slot slot : host_slots_) usable.push_back(slot != no_slot);
    ring_.set_usable(usable);
    ring_list_version_ = list_version_;
    ring_version_ = version_;
  }
  const std::uint32_t host = ring_.find(hash);
  if (host != KeyRing::no_host) return host_slots_[host];
  // Nobody in service can be reached.
  return all_.slots().empty() ? no_slot : all_.slots()[hash % all_.slots().size()];
}

Slot EndpointPicker::another(Slot avoid, std::uint64_t seed) const {
  const Fleet& fleet = options_.policy == Policy::p2c ? fleet_of_two_choices() : all_;
  const std::vector<Slot>& slots = fleet.slots();
  if (slots.empty()) return avoid;
  const std::size_t place = seed % slots.size();
  if (slots[place] != avoid) return slots[place];
  return slots[place + 1 < slots.size() ? place + 1 : 0];
}

}  // namespace tarsier::balance
