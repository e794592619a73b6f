#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "transport/base/random.h"
#include "transport/contract/world.h"

// Connecting, and bytes that flow. How a stream ends is in closing_contract.h.
namespace tarsier::contract {

template <class T>
class StreamContract : public StreamFixture<T> {};
TYPED_TEST_SUITE_P(StreamContract);

TYPED_TEST_P(StreamContract, ConnectsAndAccepts) {
  auto& listener = this->listen_here();
  auto& accepted = this->start_accept(listener);
  auto& connected = this->start_connect(listener.local());
  ASSERT_TRUE(this->finish(connected));
  ASSERT_TRUE(this->finish(accepted));
  EXPECT_TRUE(connected.result().ok());
  EXPECT_TRUE(accepted.result().ok());
}

TYPED_TEST_P(StreamContract, TheKernelAcceptsBeforeTheProgramDoes) {
  auto& listener = this->listen_here();
  Connection* client = this->connect(listener.local());
  ASSERT_NE(client, nullptr);
  this->send(*client, "sent before anybody accepted");
  EXPECT_EQ(this->wait_unsent(*client, 0), Code::ok);
  Connection* server = this->accept(listener);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(this->read(*server, 28).text, "sent before anybody accepted");
}

TYPED_TEST_P(StreamContract, AcceptsInTheOrderOfConnecting) {
  auto& listener = this->listen_here();
  for (const char* name : {"a", "b", "c"}) {
    Connection* client = this->connect(listener.local());
    ASSERT_NE(client, nullptr);
    this->send(*client, name);
  }
  std::string order;
  for (int i = 0; i < 3; ++i) {
    Connection* server = this->accept(listener);
    ASSERT_NE(server, nullptr);
    order += this->read(*server, 1).text;
  }
  EXPECT_EQ(order, "abc");
}

TYPED_TEST_P(StreamContract, BothSidesAgreeOnTheirAddresses) {
  auto& listener = this->listen_here();
  const auto pair = this->connect_pair(listener);
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  EXPECT_EQ(pair.client->peer().host, listener.local().host);
  EXPECT_EQ(pair.client->peer().port, listener.local().port);
  EXPECT_EQ(pair.server->local().host, listener.local().host);
  EXPECT_EQ(pair.server->local().port, listener.local().port);
  EXPECT_EQ(pair.client->local().host, pair.server->peer().host);
  EXPECT_EQ(pair.client->local().port, pair.server->peer().port);
  if (this->tcp) {
    EXPECT_NE(pair.client->local().port, 0);
  } else {
    EXPECT_EQ(pair.client->local().host, "") << "a client of a unix socket has no name";
  }
}

TYPED_TEST_P(StreamContract, RefusesWhenNobodyListens) {
  auto& listener = this->listen_here();
  const Endpoint at = listener.local();
  this->drop(&listener);
  auto& connected = this->start_connect(at);
  ASSERT_TRUE(this->finish(connected));
  EXPECT_EQ(connected.code(), Code::refused);
}

TYPED_TEST_P(StreamContract, ADeadlineInThePastIsATimeout) {
  auto& listener = this->listen_here();
  auto& connected = this->start_connect(listener.local(), std::chrono::milliseconds(-1));
  ASSERT_TRUE(this->finish(connected));
  EXPECT_EQ(connected.code(), Code::timeout);
}

// Linux keeps backlog + 1 connections that nobody accepted; TCP lets further ones wait, a unix
// socket turns them away.
TYPED_TEST_P(StreamContract, AFullBacklogEndsAtTheDeadline) {
  if (!this->kernel_backlog) GTEST_SKIP() << "who is not accepted waits elsewhere";
  ListenOptions options;
  options.backlog = 1;
  auto& listener = this->listen_here(options);
  ASSERT_NE(this->connect(listener.local()), nullptr);
  ASSERT_NE(this->connect(listener.local()), nullptr);
  const auto timeout = std::chrono::milliseconds(150);
  const TimePoint deadline = this->world.client().clock.now() + timeout;
  auto& third = this->start_connect(listener.local(), timeout);
  ASSERT_TRUE(this->finish(third));
  if (this->tcp) {
    EXPECT_EQ(third.code(), Code::timeout);
    EXPECT_GE(this->world.client().clock.now(), deadline);
  } else {
    EXPECT_TRUE(third.code() == Code::timeout || third.code() == Code::refused)
        << code_name(third.code());
  }
}

TYPED_TEST_P(StreamContract, RoomInTheBacklogAdmitsWhoWaits) {
  if (!this->tcp) GTEST_SKIP() << "a unix socket may turn away at once";
  if (!this->kernel_backlog) GTEST_SKIP() << "who is not accepted waits elsewhere";
  ListenOptions options;
  options.backlog = 1;
  auto& listener = this->listen_here(options);
  ASSERT_NE(this->connect(listener.local()), nullptr);
  ASSERT_NE(this->connect(listener.local()), nullptr);
  auto& third = this->start_connect(listener.local());
  this->settle();
  EXPECT_FALSE(third.done());
  ASSERT_NE(this->accept(listener), nullptr);
  ASSERT_TRUE(this->finish(third));
  EXPECT_EQ(third.code(), Code::ok);
}

TYPED_TEST_P(StreamContract, NothingIsThereAtFirst) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  std::array<std::byte, 8> chunk;
  EXPECT_EQ(pair.server->read_some(chunk).code(), Code::would_block);
  EXPECT_EQ(pair.client->read_some(chunk).code(), Code::would_block);
  auto& readable = this->template slot<void>();
  pair.server->start_wait_readable(readable);
  this->settle();
  EXPECT_FALSE(readable.done());
}

TYPED_TEST_P(StreamContract, WaitsUntilBytesArrive) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  auto& readable = this->template slot<void>();
  pair.server->start_wait_readable(readable);
  this->settle();
  this->send(*pair.client, "x");
  ASSERT_TRUE(this->finish(readable));
  EXPECT_EQ(readable.code(), Code::ok);
  std::array<std::byte, 8> chunk;
  EXPECT_EQ(pair.server->read_some(chunk).value(), 1u);
  EXPECT_EQ(pair.server->read_some(chunk).code(), Code::would_block);
}

TYPED_TEST_P(StreamContract, AWaitIsReadinessNotAnEdge) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "abc");
  ASSERT_EQ(this->wait_readable(*pair.server), Code::ok);
  EXPECT_EQ(this->read(*pair.server, 1).text, "a");
  // Two bytes are left or on their way; nothing more will arrive.
  EXPECT_EQ(this->wait_readable(*pair.server), Code::ok);
  EXPECT_EQ(this->wait_readable(*pair.server), Code::ok);
  EXPECT_EQ(this->read(*pair.server, 2).text, "bc");
}

TYPED_TEST_P(StreamContract, AnEmptySendIsNothing) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  pair.client->send(Bytes());
  EXPECT_EQ(pair.client->unsent_bytes(), 0u);
  auto& readable = this->template slot<void>();
  pair.server->start_wait_readable(readable);
  this->settle();
  EXPECT_FALSE(readable.done());
  pair.client->send(Bytes());
  this->send(*pair.client, "x");
  pair.client->send(Bytes());
  ASSERT_TRUE(this->finish(readable));
  EXPECT_EQ(this->read(*pair.server, 1).text, "x");
}

TYPED_TEST_P(StreamContract, ReadsOfOneByteGiveTheSameBytes) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(300);
  this->send(*pair.client, text);
  EXPECT_EQ(this->read(*pair.server, text.size(), 1).text, text);
}

// More pieces than one writev() takes.
TYPED_TEST_P(StreamContract, ManySendsOfOneTurnArriveInOrder) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  std::string all;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::string piece = pattern(i % 7, i);
    this->send(*pair.client, piece);
    all += piece;
  }
  EXPECT_EQ(pair.client->unsent_bytes(), all.size());
  EXPECT_EQ(this->read(*pair.server, all.size()).text, all);
}

TYPED_TEST_P(StreamContract, SlicesOfOneBlockMayBeSentTogether) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  {
    const Bytes word = Bytes::copy_of("tarsier");
    pair.client->send(word.slice(0, 3));
    pair.client->send(word);
    pair.client->send(word.slice(3, 4));
  }
  EXPECT_EQ(this->read(*pair.server, 14).text, "tartarsiersier");
}

TYPED_TEST_P(StreamContract, BytesAreQueuedUntilTheTurnEnds) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  std::vector<std::size_t> unsent;
  this->world.client().executor.post([&] {
    this->send(*pair.client, "four");
    unsent.push_back(pair.client->unsent_bytes());
    this->send(*pair.client, "more");
    unsent.push_back(pair.client->unsent_bytes());
  });
  EXPECT_EQ(this->read(*pair.server, 8).text, "fourmore");
  EXPECT_EQ(unsent, (std::vector<std::size_t>{4, 8}));
  EXPECT_EQ(this->wait_unsent(*pair.client, 0), Code::ok);
  EXPECT_EQ(pair.client->unsent_bytes(), 0u);
}

TYPED_TEST_P(StreamContract, EightMebibytesEachWayAtTheSameTime) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::size_t size = std::size_t{8} << 20;
  const std::string there = pattern(size, 1);
  const std::string back = pattern(size, 2);
  this->send(*pair.client, there);
  this->send(*pair.server, back);
  EXPECT_TRUE(this->read(*pair.server, size).text == there);
  EXPECT_TRUE(this->read(*pair.client, size).text == back);
}

TYPED_TEST_P(StreamContract, APeerThatDoesNotReadHoldsTheSenderBack) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::size_t size = std::size_t{24} << 20;  // beyond what Linux buffers by itself
  const std::string text = pattern(size);
  this->send(*pair.client, text);
  this->settle();
  const std::size_t held = pair.client->unsent_bytes();
  EXPECT_GT(held, 0u);
  EXPECT_LT(held, size);
  auto& half = this->template slot<void>();
  pair.client->start_wait_unsent(held / 2, half);
  this->settle();
  EXPECT_FALSE(half.done());
  bool was_low_enough = false;
  half.then = [&] { was_low_enough = pair.client->unsent_bytes() <= held / 2; };
  EXPECT_TRUE(this->read(*pair.server, size).text == text);
  ASSERT_TRUE(this->finish(half));
  EXPECT_EQ(half.code(), Code::ok);
  EXPECT_TRUE(was_low_enough);
  EXPECT_EQ(this->wait_unsent(*pair.client, 0), Code::ok);
}

TYPED_TEST_P(StreamContract, AHeldBackSenderStillReceives) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, pattern(std::size_t{24} << 20));
  this->settle();
  ASSERT_GT(pair.client->unsent_bytes(), 0u);
  this->send(*pair.server, "stop");
  EXPECT_EQ(this->read(*pair.client, 4).text, "stop");
}

TYPED_TEST_P(StreamContract, WaitingForNothingUnsentCompletesLater) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  EXPECT_EQ(this->wait_unsent(*pair.client, 0), Code::ok);
  this->send(*pair.client, "abc");
  EXPECT_EQ(this->wait_unsent(*pair.client, 3), Code::ok);
}

TYPED_TEST_P(StreamContract, BothKindsOfWaitMayBePendingTogether) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{24} << 20);
  this->send(*pair.client, text);
  auto& readable = this->template slot<void>();
  auto& unsent = this->template slot<void>();
  pair.client->start_wait_readable(readable);
  pair.client->start_wait_unsent(0, unsent);
  this->send(*pair.server, "x");
  ASSERT_TRUE(this->finish(readable));
  EXPECT_EQ(this->read(*pair.client, 1).text, "x");
  EXPECT_TRUE(this->read(*pair.server, text.size()).text == text);
  ASSERT_TRUE(this->finish(unsent));
  EXPECT_EQ(unsent.code(), Code::ok);
}

TYPED_TEST_P(StreamContract, TwoHundredConnectionsKeepTheirBytesApart) {
  auto& listener = this->listen_here();
  std::vector<typename TestFixture::Pair> pairs;
  for (int i = 0; i < 200; ++i) {
    pairs.push_back(this->connect_pair(listener));
    ASSERT_TRUE(pairs.back().client != nullptr && pairs.back().server != nullptr);
  }
  for (std::uint32_t i = 0; i < 200; ++i) this->send(*pairs[i].client, pattern(1000 + i, i));
  for (std::uint32_t i = 0; i < 200; ++i) {
    const std::string expected = pattern(1000 + i, i);
    ASSERT_EQ(this->read(*pairs[i].server, expected.size()).text, expected) << i;
    this->send(*pairs[i].server, expected.substr(0, 10));
  }
  for (std::uint32_t i = 0; i < 200; ++i)
    ASSERT_EQ(this->read(*pairs[i].client, 10).text, pattern(10, i)) << i;
}

// Pieces, reads and directions at random: whatever the segmentation, the bytes are the same.
TYPED_TEST_P(StreamContract, RandomTrafficArrivesWholeAndInOrder) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  struct Direction {
    Connection* from;
    Connection* to;
    std::string sent, received;
  };
  std::vector<Direction> directions{{pair.client, pair.server, {}, {}},
                                    {pair.server, pair.client, {}, {}}};
  Random random(20261121);
  std::vector<std::byte> chunk(40'000);
  for (int step = 0; step < 600; ++step) {
    Direction& d = directions[random.below(2)];
    if (random.one_in(2)) {
      const std::string piece = pattern(random.below(30'000), static_cast<std::uint32_t>(step));
      this->send(*d.from, piece);
      d.sent += piece;
    } else if (random.one_in(3)) {
      (void)this->wait_unsent(*d.from, d.from->unsent_bytes());
    } else {
      const std::size_t most = 1 + random.below(chunk.size());
      const auto taken = d.to->read_some(std::span(chunk).first(most));
      if (taken.ok()) d.received += as_text(std::span<const std::byte>(chunk).first(*taken));
    }
  }
  for (Direction& d : directions) {
    d.received += this->read(*d.to, d.sent.size() - d.received.size()).text;
    EXPECT_TRUE(d.received == d.sent);
  }
}

// A completion may end the object it came from.
TYPED_TEST_P(StreamContract, AConnectionMayBeDestroyedInItsOwnCompletion) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  auto& readable = this->template slot<void>();
  readable.then = [&] { this->drop(pair.server); };
  pair.server->start_wait_readable(readable);
  this->send(*pair.client, "x");
  ASSERT_TRUE(this->finish(readable));
  EXPECT_EQ(this->read_to_end(*pair.client).code, Code::reset) << "the byte was never read";
}

REGISTER_TYPED_TEST_SUITE_P(
    StreamContract, ConnectsAndAccepts, TheKernelAcceptsBeforeTheProgramDoes,
    AcceptsInTheOrderOfConnecting, BothSidesAgreeOnTheirAddresses, RefusesWhenNobodyListens,
    ADeadlineInThePastIsATimeout, AFullBacklogEndsAtTheDeadline, RoomInTheBacklogAdmitsWhoWaits,
    NothingIsThereAtFirst, WaitsUntilBytesArrive, AWaitIsReadinessNotAnEdge, AnEmptySendIsNothing,
    ReadsOfOneByteGiveTheSameBytes, ManySendsOfOneTurnArriveInOrder,
    SlicesOfOneBlockMayBeSentTogether, BytesAreQueuedUntilTheTurnEnds,
    EightMebibytesEachWayAtTheSameTime, APeerThatDoesNotReadHoldsTheSenderBack,
    AHeldBackSenderStillReceives, WaitingForNothingUnsentCompletesLater,
    BothKindsOfWaitMayBePendingTogether, TwoHundredConnectionsKeepTheirBytesApart,
    RandomTrafficArrivesWholeAndInOrder, AConnectionMayBeDestroyedInItsOwnCompletion);

}  // namespace tarsier::contract
