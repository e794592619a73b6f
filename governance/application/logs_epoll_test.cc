#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "governance/application/local_logs.h"
#include "transport/epoll/directory_testing.h"
#include "transport/epoll/epoll_testing.h"

// Local logs on a real disk and a real loop. What the lines and the files look like is tested in
// memory (local_logs_test.cc).
namespace tarsier::application {
namespace {

class LogsOnDisk : public epoll::EpollTest {
 protected:
  LogsOnDisk() {
    identity.app = "App";
    identity.server = "Srv";
    options.log_path = directory.path();
  }
  void close(LocalLogs& logs) {
    auto closing = logs.close();
    closing.start();
    EXPECT_TRUE(run_until([&] { return closing.done(); }));
  }
  std::string content(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(directory.path() + "/" + name).rdbuf();
    return text.str();
  }

  epoll::TestDirectory directory;
  Identity identity;
  LocalLogOptions options;
};

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

TEST_F(LogsOnDisk, FilesRotateAreMovedAndReopened) {
  options.roll_bytes = 1'000;
  options.roll_files = 3;
  LocalLogs logs(env(), identity, options);
  for (int i = 0; i < 100; ++i)
    logs.log().write(LogLevel::info, "test", "number " + std::to_string(i));
  EXPECT_TRUE(run_until([&] { return logs.roll_counters().delivered == 100; }));
  EXPECT_NE(content("App/Srv/App.Srv.log").find("INFO|test|number 99\n"), std::string::npos);
  EXPECT_GE(content("App/Srv/App.Srv1.log").size(), 1'000u);
  EXPECT_GE(content("App/Srv/App.Srv2.log").size(), 1'000u);
  EXPECT_EQ(content("App/Srv/App.Srv3.log"), "");

  ASSERT_TRUE(
      env()
          .files.rename(directory.path() + "/App/Srv/App.Srv.log", directory.path() + "/kept")
          .ok());
  logs.reopen();
  logs.log().write(LogLevel::info, "test", "after the signal");
  close(logs);
  EXPECT_EQ(count(content("App/Srv/App.Srv.log"), "\n"), 1u);
}

TEST_F(LogsOnDisk, EveryThreadWritesToOneLog) {
  constexpr int threads = 4;
  constexpr int lines = 500;
  LocalLogs logs(env(), identity, options);
  TimeLog& orders = *logs.time_log("orders").value();
  std::vector<std::thread> writers;
  for (int t = 0; t < threads; ++t) {
    writers.emplace_back([&logs, &orders, t] {
      for (int i = 0; i < lines; ++i) {
        TARSIER_LOG(logs.log(), info, "test", std::to_string(t) + " writes " + std::to_string(i));
        if (i % 10 == 0) orders.write("from " + std::to_string(t));
      }
    });
  }
  logs.set_level(LogLevel::trace);  // while they ask for it
  for (std::thread& writer : writers) writer.join();
  close(logs);
  EXPECT_EQ(count(content("App/Srv/App.Srv.log"), " writes "), std::size_t{threads * lines});
  const DeliveryCounters counters = logs.counters();
  EXPECT_EQ(counters.delivered, std::uint64_t{threads * (lines + lines / 10)});
  EXPECT_EQ(counters.produced, counters.delivered);
}

TEST_F(LogsOnDisk, MoreThanTheLoopTakesIsDroppedAndCounted) {
  LocalLogs logs(env(), identity, options);
  constexpr std::uint64_t lines = 20'000;
  std::thread writer([&logs] {
    for (std::uint64_t i = 0; i < lines; ++i) logs.log().write(LogLevel::info, "", "flood");
  });
  writer.join();  // the loop has not run meanwhile
  close(logs);
  const DeliveryCounters counters = logs.counters();
  EXPECT_EQ(counters.produced, lines);
  EXPECT_EQ(counters.delivered, 10'000u);
  EXPECT_EQ(counters.full, 10'000u);
}

TEST_F(LogsOnDisk, AFolderThatCannotBeMadeCostsTheLinesAndSaysWhy) {
  std::ofstream(directory.path() + "/App") << "a file where the folder should be";
  LocalLogs logs(env(), identity, options);
  logs.log().write(LogLevel::info, "", "nowhere to go");
  EXPECT_TRUE(run_until([&] { return logs.roll_counters().failed == 1; }));
  close(logs);
}

}  // namespace
}  // namespace tarsier::application
