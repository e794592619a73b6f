#include "governance/application/local_logs.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "LogF_mock.h"
#include "governance/application/faulty_files_testing.h"
#include "governance/application/report_testing.h"

namespace tarsier::application {
namespace {

using std::chrono::seconds;
using testing::NiceMock;

// The world of memory begins at 2023-11-14 22:13:20 UTC.
class LocalLogsTest : public ReportTest {
 protected:
  LocalLogsTest() {
    options.log_path = "/log";
    proxy = serve<::tars::LogClient>("tars.tarslog.LogObj", servant);
    ON_CALL(servant, loggerbyInfo)
        .WillByDefault([this](const ::tars::LogInfo& info, const std::vector<std::string>& lines,
                              ServerCall&) -> Result<::tars::LogApi::loggerbyInfoResult> {
          if (refuse) return Error(Code::no_space, "full");
          for (const std::string& line : lines) received += info.sFilename + ": " + line;
          return ::tars::LogApi::loggerbyInfoResult();
        });
    ON_CALL(servant, logger)
        .WillByDefault([this](auto& app, auto& name, auto& file, auto&,
                              const std::vector<std::string>& lines, ServerCall&) {
          for (const std::string& line : lines)
            received += app + "/" + name + "/" + file + ": " + line;
          return ::tars::LogApi::loggerResult();
        });
  }
  ~LocalLogsTest() override { close(); }

  LocalLogs& start() {
    logs = std::make_unique<LocalLogs>(world.env(), identity, options);
    return *logs;
  }
  LocalLogs& start_with_server() {
    remote = std::make_unique<RemoteLog>(world.env(), proxy, identity);
    start().send_to(*remote);
    return *logs;
  }
  void close() {
    if (remote != nullptr) finish(remote->close());
    if (logs != nullptr) finish(logs->close());
    remote.reset();
    logs.reset();
  }
  // What is in a file once everything has been written.
  std::string content(std::string_view path) {
    world.advance(seconds(1));
    return content_of(world.files(), path);
  }

  LocalLogOptions options;
  NiceMock<::tars::MockLogSyncServant> servant;
  ::tars::LogClient proxy;
  std::unique_ptr<RemoteLog> remote;
  std::unique_ptr<LocalLogs> logs;
  std::string received;
  bool refuse = false;
};

TEST_F(LocalLogsTest, TheRollingLogHasTheHeadsOfTars) {
  Log& log = start().log();
  log.write(LogLevel::warn, "server", "a peer sent nonsense");
  world.advance(seconds(41));
  log.write(LogLevel::debug, "", "of the service");
  EXPECT_EQ(content("/log/App/Srv/App.Srv.log"),
            "2023-11-14 22:13:20|0|WARN|server|a peer sent nonsense\n"
            "2023-11-14 22:14:01|0|DEBUG|of the service\n");
}

TEST_F(LocalLogsTest, TheLevelDecides) {
  options.level = LogLevel::info;
  Log& log = start().log();
  TARSIER_LOG(log, debug, "x", "not this");
  log.write(LogLevel::debug, "x", "nor this");
  log.write(LogLevel::info, "x", "1");
  logs->set_level(LogLevel::trace);
  log.write(LogLevel::trace, "x", "2");
  logs->set_level(LogLevel::none);
  EXPECT_FALSE(log.enabled(LogLevel::error));
  log.write(LogLevel::error, "x", "nor this");
  log.write(LogLevel::none, "x", "3");
  const std::string text = content("/log/App/Srv/App.Srv.log");
  EXPECT_EQ(text.find("this"), std::string::npos);
  EXPECT_NE(text.find("INFO|x|1"), std::string::npos);
  EXPECT_NE(text.find("TARS|x|2"), std::string::npos);
  EXPECT_NE(text.find("NONE|x|3"), std::string::npos);
}

TEST_F(LocalLogsTest, AThreadHasItsOwnName) {
  Log& other = *start().log_of_thread("loop-3").value();
  other.write(LogLevel::info, "", "here");
  EXPECT_EQ(content("/log/App/Srv/App.Srv.log"), "2023-11-14 22:13:20|loop-3|INFO|here\n");
  Code code = Code::ok;
  while (code == Code::ok) code = logs->log_of_thread("x").code();
  EXPECT_EQ(code, Code::limit);
}

TEST_F(LocalLogsTest, TheSizeLimitsTheDisk) {
  options.roll_bytes = 100;
  options.roll_files = 2;
  Log& log = start().log();
  for (int i = 0; i < 50; ++i) log.write(LogLevel::info, "", "0123456789");
  EXPECT_LE(content("/log/App/Srv/App.Srv.log").size(), 150u);
  EXPECT_EQ(world.files().list("/log/App/Srv").value(),
            (std::vector<std::string>{"App.Srv.log", "App.Srv1.log"}));
}

TEST_F(LocalLogsTest, TimeLogsGoToTheirFilesAndToTheServer) {
  TimeLog& orders = *start_with_server().time_log("orders").value();
  EXPECT_EQ(logs->time_log("orders").value(), &orders) << "one log a name";
  orders.write("1 apple");
  const std::string line = "2023-11-14 22:13:20|1 apple\n";
  EXPECT_EQ(content("/log/App/Srv/App.Srv_orders_20231114.log"), line);
  EXPECT_EQ(received, "orders: " + line);
  orders.set_remote(false);
  world.advance(std::chrono::hours(2));
  orders.write("2 pears");
  EXPECT_EQ(content("/log/App/Srv/App.Srv_orders_20231115.log"), "2023-11-15 00:13:21|2 pears\n");
  EXPECT_EQ(received, "orders: " + line);
  EXPECT_EQ(orders.local_counters().delivered, 2u);
  EXPECT_EQ(orders.remote_counters().delivered, 1u);
}

TEST_F(LocalLogsTest, ATimeLogLooksAsItIsAskedTo) {
  TimeLogOptions timed;
  timed.name.file = "raw";
  timed.name.period = parse_log_period("10minute").value();
  timed.name.has_app_prefix = false;
  timed.style.square_brackets = true;
  timed.style.separator = " ";
  start().time_log(timed).value()->write("x");
  EXPECT_EQ(content("/log/App/Srv/raw_202311142210.log"), "[2023-11-14 22:13:20] x\n");
  timed.name.file = "bare";
  timed.has_time = false;
  logs->time_log(timed).value()->write("x");
  EXPECT_EQ(content("/log/App/Srv/bare_202311142210.log"), "x\n");
}

TEST_F(LocalLogsTest, WhatTheServerRefusesIsKeptIfThereIsNoOtherCopy) {
  refuse = true;
  TimeLog& orders = *start_with_server().time_log("orders").value();
  orders.write("here anyway");
  EXPECT_EQ(content("/log/App/Srv/App.Srv_orders.remote.error"), "(none)");
  orders.set_local(false);
  orders.write("only remote");
  EXPECT_EQ(content("/log/App/Srv/App.Srv_orders.remote.error"),
            "2023-11-14 22:13:21|only remote\n");
  EXPECT_EQ(orders.local_counters().produced, 1u);
  EXPECT_EQ(orders.remote_counters().failed, 2u);
}

TEST_F(LocalLogsTest, DyedLinesAreWrittenOnceMore) {
  start_with_server().dyed_log().write(LogLevel::info, "", "dyed");
  logs->log().write(LogLevel::info, "", "plain");
  TimeLog& orders = *logs->time_log("orders").value();
  orders.write_dyed("apple");
  EXPECT_EQ(content("/log/tars_dyeing/dyeing_App.Srv_roll_20231114.log"),
            "App.Srv|2023-11-14 22:13:20|0|INFO|dyed\n");
  EXPECT_EQ(content("/log/tars_dyeing/dyeing_App.Srv_day_20231114.log"),
            "App.Srv|2023-11-14 22:13:20|apple\n");
  EXPECT_EQ(content("/log/App/Srv/App.Srv.log"),
            "2023-11-14 22:13:20|0|INFO|dyed\n2023-11-14 22:13:20|0|INFO|plain\n");
  EXPECT_NE(received.find("tars_dyeing/dyeing/roll: App.Srv|2023-11-14 22:13:20|0|INFO|dyed\n"),
            std::string::npos);
  EXPECT_NE(received.find("tars_dyeing/dyeing/day: App.Srv|2023-11-14 22:13:20|apple\n"),
            std::string::npos);
}

TEST_F(LocalLogsTest, NamesThatWouldLeaveTheFolderAreRefused) {
  start();
  for (const char* name : {"../x", "a/b", "..", "a\nb"})
    EXPECT_EQ(logs->time_log(name).code(), Code::denied) << name;
  Code code = Code::ok;
  int made = 0;
  for (; code == Code::ok; ++made) code = logs->time_log("n" + std::to_string(made)).code();
  EXPECT_EQ(code, Code::limit);
  EXPECT_EQ(made, 129);
}

TEST_F(LocalLogsTest, ASignalLetsGoOfMovedFiles) {
  Log& log = start().log();
  log.write(LogLevel::info, "", "1");
  content("/log/App/Srv/App.Srv.log");
  ASSERT_TRUE(world.files().rename("/log/App/Srv/App.Srv.log", "/log/kept").ok());
  logs->reopen();
  log.write(LogLevel::info, "", "2");
  EXPECT_EQ(content("/log/App/Srv/App.Srv.log"), "2023-11-14 22:13:21|0|INFO|2\n");
}

TEST_F(LocalLogsTest, CountersAreOfAllFiles) {
  start();
  logs->log().write(LogLevel::info, "", "1");
  logs->time_log("a").value()->write("2");
  EXPECT_EQ(logs->counters().pending, 2u);
  world.advance(seconds(1));
  EXPECT_EQ(logs->counters().delivered, 2u);
  expect_sum(logs->counters());
}

}  // namespace
}  // namespace tarsier::application
