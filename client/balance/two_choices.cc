#include "client/balance/two_choices.h"

#include <algorithm>
#include <utility>

#include "transport/base/random.h"

namespace tarsier::balance {
namespace {

constexpr std::uint64_t whole = UINT64_C(1) << 32;

// `random` of 2^32 as one of `count`.
std::size_t one_of(std::uint32_t random, std::size_t count) {
  return static_cast<std::size_t>(std::uint64_t{random} * count >> 32);
}

}  // namespace

double SlowStart::share(TimePoint since, TimePoint now) const {
  if (since == TimePoint::min()) return 1;
  if (now <= since) return share_min;
  if (now >= deadline_after(since, duration)) return 1;
  const double passed =
      static_cast<double>((now - since).count()) / static_cast<double>(duration.count());
  return share_min + (1 - share_min) * passed;
}

void TwoChoices::rebuild(std::span<const Candidate> candidates) {
  places_.clear();
  weighted_ = false;
  all_started_ = TimePoint::min();
  double total = 0;
  for (const Candidate& candidate : candidates) {
    places_.push_back(Place{candidate});
    total += candidate.weight;
    weighted_ = weighted_ || candidate.weight != candidates.front().weight;
    if (candidate.slow_since != TimePoint::min()) {
      all_started_ =
          std::max(all_started_, deadline_after(candidate.slow_since, slow_start_.duration));
    }
  }
  if (weighted_) share_places(total);
}

// Each place is as large as the mean weight. Who is lighter leaves the rest of its place to one who
// is heavier, until nobody needs more than there is.
void TwoChoices::share_places(double total) {
  const double mean = total / static_cast<double>(places_.size());
  std::vector<std::pair<std::uint32_t, double>> light, heavy;  // place, share of a place
  for (std::uint32_t i = 0; i < places_.size(); ++i) {
    const double weight = places_[i].candidate.weight;
    places_[i].scale = mean / weight;
    (weight < mean ? light : heavy).emplace_back(i, weight / mean);
  }
  while (!light.empty() && !heavy.empty()) {
    const auto [small, share] = light.back();
    light.pop_back();
    auto& [large, left] = heavy.back();
    places_[small].own = static_cast<std::uint64_t>(share * static_cast<double>(whole));
    places_[small].other = large;
    left -= 1 - share;
    if (left >= 1) continue;
    light.push_back(heavy.back());
    heavy.pop_back();
  }
}

// The upper part of the product is the place; the lower part is as random, and divides the place.
std::size_t TwoChoices::draw(std::uint32_t random) const {
  const std::uint64_t product = std::uint64_t{random} * places_.size();
  const auto index = static_cast<std::size_t>(product >> 32);
  return (product & (whole - 1)) < places_[index].own ? index : places_[index].other;
}

const TwoChoices::Place& TwoChoices::cheaper(const Place& one, const Place& other,
                                             const PeakEwma& loads) const {
  if (one.candidate.wants_probe != other.candidate.wants_probe)
    return one.candidate.wants_probe ? one : other;
  return loads.cost(other.candidate.slot, other.scale) < loads.cost(one.candidate.slot, one.scale)
             ? other
             : one;
}

Slot TwoChoices::pick(const PeakEwma& loads, TimePoint now, std::uint64_t random) const {
  const std::size_t count = places_.size();
  if (count <= 1) return count == 0 ? no_slot : places_.front().candidate.slot;
  const auto low = static_cast<std::uint32_t>(random);
  const auto high = static_cast<std::uint32_t>(random >> 32);
  std::size_t first, second;
  if (weighted_) {
    // The same one may be drawn twice, or weights would not be shares.
    first = draw(low);
    second = draw(high);
  } else {
    first = one_of(low, count);
    second = one_of(high, count - 1);
    if (second >= first) ++second;
  }
  const Place& one = places_[first];
  const Place& other = places_[second];
  const Place& winner = cheaper(one, other, loads);
  if (now >= all_started_ || winner.candidate.wants_probe) return winner.candidate.slot;
  const Place& loser = &winner == &one ? other : one;
  const double won = slow_start_.share(winner.candidate.slow_since, now);
  const double lost = slow_start_.share(loser.candidate.slow_since, now);
  const double chance = static_cast<double>(mix64(random) >> 32) / static_cast<double>(whole);
  return chance * lost < won ? winner.candidate.slot : loser.candidate.slot;
}

}  // namespace tarsier::balance
