#include "transport/lingering_close.h"

#include <algorithm>

namespace tarsier {

LingeringClose::Next LingeringClose::next(Connection& connection, std::span<std::byte> scratch) {
  while (bytes_left_ > 0) {
    const Result<std::size_t> taken =
        connection.read_some(scratch.first(std::min(scratch.size(), bytes_left_)));
    if (taken.code() == Code::would_block) return Next::wait_readable;
    if (!taken) return Next::close;
    if (*taken == 0) break;
    bytes_left_ -= *taken;
  }
  return connection.unsent_bytes() > 0 ? Next::wait_unsent : Next::close;
}

bool LingeringClose::late(const Connection& connection, TimePoint now, Duration unsent_wait) {
  if (!all_sent_ && connection.unsent_bytes() == 0) {
    all_sent_ = true;
    since_ = now;
  }
  return now >= deadline_after(since_, all_sent_ ? limits::linger_wait : unsent_wait);
}

}  // namespace tarsier
