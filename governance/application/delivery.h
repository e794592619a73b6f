#pragma once

#include <cstdint>

namespace tarsier::application {

// What became of what was produced, lines of a log or things to report. At any time
// produced == delivered + full + failed + pending.
struct DeliveryCounters {
  std::uint64_t produced = 0;
  std::uint64_t delivered = 0;
  std::uint64_t full = 0;     // dropped: the queue had no room, whoever takes them is too slow
  std::uint64_t failed = 0;   // dropped: they were refused, or nobody answered
  std::uint64_t pending = 0;  // waiting or under way

  std::uint64_t dropped() const { return full + failed; }
  bool operator==(const DeliveryCounters&) const = default;
};

}  // namespace tarsier::application
