#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "protocol/tars/packet.h"
#include "protocol/tars/writer.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"

// Whole frames (length, header, body) written straight into a ByteBuffer. The body is encoded where
// it stays: the bytes of its length are guessed from `body_bytes_guess`, and the body is moved only
// when the guess was of another size class (0, 1 to 127, to 32767, above).
namespace tarsier::tars {

// Everything of a RequestPacket but its body. The views and maps are read during the call only.
struct RequestHeader {
  std::int16_t version = version_tars;
  std::int8_t packet_type = packet_normal;
  std::int32_t message_type = 0;
  std::int32_t request_id = 0;
  std::string_view servant;
  std::string_view function;
  std::int32_t timeout_ms = 0;
  const StringMap* context = nullptr;  // null: empty
  const StringMap* status = nullptr;   // null: empty
  std::size_t body_bytes_guess = 64;
};

// Everything of a ResponsePacket but its body. cPacketType is always 0, and a `ret` below -99, for
// which upstream clients close the connection, goes out as -99 (spec §9.5 #2).
struct ResponseHeader {
  std::int16_t version = version_tars;
  std::int32_t request_id = 0;
  std::int32_t message_type = 0;
  std::int32_t ret = 0;
  const StringMap* status = nullptr;  // null: empty
  std::string_view description;
  const StringMap* context = nullptr;  // null or empty: not sent
  std::size_t body_bytes_guess = 64;
};

namespace detail {

// Where a frame and its body began, as offsets of the writer.
struct OpenFrame {
  std::size_t frame;
  std::size_t body_length;  // the integer in front of the body
  std::size_t body;
};

OpenFrame begin_frame(Writer& writer, const RequestHeader& header);
OpenFrame begin_frame(Writer& writer, const ResponseHeader& header);
Result<> end_frame(Writer& writer, const OpenFrame& open, const RequestHeader& header);
Result<> end_frame(Writer& writer, const OpenFrame& open, const ResponseHeader& header);

}  // namespace detail

// Appends a frame to `out`; `body` is called as body(Writer&) and writes the arguments. On failure,
// which is a frame above 100 MiB, `out` is as before.
template <class Header, class Body>
  requires std::invocable<Body&, Writer&>
Result<> write_frame(ByteBuffer& out, const Header& header, Body&& body) {
  Writer writer(out);
  const detail::OpenFrame open = detail::begin_frame(writer, header);
  std::forward<Body>(body)(writer);
  return detail::end_frame(writer, open, header);
}

// The same with a body that is encoded already.
template <class Header>
Result<> write_frame(ByteBuffer& out, const Header& header, std::span<const std::byte> body) {
  return write_frame(out, header, [body](Writer& writer) { writer.append(body); });
}

}  // namespace tarsier::tars
