#pragma once

#include "transport/base/log.h"

namespace tarsier::epoll {

// One line a message on standard error, in UTC, from any thread:
//   2026-11-21 02:31:07.512Z warn server: a connection from 10.0.0.9:4711 was closed: ...
class StderrLog final : public Log {
 public:
  explicit StderrLog(LogLevel level = LogLevel::info) : level_(level) {}
  bool enabled(LogLevel level) const override { return level <= level_; }
  void write(LogLevel level, std::string_view component, std::string_view message) override;

 private:
  const LogLevel level_;
};

}  // namespace tarsier::epoll
