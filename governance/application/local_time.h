#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tarsier::application {

// A moment as people at one place write it. Pure: the distance from UTC is an argument
// (Clock::utc_offset_s).
struct LocalTime {
  int year = 1970;
  int month = 1;  // 1 … 12
  int day = 1;    // 1 … 31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int year_day = 1;  // 1 … 366
  bool operator==(const LocalTime&) const = default;
};

// Seconds since 1970-01-01 00:00:00 of a clock on the wall that is `utc_offset_s` ahead of UTC.
std::int64_t local_seconds(std::int64_t wall_ms, std::int32_t utc_offset_s);
LocalTime local_time(std::int64_t local_seconds);

// As strftime() for %Y %m %d %H %M %S %y %j %F %T %%; everything else stays as it is written.
std::string format_time(std::string_view format, const LocalTime& time);

// "2026-01-01 00:00:00".
inline constexpr std::string_view date_and_time = "%Y-%m-%d %H:%M:%S";

}  // namespace tarsier::application
