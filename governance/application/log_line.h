#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "transport/base/log.h"
#include "transport/base/result.h"

namespace tarsier::application {

// A line on its way to a file: complete, with its newline, and when it was written, which may
// decide into which file it goes.
struct LogLine {
  LogLine() = default;
  LogLine(std::string complete, std::int64_t seconds)
      : text(std::move(complete)), local_seconds(seconds) {}

  std::string text;
  std::int64_t local_seconds = 0;  // local_time.h

  std::size_t bytes() const { return text.size() + sizeof(LogLine); }
};

// The names of spec §7.10: NONE ERROR WARN INFO DEBUG TARS; our LogLevel::trace is TARS.
std::string_view level_name(LogLevel level);
// Upper or lower case. malformed: names the six.
Result<LogLevel> parse_level(std::string_view name);

// How the head of a line is written: fields, each followed by the separator, in brackets or not.
struct HeadStyle {
  std::string separator = "|";
  bool square_brackets = false;
};
std::string line_head(std::initializer_list<std::string_view> fields, const HeadStyle& style = {});

// The head, the text cut to limits::log_line_bytes_max, and one newline.
std::string complete_line(std::string_view head, std::string_view text);

// The time of lines as text. Most lines of a second share it, and the zone changes on the quarter
// of an hour at most, so both are kept. For one thread.
class LineClock {
 public:
  // `offset(wall_ms)` tells how far local time is ahead of UTC in seconds.
  template <class Offset>
  void read(std::int64_t wall_ms, const Offset& offset) {
    const std::int64_t quarter = wall_ms / quarter_ms - (wall_ms % quarter_ms < 0 ? 1 : 0);
    if (quarter != quarter_) {
      offset_s_ = offset(wall_ms);
      quarter_ = quarter;
    }
    set_seconds(wall_ms);
  }
  std::string_view text() const { return text_; }  // "2026-01-01 00:00:00"
  std::int64_t local_seconds() const { return seconds_; }

 private:
  static constexpr std::int64_t quarter_ms = 900'000;
  void set_seconds(std::int64_t wall_ms);

  std::int64_t quarter_ = INT64_MIN;
  std::int32_t offset_s_ = 0;
  std::int64_t seconds_ = INT64_MIN;
  std::string text_;
};

}  // namespace tarsier::application
