#include "governance/application/stat_reporter.h"

#include <string>
#include <utility>
#include <vector>

#include "StatF_mock.h"
#include "governance/application/report_testing.h"

namespace tarsier::application {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::NiceMock;
using Api = ::tars::StatFApi;

class StatReporterTest : public ReportTest {
 protected:
  StatReporterTest() {
    proxy = serve<::tars::StatFClient>("tars.tarsstat.StatObj", servant);
    ON_CALL(servant, reportMicMsg)
        .WillByDefault([this](const StatMap& entries, bool from_client,
                              ServerCall& call) -> Result<Api::reportMicMsgResult> {
          EXPECT_EQ(call.context().find("node_name"), "node-1");
          if (error.code != Code::ok) return error;
          messages.emplace_back(entries, from_client);
          received += calls_of(entries);
          Api::reportMicMsgResult result;
          result.ret = answer;
          return result;
        });
    error.code = Code::ok;
    reporter = std::make_unique<StatReporter>(world.env(), proxy, identity, options);
  }
  ~StatReporterTest() override {
    if (!closed) finish(reporter->close());
  }
  void call(std::string function, StatTable& table) {
    StatHead head;
    head.interfaceName = std::move(function);
    table.add(head, StatOutcome::success, 3);
  }
  void pass_an_interval() { world.advance(seconds(67)); }

  NiceMock<::tars::MockStatFSyncServant> servant;
  ::tars::StatFClient proxy;
  ReportOptions options;
  std::unique_ptr<StatReporter> reporter;
  std::vector<std::pair<StatMap, bool>> messages;
  std::uint64_t received = 0;
  Error error;
  std::int32_t answer = 0;
  bool closed = false;
};

TEST_F(StatReporterTest, ReportsBothSidesEachInterval) {
  call("a", reporter->as_client());
  call("a", reporter->as_client());
  call("b", reporter->as_server());
  EXPECT_TRUE(messages.empty());
  pass_an_interval();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_TRUE(messages[0].second);
  EXPECT_EQ(messages[0].first.begin()->first.interfaceName, "a");
  EXPECT_EQ(messages[0].first.begin()->second.count, 2);
  EXPECT_FALSE(messages[1].second);
  EXPECT_EQ(reporter->as_client().counters().delivered, 2u);
  pass_an_interval();
  EXPECT_EQ(messages.size(), 2u) << "nothing is reported when nothing happened";
  expect_sum(reporter->as_client().counters());
}

TEST_F(StatReporterTest, LargeReportsAreSeveralMessages) {
  for (int i = 0; i < 100; ++i) call("function" + std::to_string(i), reporter->as_client());
  pass_an_interval();
  EXPECT_GE(messages.size(), 13u);
  EXPECT_EQ(received, 100u);
  EXPECT_EQ(reporter->messages(), messages.size());
}

TEST_F(StatReporterTest, WhatCouldNotBeSentGoesWithTheNextReport) {
  error = Error(Code::overload, "busy");
  for (int i = 0; i < 100; ++i) call("function" + std::to_string(i), reporter->as_client());
  call("b", reporter->as_server());
  pass_an_interval();
  EXPECT_EQ(reporter->messages(), 1u) << "the others would fare no better";
  EXPECT_EQ(reporter->as_client().counters().pending, 100u);
  call("function1", reporter->as_client());
  error.code = Code::ok;
  pass_an_interval();
  EXPECT_EQ(received, 102u);
  EXPECT_EQ(reporter->as_client().counters().delivered, 101u);
  EXPECT_EQ(reporter->as_server().counters().delivered, 1u);
}

TEST_F(StatReporterTest, WhatMayHaveArrivedIsNotSentTwice) {
  answer = -1;
  for (int i = 0; i < 100; ++i) call("function" + std::to_string(i), reporter->as_client());
  pass_an_interval();
  ASSERT_EQ(messages.size(), 1u);
  const std::uint64_t first = received;
  EXPECT_EQ(reporter->as_client().counters().failed, first);
  answer = 0;
  pass_an_interval();
  EXPECT_EQ(received, 100u) << "each once";
  EXPECT_EQ(reporter->as_client().counters().delivered, 100u - first);
  expect_sum(reporter->as_client().counters());
}

TEST_F(StatReporterTest, AServiceThatIsAwayCostsNothingButMemory) {
  stop_server();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) call("function" + std::to_string(i), reporter->as_client());
    pass_an_interval();
  }
  EXPECT_EQ(reporter->as_client().entries(), 20u);
  EXPECT_EQ(reporter->as_client().counters().pending, 100u);
  finish(reporter->close(seconds(1)));
  closed = true;
  EXPECT_EQ(reporter->as_client().counters().failed, 100u);
  expect_sum(reporter->as_client().counters());
}

TEST_F(StatReporterTest, ClosingReportsOnceMore) {
  call("last", reporter->as_client());
  const TimePoint before = world.loop().now();
  finish(reporter->close());
  closed = true;
  EXPECT_EQ(received, 1u);
  EXPECT_LT(world.loop().now() - before, milliseconds(10));
  call("too late", reporter->as_client());
  EXPECT_EQ(reporter->as_client().counters().pending, 1u);
}

}  // namespace
}  // namespace tarsier::application
