#pragma once

#include <cstddef>

#include "server/server_options.h"

namespace tarsier {

// The calls of one connection or datagram socket that are going to be answered later, and what is
// held for them.
class InFlight {
 public:
  void add(std::size_t bytes) {
    ++calls_;
    bytes_ += bytes;
  }
  void remove(std::size_t bytes) {
    --calls_;
    bytes_ -= bytes;
  }
  std::size_t calls() const { return calls_; }

  // No further request is read until one of them ends.
  bool full(const ServerOptions& options) const {
    return calls_ >= options.calls_in_flight_max || bytes_ >= options.kept_bytes_max;
  }
  // The same, counted by its reason.
  bool pauses(const ServerOptions& options, ServerCounters& counters) const {
    if (!full(options)) return false;
    ++(calls_ >= options.calls_in_flight_max ? counters.paused_in_flight
                                             : counters.paused_kept_bytes);
    return true;
  }

 private:
  std::size_t calls_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace tarsier
