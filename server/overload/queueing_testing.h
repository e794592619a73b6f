#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/overload/handler_queue.h"
#include "server/overload/in_flight_limit.h"
#include "transport/base/time.h"

// A queueing model in virtual time, to hold overload policies to the tables of targets/reliability
// §4: some workers, exponential service times, callers who come whether or not they are answered
// (open loop), wait for so long, and try again. The policy under test decides what waits, what runs
// and what is refused. Refusals cost nothing here, and the network takes no time.
namespace tarsier::queueing {

// One attempt of one request, as the server sees it.
struct Call {
  std::size_t request;
  TimePoint received;
  TimePoint deadline;
};

class Policy {
 public:
  virtual ~Policy() = default;
  // False: refused.
  virtual bool arrives(const Call& call, TimePoint now) = 0;
  // The call that an idle worker runs; false: there is none. `refused`: those given up on the way.
  virtual bool next(TimePoint now, Call& call, std::vector<Call>& refused) = 0;
  virtual void ended(const Call& call, Duration service, TimePoint now) = 0;
  // Ten times a second.
  virtual void sweep(TimePoint, std::vector<Call>&) {}
};

struct Load {
  std::size_t workers = 5;
  Duration service = std::chrono::milliseconds(10);  // mean
  double load = 0.8;                                 // arrivals, as a share of what workers can do
  Duration patience = std::chrono::seconds(3);       // of an attempt
  int retries = 0;
  Duration burst_begin{};
  Duration burst_end{};
  double burst_factor = 1;
  Duration length = std::chrono::seconds(30);
  std::uint64_t seed = 1;

  double capacity() const {  // calls a second
    return static_cast<double>(workers) * 1e9 / static_cast<double>(service.count());
  }
};

// What came of a run, in seconds of its time.
struct Outcome {
  std::vector<std::uint32_t> requests;  // that came in each second
  std::vector<std::uint32_t> good;      // that were answered in time, in each second
  std::vector<Duration> latencies;      // of the attempts that were, in their order
  std::vector<std::size_t> latency_at;  // where in `latencies` each second begins

  // Answers a second in [from, to), as a share of `rate`.
  double goodput(std::size_t from, std::size_t to, double rate) const;
  double p99_ms(std::size_t from, std::size_t to) const;
};

Outcome run(const Load& load, Policy& policy);

// First come, first served; 10,240 places, of which 4/5 are usable; what expired is found out when
// its turn comes. What TARS does.
std::unique_ptr<Policy> tars_policy();
// A servant on handler threads: a limit of what is under way if it wants one, then the queue.
std::unique_ptr<Policy> handlers_policy(const InFlightLimitOptions& limit = {},
                                        const HandlerQueueOptions& queue = {});
// A coroutine servant: whatever the limit lets in is under way, and waits for what it depends on
// (the workers of the model) in the order of its coming.
std::unique_ptr<Policy> coroutines_policy(InFlightLimit& limit);

}  // namespace tarsier::queueing
