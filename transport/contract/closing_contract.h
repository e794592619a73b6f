#pragma once

#include <array>
#include <string>

#include "transport/contract/world.h"
#include "transport/lingering_close.h"

// How a stream and a listener end: half-close, close, reset, and what is still delivered.
namespace tarsier::contract {

template <class T>
class ClosingContract : public StreamFixture<T> {
 protected:
  // Reads until the stream is over. What came is checked to be a beginning of `sent`.
  Code how_it_ended(Connection& connection, const std::string& sent) {
    const auto reading = this->read_to_end(connection);
    EXPECT_TRUE(sent.starts_with(reading.text)) << "bytes that were never sent";
    return reading.end ? Code::ok : reading.code;
  }

  // Ends `connection` by a LingeringClose; left_ says when that is over.
  void leave(Connection& connection) {
    linger_.begin(connection, this->world.server().clock.now());
    go_on_leaving(connection);
  }
  void go_on_leaving(Connection& connection) {
    std::array<std::byte, 4096> scratch;
    const auto next = linger_.next(connection, scratch);
    if (next == LingeringClose::Next::close) {
      connection.close();
      left_ = true;
      return;
    }
    auto& wait = this->template slot<void>();
    wait.then = [this, &connection] { go_on_leaving(connection); };
    if (next == LingeringClose::Next::wait_readable) {
      connection.start_wait_readable(wait);
    } else {
      connection.start_wait_unsent(0, wait);
    }
  }

  LingeringClose linger_;
  bool left_ = false;
};
TYPED_TEST_SUITE_P(ClosingContract);

TYPED_TEST_P(ClosingContract, FinishSendingGivesThePeerTheEnd) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "last words");
  pair.client->finish_sending();
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_EQ(reading.text, "last words");
  EXPECT_TRUE(reading.end);
}

TYPED_TEST_P(ClosingContract, TheEndStays) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  pair.client->finish_sending();
  EXPECT_TRUE(this->read_to_end(*pair.server).end);
  EXPECT_EQ(this->wait_readable(*pair.server), Code::ok);
  EXPECT_TRUE(this->read_to_end(*pair.server).end);
}

TYPED_TEST_P(ClosingContract, TheEndComesBehindAllQueuedBytes) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{12} << 20);
  this->send(*pair.client, text);
  pair.client->finish_sending();
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_TRUE(reading.text == text);
  EXPECT_TRUE(reading.end);
}

TYPED_TEST_P(ClosingContract, AHalfClosedClientStillReads) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "question");
  pair.client->finish_sending();
  EXPECT_EQ(this->read_to_end(*pair.server).text, "question");
  const std::string answer = pattern(3 << 20);
  this->send(*pair.server, answer);
  EXPECT_TRUE(this->read(*pair.client, answer.size()).text == answer);
}

TYPED_TEST_P(ClosingContract, AHalfClosedServerStillReads) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  pair.server->finish_sending();
  EXPECT_TRUE(this->read_to_end(*pair.client).end);
  this->send(*pair.client, "still here");
  EXPECT_EQ(this->read(*pair.server, 10).text, "still here");
}

TYPED_TEST_P(ClosingContract, BothSidesMayFinishAndBothSeeTheEnd) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "ping");
  this->send(*pair.server, "pong");
  pair.client->finish_sending();
  pair.server->finish_sending();
  EXPECT_EQ(this->read_to_end(*pair.client).text, "pong");
  EXPECT_EQ(this->read_to_end(*pair.server).text, "ping");
  EXPECT_TRUE(this->read_to_end(*pair.client).end);
}

TYPED_TEST_P(ClosingContract, NothingIsSentAfterFinishSending) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "a");
  pair.client->finish_sending();
  this->send(*pair.client, "b");
  pair.client->finish_sending();
  EXPECT_EQ(this->read_to_end(*pair.server).text, "a");
}

TYPED_TEST_P(ClosingContract, CloseGivesThePeerTheEndBehindTheBytes) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "goodbye");
  pair.client->close();
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_EQ(reading.text, "goodbye");
  EXPECT_TRUE(reading.end);
}

TYPED_TEST_P(ClosingContract, BytesInTheBufferOutliveTheSender) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "still to be read");
  ASSERT_EQ(this->wait_unsent(*pair.client, 0), Code::ok);
  this->drop(pair.client);
  this->settle();
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_EQ(reading.text, "still to be read");
  EXPECT_TRUE(reading.end);
}

TYPED_TEST_P(ClosingContract, QueuedBytesAreDeliveredAfterTheConnectionIsDestroyed) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{12} << 20);
  this->send(*pair.client, text);
  this->drop(pair.client);
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_TRUE(reading.text == text) << reading.text.size();
  EXPECT_TRUE(reading.end) << code_name(reading.code);
}

TYPED_TEST_P(ClosingContract, ClosingWithUnreadBytesResetsThePeer) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "nobody reads this");
  ASSERT_EQ(this->wait_readable(*pair.server), Code::ok);
  pair.server->close();
  EXPECT_EQ(this->how_it_ended(*pair.client, ""), Code::reset);
}

TYPED_TEST_P(ClosingContract, AResetStays) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "nobody reads this");
  ASSERT_EQ(this->wait_readable(*pair.server), Code::ok);
  this->drop(pair.server);
  EXPECT_EQ(this->how_it_ended(*pair.client, ""), Code::reset);
  this->send(*pair.client, "into the void");
  this->settle();
  EXPECT_EQ(this->wait_readable(*pair.client), Code::ok) << "the error shows when reading";
  EXPECT_EQ(this->how_it_ended(*pair.client, ""), Code::reset);
  EXPECT_EQ(this->wait_unsent(*pair.client, 0), Code::reset);
}

TYPED_TEST_P(ClosingContract, AResetEndsPendingWaits) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, pattern(std::size_t{24} << 20));
  auto& readable = this->template slot<void>();
  auto& unsent = this->template slot<void>();
  pair.client->start_wait_readable(readable);
  pair.client->start_wait_unsent(0, unsent);
  ASSERT_EQ(this->wait_readable(*pair.server), Code::ok);
  this->drop(pair.server);
  ASSERT_TRUE(this->finish(readable));
  ASSERT_TRUE(this->finish(unsent));
  EXPECT_EQ(readable.code(), Code::ok);
  EXPECT_EQ(unsent.code(), Code::reset);
  EXPECT_EQ(this->how_it_ended(*pair.client, ""), Code::reset);
}

TYPED_TEST_P(ClosingContract, BytesThatArrivedBeforeTheResetAreRead) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "unread");
  this->send(*pair.server, "answer");
  ASSERT_EQ(this->wait_readable(*pair.server), Code::ok);
  ASSERT_EQ(this->wait_readable(*pair.client), Code::ok);
  this->settle();
  pair.server->close();
  this->settle();
  EXPECT_EQ(this->read(*pair.client, 6).text, "answer");
  EXPECT_EQ(this->how_it_ended(*pair.client, ""), Code::reset);
}

TYPED_TEST_P(ClosingContract, AbortResetsThePeer) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{24} << 20);
  this->send(*pair.client, text);
  pair.client->abort();
  const Code ended = this->how_it_ended(*pair.server, text);
  EXPECT_EQ(ended, this->tcp ? Code::reset : Code::ok) << code_name(ended);
}

TYPED_TEST_P(ClosingContract, AbortDropsWhatIsQueued) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "never leaves");
  pair.client->abort();
  this->settle();
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_EQ(reading.text, "");
}

TYPED_TEST_P(ClosingContract, AbortAfterCloseStopsTheDelivery) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{24} << 20);
  this->send(*pair.client, text);
  this->settle();
  pair.client->close();
  this->settle();
  pair.client->abort();
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_LT(reading.text.size(), text.size());
  EXPECT_TRUE(text.starts_with(reading.text));
}

TYPED_TEST_P(ClosingContract, SendingToAPeerThatIsGoneBreaksTheConnection) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->drop(pair.server);
  EXPECT_TRUE(this->read_to_end(*pair.client).end);
  // The first bytes may still be taken; their answer is the reset.
  Code code = Code::ok;
  for (int i = 0; i < 50 && code == Code::ok; ++i) {
    this->send(*pair.client, "x");
    code = this->wait_unsent(*pair.client, 0);
    this->settle();
  }
  EXPECT_EQ(code, Code::reset);
}

// It will never read, so what is sent to it is answered with a reset, now or when all is delivered.
TYPED_TEST_P(ClosingContract, SendingToAClosedPeerThatStillDeliversIsAReset) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{12} << 20);
  this->send(*pair.server, text);
  this->settle();
  this->drop(pair.server);
  this->send(*pair.client, "too late");
  EXPECT_EQ(this->how_it_ended(*pair.client, text), Code::reset);
}

// The same without the reset, because what the peer sends is still read.
TYPED_TEST_P(ClosingContract, LingeringDeliversToAPeerThatSendsOn) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{12} << 20);
  this->send(*pair.client, "nobody reads this");
  ASSERT_EQ(this->wait_readable(*pair.server), Code::ok);
  this->send(*pair.server, text);
  this->leave(*pair.server);
  this->send(*pair.client, pattern(100'000));
  EXPECT_EQ(this->how_it_ended(*pair.client, text), Code::ok);
  EXPECT_FALSE(this->left_) << "the peer may still send";
  const TimePoint now = this->world.server().clock.now();
  EXPECT_FALSE(this->linger_.late(*pair.server, now, Duration::zero())) << "it has all";
  EXPECT_TRUE(this->linger_.late(*pair.server, now + limits::linger_wait, Duration::zero()));
  pair.client->finish_sending();
  EXPECT_TRUE(this->run_until([&] { return this->left_; }));
}

TYPED_TEST_P(ClosingContract, LingeringWaitsForWhoStoppedSendingButStillReads) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  const std::string text = pattern(std::size_t{12} << 20);
  pair.client->finish_sending();
  this->send(*pair.server, text);
  this->leave(*pair.server);
  this->settle();
  EXPECT_FALSE(this->left_) << "not all of it is taken";
  const TimePoint now = this->world.server().clock.now();
  EXPECT_FALSE(this->linger_.late(*pair.server, now, std::chrono::hours(1)));
  EXPECT_TRUE(this->linger_.late(*pair.server, now, Duration::zero()));
  EXPECT_EQ(this->how_it_ended(*pair.client, text), Code::ok);
  EXPECT_TRUE(this->run_until([&] { return this->left_; }));
}

TYPED_TEST_P(ClosingContract, LingeringEndsWithAPeerThatNeverDoes) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, pattern(4 * limits::linger_bytes_max));
  this->leave(*pair.server);
  EXPECT_TRUE(this->run_until([&] { return this->left_; }));
  EXPECT_EQ(this->wait_unsent(*pair.client, 0), Code::reset);
}

TYPED_TEST_P(ClosingContract, ReadingAfterCloseIsClosed) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.server, "too late");
  ASSERT_EQ(this->wait_readable(*pair.client), Code::ok);
  pair.client->close();
  std::array<std::byte, 8> chunk;
  EXPECT_EQ(pair.client->read_some(chunk).code(), Code::closed);
  EXPECT_EQ(this->wait_readable(*pair.client), Code::closed);
  EXPECT_EQ(this->wait_unsent(*pair.client, 0), Code::closed);
}

TYPED_TEST_P(ClosingContract, CloseEndsPendingWaitsLater) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, pattern(std::size_t{24} << 20));
  auto& readable = this->template slot<void>();
  auto& unsent = this->template slot<void>();
  pair.client->start_wait_readable(readable);
  pair.client->start_wait_unsent(0, unsent);
  this->settle();
  pair.client->close();
  EXPECT_FALSE(readable.done()) << "completed inside close()";
  EXPECT_FALSE(unsent.done()) << "completed inside close()";
  ASSERT_TRUE(this->finish(readable));
  ASSERT_TRUE(this->finish(unsent));
  EXPECT_EQ(readable.code(), Code::closed);
  EXPECT_EQ(unsent.code(), Code::closed);
}

TYPED_TEST_P(ClosingContract, AbortEndsPendingWaitsLater) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  auto& readable = this->template slot<void>();
  pair.client->start_wait_readable(readable);
  this->settle();
  pair.client->abort();
  EXPECT_FALSE(readable.done()) << "completed inside abort()";
  ASSERT_TRUE(this->finish(readable));
  EXPECT_EQ(readable.code(), Code::closed);
}

TYPED_TEST_P(ClosingContract, ClosingTwiceIsOnce) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->send(*pair.client, "a");
  pair.client->close();
  this->send(*pair.client, "b");
  pair.client->finish_sending();
  pair.client->close();
  const auto reading = this->read_to_end(*pair.server);
  EXPECT_EQ(reading.text, "a");
  EXPECT_TRUE(reading.end);
  pair.client->abort();
}

TYPED_TEST_P(ClosingContract, ConnectionsOutliveTheirListener) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  this->drop(this->listener_);
  this->send(*pair.client, "alone");
  EXPECT_EQ(this->read(*pair.server, 5).text, "alone");
}

TYPED_TEST_P(ClosingContract, ClosingAListenerEndsItsAccept) {
  auto& listener = this->listen_here();
  auto& accepted = this->start_accept(listener);
  this->settle();
  EXPECT_FALSE(accepted.done());
  listener.close();
  EXPECT_FALSE(accepted.done()) << "completed inside close()";
  ASSERT_TRUE(this->finish(accepted));
  EXPECT_EQ(accepted.code(), Code::closed);
  listener.close();
  auto& again = this->start_accept(listener);
  ASSERT_TRUE(this->finish(again));
  EXPECT_EQ(again.code(), Code::closed);
}

TYPED_TEST_P(ClosingContract, ClosingAListenerResetsWhomNobodyAccepted) {
  auto& listener = this->listen_here();
  Connection* client = this->connect(listener.local());
  ASSERT_NE(client, nullptr);
  listener.close();
  EXPECT_EQ(this->how_it_ended(*client, ""), Code::reset);
}

// Linux tells them at their next SYN.
TYPED_TEST_P(ClosingContract, ClosingAListenerRefusesWhoWaitsForItsBacklog) {
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
  this->drop(&listener);
  ASSERT_TRUE(this->finish(third));
  EXPECT_EQ(third.code(), Code::refused);
}

TYPED_TEST_P(ClosingContract, AClientThatLeftBeforeItWasAcceptedIsAcceptedAllTheSame) {
  auto& listener = this->listen_here();
  Connection* client = this->connect(listener.local());
  ASSERT_NE(client, nullptr);
  this->send(*client, "and gone");
  ASSERT_EQ(this->wait_unsent(*client, 0), Code::ok);
  this->drop(client);
  Connection* server = this->accept(listener);
  ASSERT_NE(server, nullptr);
  const auto reading = this->read_to_end(*server);
  EXPECT_EQ(reading.text, "and gone");
  EXPECT_TRUE(reading.end);
}

TYPED_TEST_P(ClosingContract, DestroyingAConnectionThatIsWaitedForIsABug) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  EXPECT_DEATH(
      {
        auto& readable = this->template slot<void>();
        pair.client->start_wait_readable(readable);
        this->drop(pair.client);
      },
      "destroyed while");
}

TYPED_TEST_P(ClosingContract, TwoWaitsOfOneKindAreABug) {
  const auto pair = this->pair();
  ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
  EXPECT_DEATH(
      {
        auto& first = this->template slot<void>();
        auto& second = this->template slot<void>();
        pair.client->start_wait_readable(first);
        pair.client->start_wait_readable(second);
      },
      "at a time|already");
}

REGISTER_TYPED_TEST_SUITE_P(
    ClosingContract, FinishSendingGivesThePeerTheEnd, TheEndStays, TheEndComesBehindAllQueuedBytes,
    AHalfClosedClientStillReads, AHalfClosedServerStillReads, BothSidesMayFinishAndBothSeeTheEnd,
    NothingIsSentAfterFinishSending, CloseGivesThePeerTheEndBehindTheBytes,
    BytesInTheBufferOutliveTheSender, QueuedBytesAreDeliveredAfterTheConnectionIsDestroyed,
    ClosingWithUnreadBytesResetsThePeer, AResetStays, AResetEndsPendingWaits,
    BytesThatArrivedBeforeTheResetAreRead, AbortResetsThePeer, AbortDropsWhatIsQueued,
    AbortAfterCloseStopsTheDelivery, SendingToAPeerThatIsGoneBreaksTheConnection,
    SendingToAClosedPeerThatStillDeliversIsAReset, LingeringDeliversToAPeerThatSendsOn,
    LingeringWaitsForWhoStoppedSendingButStillReads, LingeringEndsWithAPeerThatNeverDoes,
    ReadingAfterCloseIsClosed, CloseEndsPendingWaitsLater, AbortEndsPendingWaitsLater,
    ClosingTwiceIsOnce, ConnectionsOutliveTheirListener, ClosingAListenerEndsItsAccept,
    ClosingAListenerResetsWhomNobodyAccepted, ClosingAListenerRefusesWhoWaitsForItsBacklog,
    AClientThatLeftBeforeItWasAcceptedIsAcceptedAllTheSame,
    DestroyingAConnectionThatIsWaitedForIsABug, TwoWaitsOfOneKindAreABug);

}  // namespace tarsier::contract
