#include "server/overload/codel.h"

#include <algorithm>

namespace tarsier {

void CoDel::observe(Duration oldest, TimePoint now) {
  least_ = std::min(least_, oldest);
  if (now < interval_end_) return;
  // What is seen first is no interval yet.
  const bool whole = interval_end_ != TimePoint::min();
  crowded_ = whole && least_ > crowded_target_;
  overloaded_ = whole && least_ > target_;
  least_ = Duration::max();
  interval_end_ = deadline_after(now, interval_);
}

void CoDel::adapt(Duration median_service, Duration median_patience) {
  crowded_target_ = std::max(target_min_, 3 * median_service);
  target_ = std::max(crowded_target_, median_patience / 20);
}

}  // namespace tarsier
