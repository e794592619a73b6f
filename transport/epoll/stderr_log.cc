#include "transport/epoll/stderr_log.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>

namespace tarsier::epoll {
namespace {

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::none: return "none";
    case LogLevel::error: return "error";
    case LogLevel::warn: return "warn";
    case LogLevel::info: return "info";
    case LogLevel::debug: return "debug";
    case LogLevel::trace: return "trace";
  }
  return "?";
}

}  // namespace

void StderrLog::write(LogLevel level, std::string_view component, std::string_view message) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  ::gmtime_r(&now.tv_sec, &utc);
  std::array<char, 64> head{};
  const std::size_t date = std::strftime(head.data(), head.size(), "%Y-%m-%d %H:%M:%S", &utc);
  std::snprintf(head.data() + date, head.size() - date, ".%03dZ %s ",
                static_cast<int>(now.tv_nsec / 1'000'000), name_of(level));
  std::string line(head.data());
  line.append(component).append(": ").append(message).push_back('\n');
  // One write, so that lines of several threads do not mix; there is nowhere to report a failure.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace tarsier::epoll
