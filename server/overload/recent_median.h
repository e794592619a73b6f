#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "transport/base/time.h"

namespace tarsier {

// The median of the last few durations that were seen. add() costs a store; median() a partial sort
// of them all, so it is asked now and then.
class RecentMedian {
 public:
  static constexpr std::size_t samples_max = 63;

  void add(Duration sample) {
    samples_[next_] = sample;
    next_ = (next_ + 1) % samples_max;
    count_ = std::min(count_ + 1, samples_max);
  }
  bool empty() const { return count_ == 0; }
  // Of an even number of them the upper one; zero where there are none.
  Duration median() const {
    if (count_ == 0) return Duration::zero();
    auto sorted = samples_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(count_ / 2);
    std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(count_));
    return *middle;
  }

 private:
  std::array<Duration, samples_max> samples_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace tarsier
