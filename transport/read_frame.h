#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "transport/stream.h"

namespace tarsier {

// A frame: a big-endian length that counts its own four bytes, and what it is the length of, which
// is returned. Reads no byte behind it. malformed: it is shorter than that or longer than
// `frame_bytes_max`.
inline Task<Result<std::vector<std::byte>>> read_frame(Connection& connection,
                                                       std::size_t frame_bytes_max) {
  constexpr std::size_t length_bytes = 4;
  std::vector<std::byte> frame(length_bytes);
  Result<> got = co_await read_exactly(connection, frame);
  if (!got) co_return std::move(got).error();
  std::size_t length = 0;
  for (const std::byte byte : frame) length = length << 8 | std::to_integer<std::size_t>(byte);
  if (length <= length_bytes || length > frame_bytes_max) {
    co_return Error(Code::malformed, "a frame of " + std::to_string(length) +
                                         " bytes where at most " + std::to_string(frame_bytes_max) +
                                         " are expected");
  }
  frame.resize(length - length_bytes);
  got = co_await read_exactly(connection, frame);
  if (!got) co_return std::move(got).error();
  co_return frame;
}

}  // namespace tarsier
