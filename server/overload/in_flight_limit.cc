#include "server/overload/in_flight_limit.h"

#include <algorithm>

#include "transport/base/check.h"

namespace tarsier {
namespace {

constexpr Duration window = std::chrono::milliseconds(100);
constexpr std::int64_t window_samples_min = 10;
constexpr std::int64_t smoothing_permille = 200;
constexpr std::int64_t tolerance_permille = 1'500;
constexpr std::int64_t gradient_permille_min = 500;
constexpr std::int64_t long_windows = 600;
constexpr std::int64_t warm_up_windows = 10;
constexpr std::int64_t queue_min = 4;
// Where the limit ends up when the gradient stays at its minimum, and a bit.
constexpr std::int64_t bottom_milli =
    (queue_min * 1'000 / (1'000 - gradient_permille_min) + 1) * 1'000;

std::int64_t square_root(std::int64_t value) {
  std::int64_t root = 0;
  for (std::int64_t step = 1'024; step > 0; step /= 2)
    if ((root + step) * (root + step) <= value) root += step;
  return root;
}

std::int64_t thousandths(std::size_t calls) { return static_cast<std::int64_t>(calls) * 1'000; }

}  // namespace

InFlightLimit::InFlightLimit(const InFlightLimitOptions& options)
    : options_(options), limit_milli_(thousandths(options.initial)) {
  if (options.kind == InFlightLimitOptions::Kind::none) return;
  TARSIER_CHECK(options.initial > 0, "a limit of no calls at all serves nobody");
  limit_ = options.initial;
  if (options.kind == InFlightLimitOptions::Kind::fixed) return;
  TARSIER_CHECK(
      options.min > 0 && options.min <= options.max && options.max <= limits::in_flight_limit_max,
      "an adaptive limit moves between a minimum and a maximum, which is at most "
      "limits::in_flight_limit_max");
  set_limit(limit_milli_);
}

void InFlightLimit::set_limit(std::int64_t milli) {
  limit_milli_ = std::clamp(milli, thousandths(options_.min), thousandths(options_.max));
  limit_ = static_cast<std::size_t>(limit_milli_ / 1'000);
}

bool InFlightLimit::admits() {
  if (has_room()) return true;
  refused_ = true;
  return false;
}

void InFlightLimit::started() {
  ++in_flight_;
  peak_ = std::max(peak_, in_flight_);
}

void InFlightLimit::ended(Duration took, TimePoint now) {
  --in_flight_;
  if (options_.kind != InFlightLimitOptions::Kind::adaptive) return;
  took_ns_ += took.count();
  ++samples_;
  if (now < window_end_ || samples_ < window_samples_min) return;
  // What came before the first window is part of it.
  if (window_end_ != TimePoint::min()) close_window();
  window_end_ = deadline_after(now, window);
}

void InFlightLimit::close_window() {
  const std::int64_t took_ns = std::max<std::int64_t>(took_ns_ / samples_, 1);
  const bool in_use = thousandths(peak_) * 2 >= limit_milli_;
  const bool limited = refused_;
  took_ns_ = 0;
  samples_ = 0;
  peak_ = in_flight_;
  refused_ = false;
  if (limited && limit_milli_ <= std::max(bottom_milli, thousandths(options_.min)) &&
      windows_learnt_ >= warm_up_windows) {
    at_bottom_ = true;
    windows_learnt_ = 0;
  }
  learn(took_ns, limited);
  if (at_bottom_ && windows_learnt_ < warm_up_windows) return;
  at_bottom_ = false;
  if (in_use) move(took_ns);
}

void InFlightLimit::learn(std::int64_t took_ns, bool limited) {
  if (windows_learnt_ < warm_up_windows) {
    baseline_ns_ += (took_ns - baseline_ns_) / ++windows_learnt_;
  } else if (!limited) {
    baseline_ns_ += (took_ns - baseline_ns_) * 2 / (long_windows + 1);
  }
  // The servant has become much faster than it was: no need to wait for the long run.
  if (baseline_ns_ > 2 * took_ns) baseline_ns_ -= baseline_ns_ / 20;
}

void InFlightLimit::move(std::int64_t took_ns) {
  const std::int64_t gradient = std::clamp<std::int64_t>(
      tolerance_permille * baseline_ns_ / took_ns, gradient_permille_min, 1'000);
  const std::int64_t queue = std::max(queue_min, square_root(limit_milli_ / 1'000));
  const std::int64_t wanted = limit_milli_ * gradient / 1'000 + queue * 1'000;
  set_limit(limit_milli_ + (wanted - limit_milli_) * smoothing_permille / 1'000);
}

}  // namespace tarsier
