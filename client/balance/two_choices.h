#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/balance/peak_ewma.h"
#include "client/balance/slot.h"
#include "transport/base/time.h"

namespace tarsier::balance {

// An endpoint that is new, or back, gets its share of calls little by little: `share_min` of it at
// once, all of it after `duration`, in a straight line between.
struct SlowStart {
  Duration duration = std::chrono::seconds(30);
  double share_min = 0.1;

  double share(TimePoint since, TimePoint now) const;
};

// Power of two choices: draws two endpoints and picks the one whose next call costs less. Constant
// cost, and deterministic given the random bits.
//
// Weights are honoured in the drawing: with equal costs, picks are in proportion to them. One that
// wants a probe wins, one in slow start gives way in proportion to what it may have.
class TwoChoices {
 public:
  struct Candidate {
    Slot slot = no_slot;
    std::int32_t weight = 1;                  // at least 1
    bool wants_probe = false;                 // wins whenever it is drawn
    TimePoint slow_since = TimePoint::min();  // start of its slow start
  };

  explicit TwoChoices(const SlowStart& slow_start) : slow_start_(slow_start) {}

  // Linear in the candidates.
  void rebuild(std::span<const Candidate> candidates);

  // no_slot without candidates; `random`: 64 random bits.
  Slot pick(const PeakEwma& loads, TimePoint now, std::uint64_t random) const;

 private:
  // A candidate and, so that weights cost no search (Walker's alias method), the other one that
  // shares its place in the drawing.
  struct Place {
    Candidate candidate;
    double scale = 1;                       // mean weight over own weight
    std::uint64_t own = UINT64_C(1) << 32;  // of 2^32
    std::uint32_t other = 0;
  };

  void share_places(double total);
  std::size_t draw(std::uint32_t random) const;
  const Place& cheaper(const Place& one, const Place& other, const PeakEwma& loads) const;

  const SlowStart slow_start_;
  std::vector<Place> places_;
  bool weighted_ = false;
  TimePoint all_started_ = TimePoint::min();  // when the last slow start is over
};

}  // namespace tarsier::balance
