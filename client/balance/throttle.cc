#include "client/balance/throttle.h"

#include <algorithm>

namespace tarsier::balance {

Throttle::Throttle(const ThrottleOptions& options)
    : options_(options),
      part_length_(std::max<Duration>(options.window / int{parts}, Duration(1))),
      newest_ends_(part_length_) {}

Throttle::Part& Throttle::part_at(TimePoint now) {
  if (now < newest_ends_) [[likely]]
    return window_[static_cast<std::size_t>(newest_part_) % parts];
  const std::int64_t number = now.time_since_epoch() / part_length_;
  const std::int64_t steps =
      std::min<std::int64_t>(number - newest_part_, static_cast<std::int64_t>(parts));
  for (std::int64_t i = 0; i < steps; ++i) {
    Part& oldest = window_[static_cast<std::size_t>(number - i) % parts];
    sum_.calls -= oldest.calls;
    sum_.accepted -= oldest.accepted;
    oldest = {};
  }
  newest_part_ = std::max(newest_part_, number);
  newest_ends_ = TimePoint(part_length_ * (newest_part_ + 1));
  return window_[static_cast<std::size_t>(newest_part_) % parts];
}

std::uint64_t Throttle::refusal_chance() const {
  const std::uint64_t wanted = sum_.accepted * options_.factor_permille / 1000;
  if (sum_.calls <= wanted || sum_.calls < options_.calls_min) return 0;
  return ((sum_.calls - wanted) << 32) / (sum_.calls + 1);
}

bool Throttle::admit(TimePoint now, std::uint64_t random) {
  Part& part = part_at(now);
  if (sum_.calls == sum_.accepted) [[likely]] {
    let_through_ = now;
    return true;
  }
  const bool refused = (random >> 32) < refusal_chance() && let_through_ != TimePoint::min() &&
                       now < deadline_after(let_through_, options_.probe_wait);
  if (!refused) {
    let_through_ = now;
    return true;
  }
  ++part.calls;
  ++sum_.calls;
  return false;
}

void Throttle::accepted(TimePoint now) {
  Part& part = part_at(now);
  ++part.calls, ++sum_.calls;
  ++part.accepted, ++sum_.accepted;
}

void Throttle::rejected(TimePoint now) {
  ++part_at(now).calls;
  ++sum_.calls;
}

}  // namespace tarsier::balance
