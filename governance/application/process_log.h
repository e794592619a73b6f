#pragma once

#include <string_view>

#include "governance/application/thread_gate.h"
#include "transport/base/log.h"

namespace tarsier::application {

// The log of a process: its file, and beside it, while the process starts and while it fails to,
// the console. Any thread; the levels are changed by the loop.
class ProcessLog final : public Log {
 public:
  ProcessLog(Log& file, Log& console, LogLevel console_level)
      : file_(file), console_(console), console_level_(console_level) {}

  bool enabled(LogLevel level) const override { return file_.enabled(level) || to_console(level); }
  void write(LogLevel level, std::string_view component, std::string_view message) override {
    if (file_.enabled(level)) file_.write(level, component, message);
    if (to_console(level)) console_.write(level, component, message);
  }
  void set_console_level(LogLevel level) { console_level_.set(level); }

 private:
  bool to_console(LogLevel level) const {
    return level <= console_level_.get() && console_.enabled(level);
  }

  Log& file_;
  Log& console_;
  SharedLevel console_level_;
};

}  // namespace tarsier::application
