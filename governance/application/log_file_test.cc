#include "governance/application/log_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "governance/application/faulty_files_testing.h"
#include "transport/memory/manual_loop.h"
#include "transport/memory/memory_files.h"

namespace tarsier::application {
namespace {

std::vector<LogLine> lines_of(const std::vector<std::string>& texts) {
  std::vector<LogLine> lines;
  for (const std::string& text : texts) lines.emplace_back(text + "\n", 0);
  return lines;
}

class LogFileTest : public ::testing::Test {
 protected:
  memory::ManualLoop loop{0};
  memory::MemoryFiles disk{loop};
  FaultyFiles files{disk};

  std::string content(std::string_view path) { return content_of(disk, path); }
};

TEST_F(LogFileTest, RotatesWhenTheSizeIsReached) {
  RollingFile log(files, {.path = "/log/A/S/A.S", .bytes_max = 10, .files = 3});
  EXPECT_EQ(log.append(lines_of({"1234", "5678"})).written, 2u);
  EXPECT_EQ(content("/log/A/S/A.S.log"), "1234\n5678\n");
  EXPECT_EQ(log.append(lines_of({"aaaaaaaaaaaaaaa", "b", "cccccccccc", "d"})).written, 4u);
  EXPECT_EQ(content("/log/A/S/A.S.log"), "d\n");
  EXPECT_EQ(content("/log/A/S/A.S1.log"), "b\ncccccccccc\n");
  EXPECT_EQ(content("/log/A/S/A.S2.log"), "aaaaaaaaaaaaaaa\n");
  EXPECT_EQ(disk.list("/log/A/S").value().size(), 3u);
}

TEST_F(LogFileTest, OneFileOfALogStartsAgain) {
  RollingFile log(files,
                  {.path = "/tmp/x", .extension = ".remote.error", .bytes_max = 4, .files = 1});
  log.append(lines_of({"abc", "def", "g"}));
  EXPECT_EQ(content("/tmp/x.remote.error"), "g\n");
  EXPECT_EQ(disk.list("/tmp").value().size(), 1u);
}

TEST_F(LogFileTest, GoesOnWhereItsPredecessorEnded) {
  RollingFile(files, {.path = "/tmp/x", .bytes_max = 6}).append(lines_of({"abc"}));
  RollingFile again(files, {.path = "/tmp/x", .bytes_max = 6});
  again.append(lines_of({"de", "f"}));
  EXPECT_EQ(content("/tmp/x1.log"), "abc\nde\n");
  EXPECT_EQ(content("/tmp/x.log"), "f\n");
}

TEST_F(LogFileTest, AMovedFileIsLetGoWhenItIsReopened) {
  RollingFile log(files, {.path = "/tmp/x"});
  log.append(lines_of({"a"}));
  ASSERT_TRUE(disk.rename("/tmp/x.log", "/tmp/kept").ok());
  log.append(lines_of({"b"}));
  EXPECT_EQ(content("/tmp/kept"), "a\nb\n");
  log.reopen();
  log.append(lines_of({"c"}));
  EXPECT_EQ(content("/tmp/x.log"), "c\n");
  EXPECT_EQ(content("/tmp/kept"), "a\nb\n");
  // Its directory may go too.
  EXPECT_TRUE(disk.remove("/tmp/x.log").ok());
}

TEST_F(LogFileTest, AFileShortenedByOthersIsAppendedToAtItsEnd) {
  RollingFile log(files, {.path = "/tmp/x"});
  log.append(lines_of({"a", "b"}));
  ASSERT_TRUE(disk.open("/tmp/x.log", OpenMode::write_existing).value()->truncate(2).ok());
  log.append(lines_of({"c"}));
  EXPECT_EQ(content("/tmp/x.log"), "a\nc\n") << "no hole of zeros";
}

TEST_F(LogFileTest, AFullDiskLeavesNoHalfLine) {
  RollingFile log(files, {.path = "/tmp/x"});
  log.append(lines_of({"first"}));
  files.write_breaks_after = 3;
  const WriteOutcome failed = log.append(lines_of({"lost", "lost too"}));
  EXPECT_EQ(failed.written, 0u);
  EXPECT_EQ(failed.error->code, Code::no_space);
  EXPECT_EQ(content("/tmp/x.log"), "first\n");
  files.write_breaks_after = SIZE_MAX;
  EXPECT_EQ(log.append(lines_of({"again"})).written, 1u);
  EXPECT_EQ(content("/tmp/x.log"), "first\nagain\n");
}

TEST_F(LogFileTest, AHalfLineThatCannotBeTakenBackEndsBeforeTheNext) {
  RollingFile log(files, {.path = "/tmp/x"});
  files.write_breaks_after = 3;
  files.truncates_fail = true;
  EXPECT_TRUE(log.append(lines_of({"broken"})).error.has_value());
  files.write_breaks_after = SIZE_MAX;
  log.append(lines_of({"whole"}));
  log.append(lines_of({"next"}));
  EXPECT_EQ(content("/tmp/x.log"), "bro\nwhole\nnext\n");
}

TEST_F(LogFileTest, WhatCannotBeRenamedGrowsToTwiceItsSize) {
  RollingFile log(files, {.path = "/tmp/x", .bytes_max = 10});
  files.renames_fail = true;
  const WriteOutcome outcome = log.append(lines_of(std::vector<std::string>(10, "1234")));
  EXPECT_EQ(outcome.written, 4u);
  EXPECT_EQ(outcome.error->code, Code::denied);
  files.renames_fail = false;
  EXPECT_EQ(log.append(lines_of({"new"})).written, 1u);
  EXPECT_EQ(content("/tmp/x.log"), "new\n");
  EXPECT_EQ(content("/tmp/x1.log").size(), 20u);
}

TEST_F(LogFileTest, AFileThatCannotBeOpenedIsTriedAgain) {
  RollingFile log(files, {.path = "/tmp/x"});
  files.opens_fail = true;
  EXPECT_EQ(log.append(lines_of({"a"})).error->code, Code::denied);
  files.opens_fail = false;
  EXPECT_EQ(log.append(lines_of({"b"})).written, 1u);
  EXPECT_EQ(content("/tmp/x.log"), "b\n");
}

TEST_F(LogFileTest, LinesGoIntoTheFileOfTheirTime) {
  const TimeLogName name{.file = "o", .period = parse_log_period("10minute").value()};
  TimeFile log(files, "/log/A/S/A.S_o", name);
  const std::vector<LogLine> lines = {{"a\n", 599}, {"b\n", 599}, {"c\n", 600}, {"late\n", 599}};
  EXPECT_EQ(log.append(lines).written, 4u);
  EXPECT_EQ(content("/log/A/S/A.S_o_197001010000.log"), "a\nb\nlate\n");
  EXPECT_EQ(content("/log/A/S/A.S_o_197001010010.log"), "c\n");
  files.opens_fail = true;
  const WriteOutcome outcome = log.append(std::vector<LogLine>{{"d\n", 599}, {"e\n", 600}});
  EXPECT_EQ(outcome.written, 1u) << "the first file is still open";
  EXPECT_TRUE(outcome.error.has_value());
}

// Line by line, with names and contents as in a list: the file that is full moves down.
struct RollModel {
  std::vector<std::string> files{""};
  std::uint64_t bytes_max;
  std::size_t files_max;
  void append(const std::string& line) {
    if (files.front().size() >= bytes_max) files.insert(files.begin(), "");
    if (files.size() > files_max) files.pop_back();
    files.front() += line + "\n";
  }
};

RC_GTEST_PROP(RollingFile, DoesWhatAListOfFilesDoes, ()) {
  memory::ManualLoop loop(0);
  memory::MemoryFiles disk(loop);
  RollModel model;
  model.bytes_max = *rc::gen::inRange<std::uint64_t>(1, 60);
  model.files_max = *rc::gen::inRange<std::size_t>(1, 5);
  const RollingNames names{.path = "/d/x",
                           .bytes_max = model.bytes_max,
                           .files = static_cast<std::uint32_t>(model.files_max)};
  RollingFile log(disk, names);
  const auto batches = *rc::gen::container<std::vector<std::vector<std::uint8_t>>>(
      rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(0, 30)));
  char letter = 'a';
  for (const auto& batch : batches) {
    std::vector<std::string> texts;
    for (const std::uint8_t length : batch) texts.emplace_back(length, letter++);
    for (const std::string& text : texts) model.append(text);
    RC_ASSERT(log.append(lines_of(texts)).written == texts.size());
    if (*rc::gen::arbitrary<bool>()) log.reopen();
  }
  for (std::uint32_t number = 0; number < 6; ++number) {
    const std::string expected = number < model.files.size() ? model.files[number] : "(none)";
    const std::string found = content_of(disk, names.file(number));
    RC_ASSERT(found == expected || (number == 0 && found == "(none)" && expected.empty()));
  }
}

// Whatever the disk does, what is said to be written is what is there, in order and whole.
RC_GTEST_PROP(RollingFile, CountsWhatIsOnTheDisk, ()) {
  memory::ManualLoop loop(0);
  memory::MemoryFiles disk(loop);
  FaultyFiles files(disk);
  RollingFile log(files, {.path = "/d/x"});
  std::string expected;
  int next = 0;
  const auto batches = *rc::gen::inRange(1, 20);
  for (int batch = 0; batch < batches; ++batch) {
    files.opens_fail = *rc::gen::inRange(0, 5) == 0;
    files.write_breaks_after =
        *rc::gen::inRange(0, 3) == 0 ? *rc::gen::inRange<std::size_t>(0, 30) : SIZE_MAX;
    disk.set_capacity(*rc::gen::element<std::uint64_t>(UINT64_MAX, 20, 200));
    std::vector<std::string> texts;
    const auto count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) texts.push_back("line " + std::to_string(next++));
    const auto lines = lines_of(texts);
    const WriteOutcome outcome = log.append(lines);
    RC_ASSERT(outcome.error.has_value() == (outcome.written < lines.size()));
    for (std::size_t i = 0; i < outcome.written; ++i) expected += lines[i].text;
  }
  const std::string found = content_of(disk, "/d/x.log");
  RC_ASSERT(found == expected || (expected.empty() && found == "(none)"));
}

}  // namespace
}  // namespace tarsier::application
