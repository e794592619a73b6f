#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "transport/base/limits.h"
#include "transport/base/time.h"
#include "transport/transport.h"

namespace tarsier {

// The end of a connection whose last bytes have to arrive.
//
// A kernel that closes a socket with unread input sends a reset, and a reset overtakes what was
// sent before it: bytes are lost in the sending kernel and on the wire, with some peers even those
// that had arrived. So who ends a connection in good order finishes sending, reads and drops what
// the peer still sends until it has finished as well, and closes then; all that only for as long
// and for as many bytes as limits.h says.
//
//   LingeringClose linger;
//   linger.begin(connection, now);
//   // now, and when the wait that next() asked for is over:
//   switch (linger.next(connection, scratch)) { … }
class LingeringClose {
 public:
  enum class Next : std::uint8_t { wait_readable, wait_unsent /* for 0 */, close };

  // Finishes sending.
  void begin(Connection& connection, TimePoint now) {
    connection.finish_sending();
    since_ = now;
    all_sent_ = false;
    bytes_left_ = limits::linger_bytes_max;
  }

  // Drops what has arrived and says what to do. `scratch` is written to.
  Next next(Connection& connection, std::span<std::byte> scratch);

  // To be asked now and then: whether to wait no longer, for a peer that does not take what is
  // unsent (`unsent_wait` from the beginning) or does not finish when it has all.
  bool late(const Connection& connection, TimePoint now, Duration unsent_wait);

 private:
  TimePoint since_{};  // the beginning, or when it was first seen that all is sent
  std::size_t bytes_left_ = 0;
  bool all_sent_ = false;
};

}  // namespace tarsier
