#include "governance/application/log_line.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "governance/application/local_time.h"
#include "transport/base/limits.h"

namespace tarsier::application {
namespace {

TEST(LogLine, LevelsAreInTheOrderOfTars) {
  EXPECT_EQ(level_name(LogLevel::none), "NONE");
  EXPECT_EQ(level_name(LogLevel::info), "INFO");
  EXPECT_LT(LogLevel::info, LogLevel::debug) << "INFO is the more important one";
  EXPECT_EQ(level_name(LogLevel::trace), "TARS");
  for (const LogLevel level : {LogLevel::none, LogLevel::error, LogLevel::warn, LogLevel::info,
                               LogLevel::debug, LogLevel::trace}) {
    EXPECT_EQ(parse_level(level_name(level)).value(), level);
  }
  EXPECT_EQ(parse_level("debug").value(), LogLevel::debug);
  for (const char* wrong : {"", "WARNING", "INFO ", "TRACE", "7"}) {
    EXPECT_EQ(parse_level(wrong).code(), Code::malformed) << wrong;
    EXPECT_NE(parse_level(wrong).error().detail.find("TARS"), std::string::npos) << wrong;
  }
}

TEST(LogLine, HeadsHaveSeparatorsAndBrackets) {
  EXPECT_EQ(line_head({"2026-01-01 00:00:00", "7", "WARN"}), "2026-01-01 00:00:00|7|WARN|");
  EXPECT_EQ(line_head({"now"}, {.separator = " ", .square_brackets = true}), "[now] ");
  EXPECT_EQ(line_head({}), "");
}

TEST(LogLine, EndsWithOneNewlineAndHasALength) {
  EXPECT_EQ(complete_line("h|", "text"), "h|text\n");
  EXPECT_EQ(complete_line("h|", "text\n\n"), "h|text\n");
  EXPECT_EQ(complete_line("", ""), "\n");
  const std::string longest(limits::log_line_bytes_max, 'x');
  EXPECT_EQ(complete_line("h|", longest), "h|" + longest + "\n");
  EXPECT_EQ(complete_line("h|", longest + "y"), "h|" + longest + " … (cut)\n");
}

// However time steps, the text is what it would be without remembering anything.
RC_GTEST_PROP(LineClock, RemembersNothingWrong, (const std::vector<std::int32_t>& steps)) {
  // A zone that has been moved in the middle of the test's days, on a quarter.
  const auto offset = [](std::int64_t wall_ms) { return wall_ms < 900'000 * 5 ? -3'600 : 7'200; };
  LineClock clock;
  std::int64_t wall_ms = 0;
  for (const std::int32_t step : steps) {
    wall_ms += step % 2'000'000;
    clock.read(wall_ms, offset);
    const std::int64_t seconds = local_seconds(wall_ms, offset(wall_ms));
    RC_ASSERT(clock.local_seconds() == seconds);
    RC_ASSERT(clock.text() == format_time(date_and_time, local_time(seconds)));
  }
}

}  // namespace
}  // namespace tarsier::application
