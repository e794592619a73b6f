#include "transport/memory/manual_loop.h"

#include "transport/base/check.h"

namespace tarsier::memory {

ManualLoop::ManualLoop(std::int64_t wall_ms_at_start) : wall_ms_at_start_(wall_ms_at_start) {}

bool ManualLoop::ready() const {
  return !posted_.empty() || !turn_end_.empty() ||
         (!timers_.empty() && timers_.begin()->first.first <= now_);
}

void ManualLoop::turn() {
  // Taken out first: what the callbacks add belongs to the next turn.
  std::vector<Callback> batch = std::exchange(posted_, {});
  run_due_timers();
  for (Callback& callback : batch) callback();
  batch = std::exchange(turn_end_, {});
  for (Callback& callback : batch) callback();
}

void ManualLoop::run_due_timers() {
  const Id first_of_next_turn = next_timer_;
  // One at a time: a callback may cancel a timer that is due as well.
  auto it = timers_.begin();
  while (it != timers_.end() && it->first.first <= now_) {
    const auto key = it->first;
    if (key.second >= first_of_next_turn) {
      ++it;
      continue;
    }
    Callback callback = std::move(it->second);
    timers_.erase(it);
    times_.erase(key.second);
    callback();
    it = timers_.lower_bound(key);
  }
}

void ManualLoop::check_progress(std::size_t turns) {
  TARSIER_CHECK(turns < turns_max,
                "the loop never becomes idle: something posts itself for ever without a timer");
}

void ManualLoop::run_until_idle() {
  for (std::size_t turns = 0; ready(); check_progress(++turns)) turn();
}

void ManualLoop::advance(Duration duration) {
  TARSIER_CHECK(duration >= Duration::zero(), "time does not go back");
  const TimePoint end = deadline_after(now_, duration);
  do {
    run_until_idle();
  } while (jump_to_next_timer(end));
}

bool ManualLoop::jump_to_next_timer(TimePoint end) {
  if (timers_.empty() || timers_.begin()->first.first > end) {
    if (end != no_deadline) now_ = end;
    return false;
  }
  now_ = timers_.begin()->first.first;
  return true;
}

std::int64_t ManualLoop::wall_ms() const {
  return wall_ms_at_start_ + to_ms(now_.time_since_epoch() + wall_step_);
}

Timers::Id ManualLoop::call_at(TimePoint when, Callback callback) {
  const Id id = next_timer_++;
  timers_.emplace(std::pair(when, id), std::move(callback));
  times_.emplace(id, when);
  return id;
}

bool ManualLoop::cancel(Id id) {
  const auto found = times_.find(id);
  if (found == times_.end()) return false;
  // The callback goes last: its destructor may call back into this object.
  const auto timer = timers_.find(std::pair(found->second, id));
  Callback callback = std::move(timer->second);
  timers_.erase(timer);
  times_.erase(found);
  return true;
}

}  // namespace tarsier::memory
