#pragma once

#include <cstdint>

#include "transport/base/random.h"
#include "transport/base/time.h"

namespace tarsier::sim {

// How long something takes: `base`, plus an exponentially distributed part with this mean, plus
// `spike` in `spike_permille` of the draws. Integer arithmetic only, so that every compiler and
// library draws the same.
struct Delay {
  Duration base{};
  Duration mean{};
  std::uint32_t spike_permille = 0;
  Duration spike{};

  Duration draw(Random& random) const;
};

}  // namespace tarsier::sim
