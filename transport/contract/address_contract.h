#pragma once

#include <set>
#include <string>
#include <vector>

#include "transport/contract/world.h"

// What can be bound, by whom, and what the answers are when it cannot.
namespace tarsier::contract {

template <class W>
class AddressContract : public Fixture<W> {
 protected:
  Endpoint tcp() { return this->world.address(Role::server, Family::tcp4); }
  Endpoint unix_path() { return this->world.address(Role::server, Family::unix_path); }
  Code code_of_listen(const Endpoint& at, const ListenOptions& options = {}) {
    auto listener = this->world.server().transport.listen(at, options);
    return listener.code();
  }
  Code code_of_connect(const Endpoint& to) {
    auto& connected = this->start_connect(to);
    return this->finish(connected) ? connected.code() : Code::unknown;
  }
};
TYPED_TEST_SUITE_P(AddressContract);

TYPED_TEST_P(AddressContract, PortZeroPicksAFreePort) {
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 10; ++i) ports.insert(this->listen(this->tcp()).local().port);
  EXPECT_EQ(ports.size(), 10u);
  EXPECT_FALSE(ports.contains(0));
}

TYPED_TEST_P(AddressContract, AListenerKeepsTheOptionsOfItsEndpoint) {
  Endpoint at = this->tcp();
  at.timeout_ms = 12345;
  const Endpoint& bound = this->listen(at).local();
  EXPECT_EQ(bound.host, at.host);
  EXPECT_EQ(bound.timeout_ms, 12345);
  EXPECT_EQ(bound.type, EndpointType::tcp);
}

TYPED_TEST_P(AddressContract, AnAddressIsGivenOnce) {
  const auto& first = this->listen(this->tcp());
  EXPECT_EQ(this->code_of_listen(first.local()), Code::address_in_use);
}

TYPED_TEST_P(AddressContract, AClosedListenerFreesItsAddress) {
  auto& first = this->listen(this->tcp());
  const Endpoint at = first.local();
  first.close();
  EXPECT_EQ(this->code_of_listen(at), Code::ok);
}

// A server that restarts must not wait for the connections of its predecessor.
TYPED_TEST_P(AddressContract, OldConnectionsDoNotHoldTheAddress) {
  auto& first = this->listen(this->tcp());
  const Endpoint at = first.local();
  const auto pair = this->connect_pair(first);
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  pair.server->close();
  EXPECT_TRUE(this->read_to_end(*pair.client).end);
  pair.client->close();
  this->drop(&first);
  this->settle();
  auto& second = this->listen(at);
  EXPECT_NE(this->connect(second.local()), nullptr);
}

TYPED_TEST_P(AddressContract, AnAddressOfAnotherMachineIsInvalid) {
  Endpoint at = this->tcp();
  at.host = "203.0.113.7";
  EXPECT_EQ(this->code_of_listen(at), Code::address_invalid);
  at.type = EndpointType::udp;
  EXPECT_EQ(this->world.server().transport.open_datagram(at).code(), Code::address_invalid);
}

TYPED_TEST_P(AddressContract, AHostThatIsNoAddressIsInvalid) {
  Endpoint at = this->tcp();
  at.host = "not an address";
  EXPECT_EQ(this->code_of_listen(at), Code::address_invalid);
}

TYPED_TEST_P(AddressContract, KindsThatDoNotFitAreUnsupported) {
  Endpoint at = this->tcp();
  EXPECT_EQ(this->world.server().transport.open_datagram(at).code(), Code::unsupported);
  at.type = EndpointType::udp;
  EXPECT_EQ(this->code_of_listen(at), Code::unsupported);
  at.port = 1;
  EXPECT_EQ(this->code_of_connect(at), Code::unsupported);
}

TYPED_TEST_P(AddressContract, ReusePortLetsListenersShareAnAddress) {
  ListenOptions options;
  options.reuse_port = true;
  auto& first = this->listen(this->tcp(), options);
  auto& second = this->listen(first.local(), options);
  EXPECT_EQ(this->code_of_listen(first.local()), Code::address_in_use) << "one that does not share";
  auto& one = this->start_accept(first);
  auto& two = this->start_accept(second);
  Connection* client = this->connect(first.local());
  ASSERT_NE(client, nullptr);
  EXPECT_TRUE(this->run_until([&] { return one.done() || two.done(); }));
  this->settle();
  EXPECT_NE(one.done(), two.done()) << "a connection goes to exactly one";
}

TYPED_TEST_P(AddressContract, AUnixSocketHasAFile) {
  if (!this->world.has(Family::unix_path)) GTEST_SKIP();
  const Endpoint at = this->unix_path();
  auto& files = this->world.server().files;
  EXPECT_EQ(files.info(at.host).code(), Code::not_found);
  auto& listener = this->listen(at);
  EXPECT_EQ(listener.local().host, at.host);
  EXPECT_EQ(files.info(at.host).code(), Code::ok);
}

TYPED_TEST_P(AddressContract, TheFileOfAUnixSocketGoesWithItsListener) {
  if (!this->world.has(Family::unix_path)) GTEST_SKIP();
  const Endpoint at = this->unix_path();
  auto& files = this->world.server().files;
  this->listen(at).close();
  EXPECT_EQ(files.info(at.host).code(), Code::not_found);
  EXPECT_EQ(this->code_of_connect(at), Code::refused);
  auto& again = this->listen(at);
  EXPECT_NE(this->connect(again.local()), nullptr);
}

TYPED_TEST_P(AddressContract, AUnixPathIsGivenOnce) {
  if (!this->world.has(Family::unix_path)) GTEST_SKIP();
  const Endpoint at = this->unix_path();
  auto& first = this->listen(at);
  auto second = this->world.server().transport.listen(at);
  EXPECT_EQ(second.code(), Code::address_in_use);
  EXPECT_NE(second.error().detail.find("a server listens"), std::string::npos)
      << second.error().detail;
  EXPECT_NE(this->connect(first.local()), nullptr) << "the first is not disturbed";
}

TYPED_TEST_P(AddressContract, AFileThatIsNoSocketIsNotTakenOver) {
  if (!this->world.has(Family::unix_path)) GTEST_SKIP();
  const Endpoint at = this->unix_path();
  auto& files = this->world.server().files;
  ASSERT_TRUE(files.open(at.host, OpenMode::create_new).ok());
  auto listener = this->world.server().transport.listen(at);
  EXPECT_EQ(listener.code(), Code::address_in_use);
  EXPECT_NE(listener.error().detail.find("no socket"), std::string::npos)
      << listener.error().detail;
  EXPECT_EQ(files.info(at.host).code(), Code::ok);
}

TYPED_TEST_P(AddressContract, AListenerLeavesTheFileOfItsSuccessor) {
  if (!this->world.has(Family::unix_path)) GTEST_SKIP();
  const Endpoint at = this->unix_path();
  auto& first = this->listen(at);
  EXPECT_TRUE(this->world.server().files.remove(at.host).ok());
  auto& second = this->listen(at);
  first.close();
  EXPECT_NE(this->connect(second.local()), nullptr);
}

TYPED_TEST_P(AddressContract, AUnixSocketWithoutAFileCannotBeReached) {
  if (!this->world.has(Family::unix_path)) GTEST_SKIP();
  const Endpoint at = this->unix_path();
  auto& listener = this->listen(at);
  EXPECT_TRUE(this->world.server().files.remove(at.host).ok());
  EXPECT_EQ(this->code_of_connect(at), Code::refused);
  EXPECT_EQ(this->code_of_listen(at), Code::ok) << "the name is free again";
  listener.close();
}

TYPED_TEST_P(AddressContract, AUnixPathHasALimit) {
  if (!this->world.has(Family::unix_path)) GTEST_SKIP();
  Endpoint at = this->unix_path();
  at.host += std::string(108, 'x');
  EXPECT_EQ(this->code_of_listen(at), Code::address_invalid);
  EXPECT_EQ(this->code_of_connect(at), Code::address_invalid);
}

REGISTER_TYPED_TEST_SUITE_P(AddressContract, PortZeroPicksAFreePort,
                            AListenerKeepsTheOptionsOfItsEndpoint, AnAddressIsGivenOnce,
                            AClosedListenerFreesItsAddress, OldConnectionsDoNotHoldTheAddress,
                            AnAddressOfAnotherMachineIsInvalid, AHostThatIsNoAddressIsInvalid,
                            KindsThatDoNotFitAreUnsupported, ReusePortLetsListenersShareAnAddress,
                            AUnixSocketHasAFile, TheFileOfAUnixSocketGoesWithItsListener,
                            AUnixPathIsGivenOnce, AFileThatIsNoSocketIsNotTakenOver,
                            AListenerLeavesTheFileOfItsSuccessor,
                            AUnixSocketWithoutAFileCannotBeReached, AUnixPathHasALimit);

}  // namespace tarsier::contract
