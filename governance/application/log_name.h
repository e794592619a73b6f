#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transport/base/result.h"

namespace tarsier::application {

// Where a process writes (spec §7.10): <logpath>/<App>/<Server>.
struct LogPlace {
  std::string log_path;
  std::string app;
  std::string server;

  std::string directory() const;
  std::string stem() const { return app + "." + server; }  // "App.Server"
};

// How long a file of a time log is written to: "1day", "2hour", "10minute".
struct LogPeriod {
  enum class Unit : std::uint8_t { day, hour, minute };
  Unit unit = Unit::day;
  std::int64_t every = 1;

  bool operator==(const LogPeriod&) const = default;
  std::int64_t seconds() const;
  // The beginning of the period that holds a moment (local_time.h): days count from 1970-01-01,
  // hours and minutes from midnight, so that a name tells where its period begins.
  std::int64_t start(std::int64_t local_seconds) const;
  // "%Y%m%d", "%Y%m%d%H" or "%Y%m%d%H%M".
  std::string_view default_format() const;
  std::string to_string() const;
};
// "day", "3hour"; empty: one day. malformed: says what would be right.
Result<LogPeriod> parse_log_period(std::string_view text);

// The name of a time log and of its files.
struct TimeLogName {
  std::string file{};    // empty: the log without a name
  std::string format{};  // empty: what the period needs
  LogPeriod period{};
  bool has_suffix = true;      // ".log"
  bool has_app_prefix = true;  // "App.Server"
  std::string concat = "_";    // between prefix, name and time
};

// Without time and suffix: <logpath>/<App>/<Server>/App.Server_orders.
std::string time_log_path(const LogPlace& place, const TimeLogName& name);
// With them: <logpath>/<App>/<Server>/App.Server_orders_20260101.log.
std::string time_log_file(std::string_view path, const TimeLogName& name,
                          std::int64_t local_seconds);

// Whether a name that came from somewhere may be part of a path: not empty, not "." or "..",
// without '/' and without control characters, at most 200 bytes.
bool is_file_name(std::string_view name);

}  // namespace tarsier::application
