// Every oracle of remote calls can fire.

#include "sim/scenarios/echo_book.h"

#include <string>

namespace tarsier::sim {
namespace {

class EchoBookTest : public testing::Test {
 protected:
  EchoBook::Call call(std::uint64_t id, int ended_ms = 10, int deadline_ms = 100) {
    return EchoBook::Call{id, TimePoint(std::chrono::milliseconds(deadline_ms)),
                          TimePoint(std::chrono::milliseconds(ended_ms)), TimePoint()};
  }
  void expect_fired(const std::string& sentence) {
    EXPECT_THAT(verdict.take(), testing::ElementsAre(testing::HasSubstr(sentence)));
  }

  World world{1};
  Verdict verdict{world};
  EchoBook book{verdict};
};

TEST_F(EchoBookTest, AGoodCallFiresNothing) {
  const auto id = book.start_call();
  EXPECT_EQ(book.serve(id), 1u);
  book.replied(call(id), true);
  book.check_balance();
  EXPECT_THAT(verdict.take(), testing::IsEmpty());
}

TEST_F(EchoBookTest, SeesAnAnswerToAnotherCall) {
  const auto id = book.start_call();
  book.serve(id);
  book.replied(call(id), false);
  expect_fired("got the answer to another call");
}

TEST_F(EchoBookTest, SeesAnAnswerFromNowhere) {
  book.replied(call(book.start_call()), true);
  expect_fired("answered but never served");
}

TEST_F(EchoBookTest, SeesACallThatEndsTwice) {
  const auto id = book.start_call();
  book.failed(call(id), Error(Code::timeout));
  book.failed(call(id), Error(Code::timeout));
  expect_fired("ended twice");
}

TEST_F(EchoBookTest, SeesACallThatEndsAfterItsDeadline) {
  book.failed(call(book.start_call(), 130, 100), Error(Code::timeout));
  expect_fired("ended 30ms after its deadline");
}

TEST_F(EchoBookTest, ExcusesWhatAPauseDelayed) {
  auto late = call(book.start_call(), 5'000, 100);
  late.resumed_at = late.now;
  book.failed(late, Error(Code::timeout));
  EXPECT_THAT(verdict.take(), testing::IsEmpty());
}

TEST_F(EchoBookTest, SeesACallThatRunsTwice) {
  const auto id = book.start_call();
  book.serve(id);
  book.serve(id);
  expect_fired("ran twice");
}

TEST_F(EchoBookTest, SeesACallThatNobodyMade) {
  book.serve(7);
  expect_fired("which nobody made");
}

TEST_F(EchoBookTest, SeesACallThatRanAlthoughItWasNeverSent) {
  const auto id = book.start_call();
  book.serve(id);
  book.failed(call(id), Error(Code::connect));
  expect_fired("although its client was told that it never left");
}

TEST_F(EchoBookTest, SeesAnErrorThatNoFaultExplains) {
  book.failed(call(book.start_call()), Error(Code::client_decode));
  expect_fired("which no fault explains");
}

TEST_F(EchoBookTest, SeesACallThatNeverEnds) {
  book.start_call();
  book.check_balance();
  expect_fired("1 calls never ended");
}

}  // namespace
}  // namespace tarsier::sim
