#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "transport/base/bytes.h"
#include "transport/base/limits.h"

namespace tarsier::tars {

// Cuts a byte stream into frames: a big-endian length that counts its own four bytes, then a packet
// (spec §2.1). One splitter a connection; the read buffer may be shared by all of them:
//
//   splitter.feed(bytes_just_read);
//   std::span<const std::byte> packet;
//   FrameSplitter::Cut cut;
//   while ((cut = splitter.next(packet)) == FrameSplitter::Cut::frame) handle(packet);
//   if (cut == FrameSplitter::Cut::bad_length) close();   // the stream cannot be resumed
//
// Frames that lie whole in what was fed are not copied. Only the part of a frame that has not ended
// is kept, in a buffer that grows with the bytes that arrived and not with the length they claim.
class FrameSplitter {
 public:
  enum class Cut : std::uint8_t { frame, more, bad_length };

  // `frame_bytes_max`: 5 to limits::frame_bytes_max. A length outside of [5, frame_bytes_max] ends
  // the stream as soon as it is seen, before a byte of its body is kept.
  explicit FrameSplitter(std::size_t frame_bytes_max = limits::frame_bytes_default)
      : frame_bytes_max_(frame_bytes_max) {
    TARSIER_CHECK(
        frame_bytes_max >= limits::frame_bytes_min && frame_bytes_max <= limits::frame_bytes_max,
        "the frame limit lies between 5 bytes and 100 MiB");
  }

  // Hands over bytes that stay in place until next() says other than `frame`. All that was fed
  // before must have been cut.
  void feed(std::span<const std::byte> chunk) {
    TARSIER_CHECK(chunk_.empty(), "cut until next() says `more` before feeding again");
    chunk_ = chunk;
  }

  // The next packet, without its length: valid until the next call of any member.
  Cut next(std::span<const std::byte>& packet);

  // Takes back what was fed and not cut yet, for those who stop in the middle and feed it again
  // later. The bytes stay where they were; the frame that next() gave last ends.
  std::span<const std::byte> take_rest() {
    if (whole_) forget_whole();
    return std::exchange(chunk_, {});
  }

  // For large frames, reading without a copy: room for the next bytes of the frame that has begun.
  // Empty when fewer than `direct_bytes_min` are missing: then read into a shared buffer and
  // feed(). What was read there is counted by filled(), then next() is asked as usual.
  std::span<std::byte> room();
  void filled(std::size_t count);

  // Bytes kept of a frame that has begun, its length included; 0 between frames.
  std::size_t pending_bytes() const { return whole_ ? 0 : partial_.size(); }
  // The length of that frame is known (4 bytes arrived).
  bool length_is_known() const { return pending_bytes() >= length_bytes; }

  // What is allocated for it, which may be more.
  std::size_t memory_bytes() const { return partial_.capacity(); }

  static constexpr std::size_t length_bytes = 4;
  static constexpr std::size_t direct_bytes_min = 16 * limits::kib;

 private:
  static constexpr std::size_t kept_bytes_max = 1 * limits::kib;  // while nothing is pending

  bool length_is_legal(std::size_t length) const {
    return length >= limits::frame_bytes_min && length <= frame_bytes_max_;
  }
  std::size_t missing() const;
  void keep(std::size_t count);
  void forget_whole();
  Cut next_of_partial(std::span<const std::byte>& packet);

  std::size_t frame_bytes_max_;
  std::span<const std::byte> chunk_;  // fed and not cut yet
  ByteBuffer partial_;                // the beginning of a frame
  bool whole_ = false;                // partial_ is the frame that next() gave last
};

}  // namespace tarsier::tars
