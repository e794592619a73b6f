#include "client/balance/endpoint_picker.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "transport/base/limits.h"
#include "transport/base/random.h"

namespace tarsier::balance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Endpoint endpoint_at(const std::string& host, std::int32_t weight = -1,
                     std::uint32_t weight_type = 0, std::uint16_t port = 10'000) {
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = port;
  endpoint.weight = weight;
  endpoint.weight_type = weight_type;
  return endpoint;
}

// 10.0.0.10, 10.0.0.11, ...: in the order of their names.
std::vector<Endpoint> fleet_of(int count) {
  std::vector<Endpoint> endpoints;
  for (int i = 0; i < count; ++i)
    endpoints.push_back(endpoint_at("10.0.0." + std::to_string(10 + i)));
  return endpoints;
}

PickerOptions options_of(Policy policy) {
  PickerOptions options;
  options.policy = policy;
  options.breaker.jitter_permille = 0;
  options.reach.jitter_permille = 0;
  return options;
}

// A picker and a client that tells it everything.
struct Story {
  EndpointPicker picker;
  TimePoint now = TimePoint(seconds(1'000));
  Random random{11};
  std::map<Slot, std::string> hosts;  // last digits

  explicit Story(Policy policy, const std::vector<Endpoint>& active = {},
                 const std::vector<Endpoint>& inactive = {})
      : picker(options_of(policy)) {
    list(active, inactive);
  }
  void list(const std::vector<Endpoint>& active, const std::vector<Endpoint>& inactive = {}) {
    ASSERT_TRUE(picker.set_endpoints(active, inactive, now).ok());
    hosts.clear();
    for (const auto* endpoints : {&active, &inactive}) {
      for (const Endpoint& endpoint : *endpoints) {
        const auto id = picker.find(endpoint.identity());
        hosts.try_emplace(id->slot, endpoint.host.substr(endpoint.host.rfind('.') + 1));
      }
    }
  }
  EndpointId id(int place) const {
    return *picker.find("1:10.0.0." + std::to_string(10 + place) + ":10000");
  }
  CallInfo info() {
    CallInfo call;
    call.now = now;
    call.random = random.next();
    return call;
  }
  EndpointId pick() { return picker.pick(info()).value_or(EndpointId()); }
  EndpointId pick(std::uint64_t hash, HashKind kind = HashKind::of_policy) {
    CallInfo call = info();
    call.hash = hash;
    call.kind = kind;
    return picker.pick(call).value_or(EndpointId());
  }
  void end(EndpointId to, Outcome outcome, Duration latency = milliseconds(1)) {
    CallEnd end;
    end.outcome = outcome;
    end.began = now - latency;
    end.now = now;
    end.random = random.next();
    picker.finished(to, end);
  }
  // Calls that begin and end now, one after another.
  void call(EndpointId to, Outcome outcome, int times = 1) {
    for (int i = 0; i < times; ++i) {
      picker.started(to, now);
      end(to, outcome, Duration::zero());
    }
  }
  // Hosts of so many picks.
  std::string picks(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + hosts[pick().slot];
    return text;
  }
  std::set<std::string> picked(int count = 1'000) {
    std::set<std::string> names;
    for (int i = 0; i < count; ++i) names.insert(hosts[pick().slot]);
    return names;
  }
};

using Names = std::set<std::string>;

TEST(EndpointPicker, KnowsItsPoliciesByName) {
  for (const Policy policy : {Policy::round_robin, Policy::static_weight, Policy::mod_hash,
                              Policy::consistent_hash, Policy::p2c})
    EXPECT_EQ(parse_policy(policy_name(policy)).value(), policy);
  EXPECT_EQ(parse_policy("random").error().to_string(),
            "bad_config (16): 'random' is no way to balance load; there are round-robin, "
            "static-weight, mod-hash, consistent-hash, p2c");
}

TEST(EndpointPicker, PicksNobodyWhenNobodyIsListed) {
  Story story(Policy::p2c);
  EXPECT_FALSE(story.picker.pick(story.info()));
  Story turns(Policy::round_robin);
  EXPECT_FALSE(turns.picker.pick(turns.info()));
  EXPECT_EQ(turns.pick(1, HashKind::mod), EndpointId());
  EXPECT_EQ(turns.pick(1, HashKind::consistent), EndpointId());
}

TEST(EndpointPicker, TakesTurnsInTheOrderOfTars) {  // spec §6.5
  // By text, so 10.0.0.10 comes before 10.0.0.9; the first pick is the second one.
  Story story(Policy::round_robin,
              {endpoint_at("10.0.0.9"), endpoint_at("10.0.0.10"), endpoint_at("10.0.0.8")});
  EXPECT_EQ(story.picks(6), "8 9 10 8 9 10");
}

TEST(EndpointPicker, TakesTurnsByWeightWhenAllHaveOne) {
  Story story(Policy::round_robin, {endpoint_at("10.0.0.1", 100, 1), endpoint_at("10.0.0.2", 50, 1),
                                    endpoint_at("10.0.0.3", 10, 1)});
  EXPECT_EQ(story.picks(16), "2 1 1 2 1 3 1 2 1 1 2 1 1 2 1 1");  // 0100102010010010 from place 1
  story.list({endpoint_at("10.0.0.1", 100, 1), endpoint_at("10.0.0.2", 50, 0)});
  EXPECT_EQ(story.picked(), (Names{"1", "2"}));
  EXPECT_NE(story.picks(4), "1 1 1 1") << "one has no static weight: plain turns";
}

TEST(EndpointPicker, HeedsANewWeight) {  // spec §9.3 #44
  Story story(Policy::round_robin,
              {endpoint_at("10.0.0.1", 100, 1), endpoint_at("10.0.0.2", 100, 1)});
  story.list({endpoint_at("10.0.0.1", 100, 1), endpoint_at("10.0.0.2", 0, 1)});
  EXPECT_EQ(story.picked(), Names{"1"}) << "weight nothing is out of service";
  story.call(story.picker.find("1:10.0.0.1:10000").value(), Outcome::refused);
  EXPECT_EQ(story.picked(), Names{"2"}) << "and better than nobody";
}

TEST(EndpointPicker, WeighsByPolicyWhatTheRegistryDoesNot) {
  Story story(Policy::static_weight, {endpoint_at("10.0.0.1", 90), endpoint_at("10.0.0.2", 10)});
  const std::string picks = story.picks(1'000);
  EXPECT_NEAR(static_cast<double>(std::count(picks.begin(), picks.end(), '2')), 100, 10);
}

TEST(EndpointPicker, KeepsHashesWhereTheyAre) {
  Story story(Policy::p2c, {endpoint_at("10.0.0.0"), endpoint_at("10.0.0.2")},
              {endpoint_at("10.0.0.1")});
  EXPECT_EQ(story.hosts[story.pick(0).slot], "0");
  EXPECT_EQ(story.hosts[story.pick(2).slot], "2") << "the one that is down counts";
  EXPECT_EQ(story.hosts[story.pick(1).slot], "2") << "and its keys go to the others";
  EXPECT_EQ(story.hosts[story.pick(4).slot], "0");
}

TEST(EndpointPicker, HashesByWeightWhenAllHaveOne) {
  Story story(Policy::mod_hash, {endpoint_at("10.0.0.0", 100, 1), endpoint_at("10.0.0.1", 50, 1),
                                 endpoint_at("10.0.0.2", 10, 1)});
  const std::string order = "0100102010010010";  // spec §6.5
  for (std::uint64_t key = 0; key < 32; ++key)
    EXPECT_EQ(story.hosts[story.pick(key).slot], order.substr(key % 16, 1)) << key;
}

TEST(EndpointPicker, PutsHostsOnARing) {  // spec §6.5
  Story story(Policy::consistent_hash,
              {endpoint_at("192.168.0.1"), endpoint_at("192.168.0.2"), endpoint_at("192.168.0.3")});
  for (const auto& [key, host] : std::map<std::uint64_t, std::string>{
           {0, "1"}, {12'345, "1"}, {1'000'000'000, "3"}, {2'147'483'648, "2"}})
    EXPECT_EQ(story.hosts[story.pick(key).slot], host);
  EXPECT_EQ(story.hosts[story.pick(1'000'000'000, HashKind::mod).slot], "2");
}

TEST(EndpointPicker, TakesTheNextPortOfAHostBeforeTheNextHost) {
  Story story(Policy::consistent_hash,
              {endpoint_at("192.168.0.1"), endpoint_at("192.168.0.1", -1, 0, 20'000),
               endpoint_at("192.168.0.2")});
  const EndpointId first = story.picker.find("1:192.168.0.1:10000").value();
  const EndpointId second = story.picker.find("1:192.168.0.1:20000").value();
  EXPECT_EQ(story.pick(0), first);
  story.call(first, Outcome::refused);
  EXPECT_EQ(story.pick(0), second);
  story.call(second, Outcome::refused);
  EXPECT_EQ(story.hosts[story.pick(0).slot], "2");
  story.picker.connected(first, story.now);
  EXPECT_EQ(story.pick(0), first);
}

TEST(EndpointPicker, NeverPicksOneThatRefusesWhileAnotherIsThere) {
  for (const Policy policy : {Policy::p2c, Policy::round_robin}) {
    Story story(policy, fleet_of(3));
    story.call(story.id(0), Outcome::refused);
    EXPECT_EQ(story.picked(), (Names{"11", "12"}));
    story.call(story.id(1), Outcome::refused);
    EXPECT_EQ(story.picked(), Names{"12"});
    story.now += seconds(60);
    EXPECT_EQ(story.picked(), Names{"12"}) << "calls do not find out whether it is back";
    story.call(story.id(2), Outcome::refused);
    Names tried;
    for (int i = 0; i < 300; ++i) {
      const EndpointId id = story.pick();
      tried.insert(story.hosts[id.slot]);
      story.call(id, Outcome::refused);
    }
    EXPECT_EQ(tried, (Names{"10", "11", "12"})) << "nobody is left";
    story.picker.connected(story.id(1), story.now);
    EXPECT_EQ(story.picked(), Names{"11"});
  }
}

TEST(EndpointPicker, AsksToConnectToThoseThatAreDown) {
  Story story(Policy::p2c, fleet_of(2));
  EXPECT_EQ(story.picker.next_reconnect(), no_deadline);
  story.call(story.id(1), Outcome::refused);
  EXPECT_EQ(story.picker.next_reconnect(), story.now + milliseconds(100));
  EXPECT_FALSE(story.picker.reconnect_due(story.now));
  story.now += milliseconds(100);
  EXPECT_EQ(story.picker.reconnect_due(story.now), story.id(1));
  EXPECT_FALSE(story.picker.reconnect_due(story.now)) << "once";
  EXPECT_EQ(story.picker.next_reconnect(), no_deadline);
  story.picker.connect_failed(story.id(1), story.now, story.now + milliseconds(5), 0);
  EXPECT_EQ(story.picker.next_reconnect(), story.now + milliseconds(205));
  story.picker.connected(story.id(1), story.now);
  EXPECT_EQ(story.picked(), (Names{"10", "11"}));
}

TEST(EndpointPicker, LeavesOneAloneThatTimesOut) {
  for (const Policy policy : {Policy::p2c, Policy::round_robin, Policy::mod_hash}) {
    Story story(policy, fleet_of(3));
    story.call(story.id(1), Outcome::timed_out, 5);
    EXPECT_EQ(story.picked(), (Names{"10", "12"}));
    EXPECT_NE(story.pick(1, HashKind::mod), story.id(1));
    story.now += seconds(5);
    EXPECT_EQ(story.picked(), (Names{"10", "11", "12"})) << "probes";
    for (int i = 0; i < 3; ++i) story.picker.started(story.id(1), story.now);
    EXPECT_EQ(story.picked(), (Names{"10", "12"})) << "three probes and no more";
    for (int i = 0; i < 3; ++i) story.end(story.id(1), Outcome::answered, Duration::zero());
    EXPECT_EQ(story.picked(), (Names{"10", "11", "12"}));
  }
}

TEST(EndpointPicker, DoesNotMindBusinessErrors) {
  Story story(Policy::round_robin, fleet_of(2));
  story.call(story.id(0), Outcome::answered, 1'000);
  story.call(story.id(0), Outcome::unsent, 1'000);
  story.call(story.id(0), Outcome::abandoned, 1'000);
  EXPECT_EQ(story.picks(4), "11 10 11 10");
}

TEST(EndpointPicker, OfOneEndpointPicksIt) {
  for (const Outcome outcome : {Outcome::refused, Outcome::timed_out, Outcome::overloaded}) {
    Story story(Policy::p2c, fleet_of(1));
    story.call(story.id(0), outcome, 100);
    EXPECT_EQ(story.picked(), Names{"10"});
    Story inactive(Policy::p2c, {}, fleet_of(1));
    EXPECT_EQ(inactive.picked(), Names{"10"});
  }
}

TEST(EndpointPicker, OfTwoEndpointsDoesWithoutOne) {
  Story story(Policy::p2c, fleet_of(2));
  story.call(story.id(0), Outcome::timed_out, 5);
  EXPECT_EQ(story.picked(), Names{"11"});
  EXPECT_FALSE(story.picker.panic(story.now));
  story.call(story.id(1), Outcome::timed_out, 5);
  EXPECT_TRUE(story.picker.panic(story.now));
  EXPECT_EQ(story.picked(), (Names{"10", "11"}));
  story.call(story.id(1), Outcome::refused);
  EXPECT_EQ(story.picked(), Names{"10"}) << "however ill it is, it can be reached";
}

TEST(EndpointPicker, OfFiftyEndpointsLeavesFifteenAlone) {
  Story story(Policy::round_robin, fleet_of(50));
  for (int i = 0; i < 20; ++i) {
    story.now += milliseconds(1);
    story.call(story.id(i), Outcome::timed_out, 5);
  }
  EXPECT_EQ(story.picked().size(), 35u);
  EXPECT_FALSE(story.picked().contains("10"));
  EXPECT_TRUE(story.picked().contains("25")) << "the sixteenth is one too many";
  for (int i = 20; i < 26; ++i) story.call(story.id(i), Outcome::timed_out, 5);
  EXPECT_EQ(story.picked().size(), 50u) << "24 of 50 are healthy: panic";
}

TEST(EndpointPicker, PicksEveryHostOfAnIllSetHealthyAgain) {
  Story story(Policy::p2c, fleet_of(3));
  for (int i = 0; i < 3; ++i) story.call(story.id(i), Outcome::timed_out, 9);
  for (int i = 0; i < 3'000; ++i) {
    story.call(story.pick(), Outcome::answered);
    story.now += milliseconds(10);
  }
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(story.picker.status(story.id(i), story.now).breaker, Breaker::State::closed) << i;
}

TEST(EndpointPicker, AvoidsTheOneThatHasJustFailed) {
  for (const Policy policy : {Policy::p2c, Policy::round_robin}) {
    Story story(policy, fleet_of(3));
    for (int i = 0; i < 300; ++i) {
      CallInfo call = story.info();
      if (i % 3 > 0) call.hash = static_cast<std::uint64_t>(i);
      call.kind = i % 3 == 1 ? HashKind::mod : HashKind::consistent;
      call.avoid = story.id(i % 3);
      EXPECT_NE(*story.picker.pick(call), call.avoid);
    }
    story.call(story.id(0), Outcome::refused);
    story.call(story.id(1), Outcome::refused);
    CallInfo call = story.info();
    call.avoid = story.id(2);
    EXPECT_EQ(*story.picker.pick(call), call.avoid) << "it is the only one";
  }
}

TEST(EndpointPicker, RemembersThoseThatStay) {
  Story story(Policy::round_robin, fleet_of(3));
  story.call(story.id(0), Outcome::refused);
  story.picker.started(story.id(2), story.now);
  const EndpointId kept = story.id(2), gone = story.id(1);
  story.list({endpoint_at("10.0.0.10"), endpoint_at("10.0.0.12"), endpoint_at("10.0.0.13")});
  EXPECT_EQ(story.id(2), kept);
  EXPECT_EQ(story.picked(), (Names{"12", "13"}));
  EXPECT_EQ(story.picker.status(kept, story.now).in_flight, 1u);
  // The slot has another owner now, who does not answer for the calls of the old one.
  EXPECT_EQ(story.id(3).slot, gone.slot);
  EXPECT_NE(story.id(3), gone);
  story.call(gone, Outcome::refused);
  story.picker.connect_failed(gone, story.now, story.now, 0);
  story.picker.connected(gone, story.now);
  EXPECT_FALSE(story.picker.status(story.id(3), story.now).down);
  EXPECT_FALSE(story.picker.status(gone, story.now).in_service);
}

TEST(EndpointPicker, TrustsTheRegistryThatOneIsBack) {
  Story story(Policy::round_robin, fleet_of(2));
  story.call(story.id(1), Outcome::refused);
  story.list({endpoint_at("10.0.0.10")}, {endpoint_at("10.0.0.11")});
  EXPECT_EQ(story.picked(), Names{"10"});
  EXPECT_EQ(story.picker.next_reconnect(), no_deadline) << "nobody asks for it";
  story.list(fleet_of(2));
  EXPECT_EQ(story.picked(), (Names{"10", "11"}));
}

TEST(EndpointPicker, StartsNewOnesSlowly) {
  Story story(Policy::p2c, fleet_of(4));
  const std::string at_first = story.picks(4'000);
  EXPECT_EQ(story.picked().size(), 4u) << "all are new: nobody waits";
  story.list(fleet_of(5));
  const auto share = [&] {
    int count = 0;
    for (int i = 0; i < 10'000; ++i) count += story.pick() == story.id(4) ? 1 : 0;
    return count / 10'000.0;
  };
  EXPECT_NEAR(share(), 0.02, 0.01);
  story.now += seconds(15);
  EXPECT_NEAR(share(), 0.11, 0.02);
  story.now += seconds(15);
  EXPECT_NEAR(share(), 0.2, 0.02);
}

TEST(EndpointPicker, UsesTwentyOfManyUnlessACallSaysWhere) {
  Story story(Policy::p2c, fleet_of(100));
  EXPECT_EQ(story.picked(5'000).size(), 20u);
  std::set<Slot> hashed;
  for (std::uint64_t key = 0; key < 100; ++key) hashed.insert(story.pick(key).slot);
  EXPECT_EQ(hashed.size(), 100u);
  for (const std::string& host : story.picked(5'000))
    story.call(story.id(std::stoi(host) - 10), Outcome::refused);
  EXPECT_EQ(story.picked(5'000).size(), 80u) << "rather any other than none";
}

TEST(EndpointPicker, RefusesMoreEndpointsThanItTakes) {
  Story story(Policy::round_robin, fleet_of(2));
  std::vector<Endpoint> many;
  for (std::size_t i = 0; i <= limits::endpoints_max; ++i)
    many.push_back(endpoint_at("10.1.0.1", -1, 0, static_cast<std::uint16_t>(i + 1)));
  EXPECT_EQ(story.picker.set_endpoints(many, {}, story.now).code(), Code::limit);
  EXPECT_EQ(story.picked(), (Names{"10", "11"})) << "the old list stays";
  many.pop_back();
  EXPECT_TRUE(story.picker.set_endpoints(many, {}, story.now).ok());
  EXPECT_EQ(story.picker.size(), limits::endpoints_max);
}

TEST(EndpointPicker, CountsAnEndpointThatIsListedTwiceOnce) {
  Story story(Policy::round_robin, {endpoint_at("10.0.0.1"), endpoint_at("10.0.0.1", 7)},
              {endpoint_at("10.0.0.1")});
  EXPECT_EQ(story.picker.size(), 1u);
  EXPECT_TRUE(story.picker.status(story.pick(), story.now).in_service) << "active wins";
}

}  // namespace
}  // namespace tarsier::balance
