#include "client/balance/backoff.h"

#include <algorithm>

namespace tarsier::balance {

Duration doubled(Duration wait, std::uint32_t times, Duration most) {
  Duration result = std::min(wait, most);
  for (std::uint32_t i = 0; i < std::min(times, 63u); ++i)
    result = result > most / 2 ? most : result * 2;
  return result;
}

Duration any_of(Duration most, std::uint64_t random) {
  if (most <= Duration::zero()) return Duration::zero();
  const auto values = static_cast<std::uint64_t>(most.count()) + 1;
  return Duration(static_cast<Duration::rep>(random % values));
}

Duration jittered(Duration wait, std::uint32_t permille, std::uint64_t random) {
  const Duration most = wait / 1000 * permille;
  return wait - most + any_of(2 * most, random);
}

}  // namespace tarsier::balance
