#include "protocol/tars/frame.h"

#include <algorithm>

#include "protocol/tars/wire.h"

namespace tarsier::tars {
namespace {

std::size_t length_of(const std::byte* frame) { return detail::load_be<std::uint32_t>(frame); }

}  // namespace

FrameSplitter::Cut FrameSplitter::next(std::span<const std::byte>& packet) {
  if (whole_) forget_whole();
  if (!partial_.empty()) return next_of_partial(packet);

  if (chunk_.size() < length_bytes) {
    keep(chunk_.size());
    return Cut::more;
  }
  const std::size_t length = length_of(chunk_.data());
  if (!length_is_legal(length)) return Cut::bad_length;
  if (chunk_.size() < length) {
    keep(chunk_.size());
    return Cut::more;
  }
  packet = chunk_.subspan(length_bytes, length - length_bytes);
  chunk_ = chunk_.subspan(length);
  return Cut::frame;
}

FrameSplitter::Cut FrameSplitter::next_of_partial(std::span<const std::byte>& packet) {
  if (partial_.size() < length_bytes) {
    keep(std::min(length_bytes - partial_.size(), chunk_.size()));
    if (partial_.size() < length_bytes) return Cut::more;
  }
  if (!length_is_legal(length_of(partial_.data()))) return Cut::bad_length;
  keep(std::min(missing(), chunk_.size()));
  if (missing() > 0) return Cut::more;
  packet = partial_.span().subspan(length_bytes);
  whole_ = true;
  return Cut::frame;
}

std::span<std::byte> FrameSplitter::room() {
  if (!length_is_known() || !chunk_.empty()) return {};
  const std::size_t count = missing();
  if (count < direct_bytes_min) return {};
  // Twice as much each time, from 32 KiB: a peer that claims much and sends little costs little.
  const std::size_t step = std::max(2 * direct_bytes_min, partial_.size());
  const std::size_t size = std::min(count, step);
  return {partial_.prepare(size), size};
}

void FrameSplitter::filled(std::size_t count) { partial_.commit(count); }

std::size_t FrameSplitter::missing() const { return length_of(partial_.data()) - partial_.size(); }

void FrameSplitter::forget_whole() {
  whole_ = false;
  partial_.clear();
  if (partial_.capacity() > kept_bytes_max) partial_ = ByteBuffer();
}

void FrameSplitter::keep(std::size_t count) {
  partial_.append(chunk_.first(count));
  chunk_ = chunk_.subspan(count);
}

}  // namespace tarsier::tars
