#include "client/balance/peak_ewma.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tarsier::balance {
namespace {

// e^200 is far from what a double holds, and 200 tau is half an hour.
constexpr double growth_exponent_max = 200;
constexpr double least = 1;  // nanosecond: nothing multiplied by calls under way is still nothing

double exponent(Duration time, Duration tau) {
  return static_cast<double>(time.count()) / static_cast<double>(tau.count());
}

double nanoseconds_of(Duration latency) {
  return std::max(least, static_cast<double>(latency.count()));
}

}  // namespace

double PeakEwma::growth(TimePoint at) const {
  return at <= start_ ? 1 : std::exp(exponent(at - start_, options_.tau));
}

void PeakEwma::start_anew(TimePoint now) {
  const double decayed = 1 / std::exp(exponent(now - start_, options_.tau));
  for (Load& load : loads_)
    if (load.scaled > 0) load.scaled = std::max(least, load.scaled * decayed);
  start_ = now;
}

void PeakEwma::add(Slot slot, TimePoint now) {
  if (slot >= loads_.size()) loads_.resize(slot + 1);
  if (now > start_ && exponent(now - start_, options_.tau) > growth_exponent_max) start_anew(now);
  Load& load = loads_[slot];
  const std::uint32_t in_flight = load.in_flight;
  load = Load();
  load.in_flight = in_flight;
  load.seen_at = now;
  load.scaled = nanoseconds_of(options_.unknown) * growth(now);
  std::vector<double> known, others;
  for (const Load& other : loads_) {
    if (other.known) known.push_back(other.scaled);
    if (other.scaled > 0 && &other != &load) others.push_back(other.scaled);
  }
  std::vector<double>& best = known.empty() ? others : known;
  if (best.empty()) return;
  const auto middle = best.begin() + static_cast<std::ptrdiff_t>((best.size() - 1) / 2);
  std::nth_element(best.begin(), middle, best.end());
  load.scaled = *middle;
}

void PeakEwma::observe(Load& load, double nanoseconds, TimePoint now) {
  if (now > start_ && exponent(now - start_, options_.tau) > growth_exponent_max) start_anew(now);
  const double scaled = nanoseconds * growth(now);
  if (scaled >= load.scaled) {
    load.scaled = scaled;
  } else if (now > load.seen_at) {
    // The average as it has decayed, plus the share of the new one: e^(-dt/tau) is in the scale.
    load.scaled += scaled * -std::expm1(-exponent(now - load.seen_at, options_.tau));
  }
  load.seen_at = std::max(load.seen_at, now);
  load.known = true;
}

void PeakEwma::answered(Slot slot, Duration latency, TimePoint now) {
  end(loads_[slot]);
  observe(loads_[slot], nanoseconds_of(latency), now);
}

void PeakEwma::failed(Slot slot, Duration latency, TimePoint now) {
  Load& load = loads_[slot];
  end(load);
  const double known = std::max(load.scaled / growth(now), nanoseconds_of(options_.unknown));
  const double penalty = std::max(2 * known, nanoseconds_of(latency));
  observe(load, std::min(penalty, nanoseconds_of(options_.penalty_max)), now);
}

Duration PeakEwma::latency(Slot slot, TimePoint now) const {
  return Duration(static_cast<Duration::rep>(loads_[slot].scaled / growth(now)));
}

}  // namespace tarsier::balance
