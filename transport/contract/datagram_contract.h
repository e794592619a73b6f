#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "transport/contract/world.h"

// Datagrams, between two sockets on a network that loses nothing.
namespace tarsier::contract {

template <class T>
class DatagramContract : public Fixture<typename T::World> {
 protected:
  using Base = Fixture<typename T::World>;

  void SetUp() override {
    if (!this->world.has(T::family)) GTEST_SKIP() << "this world has no such addresses";
    server_ = &open(this->world.server(), Role::server);
    client_ = &open(this->world.client(), Role::client);
  }
  DatagramSocket& open(Env& env, Role role) {
    return open(env, this->world.address(role, T::family), {});
  }
  DatagramSocket& open(Env& env, const Endpoint& at, const DatagramOptions& options) {
    return this->keep(env.transport.open_datagram(at, options).value());
  }
  Code wait(DatagramSocket& socket) {
    auto& readable = this->template slot<void>();
    socket.start_wait_readable(readable);
    EXPECT_FALSE(readable.done()) << "completed inside start_wait_readable";
    return this->finish(readable) ? readable.code() : Code::timeout;
  }
  // The next datagram, or its error's name in brackets.
  std::string receive(DatagramSocket& socket, std::size_t room = 70'000) {
    std::vector<std::byte> into(room);
    while (true) {
      const auto taken = socket.receive(into, from_);
      if (taken.ok()) return std::string(as_text(std::span(into).first(*taken)));
      if (taken.code() != Code::would_block)
        return "(" + std::string(code_name(taken.code())) + ")";
      if (const Code code = wait(socket); code != Code::ok)
        return "(" + std::string(code_name(code)) + ")";
    }
  }
  Code send(DatagramSocket& from, const Endpoint& to, std::string_view text) {
    return from.send(to, as_bytes(text)).code();
  }

  DatagramSocket* server_ = nullptr;
  DatagramSocket* client_ = nullptr;
  Endpoint from_;
};
TYPED_TEST_SUITE_P(DatagramContract);

TYPED_TEST_P(DatagramContract, ArrivesWithItsSender) {
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), "hello"), Code::ok);
  EXPECT_EQ(this->receive(*this->server_), "hello");
  EXPECT_EQ(this->from_.type, EndpointType::udp);
  EXPECT_EQ(this->from_.host, this->client_->local().host);
  EXPECT_EQ(this->from_.port, this->client_->local().port);
  const Endpoint back = this->from_;
  EXPECT_EQ(this->send(*this->server_, back, "hello yourself"), Code::ok);
  EXPECT_EQ(this->receive(*this->client_), "hello yourself");
  EXPECT_EQ(this->from_.port, this->server_->local().port);
}

TYPED_TEST_P(DatagramContract, NothingIsThereAtFirst) {
  std::array<std::byte, 8> into;
  EXPECT_EQ(this->server_->receive(into, this->from_).code(), Code::would_block);
  auto& readable = this->template slot<void>();
  this->server_->start_wait_readable(readable);
  this->settle();
  EXPECT_FALSE(readable.done());
}

TYPED_TEST_P(DatagramContract, KeepsItsBoundaries) {
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), "one"), Code::ok);
  EXPECT_EQ(this->receive(*this->server_), "one");
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), "two"), Code::ok);
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), "three"), Code::ok);
  // Order is not promised.
  const std::string both = this->receive(*this->server_) + "," + this->receive(*this->server_);
  EXPECT_TRUE(both == "two,three" || both == "three,two") << both;
}

TYPED_TEST_P(DatagramContract, AnEmptyOneIsADatagram) {
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), ""), Code::ok);
  ASSERT_EQ(this->wait(*this->server_), Code::ok);
  std::array<std::byte, 8> into;
  EXPECT_EQ(this->server_->receive(into, this->from_).value(), 0u);
  EXPECT_EQ(this->from_.port, this->client_->local().port);
}

TYPED_TEST_P(DatagramContract, WhatDoesNotFitIsDropped) {
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), "0123456789"), Code::ok);
  EXPECT_EQ(this->receive(*this->server_, 4), "0123");
  std::array<std::byte, 8> into;
  EXPECT_EQ(this->server_->receive(into, this->from_).code(), Code::would_block);
}

TYPED_TEST_P(DatagramContract, TheLongestArrives) {
  const std::string longest = pattern(65'507);
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), longest), Code::ok);
  EXPECT_TRUE(this->receive(*this->server_) == longest);
}

TYPED_TEST_P(DatagramContract, ALongerOneIsRefused) {
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), pattern(65'508)), Code::limit);
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), "short"), Code::ok);
  EXPECT_EQ(this->receive(*this->server_), "short");
}

TYPED_TEST_P(DatagramContract, ToNobodyItIsLost) {
  const Endpoint gone = this->server_->local();
  this->server_->close();
  this->settle();
  EXPECT_EQ(this->send(*this->client_, gone, "anybody there?"), Code::ok);
  this->settle();
  EXPECT_EQ(this->send(*this->client_, gone, "still not?"), Code::ok);
  std::array<std::byte, 8> into;
  EXPECT_EQ(this->client_->receive(into, this->from_).code(), Code::would_block);
}

TYPED_TEST_P(DatagramContract, AFullBufferLosesInsteadOfBlocking) {
  const std::string big = pattern(60'000);
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(this->send(*this->client_, this->server_->local(), big), Code::ok);
  EXPECT_TRUE(this->receive(*this->server_) == big);
}

TYPED_TEST_P(DatagramContract, CloseEndsAPendingWaitLater) {
  auto& readable = this->template slot<void>();
  this->server_->start_wait_readable(readable);
  this->settle();
  this->server_->close();
  EXPECT_FALSE(readable.done()) << "completed inside close()";
  ASSERT_TRUE(this->finish(readable));
  EXPECT_EQ(readable.code(), Code::closed);
}

TYPED_TEST_P(DatagramContract, AClosedSocketDoesNothing) {
  EXPECT_EQ(this->send(*this->client_, this->server_->local(), "late"), Code::ok);
  this->server_->close();
  this->server_->close();
  std::array<std::byte, 8> into;
  EXPECT_EQ(this->server_->receive(into, this->from_).code(), Code::closed);
  EXPECT_EQ(this->send(*this->server_, this->client_->local(), "x"), Code::closed);
  EXPECT_EQ(this->wait(*this->server_), Code::closed);
}

TYPED_TEST_P(DatagramContract, AnAddressIsGivenOnceAndAgainAfterClose) {
  auto& transport = this->world.server().transport;
  const Endpoint at = this->server_->local();
  EXPECT_NE(at.port, 0);
  EXPECT_EQ(transport.open_datagram(at).code(), Code::address_in_use);
  this->server_->close();
  EXPECT_EQ(transport.open_datagram(at).code(), Code::ok);
}

TYPED_TEST_P(DatagramContract, ReusePortIsForThoseWhoAllAskForIt) {
  auto& transport = this->world.server().transport;
  DatagramOptions shared;
  shared.reuse_port = true;
  EXPECT_EQ(transport.open_datagram(this->server_->local(), shared).code(), Code::address_in_use)
      << "the one that is there does not share";
  const Endpoint any = this->world.address(Role::server, TypeParam::family);
  auto& first = this->open(this->world.server(), any, shared);
  EXPECT_EQ(transport.open_datagram(first.local()).code(), Code::address_in_use)
      << "the one that comes does not share";
  EXPECT_EQ(transport.open_datagram(first.local(), shared).code(), Code::ok);
}

// Which of them a sender meets is chance (2^-63 that all 64 meet one), and stays.
TYPED_TEST_P(DatagramContract, ReusePortSpreadsSenders) {
  DatagramOptions shared;
  shared.reuse_port = true;
  const Endpoint any = this->world.address(Role::server, TypeParam::family);
  auto& first = this->open(this->world.server(), any, shared);
  auto& second = this->open(this->world.server(), first.local(), shared);
  constexpr std::size_t senders = 64;
  for (std::size_t i = 0; i < senders; ++i) {
    auto& sender = this->open(this->world.client(), Role::client);
    for (int repeat = 0; repeat < 3; ++repeat)
      EXPECT_EQ(this->send(sender, first.local(), "x"), Code::ok);
  }
  this->settle();
  std::map<std::uint16_t, int> met_by_port[2];
  std::size_t arrived = 0;
  for (DatagramSocket* socket : {&first, &second}) {
    std::array<std::byte, 8> into;
    while (socket->receive(into, this->from_).ok()) {
      ++met_by_port[socket == &second][this->from_.port];
      ++arrived;
    }
  }
  EXPECT_EQ(arrived, 3 * senders);
  EXPECT_EQ(met_by_port[0].size() + met_by_port[1].size(), senders) << "a sender met both";
  EXPECT_FALSE(met_by_port[0].empty());
  EXPECT_FALSE(met_by_port[1].empty());
}

TYPED_TEST_P(DatagramContract, TheTwoWildcardsShareAPort) {
  Endpoint at;
  at.type = EndpointType::udp;
  at.host = TypeParam::family == Family::udp6 ? "::" : "0.0.0.0";
  const DatagramSocket& one = this->open(this->world.server(), at, {});
  at.port = one.local().port;
  at.host = TypeParam::family == Family::udp6 ? "0.0.0.0" : "::";
  const auto other = this->world.server().transport.open_datagram(at, {});
  EXPECT_NE(other.code(), Code::address_in_use);
}

REGISTER_TYPED_TEST_SUITE_P(DatagramContract, TheTwoWildcardsShareAPort, ArrivesWithItsSender,
                            NothingIsThereAtFirst, KeepsItsBoundaries, AnEmptyOneIsADatagram,
                            WhatDoesNotFitIsDropped, TheLongestArrives, ALongerOneIsRefused,
                            ToNobodyItIsLost, AFullBufferLosesInsteadOfBlocking,
                            CloseEndsAPendingWaitLater, AClosedSocketDoesNothing,
                            AnAddressIsGivenOnceAndAgainAfterClose,
                            ReusePortIsForThoseWhoAllAskForIt, ReusePortSpreadsSenders);

template <class W>
using DatagramTypes = ::testing::Types<Over<W, Family::udp4>, Over<W, Family::udp6>>;

}  // namespace tarsier::contract
