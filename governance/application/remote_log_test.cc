#include "governance/application/remote_log.h"

#include <string>
#include <utility>
#include <vector>

#include "LogF_mock.h"
#include "governance/application/report_testing.h"

namespace tarsier::application {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::_;
using testing::NiceMock;

// What the log server was told.
struct Received {
  ::tars::LogInfo info;
  std::vector<std::string> lines;
  std::string node;
};

class RemoteLogTest : public ReportTest {
 protected:
  RemoteLogTest() {
    proxy = serve<::tars::LogClient>("tars.tarslog.LogObj", servant);
    ON_CALL(servant, loggerbyInfo)
        .WillByDefault([this](const ::tars::LogInfo& info, const std::vector<std::string>& lines,
                              ServerCall& call) -> Result<::tars::LogApi::loggerbyInfoResult> {
          received.push_back(
              {info, lines, std::string(call.context().find("node_name").value_or(""))});
          if (refuse) return Error(Code::no_space, "the disk of the log server is full");
          return ::tars::LogApi::loggerbyInfoResult();
        });
  }
  RemoteLog& start(RemoteLogOptions options = {}) {
    log = std::make_unique<RemoteLog>(world.env(), proxy, identity, options);
    return *log;
  }
  ~RemoteLogTest() override {
    if (log != nullptr && !closed) finish(log->close());
  }

  NiceMock<::tars::MockLogSyncServant> servant;
  ::tars::LogClient proxy;
  std::unique_ptr<RemoteLog> log;
  std::vector<Received> received;
  bool refuse = false;
  bool closed = false;
};

::tars::LogInfo orders() {
  ::tars::LogInfo info;
  info.sFilename = "orders";
  info.sFormat = "%Y%m%d";
  info.sLogType = "1day";
  return info;
}

TEST_F(RemoteLogTest, LinesOfATenthOfASecondTravelTogether) {
  auto& stream = start().add(orders());
  stream.write({"a\n", 0});
  stream.write({"b\n", 0});
  EXPECT_EQ(stream.counters().pending, 2u);
  world.advance(milliseconds(101));
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].lines, (std::vector<std::string>{"a\n", "b\n"}));
  EXPECT_EQ(received[0].info.appname, "App");
  EXPECT_EQ(received[0].info.servername, "Srv");
  EXPECT_EQ(received[0].info.sFilename, "orders");
  EXPECT_EQ(received[0].info.setdivision, "shop.south.2");
  EXPECT_EQ(received[0].info.sLogType, "1day");
  EXPECT_EQ(received[0].node, "node-1");
  EXPECT_EQ(stream.counters().delivered, 2u);
  expect_sum(stream.counters());
}

TEST_F(RemoteLogTest, BatchesHaveAtMostTwoHundredLinesAndFiveMebibytes) {
  auto& stream = start().add(orders());
  for (int i = 0; i < 450; ++i) stream.write({"x\n", 0});
  world.run_until_idle();
  ASSERT_EQ(received.size(), 2u) << "full batches do not wait";
  EXPECT_EQ(received[0].lines.size(), 200u);
  EXPECT_EQ(received[1].lines.size(), 200u);
  world.advance(milliseconds(101));
  ASSERT_EQ(received.size(), 3u);
  EXPECT_EQ(received[2].lines.size(), 50u);
  for (int i = 0; i < 6; ++i) stream.write({std::string(2 << 20, 'y'), 0});
  world.advance(milliseconds(101));
  ASSERT_EQ(received.size(), 6u);
  for (std::size_t i = 3; i < 6; ++i) EXPECT_EQ(received[i].lines.size(), 2u);
}

TEST_F(RemoteLogTest, WhatIsRefusedIsHandedBackAndCounted) {
  std::vector<std::string> handed_back;
  std::string outcomes;
  auto& stream = start().add(orders(), [&](std::vector<LogLine> lines) {
    for (const LogLine& line : lines) handed_back.push_back(line.text);
  });
  log->observe([&](std::string_view file, bool delivered, std::size_t lines) {
    outcomes += std::string(file) + (delivered ? "+" : "-") + std::to_string(lines) + " ";
  });
  refuse = true;
  stream.write({"lost\n", 0});
  world.advance(seconds(1));
  refuse = false;
  stream.write({"kept\n", 0});
  world.advance(seconds(1));
  EXPECT_EQ(handed_back, std::vector<std::string>{"lost\n"});
  EXPECT_EQ(outcomes, "orders-1 orders+1 ");
  EXPECT_EQ(stream.counters().failed, 1u);
  EXPECT_EQ(stream.counters().delivered, 1u);
  EXPECT_NE(stream.last_error()->detail.find("full"), std::string::npos);
  expect_sum(stream.counters());
}

TEST_F(RemoteLogTest, AServerThatIsAwayCostsABoundedQueue) {
  RemoteLogOptions options;
  options.queue.lines_max = 10;
  options.batch_lines = 4;
  auto& stream = start(options).add(orders());
  stop_server();
  for (int i = 0; i < 100; ++i) stream.write({"x\n", 0});
  EXPECT_EQ(stream.counters().full, 90u);
  EXPECT_EQ(stream.counters().pending, 10u);
  world.advance(seconds(30));
  EXPECT_EQ(stream.counters().failed, 10u);
  EXPECT_EQ(stream.counters().pending, 0u);
  expect_sum(stream.counters());
}

TEST_F(RemoteLogTest, OneStreamDoesNotHoldUpAnother) {
  auto& one = start().add(orders());
  auto& two = log->add(orders());
  for (int i = 0; i < 1000; ++i) one.write({"1\n", 0});
  two.write({"2\n", 0});
  world.run_until_idle();
  ASSERT_GE(received.size(), 2u);
  EXPECT_EQ(received[1].lines.front(), "2\n");
}

TEST_F(RemoteLogTest, DyedLinesHaveAFileOfTheirOwn) {
  std::string told;
  EXPECT_CALL(servant, logger(std::string("tars_dyeing"), std::string("dyeing"),
                              std::string("roll"), std::string("%Y%m%d"), _, _))
      .WillOnce([&](auto&, auto&, auto&, auto&, const std::vector<std::string>& lines, auto&) {
        for (const std::string& line : lines) told += line;
        return ::tars::LogApi::loggerResult();
      });
  auto& stream = start().add_dyed("roll");
  stream.write({"App.Srv|line\n", 0});
  world.advance(seconds(1));
  EXPECT_EQ(told, "App.Srv|line\n");
  EXPECT_EQ(stream.counters().delivered, 1u);
}

TEST_F(RemoteLogTest, ClosingSendsWhatWaitsAndRefusesTheRest) {
  auto& stream = start().add(orders());
  stream.write({"last\n", 0});
  const TimePoint before = world.loop().now();
  finish(log->close());
  closed = true;
  EXPECT_LT(world.loop().now() - before, milliseconds(50)) << "it does not wait for company";
  ASSERT_EQ(received.size(), 1u);
  EXPECT_FALSE(stream.write({"too late\n", 0}));
  EXPECT_EQ(stream.counters().failed, 1u);
  expect_sum(stream.counters());
}

TEST_F(RemoteLogTest, ClosingHasAnEndWhenNobodyAnswers) {
  EXPECT_CALL(servant, loggerbyInfo).Times(0);
  auto& stream = start().add(orders());
  // A server that takes the connection and never answers.
  stop_server();
  auto silent = world.env().transport.listen(endpoint).value();
  for (int i = 0; i < 1000; ++i) stream.write({"x\n", 0});
  const TimePoint before = world.loop().now();
  finish(log->close(seconds(1)));
  closed = true;
  EXPECT_LE(world.loop().now() - before, milliseconds(1100));
  EXPECT_EQ(stream.counters().failed, 1000u);
  expect_sum(stream.counters());
  silent->close();
}

}  // namespace
}  // namespace tarsier::application
