#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "server/overload/codel.h"
#include "server/overload/recent_median.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/limits.h"
#include "transport/base/time.h"

namespace tarsier {

struct HandlerQueueOptions {
  // Calls that may wait, all handlers together (queuecap). 0, or more than that, means
  // limits::handler_queue_max: nothing here is without a bound.
  std::size_t capacity = limits::handler_queue_default;
  // A call is refused while more than this share of the capacity waits: 4/5 as TARS does today, 50
  // for its older versions.
  std::uint32_t mark_percent = 80;
  // A call that waited longer is not run any more (queuetimeout).
  Duration wait_max = limits::handler_queue_wait;
  // Queue mode: all calls of a connection run on one handler, in order.
  bool pinned = false;
  // Controlled delay. Off: the oldest call first, whatever the load, and a call may wait for its
  // whole deadline, as in TARS.
  bool controlled = true;
  CoDelOptions codel;
};

// Calls that wait for a handler, in the order and within the bounds that keep a server useful under
// any load (targets/reliability §4, spec §7.3):
//
//   - Whoever finds the queue above its mark is refused at once (has_room()), and is told so; no
//     call is dropped without a word.
//   - A call that waited longer than wait_max or than its caller waits is shed with
//     Code::queue_timeout; with controlled delay also one that waited for half of its deadline,
//     because what is left would not suffice for the work and the way back.
//   - While the queue is crowded (codel.h) the newest call runs first; pinned calls stay in order.
//     While it is overloaded, what waited too long is shed with Code::overload.
//   - Urgent calls (administration) have a lane of their own: they run first, are refused only
//     when that lane is full, and are shed only when they expire.
//
// A plain object: times come in, decisions come out. T is moved in and out, never looked at.
template <class T>
class HandlerQueue {
 public:
  struct Arrival {
    TimePoint received;  // when it came from the network
    TimePoint deadline;  // when its caller stops waiting
    std::uint64_t connection = 0;
    bool urgent = false;
  };
  // A call that will not run, and what its caller is told.
  struct Shed {
    T call;
    Code code;
  };

  explicit HandlerQueue(const HandlerQueueOptions& options, std::size_t handlers = 1)
      : options_(options),
        capacity_(options.capacity == 0 ? limits::handler_queue_max
                                        : std::min(options.capacity, limits::handler_queue_max)) {
    TARSIER_CHECK(handlers > 0, "a queue needs a handler");
    TARSIER_CHECK(options.mark_percent > 0 && options.mark_percent <= 100,
                  "the mark of a queue is a share of its capacity: 1 to 100 %");
    for (std::size_t i = 0; i < (options.pinned ? handlers : 1); ++i)
      lanes_.emplace_back(options.codel);
  }

  // Asked before push(). False: refuse the call with Code::overload.
  bool has_room(bool urgent) const {
    if (urgent) return urgent_ < limits::urgent_queue_max;
    return calls_ < capacity_ && calls_ * 100 <= capacity_ * options_.mark_percent;
  }

  void push(T call, const Arrival& arrival) {
    TARSIER_CHECK(has_room(arrival.urgent), "a full queue refuses: ask has_room() first");
    Lane& lane = lanes_[arrival.connection % lanes_.size()];
    auto& calls = arrival.urgent ? lane.urgent : lane.calls;
    calls.push_back(Waiting{std::move(call), arrival.received, expiry_of(arrival)});
    ++(arrival.urgent ? urgent_ : calls_);
    if (!arrival.urgent) patience_.add(arrival.deadline - arrival.received);
  }

  // The call that `handler` runs now; nothing: none waits for it. What turned out to be too old on
  // the way is appended to `shed`.
  std::optional<T> next(std::size_t handler, TimePoint now, std::vector<Shed>& shed) {
    Lane& lane = lanes_[handler % lanes_.size()];
    while (!lane.urgent.empty()) {
      Waiting waiting = take(lane.urgent, true, urgent_);
      if (now < waiting.expires) return std::move(waiting.call);
      shed.push_back(Shed{std::move(waiting.call), Code::queue_timeout});
    }
    look_into(lane, now);
    shed_old(lane, now, shed);
    while (!lane.calls.empty()) {
      Waiting waiting = take(lane.calls, options_.pinned || !lane.codel.crowded(), calls_);
      if (lane.calls.empty()) lane.codel.observe(Duration::zero(), now);
      if (now < waiting.expires) return std::move(waiting.call);
      shed.push_back(Shed{std::move(waiting.call), Code::queue_timeout});
    }
    return std::nullopt;
  }

  // Sheds what is too old anywhere. To be called once an interval while calls wait: next() finds
  // such calls only in its way, and not at all while every handler hangs.
  void sweep(TimePoint now, std::vector<Shed>& shed) {
    for (Lane& lane : lanes_) {
      look_into(lane, now);
      shed_old(lane, now, shed);
      shed_expired(lane.urgent, urgent_, now, shed);
      shed_expired(lane.calls, calls_, now, shed);
      if (lane.calls.empty()) lane.codel.observe(Duration::zero(), now);
    }
  }

  // Sheds everything.
  void give_up(std::vector<Shed>& shed) {
    for (Lane& lane : lanes_) {
      while (!lane.urgent.empty())
        shed.push_back(Shed{take(lane.urgent, true, urgent_).call, Code::overload});
      while (!lane.calls.empty())
        shed.push_back(Shed{take(lane.calls, true, calls_).call, Code::overload});
    }
  }

  // How long a call ran that next() gave out.
  void ran(Duration service) { service_.add(service); }

  std::size_t size() const { return calls_ + urgent_; }
  bool empty() const { return size() == 0; }
  std::size_t capacity() const { return capacity_; }
  // Of any handler's calls.
  bool crowded() const { return any_lane(&CoDel::crowded); }
  bool overloaded() const { return any_lane(&CoDel::overloaded); }

 private:
  struct Waiting {
    T call;
    TimePoint received;
    TimePoint expires;
  };
  struct Lane {
    explicit Lane(const CoDelOptions& options) : codel(options) {}
    Lane(Lane&&) = default;  // a deque of what is moved only has a copy constructor all the same
    std::deque<Waiting> urgent;
    std::deque<Waiting> calls;  // in the order of their coming
    CoDel codel;
  };

  bool any_lane(bool (CoDel::*state)() const) const {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [state](const Lane& lane) { return (lane.codel.*state)(); });
  }

  TimePoint expiry_of(const Arrival& arrival) const {
    const Duration patience = arrival.deadline - arrival.received;
    const Duration wait = options_.controlled && !arrival.urgent ? patience / 2 : patience;
    return deadline_after(arrival.received, std::min(wait, options_.wait_max));
  }

  static Waiting take(std::deque<Waiting>& calls, bool oldest, std::size_t& count) {
    Waiting waiting = std::move(oldest ? calls.front() : calls.back());
    oldest ? calls.pop_front() : calls.pop_back();
    --count;
    return waiting;
  }

  void look_into(Lane& lane, TimePoint now) {
    // Until the first call has ended nobody knows what waiting is too long.
    if (!options_.controlled || service_.empty()) return;
    if (now >= adapt_at_) {
      adapt_at_ = deadline_after(now, options_.codel.interval);
      for (Lane& each : lanes_) each.codel.adapt(service_.median(), patience_.median());
    }
    lane.codel.observe(lane.calls.empty() ? Duration::zero() : now - lane.calls.front().received,
                       now);
  }

  // From the oldest on: what came later is hardly older.
  void shed_old(Lane& lane, TimePoint now, std::vector<Shed>& shed) {
    while (!lane.calls.empty()) {
      const Waiting& oldest = lane.calls.front();
      const bool expired = now >= oldest.expires;
      if (!expired && now - oldest.received <= lane.codel.wait_max()) return;
      shed.push_back(Shed{take(lane.calls, true, calls_).call,
                          expired ? Code::queue_timeout : Code::overload});
    }
  }

  static void shed_expired(std::deque<Waiting>& calls, std::size_t& count, TimePoint now,
                           std::vector<Shed>& shed) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (now >= calls[i].expires) {
        shed.push_back(Shed{std::move(calls[i].call), Code::queue_timeout});
      } else if (kept++ != i) {
        calls[kept - 1] = std::move(calls[i]);
      }
    }
    count -= calls.size() - kept;
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(kept), calls.end());
  }

  HandlerQueueOptions options_;
  std::size_t capacity_;
  std::vector<Lane> lanes_;  // one, or one a handler
  std::size_t calls_ = 0;    // in all lanes
  std::size_t urgent_ = 0;
  RecentMedian service_;
  RecentMedian patience_;
  TimePoint adapt_at_ = TimePoint::min();
};

}  // namespace tarsier
