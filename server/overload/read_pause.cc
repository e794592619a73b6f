#include "server/overload/read_pause.h"

#include <algorithm>

namespace tarsier {
namespace {

// After so long a refusal or an admission counts for half.
constexpr Duration half_life = std::chrono::milliseconds(100);
// Of the loop's time, the part that refusals may take.
constexpr int share = 3;

}  // namespace

void ReadPause::forget(TimePoint now) {
  if (halved_ == TimePoint::min()) halved_ = now;
  if (now - halved_ < half_life) return;
  const auto times = std::min<std::int64_t>((now - halved_) / half_life, 63);
  admitted_ >>= times;
  refused_ >>= times;
  halved_ = now;
}

bool ReadPause::refused(TimePoint now) {
  if (options_.reject_cost <= Duration::zero()) return false;
  forget(now);
  ++refused_;
  if (paid_until_ == TimePoint::min()) paid_until_ = now;
  debt_ = std::max(debt_ - (now - paid_until_) / share, Duration::zero()) + options_.reject_cost;
  paid_until_ = now;
  if (paused_ || debt_ <= options_.burst || refused_ <= admitted_) return false;
  paused_ = true;
  until_ = deadline_after(now, options_.pause_max);
  return true;
}

bool ReadPause::resumes(TimePoint now, bool has_room) {
  if (!paused_ || (!has_room && now < until_)) return false;
  paused_ = false;
  return true;
}

}  // namespace tarsier
