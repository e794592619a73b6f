#include <rapidcheck/state.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "client/balance/endpoint_picker.h"
#include "transport/base/random.h"

// A picker under any sequence of what can happen to it, against what must always be true: the rules
// of fleet.h counted anew from the picker's word on each endpoint, and that word against a model of
// the plainest kind.
namespace tarsier::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int pool = 12;  // endpoints that may be listed

// What a client knows without statistics.
struct Model {
  TimePoint now = TimePoint(seconds(5'000));
  std::map<int, bool> listed;  // active?
  std::map<int, std::int32_t> weights;
  bool weighted = false;
  std::map<int, int> in_flight;
  std::set<int> down;
};

struct OpenCall {
  EndpointId id;
  int place;
  TimePoint began;
};

struct Sut {
  explicit Sut(const PickerOptions& options) : picker(options), policy(options.policy) {}
  EndpointPicker picker;
  Policy policy;
  Random random{5};
  std::vector<OpenCall> open;
};

Endpoint endpoint_of(int place, std::int32_t weight, bool weighted) {
  Endpoint endpoint;
  // Three ports a host, for the ring.
  endpoint.host = "10.0.0." + std::to_string(place / 3);
  endpoint.port = static_cast<std::uint16_t>(10'000 + place);
  endpoint.weight = weight;
  endpoint.weight_type = weighted ? 1 : 0;
  return endpoint;
}

bool in_service(const Model& model, int place) {
  return model.listed.at(place) && (!model.weighted || model.weights.at(place) > 0);
}

void check_promises(const Model& model, Sut& sut) {
  std::size_t reachable = 0, healthy = 0, left_alone = 0, usable = 0;
  std::map<Slot, bool> usable_slots;
  for (const auto& [place, active] : model.listed) {
    const auto id = sut.picker.find(endpoint_of(place, 0, false).identity());
    RC_ASSERT(id.has_value());
    const auto status = sut.picker.status(*id, model.now);
    RC_ASSERT(status.in_service == in_service(model, place));
    RC_ASSERT(status.down == model.down.contains(place));
    RC_ASSERT(status.in_flight == static_cast<std::uint32_t>(model.in_flight.at(place)));
    const bool is_healthy = status.breaker == Breaker::State::closed;
    const bool is_reachable = status.in_service && !status.down;
    if (is_reachable && is_healthy) RC_ASSERT(status.usable);
    reachable += is_reachable ? 1 : 0;
    healthy += is_reachable && is_healthy ? 1 : 0;
    left_alone += is_reachable && !status.usable ? 1 : 0;
    usable += status.usable ? 1 : 0;
    usable_slots[id->slot] = status.usable;
  }
  RC_ASSERT((usable > 0) == !model.listed.empty());
  RC_ASSERT(left_alone <= std::max<std::size_t>(1, reachable * 3 / 10));
  RC_ASSERT(sut.picker.panic(model.now) == (2 * healthy < reachable));
  if (2 * healthy < reachable) RC_ASSERT(left_alone == 0u);

  for (const int kind : {0, 1, 2}) {
    CallInfo call;
    call.now = model.now;
    call.random = sut.random.next();
    if (kind > 0) call.hash = sut.random.next();
    call.kind = kind == 1 ? HashKind::mod : HashKind::consistent;
    const auto picked = sut.picker.pick(call);
    RC_ASSERT(picked.has_value() == !model.listed.empty());
    if (!picked) continue;
    RC_ASSERT(usable_slots.at(picked->slot));
    call.avoid = *picked;
    RC_ASSERT(usable_slots.at(sut.picker.pick(call)->slot));
    RC_ASSERT((*sut.picker.pick(call) == *picked) <= (usable == 1 || kind == 0));
  }
}

using Command = rc::state::Command<Model, Sut>;

struct SetEndpoints : Command {
  std::map<int, bool> listed;
  std::map<int, std::int32_t> weights;
  bool weighted = *rc::gen::element(false, false, true);
  SetEndpoints() {
    for (int place = 0; place < pool; ++place) {
      const int state = *rc::gen::inRange(0, 5);
      if (state > 0) listed[place] = state > 1;
      weights[place] = *rc::gen::element(0, 1, 10, 100);
    }
  }
  void apply(Model& model) const override {
    const Model before = model;
    model.listed = listed;
    model.weights = weights;
    const auto has_weight = [&](const auto& entry) {
      return entry.second && weights.at(entry.first) > 0;
    };
    model.weighted = weighted && std::any_of(listed.begin(), listed.end(), has_weight);
    for (int place = 0; place < pool; ++place) {
      const bool was = before.listed.contains(place) && in_service(before, place);
      const bool is = listed.contains(place) && in_service(model, place);
      if (!listed.contains(place) || (is && !was)) model.down.erase(place);
      if (!listed.contains(place)) model.in_flight[place] = 0;
      model.in_flight.try_emplace(place, 0);
    }
  }
  void run(const Model& before, Sut& sut) const override {
    std::vector<Endpoint> active, inactive;
    for (const auto& [place, is_active] : listed)
      (is_active ? active : inactive).push_back(endpoint_of(place, weights.at(place), weighted));
    RC_ASSERT(sut.picker.set_endpoints(active, inactive, before.now).ok());
    check_promises(nextState(before), sut);
  }
  void show(std::ostream& out) const override {
    out << "list" << (weighted ? " by weight" : "");
    for (const auto& [place, active] : listed)
      out << " " << place << (active ? "" : "(inactive)") << ":" << weights.at(place);
  }
};

// Calls begin; which endpoint they get is the picker's business, so the model is told by name.
struct Start : Command {
  int place = *rc::gen::inRange(0, pool);
  void checkPreconditions(const Model& model) const override {
    RC_PRE(model.listed.contains(place));
  }
  void apply(Model& model) const override { ++model.in_flight[place]; }
  void run(const Model& before, Sut& sut) const override {
    const EndpointId id = *sut.picker.find(endpoint_of(place, 0, false).identity());
    sut.picker.started(id, before.now);
    sut.open.push_back({id, place, before.now});
    check_promises(nextState(before), sut);
  }
  void show(std::ostream& out) const override { out << "start at " << place; }
};

// A call begins and ends at once, so many times.
struct Call : Command {
  int place = *rc::gen::inRange(0, pool);
  int times = *rc::gen::element(1, 1, 5);
  Outcome outcome = *rc::gen::element(Outcome::answered, Outcome::timed_out, Outcome::refused,
                                      Outcome::overloaded, Outcome::abandoned);
  void checkPreconditions(const Model& model) const override {
    RC_PRE(model.listed.contains(place));
  }
  void apply(Model& model) const override {
    if (outcome == Outcome::refused) model.down.insert(place);
    if (outcome == Outcome::answered) model.down.erase(place);
  }
  void run(const Model& before, Sut& sut) const override {
    const EndpointId id = *sut.picker.find(endpoint_of(place, 0, false).identity());
    for (int i = 0; i < times; ++i) {
      sut.picker.started(id, before.now);
      sut.picker.finished(id, {outcome, before.now, before.now, sut.random.next()});
    }
    check_promises(nextState(before), sut);
  }
  void show(std::ostream& out) const override {
    out << times << " calls of " << place << " end as " << static_cast<int>(outcome);
  }
};

// Ends an old call. Only in ways that do not tell whether the endpoint can be reached, which such a
// call may or may not know any more.
struct EndOld : Command {
  std::size_t which = *rc::gen::inRange<std::size_t>(0, 100);
  Outcome outcome = *rc::gen::element(Outcome::timed_out, Outcome::broken, Outcome::unsent);
  void apply(Model&) const override {}
  void run(const Model& before, Sut& sut) const override {
    if (sut.open.empty()) return;
    const auto call = sut.open.begin() + static_cast<std::ptrdiff_t>(which % sut.open.size());
    sut.picker.finished(call->id, {outcome, call->began, before.now, 0});
    const EndpointId id = call->id;
    const int place = call->place;
    sut.open.erase(call);
    // The model cannot know which of the open calls this was, so it is told by starting another.
    const auto now_listed = sut.picker.find(endpoint_of(place, 0, false).identity());
    if (now_listed != id) return;
    sut.picker.started(id, before.now);
    sut.open.push_back({id, place, before.now});
    check_promises(before, sut);
  }
  void show(std::ostream& out) const override { out << "an old call ends, another begins"; }
};

struct Connect : Command {
  int place = *rc::gen::inRange(0, pool);
  void checkPreconditions(const Model& model) const override {
    RC_PRE(model.listed.contains(place));
  }
  void apply(Model& model) const override { model.down.erase(place); }
  void run(const Model& before, Sut& sut) const override {
    sut.picker.connected(*sut.picker.find(endpoint_of(place, 0, false).identity()), before.now);
    check_promises(nextState(before), sut);
  }
  void show(std::ostream& out) const override { out << "connect to " << place; }
};

struct PassTime : Command {
  Duration pause = milliseconds(*rc::gen::element(1, 100, 1'000, 5'000, 60'000));
  void apply(Model& model) const override { model.now += pause; }
  void run(const Model& before, Sut& sut) const override {
    const Model model = nextState(before);
    while (const auto id = sut.picker.reconnect_due(model.now))
      sut.picker.connect_failed(*id, model.now, model.now, sut.random.next());
    RC_ASSERT(sut.picker.next_reconnect() > model.now);
    check_promises(model, sut);
  }
  void show(std::ostream& out) const override { out << "pass " << pause.count() << " ns"; }
};

// From whatever state: once all is well, every endpoint in service gets calls again.
void check_recovery(TimePoint now, Sut& sut, const std::vector<Endpoint>& active) {
  sut.open.clear();
  RC_ASSERT(sut.picker.set_endpoints({}, {}, now).ok());
  RC_ASSERT(sut.picker.set_endpoints(active, {}, now).ok());
  for (const Endpoint& endpoint : active) {  // all fall ill, and some cannot be reached
    const EndpointId id = *sut.picker.find(endpoint.identity());
    const Outcome outcome = sut.random.one_in(3) ? Outcome::refused : Outcome::timed_out;
    for (int i = 0; i < 5; ++i) sut.picker.started(id, now);
    for (int i = 0; i < 5; ++i)
      sut.picker.finished(id, {outcome, now, now + seconds(3), sut.random.next()});
  }
  now += seconds(3);
  std::set<Slot> picked;
  for (int i = 0; i < 12'000 && picked.size() < active.size(); ++i) {
    now += milliseconds(20);
    while (const auto id = sut.picker.reconnect_due(now)) sut.picker.connected(*id, now);
    CallInfo call;
    call.now = now;
    call.random = sut.random.next();
    const EndpointId id = *sut.picker.pick(call);
    sut.picker.started(id, now);
    sut.picker.finished(id, {Outcome::answered, now, now + milliseconds(1), 0});
    const auto status = sut.picker.status(id, now);
    if (status.breaker == Breaker::State::closed && !status.down) picked.insert(id.slot);
  }
  RC_ASSERT(picked.size() == active.size());
}

PickerOptions some_options() {
  PickerOptions options;
  options.policy = *rc::gen::element(Policy::p2c, Policy::round_robin, Policy::static_weight,
                                     Policy::mod_hash, Policy::consistent_hash);
  if (options.policy == Policy::static_weight) options.policy = Policy::round_robin;
  options.breaker = *rc::gen::element(BreakerOptions(), BreakerOptions::tars());
  return options;
}

RC_GTEST_PROP(EndpointPickerModel, KeepsItsPromises, ()) {
  Sut sut(some_options());
  Model model;
  for (int place = 0; place < pool; ++place) model.in_flight[place] = 0;
  rc::state::check(model, sut,
                   rc::state::gen::execOneOfWithArgs<SetEndpoints, Start, Call, Call, Call, EndOld,
                                                     Connect, PassTime>());
}

RC_GTEST_PROP(EndpointPickerModel, PicksEveryHealthyEndpointSomeTime, ()) {
  Sut sut(some_options());
  const int count = *rc::gen::element(1, 2, 3, 50);
  std::vector<Endpoint> active;
  for (int place = 0; place < count; ++place) active.push_back(endpoint_of(place, 10, false));
  check_recovery(TimePoint(seconds(*rc::gen::inRange(0, 100'000))), sut, active);
}

}  // namespace
}  // namespace tarsier::balance
