#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/client_testing.h"

// Which calls are sent again, where, and how often.
namespace tarsier::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int32_t overloaded = -9;
constexpr std::int32_t relay_failed = -8;

class RepeatedCallTest : public ClientTest {
 protected:
  AskClient connect_to_both(ClientOptions options = {}) {
    options.balance.policy = balance::Policy::round_robin;
    return connect_to({server.endpoint(), other.endpoint()}, options);
  }
  AskClient connect_to_one(const ClientOptions& options = {}) {
    return connect_to({server.endpoint()}, options);
  }
  CallOptions idempotent() const {
    CallOptions options;
    options.idempotent = true;
    return options;
  }
  // The longest backoff before the second attempt, and before the third.
  void back_off() { world.advance(milliseconds(50)); }
  void answer_last(std::int32_t ret, std::size_t peer = 0) {
    server.answer(server.requests().back().request_id, "told", ret, peer);
  }

  FakeServer other{world};
};

TEST_F(RepeatedCallTest, WhatWasNeverSentGoesToAnotherAtOnce) {
  const auto proxy = connect_to_both();
  server.close();
  for (int i = 0; i < 10; ++i) ask(proxy, "x" + std::to_string(i));
  EXPECT_TRUE(results.empty()) << "nobody heard of it";
  ASSERT_EQ(other.requests().size(), 10u);
  EXPECT_EQ(client->counters().failovers, 1u);
  EXPECT_EQ(client->counters().repeats, 0u);
  EXPECT_EQ(other.requests()[0].timeout_ms, 3000);
  for (const auto& request : other.requests()) other.answer(request.request_id, "y");
  EXPECT_EQ(results.size(), 10u);
}

TEST_F(RepeatedCallTest, ToTheOnlyEndpointItGoesAgainAfterAWhile) {
  const auto proxy = connect_to_one();
  server.close();
  ask(proxy, "x");
  EXPECT_TRUE(results.empty());
  server.open_again();
  back_off();
  ASSERT_EQ(server.requests().size(), 1u);
  answer_last(0);
  EXPECT_EQ(results.at(0)->ret, "told");
  server.end();
  server.close();
  ask(proxy, "y");
  back_off();
  back_off();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[1].code(), Code::connect);
  EXPECT_EQ(client->counters().connect_failed, 4u) << "one, and three attempts of the second call";
}

TEST_F(RepeatedCallTest, AnOverloadedServerIsAskedThreeTimesAtMost) {
  const auto proxy = connect_to_one();
  ask(proxy, "x");
  answer_last(overloaded);
  EXPECT_TRUE(results.empty());
  back_off();
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_LT(server.requests()[1].timeout_ms, 3000) << "what is left of it";
  EXPECT_NE(server.requests()[0].request_id, server.requests()[1].request_id);
  EXPECT_EQ(server.requests()[0].body, server.requests()[1].body);
  answer_last(overloaded);
  back_off();
  answer_last(overloaded);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::overload);
  EXPECT_EQ(client->counters().repeats, 2u);
}

TEST_F(RepeatedCallTest, TheWordOfTheServerHowLongToWaitIsHeeded) {
  const auto proxy = connect_to_one();
  ask(proxy, "x");
  tars::ResponsePacket refusal;
  refusal.version = 1;
  refusal.request_id = id_of(0);
  refusal.ret = overloaded;
  refusal.context["x-retry-after"] = "700";
  server.send(refusal);
  world.advance(milliseconds(699));
  EXPECT_EQ(server.requests().size(), 1u);
  world.advance(milliseconds(1));
  ASSERT_EQ(server.requests().size(), 2u);
  refusal.request_id = id_of(1);
  refusal.context["x-retry-after"] = "2500";
  server.send(refusal);
  ASSERT_EQ(results.size(), 1u) << "there is no time for that";
  EXPECT_EQ(results[0].code(), Code::overload);
}

TEST_F(RepeatedCallTest, AFailureBehindTheServerIsRepeatedElsewhereOrNotAtAll) {
  const auto single = connect_to_one();
  ask(single, "x");
  answer_last(relay_failed);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::application);
  EXPECT_EQ(results[0].error().wire_code, relay_failed);
  const auto both = connect_to_both();
  ask(both, "y");
  FakeServer& first = other.requests().empty() ? server : other;
  FakeServer& second = &first == &other ? server : other;
  const std::size_t before = second.requests().size();
  first.answer(first.requests().back().request_id, "no", relay_failed, first.connections() - 1);
  back_off();
  ASSERT_EQ(second.requests().size(), before + 1);
  second.answer(second.requests().back().request_id, "told", 0, second.connections() - 1);
  EXPECT_EQ(results.at(1)->ret, "told");
}

TEST_F(RepeatedCallTest, WhatMayHaveRunIsRepeatedOnlyIfItIsIdempotent) {
  const auto proxy = connect_to_one();
  ask(proxy, "once");
  server.reset();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::closed);
  ask(proxy, "as often as you like", idempotent());
  server.reset(1);
  EXPECT_EQ(results.size(), 1u);
  back_off();
  ASSERT_EQ(server.requests().size(), 3u);
  answer_last(0, 2);
  EXPECT_EQ(results.at(1)->ret, "told");
}

TEST_F(RepeatedCallTest, ACallThatMayHaveRunDoesNotEndAsNeverSent) {
  const auto proxy = connect_to_one();
  ask(proxy, "x", idempotent());
  server.close();
  server.reset();
  back_off();
  back_off();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::closed);
  EXPECT_THAT(results[0].error().detail, ::testing::HasSubstr("may have run"));
}

TEST_F(RepeatedCallTest, CodesOfTheServiceAreAnswers) {
  const auto proxy = connect_to_one();
  for (const std::int32_t ret : {1, -1, -3, -4, -11, -99}) {
    ask(proxy, "x", idempotent());
    answer_last(ret);
    back_off();
  }
  EXPECT_EQ(results.size(), 6u);
  EXPECT_EQ(server.requests().size(), 6u);
}

TEST_F(RepeatedCallTest, ThoseWhoDoNotWantItAreNotRepeated) {
  const auto proxy = connect_to_one();
  CallOptions once;
  once.repeat = false;
  ask(proxy, "x", once);
  answer_last(overloaded);
  EXPECT_EQ(results.size(), 1u);
  const std::string large(65 * limits::kib, 'x');
  ask(proxy, large);
  answer_last(overloaded);
  EXPECT_EQ(results.size(), 2u) << "nobody keeps so large a request";
}

TEST_F(RepeatedCallTest, WhatIsKeptOfRequestsIsBounded) {
  ClientOptions options;
  options.repeat_bytes_max = 10'000;
  options.throttle.reset();
  const auto proxy = connect_to_one(options);
  for (int i = 0; i < 5; ++i) ask(proxy, std::string(3'000, 'x'));
  const auto refuse_all = [&](std::size_t from) {
    for (std::size_t i = from; i < from + 5; ++i) server.answer(id_of(i), "no", overloaded);
  };
  refuse_all(0);
  EXPECT_EQ(results.size(), 2u) << "three of them fit";
  back_off();
  ASSERT_EQ(server.requests().size(), 8u);
  for (std::size_t i = 5; i < 8; ++i) server.answer(id_of(i), "y");
  for (int i = 0; i < 5; ++i) ask(proxy, std::string(3'000, 'x'));
  refuse_all(8);
  EXPECT_EQ(results.size(), 7u) << "and three again";
}

TEST_F(RepeatedCallTest, ABudgetBoundsRepetitions) {
  ClientOptions options;
  options.throttle.reset();
  const auto proxy = connect_to_one(options);
  std::size_t refused = 0;
  for (int i = 0; i < 500; ++i) {
    ask(proxy, "x");
    for (int attempt = 0; attempt < 3; ++attempt) {
      for (; refused < server.requests().size(); ++refused)
        server.answer(id_of(refused), "no", overloaded);
      back_off();
    }
  }
  EXPECT_EQ(results.size(), 500u);
  EXPECT_LE(server.requests().size(), 551u);
  EXPECT_EQ(client->counters().repeats, server.requests().size() - 500);
  EXPECT_GE(client->counters().repeats_unpaid, 440u);
}

TEST_F(RepeatedCallTest, CallsAreHeldBackFromAServantThatRefusesThem) {
  ClientOptions options;
  options.retry.attempts_max = 1;
  const auto proxy = connect_to_one(options);
  std::size_t refused = 0;
  for (int i = 0; i < 1'000; ++i) {
    ask(proxy, "x");
    for (; refused < server.requests().size(); ++refused)
      server.answer(id_of(refused), "no", overloaded);
    world.advance(milliseconds(10));
  }
  EXPECT_EQ(results.size(), 1'000u);
  EXPECT_LT(server.requests().size(), 200u);
  EXPECT_GE(server.requests().size(), 10u) << "one a second finds out whether it is better";
  EXPECT_EQ(client->counters().calls_held_back, 1'000 - server.requests().size());
  EXPECT_THAT(results.back().error().detail, ::testing::HasSubstr("held back by this client"));
}

TEST_F(RepeatedCallTest, AForgottenCallIsNotSentAgain) {
  const auto proxy = connect_to_one();
  {
    const auto forgotten = proxy.ask("x");
    world.run_until_idle();
    answer_last(overloaded);
  }
  back_off();
  EXPECT_EQ(server.requests().size(), 1u);
  ask(proxy, "y");
  EXPECT_EQ(server.requests().size(), 2u);
  answer_last(0);
  EXPECT_EQ(results.size(), 1u);
}

TEST_F(RepeatedCallTest, ClosingFailsThoseWhoRest) {
  const auto proxy = connect_to_one();
  ask(proxy, "x");
  answer_last(overloaded);
  close();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::overload) << "what is known of it";
}

TEST_F(RepeatedCallTest, WhatComesWithTheLastAnswerIsKept) {
  const auto proxy = connect_to_one();
  ReplyInfo info;
  CallOptions options;
  options.reply_info = &info;
  options.context["who"] = "me";
  ask(proxy, "x", options);
  answer_last(overloaded);
  back_off();
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(server.requests()[1].context.at("who"), "me");
  tars::ResponsePacket answer;
  answer.version = 1;
  answer.request_id = id_of(1);
  answer.context["told"] = "yes";
  server.send(answer);
  EXPECT_EQ(results.size(), 1u);
  EXPECT_EQ(info.context.at("told"), "yes");
}

}  // namespace
}  // namespace tarsier::testing
