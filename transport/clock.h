#pragma once

#include <cstdint>

#include "transport/base/time.h"

namespace tarsier {

// now() is monotonic and is all that timeouts may use. wall_ms() is for people and for fields that
// the protocol defines as wall time; it may step in both directions.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;         // cheap: cached per turn where the backend can
  virtual std::int64_t wall_ms() const = 0;  // milliseconds since 1970-01-01 UTC; any thread
  // How far local time is ahead of UTC at a moment, in seconds. Any thread. A world without a
  // machine keeps UTC.
  virtual std::int32_t utc_offset_s(std::int64_t /*wall_ms*/) const { return 0; }
};

}  // namespace tarsier
