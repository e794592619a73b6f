#include "governance/application/log_name.h"

#include <algorithm>
#include <charconv>

#include "governance/application/local_time.h"

namespace tarsier::application {
namespace {

constexpr std::int64_t seconds_a_day = 86'400;

std::int64_t round_down(std::int64_t value, std::int64_t to) {
  const std::int64_t rest = value % to;
  return value - rest - (rest < 0 ? to : 0);
}

std::string_view unit_name(LogPeriod::Unit unit) {
  switch (unit) {
    case LogPeriod::Unit::day: return "day";
    case LogPeriod::Unit::hour: return "hour";
    case LogPeriod::Unit::minute: return "minute";
  }
  return "?";
}

// The most that makes sense: a period of hours or minutes lies within a day.
std::int64_t every_max(LogPeriod::Unit unit) {
  switch (unit) {
    case LogPeriod::Unit::day: return 366;
    case LogPeriod::Unit::hour: return 24;
    case LogPeriod::Unit::minute: return 1'440;
  }
  return 1;
}

}  // namespace

std::string LogPlace::directory() const {
  std::string path = log_path.empty() ? "." : log_path;
  if (path.back() != '/') path.push_back('/');
  return path + app + "/" + server;
}

std::int64_t LogPeriod::seconds() const {
  switch (unit) {
    case Unit::day: return every * seconds_a_day;
    case Unit::hour: return every * 3'600;
    case Unit::minute: return every * 60;
  }
  return seconds_a_day;
}

std::int64_t LogPeriod::start(std::int64_t local_seconds) const {
  if (unit == Unit::day) return round_down(local_seconds, seconds());
  const std::int64_t midnight = round_down(local_seconds, seconds_a_day);
  return midnight + round_down(local_seconds - midnight, seconds());
}

std::string_view LogPeriod::default_format() const {
  switch (unit) {
    case Unit::day: return "%Y%m%d";
    case Unit::hour: return "%Y%m%d%H";
    case Unit::minute: return "%Y%m%d%H%M";
  }
  return "%Y%m%d";
}

std::string LogPeriod::to_string() const {
  return std::to_string(every) + std::string(unit_name(unit));
}

Result<LogPeriod> parse_log_period(std::string_view text) {
  LogPeriod period;
  if (text.empty()) return period;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view word = text.substr(digits);
  bool known = false;
  for (const auto unit : {LogPeriod::Unit::day, LogPeriod::Unit::hour, LogPeriod::Unit::minute}) {
    if (word != unit_name(unit)) continue;
    period.unit = unit;
    known = true;
  }
  const auto number = std::from_chars(text.data(), text.data() + digits, period.every);
  if (digits == 0) period.every = 1;
  const bool in_range = number.ec != std::errc::result_out_of_range && period.every >= 1 &&
                        period.every <= every_max(period.unit);
  if (!known || !in_range) {
    return Error(Code::malformed, "'" + std::string(text) +
                                      "' is no period of a log; write 1day … 366day, 1hour … "
                                      "24hour or 1minute … 1440minute");
  }
  return period;
}

std::string time_log_path(const LogPlace& place, const TimeLogName& name) {
  std::string path = place.directory() + "/";
  if (name.has_app_prefix) path += place.stem();
  if (name.has_app_prefix && !name.file.empty()) path += name.concat;
  return path + name.file;
}

std::string time_log_file(std::string_view path, const TimeLogName& name,
                          std::int64_t local_seconds) {
  const std::string_view format =
      name.format.empty() ? name.period.default_format() : std::string_view(name.format);
  std::string file(path);
  if (!file.ends_with('/')) file += name.concat;
  file += format_time(format, local_time(name.period.start(local_seconds)));
  return name.has_suffix ? file + ".log" : file;
}

bool is_file_name(std::string_view name) {
  constexpr std::size_t bytes_max = 200;
  return !name.empty() && name.size() <= bytes_max && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), [](char letter) {
           return letter == '/' || static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
         });
}

}  // namespace tarsier::application
