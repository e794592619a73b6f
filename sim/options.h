#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sim/delay.h"
#include "transport/base/log.h"
#include "transport/base/time.h"

namespace tarsier::sim {

// The network as it is without faults. The defaults are a calm data centre.
struct NetworkOptions {
  Delay delay{.base = std::chrono::microseconds(100), .mean = std::chrono::microseconds(50)};
  Delay loopback{.base = std::chrono::microseconds(10)};

  // A segment ends where a packet would, or in `cut_permille` of the cases anywhere before.
  std::size_t segment_bytes_max = 16 * 1024;
  std::uint32_t cut_permille = 0;
  // The kernel takes only a few of the offered bytes in `short_write_permille` of the writes.
  std::uint32_t short_write_permille = 0;
  std::size_t send_buffer_bytes = 256 * 1024;
  std::size_t receive_buffer_bytes = 256 * 1024;

  std::uint32_t datagram_loss_permille = 0;
  std::uint32_t datagram_duplicate_permille = 0;
  // This share is late by another `delay`, and `reorder_delay`, so that later ones overtake it.
  std::uint32_t datagram_reorder_permille = 0;
  Duration reorder_delay = std::chrono::milliseconds(5);
  std::size_t datagram_buffer_bytes = 212'992;

  // As Linux does: SYN again after 1, 3, 7, … s; data again after 0.2, 0.6, 1.4, … s; a
  // connection that gets no acknowledgement for the last time breaks.
  Duration connect_retry_first = std::chrono::seconds(1);
  int connect_retries = 6;
  Duration resend_first = std::chrono::milliseconds(200);
  Duration give_up_after = std::chrono::seconds(924);

  // Everything that a correct program must bear without any fault: jitter, segments and writes cut
  // anywhere, small buffers.
  static NetworkOptions nasty();
};

struct WorldOptions {
  NetworkOptions network;
  std::size_t descriptors_max = 1 << 16;           // per node
  std::int64_t wall_start_ms = 1'767'225'600'000;  // 2026-01-01 00:00:00 UTC
  Delay blocking{.base = std::chrono::microseconds(50), .mean = std::chrono::microseconds(200)};
  std::size_t blocking_threads = 4;
  std::size_t blocking_queue_max = 1'024;
  // How long a piece of work keeps a worker (Blocking::make_workers).
  Delay work{.base = std::chrono::microseconds(50), .mean = std::chrono::microseconds(500)};
  // Turns and events at one point of virtual time; more is a loop that never lets time pass.
  std::uint64_t steps_per_instant_max = 1'000'000;
  // Where the nodes' log lines go; nowhere by default.
  LogLevel log_level = LogLevel::none;
  std::function<void(std::string_view line)> log_line;
};

}  // namespace tarsier::sim
