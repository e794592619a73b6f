#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tarsier {

// The levels of spec §7.10, most important first; a line is written if its level <= the sink's.
enum class LogLevel : std::uint8_t {
  none = 1,
  error = 2,
  warn = 3,
  info = 4,
  debug = 5,
  trace = 6
};

// Where lines go. Implementations add the time; a line is one sentence without a newline.
class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(LogLevel level) const = 0;
  // `component` is the folder-level name of the writer ("server", "client", "epoll").
  virtual void write(LogLevel level, std::string_view component, std::string_view message) = 0;
};

// Drops everything.
class NullLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::string_view) override {}
};

}  // namespace tarsier

// Builds the message only when somebody reads it.
#define TARSIER_LOG(log, level, component, message)                    \
  do {                                                                 \
    if ((log).enabled(::tarsier::LogLevel::level))                     \
      (log).write(::tarsier::LogLevel::level, (component), (message)); \
  } while (false)
