#pragma once

#include <array>
#include <cstddef>

#include "transport/base/bytes.h"
#include "transport/base/limits.h"

namespace tarsier {

// Memory of buffers that were sent, used again once nobody else holds them: a loop that answers in
// batches neither allocates for each nor gives the memory back to the kernel in between. Belongs to
// one loop, like the Bytes it keeps.
class BufferPool {
 public:
  // Buffers above this size are not kept; at most `kept_max` are.
  static constexpr std::size_t kept_bytes_max = 512 * limits::kib;
  static constexpr std::size_t kept_max = 4;

  // An empty buffer with room for `capacity` bytes.
  ByteBuffer take(std::size_t capacity) {
    for (Bytes& bytes : kept_) {
      if (ByteBuffer buffer = ByteBuffer::reuse(bytes, capacity); buffer.capacity() > 0)
        return buffer;
    }
    return ByteBuffer(capacity);
  }

  // Turns the buffer into bytes to send and remembers its memory. Bytes that would hold more than
  // twice their size and `slack_bytes_max` are copied, for those who may have to keep them long.
  Bytes send(ByteBuffer& buffer, std::size_t slack_bytes_max = kept_bytes_max) {
    if (buffer.capacity() > 2 * buffer.size() + slack_bytes_max) {
      Bytes copy = Bytes::copy_of(buffer.span());
      give(buffer);
      return copy;
    }
    const bool kept = buffer.capacity() <= kept_bytes_max;
    Bytes bytes = buffer.take();
    if (kept) keep(bytes);
    return bytes;
  }

  // Takes the memory of a buffer that is not needed after all.
  void give(ByteBuffer& buffer) {
    const bool kept = buffer.capacity() > 0 && buffer.capacity() <= kept_bytes_max;
    const Bytes bytes = buffer.take();
    if (kept) keep(bytes);
  }

 private:
  void keep(const Bytes& bytes) {
    for (Bytes& place : kept_) {
      if (place.empty()) {
        place = bytes;
        return;
      }
    }
    kept_[next_] = bytes;
    next_ = (next_ + 1) % kept_max;
  }

  std::array<Bytes, kept_max> kept_;
  std::size_t next_ = 0;  // the one to forget when all are in use
};

}  // namespace tarsier
