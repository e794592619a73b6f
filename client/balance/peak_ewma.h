#pragma once

#include <cstdint>
#include <vector>

#include "client/balance/slot.h"
#include "transport/base/time.h"

namespace tarsier::balance {

struct PeakEwmaOptions {
  Duration tau = std::chrono::seconds(10);          // an old latency weighs 1/e after it
  Duration unknown = std::chrono::milliseconds(1);  // taken for the latency while none is known
  Duration penalty_max = std::chrono::seconds(30);  // of one failure
};

// What the next call of an endpoint is expected to cost: its latency, as an average that jumps up
// to a peak at once and comes down slowly, times the calls that are under way there.
//
// All averages decay towards zero while nothing is heard, so that an endpoint that was slow is
// tried again some time. As all do so at one pace, they are kept multiplied by what has decayed
// since a common moment, and comparing two needs no exponential.
class PeakEwma {
 public:
  explicit PeakEwma(const PeakEwmaOptions& options) : options_(options) {}

  // As if new: in the middle of all others, of those that were called if there are any. Makes room
  // for the slot.
  void add(Slot slot, TimePoint now);
  void remove(Slot slot) { loads_[slot] = Load(); }

  void started(Slot slot) { ++loads_[slot].in_flight; }
  // The latency of an answer.
  void answered(Slot slot, Duration latency, TimePoint now);
  // A failure counts as at least twice the latency known so far: a fast refusal is no fast server.
  void failed(Slot slot, Duration latency, TimePoint now);
  // Nothing is learned from it.
  void dropped(Slot slot) { end(loads_[slot]); }

  // To compare two at one moment. `scale`: what one call under way weighs, 1 for an endpoint of
  // average capacity.
  double cost(Slot slot, double scale) const {
    const Load& load = loads_[slot];
    return load.scaled * (1.0 + static_cast<double>(load.in_flight) * scale);
  }

  Duration latency(Slot slot, TimePoint now) const;
  std::uint32_t in_flight(Slot slot) const { return loads_[slot].in_flight; }

 private:
  struct Load {
    double scaled = 0;  // 0: nobody's; nanoseconds as of seen_at, times growth(seen_at)
    TimePoint seen_at;
    std::uint32_t in_flight = 0;
    bool known = false;  // a call has ended here
  };

  static void end(Load& load) {
    if (load.in_flight > 0) --load.in_flight;
  }
  // What has decayed since `start_`, as its inverse: e^((at - start_) / tau).
  double growth(TimePoint at) const;
  void observe(Load& load, double nanoseconds, TimePoint now);
  void start_anew(TimePoint now);

  PeakEwmaOptions options_;
  TimePoint start_{};
  std::vector<Load> loads_;  // by slot
};

}  // namespace tarsier::balance
