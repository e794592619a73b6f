#pragma once

#include <cstdint>

#include "transport/base/limits.h"
#include "transport/base/time.h"

namespace tarsier {

struct ReadPauseOptions {
  // What it takes the loop to read and refuse one call. Zero: reading never pauses.
  Duration reject_cost = limits::reject_cost;
  // Refusals may take a third of the loop's time, and this much more in a burst.
  Duration burst = limits::reject_burst;
  Duration pause_max = limits::read_pause;
};

// Decides when a server stops reading, so that TCP holds its peers back.
//
// Refusing a call is cheap, and best for a caller who can go elsewhere. But where calls are short,
// refusing nine of ten costs as much as answering the tenth (targets/reliability §3.3): so reading
// pauses when more than half of the calls are refused, and refusing them has taken more than a
// third of the loop's time for a while. It goes on when there is room for work again, or when
// pause_max is over, because callers who are not read wait in vain.
class ReadPause {
 public:
  explicit ReadPause(const ReadPauseOptions& options = {}) : options_(options) {}

  void admitted(TimePoint now) {
    forget(now);
    ++admitted_;
  }
  // True: stop reading now. Calls that are read already may still be refused.
  bool refused(TimePoint now);

  bool paused() const { return paused_; }
  // When reading goes on at the latest.
  TimePoint until() const { return until_; }
  // Whether reading goes on now; once. To be asked when calls end, and at until().
  bool resumes(TimePoint now, bool has_room);

 private:
  void forget(TimePoint now);

  ReadPauseOptions options_;
  Duration debt_{};  // the loop's time that refusals took, less a third of the time that passed
  std::uint64_t admitted_ = 0;
  std::uint64_t refused_ = 0;
  TimePoint paid_until_ = TimePoint::min();
  TimePoint halved_ = TimePoint::min();
  TimePoint until_ = TimePoint::min();
  bool paused_ = false;
};

}  // namespace tarsier
