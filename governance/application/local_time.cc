#include "governance/application/local_time.h"

#include <chrono>

namespace tarsier::application {
namespace {

constexpr std::int64_t seconds_a_day = 86'400;

std::int64_t divide_down(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

void append_digits(std::string& text, int value, int width) {
  const std::string digits = std::to_string(value);
  for (int missing = width - static_cast<int>(digits.size()); missing > 0; --missing)
    text.push_back('0');
  text += digits;
}

// False: not a letter that means something here.
bool append_field(std::string& text, char letter, const LocalTime& time) {
  switch (letter) {
    case 'Y': append_digits(text, time.year, 4); return true;
    case 'm': append_digits(text, time.month, 2); return true;
    case 'd': append_digits(text, time.day, 2); return true;
    case 'H': append_digits(text, time.hour, 2); return true;
    case 'M': append_digits(text, time.minute, 2); return true;
    case 'S': append_digits(text, time.second, 2); return true;
    case 'y': append_digits(text, time.year % 100, 2); return true;
    case 'j': append_digits(text, time.year_day, 3); return true;
    case 'F': text += format_time("%Y-%m-%d", time); return true;
    case 'T': text += format_time("%H:%M:%S", time); return true;
    case '%': text.push_back('%'); return true;
    default: return false;
  }
}

}  // namespace

std::int64_t local_seconds(std::int64_t wall_ms, std::int32_t utc_offset_s) {
  return divide_down(wall_ms, 1000) + utc_offset_s;
}

LocalTime local_time(std::int64_t local_seconds) {
  const std::int64_t days = divide_down(local_seconds, seconds_a_day);
  const int rest = static_cast<int>(local_seconds - days * seconds_a_day);
  const std::chrono::sys_days day{std::chrono::days(days)};
  const std::chrono::year_month_day date{day};
  const std::chrono::sys_days new_year{date.year() / std::chrono::January / 1};
  LocalTime time;
  time.year = static_cast<int>(date.year());
  time.month = static_cast<int>(static_cast<unsigned>(date.month()));
  time.day = static_cast<int>(static_cast<unsigned>(date.day()));
  time.hour = rest / 3600;
  time.minute = rest / 60 % 60;
  time.second = rest % 60;
  time.year_day = static_cast<int>((day - new_year).count()) + 1;
  return time;
}

std::string format_time(std::string_view format, const LocalTime& time) {
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size() && append_field(text, format[i + 1], time)) {
      ++i;
    } else {
      text.push_back(format[i]);
    }
  }
  return text;
}

}  // namespace tarsier::application
