#include "protocol/tars/packet_writer.h"

#include <algorithm>
#include <cstring>

namespace tarsier::tars::detail {
namespace {

constexpr std::int32_t ret_min = -99;
constexpr std::size_t int_bytes_max = 5;  // head and payload of a tag below 15

// How many bytes the integer in front of a body of that size takes.
std::size_t length_bytes(std::size_t body) {
  if (body == 0) return 1;
  if (body <= 127) return 2;
  return body <= 32767 ? 3 : 5;
}

std::size_t text_bytes(std::string_view text) { return text.size() + 1 + 4; }

// The head of the body's SimpleList, with room for its length.
std::byte* put_body_head(std::byte* target, std::uint8_t tag) {
  target = Writer::put_head(target, tag, WireType::simple_list);
  *target++ = std::byte{0};
  return target;
}

OpenFrame open_body(Writer& writer, std::byte* cursor, std::size_t guess) {
  const std::size_t frame = writer.size();
  const auto head = static_cast<std::size_t>(cursor - writer.at(frame));
  writer.advance(head + length_bytes(guess));
  return {frame, frame + head, writer.size()};
}

// Writes the body's length in front of it; moves the body if the room is not of that size.
void close_body(Writer& writer, const OpenFrame& open) {
  const std::size_t size = writer.size() - open.body;
  const std::size_t guessed = open.body - open.body_length;
  const std::size_t actual = length_bytes(size);
  if (actual != guessed) {
    if (actual > guessed) {
      writer.room(actual - guessed);
      writer.advance(actual - guessed);
    } else {
      writer.retreat(guessed - actual);
    }
    std::memmove(writer.at(open.body_length + actual), writer.at(open.body), size);
  }
  Writer::put_integer(writer.at(open.body_length), 0, static_cast<std::int32_t>(size));
}

void write_map(Writer& writer, std::uint8_t tag, const StringMap* map) {
  if (map == nullptr || map->empty()) {
    std::byte* const target = writer.room(2);
    Writer::put_integer(Writer::put_head(target, tag, WireType::map), 0, std::int32_t{0});
    writer.advance(2);
  } else {
    writer.write(tag, *map);
  }
}

Result<> close_frame(Writer& writer, const OpenFrame& open) {
  const std::size_t size = writer.size() - open.frame;
  if (!writer.ok() || size > limits::frame_bytes_max) [[unlikely]] {
    writer.drop();
    return writer.finish();
  }
  store_be(writer.at(open.frame), static_cast<std::uint32_t>(size));
  writer.flush();
  return {};
}

}  // namespace

OpenFrame begin_frame(Writer& writer, const RequestHeader& header) {
  std::byte* cursor = writer.room(4 + 4 * int_bytes_max + text_bytes(header.servant) +
                                  text_bytes(header.function) + 2 + int_bytes_max);
  cursor += 4;
  cursor = Writer::put_integer(cursor, 1, header.version);
  cursor = Writer::put_integer(cursor, 2, header.packet_type);
  cursor = Writer::put_integer(cursor, 3, header.message_type);
  cursor = Writer::put_integer(cursor, 4, header.request_id);
  cursor = Writer::put_text(cursor, 5, header.servant);
  cursor = Writer::put_text(cursor, 6, header.function);
  return open_body(writer, put_body_head(cursor, 7), header.body_bytes_guess);
}

OpenFrame begin_frame(Writer& writer, const ResponseHeader& header) {
  std::byte* cursor = writer.room(4 + 5 * int_bytes_max + 2 + int_bytes_max);
  cursor += 4;
  cursor = Writer::put_integer(cursor, 1, header.version);
  cursor = Writer::put_integer(cursor, 2, packet_normal);
  cursor = Writer::put_integer(cursor, 3, header.request_id);
  cursor = Writer::put_integer(cursor, 4, header.message_type);
  cursor = Writer::put_integer(cursor, 5, std::max(header.ret, ret_min));
  return open_body(writer, put_body_head(cursor, 6), header.body_bytes_guess);
}

Result<> end_frame(Writer& writer, const OpenFrame& open, const RequestHeader& header) {
  if (writer.ok()) [[likely]] {
    close_body(writer, open);
    writer.write(8, header.timeout_ms);
    write_map(writer, 9, header.context);
    write_map(writer, 10, header.status);
  }
  return close_frame(writer, open);
}

Result<> end_frame(Writer& writer, const OpenFrame& open, const ResponseHeader& header) {
  if (writer.ok()) [[likely]] {
    close_body(writer, open);
    write_map(writer, 7, header.status);
    if (!header.description.empty()) writer.write(8, header.description);
    if (header.context != nullptr && !header.context->empty()) writer.write(9, *header.context);
  }
  return close_frame(writer, open);
}

}  // namespace tarsier::tars::detail
