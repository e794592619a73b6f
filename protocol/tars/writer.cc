#include "protocol/tars/writer.h"

#include <string>

namespace tarsier::tars {

Writer::Room Writer::grow(ByteBuffer& buffer, std::size_t base, std::size_t written,
                          std::size_t count) {
  bool failed = false;
  // The last writes of a large message may ask for a few bytes more than they use.
  if (written + count > limits::frame_bytes_max + 64) {
    failed = true;
    written = 0;
  }
  settle(buffer, base + written);
  buffer.prepare(count);
  std::byte* data = buffer.data();
  return {data + base, data + base + written, data + buffer.capacity(), failed};
}

Error Writer::overflow() {
  return Error(Code::limit, "the encoded message is larger than " +
                                std::to_string(limits::frame_bytes_max) +
                                " bytes: send it in parts");
}

}  // namespace tarsier::tars
