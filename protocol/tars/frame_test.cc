#include "protocol/tars/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "protocol/tars/codec_testing.h"

namespace tarsier::tars {
namespace {

using testing::from_hex;
using testing::to_hex;
using Cut = FrameSplitter::Cut;

// Feeds the pieces one after another: the packets in hex, then how it ended.
struct Cutting {
  std::vector<std::string> packets;
  Cut end = Cut::more;
  bool operator==(const Cutting&) const = default;
};
Cutting cut(FrameSplitter& splitter, const std::vector<std::span<const std::byte>>& pieces) {
  Cutting result;
  for (const auto& piece : pieces) {
    // A copy that dies at once: what the splitter keeps must be its own.
    const std::vector<std::byte> copy(piece.begin(), piece.end());
    splitter.feed(copy);
    std::span<const std::byte> packet;
    while ((result.end = splitter.next(packet)) == Cut::frame)
      result.packets.push_back(to_hex(packet));
    if (result.end == Cut::bad_length) break;
  }
  return result;
}
Cutting cut_hex(std::string_view hex, std::size_t frame_bytes_max = 100) {
  FrameSplitter splitter(frame_bytes_max);
  const auto bytes = from_hex(hex);
  return cut(splitter, {bytes});
}

std::vector<std::byte> frame_of(std::size_t body, unsigned fill) {
  std::vector<std::byte> bytes(4 + body, static_cast<std::byte>(fill & 0xffu));
  detail::store_be(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  return bytes;
}

TEST(FrameSplitter, CutsAllFramesOfAReadInPlace) {
  const auto bytes = from_hex("00000005aa 00000006bbcc 0000");
  FrameSplitter splitter;
  splitter.feed(bytes);
  std::span<const std::byte> packet;
  ASSERT_EQ(splitter.next(packet), Cut::frame);
  EXPECT_EQ(packet.data(), bytes.data() + 4);
  EXPECT_EQ(splitter.pending_bytes(), 0u);
  ASSERT_EQ(splitter.next(packet), Cut::frame);
  EXPECT_EQ(to_hex(packet), "bbcc");
  EXPECT_EQ(splitter.next(packet), Cut::more);
  EXPECT_EQ(splitter.pending_bytes(), 2u);
  EXPECT_FALSE(splitter.length_is_known());
}

TEST(FrameSplitter, RefusesLengthsOutsideTheLimits) {
  for (const std::string_view hex : {"00000000", "00000003", "00000004", "80000000", "ffffffff",
                                     "00000065", "47455420 2f204854", "16030102"})
    EXPECT_EQ(cut_hex(hex).end, Cut::bad_length) << hex;
  EXPECT_EQ(cut_hex("00000064").end, Cut::more);
}

TEST(FrameSplitter, RefusesABadLengthThatArrivesInPieces) {
  FrameSplitter splitter(100);
  const auto bytes = from_hex("00000065ffffffffff");
  const std::span all(bytes);
  EXPECT_EQ(cut(splitter, {all.first(2), all.subspan(2)}).end, Cut::bad_length);
  EXPECT_EQ(splitter.pending_bytes(), 4u) << "not a byte of the body is kept";
}

TEST(FrameSplitter, ReadsALargeFrameStraightIntoItsBuffer) {
  const auto frame = frame_of(300'000, 7);
  FrameSplitter splitter;
  EXPECT_TRUE(splitter.room().empty());
  std::span<const std::byte> packet;
  splitter.feed(std::span(frame).first(10));
  ASSERT_EQ(splitter.next(packet), Cut::more);
  EXPECT_TRUE(splitter.length_is_known());
  std::size_t sent = 10;
  for (auto room = splitter.room(); !room.empty(); room = splitter.room()) {
    EXPECT_LE(room.size(), std::max<std::size_t>(sent, 32 * limits::kib));
    const std::size_t count = std::min(room.size(), frame.size() - sent);
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(sent), count, room.begin());
    splitter.filled(count);
    sent += count;
    if (splitter.next(packet) == Cut::frame) break;
  }
  if (sent < frame.size()) {
    splitter.feed(std::span(frame).subspan(sent));
    ASSERT_EQ(splitter.next(packet), Cut::frame);
  }
  EXPECT_TRUE(std::equal(packet.begin(), packet.end(), frame.begin() + 4, frame.end()));
  EXPECT_EQ(splitter.next(packet), Cut::more);
  EXPECT_EQ(splitter.pending_bytes(), 0u);
}

TEST(FrameSplitter, LetsGoOfALargeFrameWhenCuttingStops) {
  const auto frame = frame_of(300'000, 7);
  FrameSplitter splitter;
  std::span<const std::byte> packet;
  splitter.feed(std::span(frame).first(100'000));
  ASSERT_EQ(splitter.next(packet), Cut::more);
  EXPECT_GE(splitter.memory_bytes(), 100'000u);
  splitter.feed(std::span(frame).subspan(100'000));
  ASSERT_EQ(splitter.next(packet), Cut::frame);
  EXPECT_TRUE(splitter.take_rest().empty());
  EXPECT_EQ(splitter.memory_bytes(), 0u);
}

RC_GTEST_PROP(FrameSplitter, GivesTheSameFramesForAnySplit, (std::vector<std::uint8_t> sizes)) {
  std::vector<std::byte> stream;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto frame = frame_of(1 + sizes[i] % 40, static_cast<unsigned>(i));
    expected.push_back(to_hex(std::span(frame).subspan(4)));
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  std::vector<std::span<const std::byte>> pieces;
  for (std::span<const std::byte> rest(stream); !rest.empty();) {
    const auto size = *rc::gen::inRange<std::size_t>(1, std::min<std::size_t>(rest.size(), 50) + 1);
    pieces.push_back(rest.first(size));
    rest = rest.subspan(size);
  }
  FrameSplitter splitter;
  RC_ASSERT(cut(splitter, pieces) == (Cutting{expected, Cut::more}));
  RC_ASSERT(splitter.pending_bytes() == 0u);
}

}  // namespace
}  // namespace tarsier::tars
