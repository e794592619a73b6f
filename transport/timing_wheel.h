#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "transport/base/function.h"
#include "transport/base/time.h"
#include "transport/timers.h"

namespace tarsier {

// Timers in constant time: a hierarchical timing wheel (Varghese and Lauck, 1987) of eight
// wheels with 64 slots each, in ticks of 1 ms: every TimePoint has a slot. Setting and cancelling
// touch one list; nothing is allocated once as many timers were pending as ever are.
//
// It knows no clock: its owner asks next_expiry(), waits, and calls advance().
class TimingWheel {
 public:
  using Id = Timers::Id;
  static constexpr Duration tick = std::chrono::milliseconds(1);

  explicit TimingWheel(TimePoint start) : start_(start) {}
  TimingWheel(const TimingWheel&) = delete;
  TimingWheel& operator=(const TimingWheel&) = delete;

  // Never fires early and at most one tick late, if advance() is called in time; a time in the
  // past fires at the next tick.
  Id call_at(TimePoint when, Callback callback);
  // True if it had not fired.
  bool cancel(Id id);
  // Runs what is due at `now`, in order of time and then of setting. A callback may set and cancel
  // timers, also those that are due at the same time.
  void advance(TimePoint now);
  // When advance() has something to do, at the latest: it may turn out to be only sorting.
  // no_deadline without timers.
  TimePoint next_expiry() const;
  std::size_t pending() const { return pending_; }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr int slot_bits = 6;
  static constexpr int slots = 1 << slot_bits;
  static constexpr int wheels = 8;

  struct Node {
    Callback callback;
    TimePoint when;
    std::uint64_t order = 0;  // of setting
    std::uint64_t due_tick = 0;
    std::uint32_t next = none;  // in its slot, or in the list of free nodes
    std::uint32_t previous = none;
    std::uint32_t generation = 0;  // tells the timers apart that used this node
    std::int16_t place = -1;       // wheel * 64 + slot; -1: in no slot
    bool pending = false;
  };
  struct Due {
    TimePoint when;
    std::uint64_t order;
    std::uint32_t index;
    std::uint32_t generation;
  };

  std::uint64_t tick_at_or_after(TimePoint when) const;
  std::uint64_t next_tick() const;  // UINT64_MAX without timers
  void put(std::uint32_t index);
  void unlink(std::uint32_t index);
  void release(std::uint32_t index);
  void spread(int wheel);
  void fire_current_slot();

  TimePoint start_;
  std::uint64_t current_ = 0;  // the last tick that was handled
  std::uint64_t order_ = 0;
  std::size_t pending_ = 0;
  std::uint32_t free_ = none;
  std::vector<Node> nodes_;
  std::vector<Due> due_;
  std::array<std::uint64_t, wheels> occupied_{};  // a bit a slot
  std::array<std::uint32_t, wheels * slots> heads_ = filled_with_none();

  static constexpr std::array<std::uint32_t, wheels * slots> filled_with_none() {
    std::array<std::uint32_t, wheels * slots> heads{};
    heads.fill(none);
    return heads;
  }
};

}  // namespace tarsier
