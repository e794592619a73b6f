#include "governance/application/local_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tarsier::application {
namespace {

TEST(LocalTime, ReadsTheClockOfAPlace) {
  const std::int64_t new_year = 1'767'225'600'000;  // 2026-01-01 00:00:00 UTC
  EXPECT_EQ(format_time(date_and_time, local_time(local_seconds(new_year, 0))),
            "2026-01-01 00:00:00");
  EXPECT_EQ(format_time(date_and_time, local_time(local_seconds(new_year + 999, -1))),
            "2025-12-31 23:59:59");
  EXPECT_EQ(format_time("%F %T %j %y %%", local_time(local_seconds(new_year, 19'800))),
            "2026-01-01 05:30:00 001 26 %");
}

TEST(LocalTime, LeavesWhatItDoesNotKnow) {
  const LocalTime time;
  EXPECT_EQ(format_time("%Q %", time), "%Q %");
  EXPECT_EQ(format_time("plain", time), "plain");
  EXPECT_EQ(format_time("", time), "");
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

// Year by year and month by month, from 1970 in either direction.
LocalTime counted(std::int64_t seconds) {
  constexpr std::int64_t day_s = 86'400;
  constexpr std::array<int, 12> lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  LocalTime time;
  for (; seconds < 0; seconds += (is_leap(time.year) ? 366 : 365) * day_s) --time.year;
  for (; seconds >= (is_leap(time.year) ? 366 : 365) * day_s; ++time.year)
    seconds -= (is_leap(time.year) ? 366 : 365) * day_s;
  time.year_day = static_cast<int>(seconds / day_s) + 1;
  time.day = time.year_day;
  for (const int length : lengths) {
    const int days = length + (time.month == 2 && is_leap(time.year) ? 1 : 0);
    if (time.day <= days) break;
    time.day -= days;
    ++time.month;
  }
  const int rest = static_cast<int>(seconds % day_s);
  time.hour = rest / 3600;
  time.minute = rest % 3600 / 60;
  time.second = rest % 60;
  return time;
}

RC_GTEST_PROP(LocalTime, IsWhatCountingDaysGives, ()) {
  const auto seconds = *rc::gen::inRange<std::int64_t>(-30'000'000'000, 200'000'000'000);
  RC_ASSERT(local_time(seconds) == counted(seconds));
}

// A format is the formats of its parts in a row.
RC_GTEST_PROP(LocalTime, FormatsPartByPart, ()) {
  const auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "%Y", "%m", "%d", "%H", "%M", "%S", "%j", "%F", "%T", "%%", "-", "log", "%Q"));
  const LocalTime time =
      local_time(*rc::gen::inRange<std::int64_t>(-30'000'000'000, 200'000'000'000));
  std::string format;
  std::string expected;
  for (const std::string& part : parts) {
    format += part;
    expected += format_time(part, time);
  }
  RC_ASSERT(format_time(format, time) == expected);
}

}  // namespace
}  // namespace tarsier::application
