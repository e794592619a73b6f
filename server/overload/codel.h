#pragma once

#include "transport/base/limits.h"
#include "transport/base/time.h"

namespace tarsier {

struct CoDelOptions {
  Duration interval = limits::codel_interval;
  Duration target_min = limits::codel_target_min;
};

// Tells a queue that stands from one that merely has bursts, by controlled delay (Nichols and
// Jacobson 2012, in the form for servers of Maurer 2015): a queue stands while the oldest call in
// it never waited less than so long during a whole interval. Two times matter:
//
//   - three median service times, and 5 ms at least: the queue is crowded and runs the newest calls
//     first, because they have callers who still wait. That refuses nobody.
//   - that, and a twentieth of the time that the median caller is ready to wait: the queue is
//     overloaded and sheds what waited for more than twice as long. (5 ms alone, as in a router,
//     sheds calls in vain wherever one of them takes longer than that.)
//
// The oldest call is looked at, and not the one that runs next, because a queue that runs the
// newest first would otherwise seem to be well again at once.
class CoDel {
 public:
  explicit CoDel(const CoDelOptions& options = {})
      : interval_(options.interval), target_min_(options.target_min) {}

  // A call is about to be taken, or somebody just looks: how long the oldest one waited. Zero when
  // the queue runs empty, which must be said: between two looks it counts as standing.
  void observe(Duration oldest, TimePoint now);
  bool crowded() const { return crowded_; }
  bool overloaded() const { return overloaded_; }
  // How long a call may wait and still run.
  Duration wait_max() const { return overloaded_ ? 2 * target_ : Duration::max(); }

  // What the calls are like.
  void adapt(Duration median_service, Duration median_patience);
  Duration crowded_target() const { return crowded_target_; }
  Duration target() const { return target_; }

 private:
  Duration interval_;
  Duration target_min_;
  Duration crowded_target_ = target_min_;
  Duration target_ = target_min_;
  Duration least_ = Duration::max();  // of this interval
  TimePoint interval_end_ = TimePoint::min();
  bool crowded_ = false;
  bool overloaded_ = false;
};

}  // namespace tarsier
