#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "bench/load/histogram.h"

// What a run cost and how it is reported, shared by every client of the bench: one line of JSON.
namespace tarsier::bench {

// Nanoseconds since some start, from the clock that no one sets.
std::uint64_t now_ns();

// Processor time of all threads of a process, from its own accounting, in nanoseconds. 0: no such
// process.
std::uint64_t cpu_ns(pid_t process);

// Resident memory of a process in KiB: all of it, and the part that is its own (anonymous).
struct Memory {
  std::uint64_t resident_kib = 0;
  std::uint64_t anonymous_kib = 0;
};
Memory memory_of(pid_t process);

// A measured stretch of a run, opened when warm-up is over.
class Stretch {
 public:
  // server 0: unknown, its cost is reported as 0.
  explicit Stretch(pid_t server);
  // Ends it and answers the report: requests, seconds, rate, CPU microseconds per request on each
  // side, latency percentiles in microseconds, errors, and the memory of the server.
  std::string report(std::uint64_t requests, std::uint64_t errors, const Histogram& latency) const;

 private:
  pid_t server_;
  std::uint64_t begin_ns_;
  std::uint64_t server_cpu_begin_;
  std::uint64_t client_cpu_begin_;
};

}  // namespace tarsier::bench
