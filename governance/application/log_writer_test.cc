#include "governance/application/log_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>

#include "governance/application/faulty_files_testing.h"
#include "transport/memory/memory_world.h"

namespace tarsier::application {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

memory::WorldOptions slow_disk(Duration delay) {
  memory::WorldOptions options;
  options.blocking_delay = delay;
  return options;
}

class LogWriterTest : public ::testing::Test {
 protected:
  explicit LogWriterTest(memory::WorldOptions options = {}) : world(std::move(options)) {}
  ~LogWriterTest() override {
    if (!closed_) close();
  }

  LogWriter::Sink& add(const std::string& path, LogSinkOptions options = {}) {
    return writer.add(std::make_unique<RollingFile>(files, RollingNames{.path = path}),
                      std::move(options));
  }
  void close(Duration patience = seconds(3)) {
    closed_ = true;
    auto closing = writer.close(patience);
    closing.start();
    EXPECT_TRUE(world.run_until([&] { return closing.done(); }));
  }
  std::string content(const std::string& path) { return content_of(world.files(), path); }
  static void expect_sum(const DeliveryCounters& counters) {
    EXPECT_EQ(counters.produced,
              counters.delivered + counters.full + counters.failed + counters.pending);
  }

  memory::World world;
  FaultyFiles files{world.files()};
  LogWriter writer{world.env()};

 private:
  bool closed_ = false;
};

TEST_F(LogWriterTest, LinesOfATenthOfASecondAreWrittenTogether) {
  auto& log = add("/log/a");
  log.write({"1\n", 0});
  log.write({"2\n", 0});
  world.advance(milliseconds(99));
  EXPECT_EQ(content("/log/a.log"), "(none)");
  EXPECT_EQ(log.counters().pending, 2u);
  world.advance(milliseconds(1));
  EXPECT_EQ(content("/log/a.log"), "1\n2\n");
  EXPECT_EQ(log.counters().delivered, 2u);
  EXPECT_TRUE(writer.quiet());
  EXPECT_EQ(world.loop().timers_pending(), 0u) << "an idle log costs nothing";
}

TEST_F(LogWriterTest, AClosedLogHasWrittenEverything) {
  auto& one = add("/log/a");
  auto& two = add("/log/b");
  one.write({"1\n", 0});
  two.write({"2\n", 0});
  close();
  EXPECT_EQ(content("/log/a.log"), "1\n");
  EXPECT_EQ(content("/log/b.log"), "2\n");
  EXPECT_FALSE(one.write({"late\n", 0}));
  EXPECT_EQ(one.counters().failed, 1u);
  expect_sum(one.counters());
}

TEST_F(LogWriterTest, AMovedFileIsReplacedWhenAskedAndAfterAWhile) {
  auto& log = add("/tmp/a");
  const auto write = [&](const std::string& text) {
    log.write({text, 0});
    world.advance(milliseconds(100));
  };
  write("1\n");
  ASSERT_TRUE(world.files().rename("/tmp/a.log", "/tmp/first").ok());
  write("2\n");
  EXPECT_EQ(content("/tmp/first"), "1\n2\n");
  writer.reopen();
  write("3\n");
  EXPECT_EQ(content("/tmp/a.log"), "3\n");
  ASSERT_TRUE(world.files().rename("/tmp/a.log", "/tmp/second").ok());
  world.advance(seconds(5));
  write("4\n");
  EXPECT_EQ(content("/tmp/a.log"), "4\n") << "nobody sent a signal";
}

TEST_F(LogWriterTest, AFullDiskDropsAndGoesOnWhenThereIsSpace) {
  auto& log = add("/log/a", {.loss_head = "0|WARN|"});
  log.write({"before\n", 0});
  world.advance(seconds(1));
  world.files().set_capacity(world.files().used_bytes());
  for (int i = 0; i < 3; ++i) log.write({"lost\n", 0});
  world.advance(seconds(1));
  EXPECT_EQ(log.counters().failed, 3u);
  EXPECT_EQ(log.last_error()->code, Code::no_space);
  world.files().set_capacity(UINT64_MAX);
  log.write({"after\n", 60});
  log.write({"more\n", 60});
  world.advance(seconds(1));
  log.write({"and more\n", 60});
  world.advance(seconds(1));
  EXPECT_EQ(content("/log/a.log"),
            "before\n1970-01-01 00:01:00|0|WARN|3 lines were lost here: no space is left on the "
            "device\nafter\nmore\nand more\n");
  EXPECT_EQ(log.counters().delivered, 4u) << "the line about the loss is not counted";
  expect_sum(log.counters());
}

TEST_F(LogWriterTest, ALossIsToldAgainIfTellingItFailed) {
  auto& log = add("/log/a", {.loss_head = ""});
  files.opens_fail = true;
  log.write({"lost\n", 0});
  world.advance(seconds(1));
  log.write({"lost\n", 0});
  world.advance(seconds(1));
  files.opens_fail = false;
  log.write({"kept\n", 0});
  world.advance(seconds(1));
  EXPECT_EQ(content("/log/a.log").substr(0, 47), "1970-01-01 00:00:00|2 lines were lost here: ope");
  EXPECT_EQ(log.counters().delivered, 1u);
  EXPECT_EQ(log.counters().failed, 2u);
}

class SlowDisk : public LogWriterTest {
 protected:
  SlowDisk() : LogWriterTest(slow_disk(seconds(10))) {}
};

TEST_F(SlowDisk, DropsWhatTheQueueCannotHoldAndNobodyWaits) {
  auto& log = add("/log/a", {.queue = {.lines_max = 10}, .loss_head = ""});
  std::size_t taken = 0;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 8; ++i) taken += log.write({"x\n", 0}) ? 1 : 0;
    world.advance(seconds(1));
  }
  EXPECT_EQ(world.loop().now().time_since_epoch(), seconds(5)) << "no write took time";
  EXPECT_EQ(taken, 18u) << "8 under way, 10 that wait";
  EXPECT_EQ(log.counters().full, 22u);
  expect_sum(log.counters());
  world.advance(seconds(30));
  EXPECT_EQ(log.counters().delivered, 18u);
  EXPECT_NE(content("/log/a.log").find("22 lines were lost here: the disk was too slow"),
            std::string::npos);
}

TEST_F(SlowDisk, ClosingHasAnEnd) {
  auto& log = add("/log/a");
  log.write({"1\n", 0});
  world.advance(milliseconds(100));
  log.write({"2\n", 0});
  const TimePoint start = world.loop().now();
  close(seconds(1));
  EXPECT_EQ(world.loop().now() - start, seconds(10)) << "what runs is waited for";
  EXPECT_EQ(content("/log/a.log"), "1\n");
  EXPECT_EQ(log.counters().failed, 1u);
  expect_sum(log.counters());
}

// An executor that refuses work with a code until it is told to take it.
class RefusingBlocking final : public Blocking {
 public:
  explicit RefusingBlocking(Env& env) : env_(env) {}
  Code refusal = Code::limit;
  int refused = 0;
  void start(Callback work, Completion<void>& done) override {
    if (refusal == Code::ok) return env_.blocking.start(std::move(work), done);
    done.arm();
    ++refused;
    env_.executor.post([this, &done] { done.complete(Error(refusal)); });
  }
  Result<std::unique_ptr<Workers>> make_workers(std::size_t count) override {
    return env_.blocking.make_workers(count);
  }

 private:
  Env& env_;
};

struct Refusing {
  Refusing() : blocking(world.env()), env(world.env(), blocking), writer(env) {}
  // The world with another executor for blocking work.
  struct Changed : Env {
    Changed(Env& world, Blocking& other)
        : Env{world.executor, world.clock,     world.timers, world.random, world.transport,
              world.files,    world.processes, other,        world.log} {}
  };
  LogWriter::Sink& add() {
    return writer.add(std::make_unique<RollingFile>(world.files(), RollingNames{.path = "/a"}), {});
  }
  void close(Duration patience) {
    auto closing = writer.close(patience);
    closing.start();
    EXPECT_TRUE(world.run_until([&] { return closing.done(); }));
  }
  memory::World world;
  RefusingBlocking blocking;
  Changed env;
  LogWriter writer;
};

TEST(LogWriter, OffersItsWorkAgainToAFullExecutor) {
  Refusing rig;
  auto& log = rig.add();
  log.write({"1\n", 0});
  rig.world.advance(seconds(1));
  EXPECT_EQ(rig.blocking.refused, 10);
  rig.blocking.refusal = Code::ok;
  rig.world.advance(seconds(1));
  EXPECT_EQ(content_of(rig.world.files(), "/a.log"), "1\n");
  rig.blocking.refusal = Code::limit;
  log.write({"2\n", 0});
  rig.close(seconds(2));
  EXPECT_EQ(log.counters().failed, 1u) << "but not for ever";
}

TEST(LogWriter, WritesTheLastLinesItselfWhenTheExecutorHasEnded) {
  Refusing rig;
  rig.blocking.refusal = Code::cancelled;
  auto& log = rig.add();
  log.write({"the end\n", 0});
  rig.close(seconds(1));
  EXPECT_EQ(content_of(rig.world.files(), "/a.log"), "the end\n");
  EXPECT_EQ(log.counters().delivered, 1u);
}

// Any mix of writing, waiting, filling the disk, a slow disk and closing: counters add up, and what
// was written is on the disk in its order.
RC_GTEST_PROP(LogWriter, LosesNoLineUncounted, ()) {
  memory::World world(slow_disk(milliseconds(*rc::gen::inRange(0, 500))));
  LogWriter writer(world.env());
  auto& log = writer.add(std::make_unique<RollingFile>(world.files(), RollingNames{.path = "/a"}),
                         {.queue = {.lines_max = *rc::gen::inRange<std::size_t>(1, 20)}});
  int next = 0;
  const auto sums = [&] {
    const DeliveryCounters counters = log.counters();
    return counters.produced ==
           counters.delivered + counters.full + counters.failed + counters.pending;
  };
  const auto steps = *rc::gen::inRange(1, 40);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 5)) {
      case 0: world.advance(milliseconds(*rc::gen::inRange(0, 1000))); break;
      case 1:
        world.files().set_capacity(*rc::gen::element<std::uint64_t>(0, 40, UINT64_MAX));
        break;
      case 2: writer.reopen(); break;
      default: log.write({"line " + std::to_string(next++) + "\n", 0}); break;
    }
    RC_ASSERT(sums());
  }
  auto closing = writer.close(milliseconds(*rc::gen::inRange(0, 2000)));
  closing.start();
  RC_ASSERT(world.run_until([&] { return closing.done(); }));
  RC_ASSERT(sums());
  RC_ASSERT(log.counters().pending == 0u);
  std::uint64_t lines = 0;
  int last = -1;
  const std::string text = content_of(world.files(), "/a.log");
  for (std::size_t at = text.find("line "); at != std::string::npos;
       at = text.find("line ", at + 1), ++lines) {
    const int number = std::stoi(text.substr(at + 5));
    RC_ASSERT(number > last);
    last = number;
  }
  RC_ASSERT(lines == log.counters().delivered);
}

}  // namespace
}  // namespace tarsier::application
