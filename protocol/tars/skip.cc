#include "protocol/tars/skip.h"

#include <algorithm>

namespace tarsier::tars::detail {
namespace {

constexpr std::size_t levels_max = 255;

std::size_t distance(const std::byte* cursor, const std::byte* end) {
  return static_cast<std::size_t>(end - cursor);
}

Walk advance(const std::byte* cursor, const std::byte* end, std::size_t count) {
  if (count > distance(cursor, end)) return {cursor, Failure::truncated};
  return {cursor + count, Failure::none};
}

// Payloads that hold no heads of their own.
Walk skip_flat(const std::byte* cursor, const std::byte* end, WireType type) {
  switch (type) {
    case WireType::int1: return advance(cursor, end, 1);
    case WireType::int2: return advance(cursor, end, 2);
    case WireType::int4:
    case WireType::float4: return advance(cursor, end, 4);
    case WireType::int8:
    case WireType::float8: return advance(cursor, end, 8);
    case WireType::zero: return {cursor, Failure::none};
    case WireType::string1:
      if (cursor == end) return {cursor, Failure::truncated};
      return advance(cursor + 1, end, static_cast<std::size_t>(*cursor));
    case WireType::string4:
      if (distance(cursor, end) < 4) return {cursor, Failure::truncated};
      return advance(cursor + 4, end, load_be<std::uint32_t>(cursor));
    case WireType::simple_list: {
      Head inner;
      if (!read_head(cursor, end, inner)) return {cursor, Failure::truncated};
      if (inner.type != WireType::int1) return {cursor, Failure::mismatch};
      std::uint32_t count = 0;
      const Walk walk = read_count(cursor, end, 1, count);
      if (walk.failure != Failure::none) return walk;
      return {walk.cursor + count, Failure::none};
    }
    default: return {cursor, Failure::mismatch};
  }
}

// The open containers of a walk: how many values each still holds, or `fields` for a struct, which
// is open until its end shows up.
class Levels {
 public:
  static constexpr std::uint32_t fields = UINT32_MAX;

  explicit Levels(std::uint32_t max) : max_(std::min<std::size_t>(max, levels_max)) {}

  bool push(std::uint32_t values) {
    if (count_ == max_) return false;
    open_[count_++] = values;
    return true;
  }
  void pop() { --count_; }
  bool in_struct() const { return open_[count_ - 1] == fields; }
  // Takes the next value of the innermost container, closing those that are through. False when
  // nothing is open any more.
  bool next() {
    while (count_ > 0 && open_[count_ - 1] == 0) --count_;
    if (count_ == 0) return false;
    if (!in_struct()) --open_[count_ - 1];
    return true;
  }

 private:
  std::size_t max_;
  std::size_t count_ = 0;
  std::array<std::uint32_t, levels_max> open_;  // only the first count_ are meaningful
};

}  // namespace

Walk read_count(const std::byte* cursor, const std::byte* end, std::size_t unit,
                std::uint32_t& count) {
  const std::byte* const place = cursor;
  Head head;
  if (!read_head(cursor, end, head)) return {place, Failure::truncated};
  if (head.tag != 0) return {place, Failure::missing};
  const std::size_t left = distance(cursor, end);
  std::int64_t value = 0;
  switch (head.type) {
    case WireType::zero: break;
    case WireType::int1:
      if (left < 1) return {place, Failure::truncated};
      value = static_cast<std::int8_t>(*cursor);
      cursor += 1;
      break;
    case WireType::int2:
      if (left < 2) return {place, Failure::truncated};
      value = load_be<std::int16_t>(cursor);
      cursor += 2;
      break;
    case WireType::int4:
      if (left < 4) return {place, Failure::truncated};
      value = load_be<std::int32_t>(cursor);
      cursor += 4;
      break;
    case WireType::int8:
      if (left < 8) return {place, Failure::truncated};
      value = load_be<std::int64_t>(cursor);
      cursor += 8;
      break;
    default: return {place, Failure::mismatch};
  }
  const auto held = static_cast<std::int64_t>(distance(cursor, end) / unit);
  if (value < 0 || value > held || value >= Levels::fields / 2) return {place, Failure::count};
  count = static_cast<std::uint32_t>(value);
  return {cursor, Failure::none};
}

Walk skip_payload(const std::byte* cursor, const std::byte* end, WireType type,
                  std::uint32_t depth_left) {
  if (type < WireType::map || type == WireType::zero) return skip_flat(cursor, end, type);
  Levels levels(depth_left);
  for (;;) {
    Walk walk{cursor, Failure::none};
    if (type == WireType::map || type == WireType::list) {
      const std::uint32_t each = type == WireType::map ? 2 : 1;
      std::uint32_t count = 0;
      walk = read_count(cursor, end, each, count);
      if (walk.failure == Failure::none && !levels.push(count * each)) {
        walk = {cursor, Failure::depth};
      }
    } else if (type == WireType::struct_begin) {
      if (!levels.push(Levels::fields)) walk.failure = Failure::depth;
    } else {
      walk = skip_flat(cursor, end, type);
    }
    if (walk.failure != Failure::none) return walk;
    cursor = walk.cursor;

    Head head{};
    do {
      if (!levels.next()) return {cursor, Failure::none};
      const std::byte* const place = cursor;
      if (!read_head(cursor, end, head)) return {place, Failure::truncated};
      if (head.type != WireType::struct_end) break;
      if (!levels.in_struct()) return {place, Failure::unexpected_end};
      levels.pop();
    } while (true);
    type = head.type;
  }
}

Sought seek(const std::byte* cursor, const std::byte* end, std::uint8_t tag, SeekRules rules) {
  const Failure absent = rules.required ? Failure::missing : Failure::none;
  // Lenient: damage on the way reads as the end of the message.
  const auto damaged = [&](const std::byte* place, Failure failure) -> Sought {
    if (rules.lenient) return {end, WireType::zero, false, absent};
    return {place, WireType::zero, false, failure};
  };
  while (cursor != end) {
    const std::byte* const place = cursor;
    Head head;
    if (!read_head(cursor, end, head)) return damaged(place, Failure::truncated);
    if (head.type == WireType::struct_end && rules.top_level && !rules.lenient)
      return {place, head.type, false, Failure::unexpected_end};
    if (head.type == WireType::struct_end || head.tag > tag)
      return {place, head.type, false, absent};
    if (head.tag == tag) return {cursor, head.type, true, Failure::none};
    const Walk walk = skip_payload(cursor, end, head.type, rules.depth_left);
    if (walk.failure != Failure::none) return damaged(walk.cursor, walk.failure);
    cursor = walk.cursor;
  }
  return {cursor, WireType::zero, false, absent};
}

}  // namespace tarsier::tars::detail
