#include "sim/delay.h"

#include <array>

namespace tarsier::sim {
namespace {

// Quantiles i/64 of the exponential distribution with mean 1024; the last one (which would be
// infinite) is the quantile 511/512.
constexpr std::array<std::int64_t, 65> exponential = {
    0,    16,   33,   49,   66,   83,   101,  119,  137,  155,  174,  193,  213,
    233,  253,  273,  295,  316,  338,  361,  384,  407,  431,  456,  481,  507,
    534,  561,  589,  618,  648,  678,  710,  742,  776,  811,  847,  884,  922,
    963,  1004, 1048, 1093, 1141, 1191, 1244, 1299, 1357, 1420, 1486, 1556, 1632,
    1714, 1803, 1901, 2009, 2129, 2266, 2424, 2611, 2839, 3134, 3549, 4259, 6388};

}  // namespace

Duration Delay::draw(Random& random) const {
  Duration total = base;
  if (mean > Duration::zero()) {
    const std::uint64_t draw = random.next();
    const std::size_t step = draw >> 58;
    const auto part = static_cast<std::int64_t>((draw >> 48) & 1023);  // between two quantiles
    const std::int64_t low = exponential[step];
    const std::int64_t scaled = low + (exponential[step + 1] - low) * part / 1024;
    total += Duration(mean.count() / 1024 * scaled + mean.count() % 1024 * scaled / 1024);
  }
  if (spike_permille > 0 && random.permille(spike_permille)) total += spike;
  return total;
}

}  // namespace tarsier::sim
