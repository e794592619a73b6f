#include "server/admission.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "server/limits_testing.h"

namespace tarsier {
namespace {

using Verdict = Admission::Verdict;

Endpoint from(std::string host, std::uint16_t port = 4711) {
  Endpoint peer;
  peer.host = std::move(host);
  peer.port = port;
  return peer;
}

TEST(AddressMatches, AStarIsOnePart) {
  EXPECT_TRUE(address_matches("10.0.0.7", "10.0.0.7"));
  EXPECT_TRUE(address_matches("10.0.*.*", "10.0.0.7"));
  EXPECT_TRUE(address_matches("*.0.*.7", "10.0.0.7"));
  EXPECT_TRUE(address_matches("", "10.0.0.7")) << "an empty pattern is every address";
  EXPECT_FALSE(address_matches("10.0.*", "10.0.0.7"));
  EXPECT_FALSE(address_matches("10.0.*.*.*", "10.0.0.7"));
  EXPECT_FALSE(address_matches("10.0.0.70", "10.0.0.7"));
  EXPECT_FALSE(address_matches("10.0.0.*", "10.0.1.7"));
  EXPECT_TRUE(address_matches("10.0.0.*", "::ffff:10.0.0.7")) << "IPv4 that came over IPv6";
  EXPECT_TRUE(address_matches("2001:db8::1", "2001:db8::1"));
  EXPECT_TRUE(address_matches("*", "10.0.0.7"));
  EXPECT_TRUE(address_matches("*", "2001:db8::1"));
}

RC_GTEST_PROP(AddressMatchesProperty, ItselfAndAnyPartStarred,
              (std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)) {
  std::string parts[] = {std::to_string(a), std::to_string(b), std::to_string(c),
                         std::to_string(d)};
  const auto joined = [&] { return parts[0] + '.' + parts[1] + '.' + parts[2] + '.' + parts[3]; };
  const std::string address = joined();
  RC_ASSERT(address_matches(address, address));
  parts[*rc::gen::inRange(0, 4)] = "*";
  RC_ASSERT(address_matches(joined(), address));
  RC_ASSERT(!address_matches(joined() + ".*", address));
}

TEST(AddressAllowed, AsTheListsSayInTheirOrder) {
  AdmissionRules rules;
  EXPECT_TRUE(address_allowed(rules, "10.0.0.7")) << "nobody is named";
  rules.deny = {"10.0.0.*"};
  EXPECT_FALSE(address_allowed(rules, "10.0.0.7"));
  EXPECT_TRUE(address_allowed(rules, "10.0.1.7")) << "nobody is named in `allow`";
  rules.allow = {"10.0.0.7", "10.0.2.*"};
  EXPECT_TRUE(address_allowed(rules, "10.0.0.7")) << "in both, and `allow` is asked first";
  EXPECT_FALSE(address_allowed(rules, "10.0.0.8"));
  EXPECT_FALSE(address_allowed(rules, "10.0.1.7")) << "in none, and some are named";
  rules.deny_first = true;
  EXPECT_FALSE(address_allowed(rules, "10.0.0.7"));
  EXPECT_TRUE(address_allowed(rules, "10.0.2.1"));
}

TEST(Admission, CountsThoseInside) {
  AdmissionRules rules;
  rules.connections_max = 3;
  rules.connections_per_ip_max = 2;
  rules.deny = {"10.0.0.9"};
  Admission admission(rules);
  EXPECT_EQ(admission.enter(from("10.0.0.9")), Verdict::denied);
  EXPECT_EQ(admission.enter(from("10.0.0.1", 1)), Verdict::admitted);
  EXPECT_EQ(admission.enter(from("10.0.0.1", 2)), Verdict::admitted);
  EXPECT_EQ(admission.enter(from("10.0.0.1", 3)), Verdict::full_of_address);
  EXPECT_EQ(admission.enter(from("10.0.0.2")), Verdict::admitted);
  EXPECT_EQ(admission.enter(from("10.0.0.3")), Verdict::full);
  admission.leave(from("10.0.0.1", 2));
  EXPECT_EQ(admission.enter(from("10.0.0.1", 3)), Verdict::admitted);
  EXPECT_EQ(admission.inside(), 3u);
}

}  // namespace
}  // namespace tarsier

namespace tarsier::testing {
namespace {

class ListenerAdmission : public ServerLimits {
 protected:
  static Endpoint from(std::string host, std::uint16_t port) {
    Endpoint at;
    at.type = EndpointType::udp;
    at.host = std::move(host);
    at.port = port;
    return at;
  }
};

// Two listeners of one server, each with rules of its own.
TEST_F(ListenerAdmission, EachListenerHasItsRules) {
  start();
  ListenerLimits closed;
  closed.admission.deny = {"127.0.0.1"};
  const Endpoint denied = server->listen("tcp -h 127.0.0.1 -p 0", {}, closed).value();
  ListenerLimits narrow;
  narrow.admission.connections_max = 1;
  const Endpoint one = server->listen("tcp -h 127.0.0.1 -p 0", {}, narrow).value();

  RawPeer refused(world, denied);
  world.run_until_idle();
  EXPECT_TRUE(refused.ended());
  {
    RawPeer first(world, one);
    RawPeer second(world, one);
    world.run_until_idle();
    EXPECT_FALSE(first.ended());
    EXPECT_TRUE(second.ended());
  }
  world.run_until_idle();
  RawPeer third(world, one);
  world.run_until_idle();
  EXPECT_FALSE(third.ended()) << "the first one has left";
  EXPECT_EQ(server->counters().refused_address, 1u);
  EXPECT_EQ(server->counters().refused_connections_max, 1u);
}

// UDP has no connections; the lists say whose datagrams are read.
TEST_F(ListenerAdmission, DatagramsOfTheDeniedAreDropped) {
  start();
  ListenerLimits closed;
  closed.admission.deny = {"127.*.*.*"};
  const Endpoint at = server->listen("udp -h 127.0.0.1 -p 0", {}, closed).value();
  auto socket = world.env().transport.open_datagram(from("127.0.0.1", 0)).value();
  ASSERT_TRUE(socket->send(at, text_call("echo", 1).span()).ok());
  world.run_until_idle();
  EXPECT_EQ(counters().refused_address, 1u);
  EXPECT_EQ(counters().calls, 0u);
  socket->close();
}

TEST_F(ListenerAdmission, AConnectionThatSaysNothingIsClosedEarly) {
  start();
  ListenerLimits impatient;
  impatient.first_packet_wait = std::chrono::seconds(5);
  const Endpoint at = server->listen("tcp -h 127.0.0.1 -p 0", {}, impatient).value();
  RawPeer silent(world, at);
  RawPeer half(world, at);
  half.send(text_call("echo", 1).span().first(20));
  RawPeer speaking(world, at);
  speaking.send(text_call("echo", 1).span());
  world.advance(std::chrono::seconds(4));
  EXPECT_FALSE(silent.ended() || half.ended());
  world.advance(std::chrono::seconds(3));
  EXPECT_TRUE(silent.ended());
  EXPECT_TRUE(half.ended()) << "part of a packet is no packet";
  EXPECT_FALSE(speaking.ended());
  EXPECT_EQ(server->counters().closed_no_packet, 2u);
}

}  // namespace
}  // namespace tarsier::testing
