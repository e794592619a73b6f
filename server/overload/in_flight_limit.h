#pragma once

#include <cstddef>
#include <cstdint>

#include "transport/base/limits.h"
#include "transport/base/time.h"

namespace tarsier {

// How many calls of a servant may be under way: any number, so many, or as many as the servant
// turns out to bear.
struct InFlightLimitOptions {
  enum class Kind : std::uint8_t { none, fixed, adaptive };

  Kind kind = Kind::none;
  std::size_t initial = limits::in_flight_limit_initial;  // of a fixed one: the limit
  std::size_t min = 2;
  std::size_t max = limits::in_flight_limit_max;

  static InFlightLimitOptions fixed(std::size_t calls) {
    InFlightLimitOptions options;
    options.kind = Kind::fixed;
    options.initial = calls;
    return options;
  }
  // `threads`: that do the work; twice as many calls may always be under way.
  static InFlightLimitOptions adaptive(std::size_t threads = 1) {
    InFlightLimitOptions options;
    options.kind = Kind::adaptive;
    options.min = 2 * threads;
    return options;
  }
};

// Counts the calls that are under way and says when that is enough.
//
// The adaptive limit follows the gradient of the time that calls take (as Netflix' Gradient2 does):
// while they take no more than 1.5 times what they took in the long run, the limit grows by about
// its square root, which is the queue that is allowed for; when they take longer, it shrinks in
// proportion. It moves by a fifth of the way at a time, once in a window of 100 ms that saw ten
// calls, and stays where less than half of it is in use.
//
// Other than there, the long run is learnt only from windows in which nobody was refused: a servant
// that is overloaded for long would else take its own queue for its normal state, and the limit
// would creep up until all calls time out. A limit that sinks to its bottom (its minimum, or nine
// calls) stays there for ten windows and learns anew, because what calls take with so few under way
// is what they take.
//
// Integer arithmetic only, so that a simulation runs the same with every compiler.
class InFlightLimit {
 public:
  explicit InFlightLimit(const InFlightLimitOptions& options = {});

  // False: refuse the call with Code::overload, or let it wait. Counts nothing as under way.
  bool admits();
  // The same, without telling the limit that somebody had to be refused.
  bool has_room() const { return in_flight_ < limit_; }
  // A call is under way, and has ended: after `took`, or in a way that says nothing of the work.
  void started();
  void ended(Duration took, TimePoint now);
  void abandoned() { --in_flight_; }

  std::size_t in_flight() const { return in_flight_; }
  // SIZE_MAX: there is none. A fixed one is what it was made with.
  std::size_t limit() const { return limit_; }
  // What calls take in the long run, as far as it has been learnt.
  Duration baseline() const { return Duration(baseline_ns_); }

 private:
  void close_window();
  void learn(std::int64_t took_ns, bool limited);
  void move(std::int64_t took_ns);
  void set_limit(std::int64_t milli);

  InFlightLimitOptions options_;
  std::int64_t limit_milli_;      // in thousandths of a call
  std::size_t limit_ = SIZE_MAX;  // the same in calls
  std::size_t in_flight_ = 0;

  // Of this window.
  TimePoint window_end_ = TimePoint::min();
  std::int64_t took_ns_ = 0;
  std::int64_t samples_ = 0;
  std::size_t peak_ = 0;
  bool refused_ = false;

  std::int64_t baseline_ns_ = 0;
  std::int64_t windows_learnt_ = 0;
  bool at_bottom_ = false;
};

}  // namespace tarsier
