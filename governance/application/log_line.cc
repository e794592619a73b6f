#include "governance/application/log_line.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "governance/application/local_time.h"
#include "transport/base/limits.h"

namespace tarsier::application {
namespace {

constexpr std::array<std::string_view, 6> names = {"NONE", "ERROR", "WARN",
                                                   "INFO", "DEBUG", "TARS"};

}  // namespace

std::string_view level_name(LogLevel level) {
  const auto index = static_cast<std::size_t>(level) - 1;
  return index < names.size() ? names[index] : "?";
}

Result<LogLevel> parse_level(std::string_view name) {
  std::string upper(name);
  for (char& letter : upper)
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  const auto found = std::find(names.begin(), names.end(), upper);
  if (found == names.end()) {
    return Error(Code::malformed, "'" + std::string(name) +
                                      "' is no log level; one of NONE, ERROR, WARN, INFO, DEBUG "
                                      "and TARS is");
  }
  return static_cast<LogLevel>(found - names.begin() + 1);
}

std::string line_head(std::initializer_list<std::string_view> fields, const HeadStyle& style) {
  std::string head;
  for (const std::string_view field : fields) {
    if (style.square_brackets) head.push_back('[');
    head += field;
    if (style.square_brackets) head.push_back(']');
    head += style.separator;
  }
  return head;
}

std::string complete_line(std::string_view head, std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  constexpr std::string_view cut = " … (cut)";
  const bool too_long = text.size() > limits::log_line_bytes_max;
  if (too_long) text = text.substr(0, limits::log_line_bytes_max);
  std::string line;
  line.reserve(head.size() + text.size() + (too_long ? cut.size() : 0) + 1);
  line.append(head).append(text);
  if (too_long) line += cut;
  line.push_back('\n');
  return line;
}

void LineClock::set_seconds(std::int64_t wall_ms) {
  const std::int64_t seconds = application::local_seconds(wall_ms, offset_s_);
  if (seconds == seconds_) return;
  seconds_ = seconds;
  text_ = format_time(date_and_time, local_time(seconds));
}

}  // namespace tarsier::application
