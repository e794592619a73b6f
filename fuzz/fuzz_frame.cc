#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/harness.h"
#include "protocol/tars/frame.h"

namespace {

using tarsier::tars::FrameSplitter;
using Cut = FrameSplitter::Cut;

struct Cutting {
  std::vector<std::string> packets;
  Cut end = Cut::more;
};

// Takes what can be cut now; false when the stream is over.
bool drain(FrameSplitter& splitter, Cutting& cutting) {
  std::span<const std::byte> packet;
  while ((cutting.end = splitter.next(packet)) == Cut::frame)
    cutting.packets.emplace_back(tarsier::as_text(packet));
  return cutting.end != Cut::bad_length;
}

// The first byte seeds the sizes of the pieces, the second the limit and how large frames are read.
void fuzz(std::span<const std::byte> input) {
  if (input.size() < 2) return;
  auto seed = static_cast<unsigned>(input[0]);
  const auto mode = static_cast<unsigned>(input[1]);
  const std::size_t frame_bytes_max = (mode & 1u) != 0 ? 1024 : tarsier::limits::frame_bytes_max;
  const std::span<const std::byte> stream = input.subspan(2);

  FrameSplitter whole(frame_bytes_max);
  Cutting expected;
  whole.feed(stream);
  drain(whole, expected);

  FrameSplitter pieces(frame_bytes_max);
  Cutting cutting;
  std::size_t sent = 0;
  while (sent < stream.size()) {
    seed = seed * 1103515245u + 12345u;
    std::size_t size = std::min<std::size_t>(stream.size() - sent, 1 + (seed >> 16) % 37);
    const std::span<std::byte> room = (mode & 2u) != 0 ? pieces.room() : std::span<std::byte>();
    if (!room.empty()) {
      size = std::min(std::max(size, room.size() / 2), std::min(room.size(), stream.size() - sent));
      std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(sent), size, room.begin());
      pieces.filled(size);
    } else {
      pieces.feed(stream.subspan(sent, size));
    }
    sent += size;
    if (!drain(pieces, cutting)) break;
  }
  TARSIER_FUZZ_EXPECT(cutting.packets == expected.packets);
  TARSIER_FUZZ_EXPECT(cutting.end == expected.end);
  TARSIER_FUZZ_EXPECT(cutting.end == Cut::bad_length ||
                      pieces.pending_bytes() == whole.pending_bytes());
}

}  // namespace

TARSIER_FUZZ(fuzz)
