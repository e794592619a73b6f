#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "transport/base/time.h"

namespace tarsier {

// Keeps what peers can cause from filling the log: one line a period at most, which says how many
// it stands for.
class LogThrottle {
 public:
  explicit LogThrottle(Duration period) : period_(period) {}

  // Something happened. How often it did since the last line, if it is time for one; else 0.
  std::uint64_t count(TimePoint now) {
    ++unsaid_;
    if (now < next_line_) return 0;
    next_line_ = deadline_after(now, period_);
    return std::exchange(unsaid_, 0);
  }
  // How a line ends that stands for `times`.
  static std::string suffix(std::uint64_t times) {
    return times == 1 ? "" : " (" + std::to_string(times) + " times since this was last said)";
  }

 private:
  Duration period_;
  TimePoint next_line_ = TimePoint::min();
  std::uint64_t unsaid_ = 0;
};

}  // namespace tarsier
