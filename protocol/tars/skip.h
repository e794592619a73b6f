#pragma once

#include <cstddef>
#include <cstdint>

#include "protocol/tars/wire.h"

// Walking over encoded bytes without giving them meaning. Nothing here recurses: what a peer nests
// costs a counter a level, not a stack frame.
namespace tarsier::tars {

// A head as read. Both forms of a tag below 15 are accepted (spec §1.1).
struct Head {
  std::uint8_t tag;
  WireType type;
};

namespace detail {

// Where a walk ended. After a failure `cursor` is the place of the damage.
struct Walk {
  const std::byte* cursor;
  Failure failure;
};

// Reads a head at `cursor`; false when the message ends inside it.
inline bool read_head(const std::byte*& cursor, const std::byte* end, Head& head) {
  if (cursor == end) return false;
  const auto first = static_cast<unsigned>(*cursor);
  head.type = static_cast<WireType>(first & 15u);
  head.tag = static_cast<std::uint8_t>(first >> 4);
  if (head.tag < 15) [[likely]] {
    ++cursor;
    return true;
  }
  if (end - cursor < 2) return false;
  head.tag = static_cast<std::uint8_t>(cursor[1]);
  cursor += 2;
  return true;
}

// Steps over the payload of a value of this type, whose head was just read. At most `depth_left`
// structs, lists and maps may be open at a time, the value itself included.
Walk skip_payload(const std::byte* cursor, const std::byte* end, WireType type,
                  std::uint32_t depth_left);

// A count: an integer with its own head at tag 0. `unit` is the fewest bytes that one counted thing
// takes: a count whose things cannot all be there is refused (Failure::count).
Walk read_count(const std::byte* cursor, const std::byte* end, std::size_t unit,
                std::uint32_t& count);

// What seek() found: the type of the field and the place behind its head; or not, and the place to
// go on from. A failure is never `found`.
struct Sought {
  const std::byte* cursor;
  WireType type;
  bool found;
  Failure failure;
};
struct SeekRules {
  std::uint32_t depth_left;
  bool required;   // not found is Failure::missing
  bool top_level;  // a struct end closes nothing
  bool lenient;    // DecodeOptions::lenient
};

// Looks for `tag` among ascending fields, stepping over lower tags (spec §1.5).
Sought seek(const std::byte* cursor, const std::byte* end, std::uint8_t tag, SeekRules rules);

}  // namespace detail
}  // namespace tarsier::tars
