#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "transport/base/function.h"
#include "transport/base/time.h"
#include "transport/clock.h"
#include "transport/executor.h"
#include "transport/timers.h"

namespace tarsier::memory {

// A loop that runs when it is told to, under a clock that moves when it is told to: executor, clock
// and timers in one object, single-threaded and fully deterministic.
//
// A turn is: the timers that were due when it began, in order of time and then of setting; the
// callbacks that were posted before it began, in order of posting; then the at_turn_end callbacks
// present at that moment. What those add runs on the next turn. Time stands still inside a turn.
class ManualLoop final : public Executor, public Clock, public Timers {
 public:
  explicit ManualLoop(std::int64_t wall_ms_at_start);

  // Runs turns until nothing is ready at the present time. Stops the program after `turns_max`
  // turns: something posts itself for ever.
  void run_until_idle();
  // Lets `duration` pass: every timer on the way fires at its own time.
  void advance(Duration duration);
  // Runs until `done()` holds, jumping from timer to timer, for at most `limit` of virtual time.
  // Returns done(). The clock stands at the moment it became true.
  template <class Predicate>
  bool run_until(Predicate&& done, Duration limit) {
    const TimePoint end = deadline_after(now_, limit);
    std::size_t turns = 0;
    while (!done()) {
      if (ready()) {
        turn();
        check_progress(++turns);
      } else if (!jump_to_next_timer(end)) {
        return done();
      } else {
        turns = 0;
      }
    }
    return true;
  }

  // Whether a turn would run anything now.
  bool ready() const;
  void turn();
  std::size_t timers_pending() const { return timers_.size(); }
  // A step of the wall clock alone, as an operator or NTP makes it.
  void step_wall(Duration step) { wall_step_ += step; }

  static constexpr std::size_t turns_max = 1'000'000;

  void post(Callback callback) override { posted_.push_back(std::move(callback)); }
  void at_turn_end(Callback callback) override { turn_end_.push_back(std::move(callback)); }
  void post_from_any_thread(Callback callback) override { post(std::move(callback)); }
  bool in_loop() const override { return true; }

  TimePoint now() const override { return now_; }
  std::int64_t wall_ms() const override;

  Id call_at(TimePoint when, Callback callback) override;
  bool cancel(Id id) override;

 private:
  // Moves the clock to the next timer if that is due by `end`, else to `end` and returns false.
  bool jump_to_next_timer(TimePoint end);
  void run_due_timers();
  static void check_progress(std::size_t turns);

  TimePoint now_{};
  std::int64_t wall_ms_at_start_;
  Duration wall_step_{};
  std::vector<Callback> posted_;
  std::vector<Callback> turn_end_;
  Id next_timer_ = 1;
  std::map<std::pair<TimePoint, Id>, Callback> timers_;
  std::unordered_map<Id, TimePoint> times_;  // of the timers in timers_; never iterated
};

}  // namespace tarsier::memory
