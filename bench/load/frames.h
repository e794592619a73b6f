#pragma once

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// The frames of the load generator, put together byte by byte so that it shares no code with what
// it measures (spec §1.1, §2.1–2.3). Request ids lie in [id_first, id_first + 2^24), which take
// four bytes in every encoding; so the id has a fixed place and is patched.
namespace tarsier::bench {

inline constexpr std::uint32_t id_first = 0x0100'0000;
inline constexpr std::size_t request_id_offset = 9;

inline void append_integer(std::string& out, unsigned char tag, std::size_t value) {
  const auto head = [&](unsigned type) { out += static_cast<char>(tag * 16u | type); };
  const auto byte = [&](unsigned shift) { out += static_cast<char>((value >> shift) & 0xff); };
  if (value == 0) return head(12);
  if (value < 128) return head(0), byte(0);
  if (value < 32'768) return head(1), byte(8), byte(0);
  head(2), byte(24), byte(16), byte(8), byte(0);
}

inline void append_bytes(std::string& out, unsigned char tag, std::string_view bytes) {
  out += static_cast<char>(tag * 16u | 13u);
  out += '\0';
  append_integer(out, 0, bytes.size());
  out += bytes;
}

inline void append_text(std::string& out, unsigned char tag, std::string_view text) {
  out += static_cast<char>(tag * 16u | 6u);
  out += static_cast<char>(text.size());
  out += text;
}

// One call of bench/echo.tars: echo(payload) with `payload_bytes` bytes.
inline std::string echo_request(std::size_t payload_bytes) {
  std::string body;
  append_bytes(body, 1, std::string(payload_bytes, 'x'));
  std::string frame(4, '\0');
  append_integer(frame, 1, 1);         // version
  append_integer(frame, 2, 0);         // normal call
  append_integer(frame, 3, 0);         // message type
  append_integer(frame, 4, id_first);  // request id
  append_text(frame, 5, "Bench.EchoServer.EchoObj");
  append_text(frame, 6, "echo");
  append_bytes(frame, 7, body);
  append_integer(frame, 8, 3000);  // timeout
  frame.append("\x98\x0c\xa8\x0c", 4);
  const std::uint32_t length = htonl(static_cast<std::uint32_t>(frame.size()));
  std::memcpy(frame.data(), &length, sizeof length);
  return frame;
}

inline std::size_t frame_length(const char* frame) {
  std::uint32_t length = 0;
  std::memcpy(&length, frame, sizeof length);
  return ntohl(length);
}

// Appends the frame with another id.
inline void append_request(std::string& out, const std::string& frame, std::uint32_t slot) {
  const std::size_t at = out.size();
  out += frame;
  const std::uint32_t id = htonl(id_first + slot);
  std::memcpy(out.data() + at + request_id_offset, &id, sizeof id);
}

inline constexpr std::uint32_t not_a_reply = 0xffff'ffff;

// The slot a reply answers: a response packet with return code 0, or, from the floor, the request
// itself. not_a_reply: anything else.
inline std::uint32_t reply_slot(const char* frame, std::size_t length) {
  if (length < 16 || frame[4] != 0x10 || frame[5] != 0x01 || frame[6] != 0x2c) return not_a_reply;
  std::size_t id_offset = 0;
  if (frame[7] == 0x32 && frame[12] == 0x4c && frame[13] == 0x5c) id_offset = 8;
  if (frame[7] == 0x3c && frame[8] == 0x42) id_offset = request_id_offset;
  if (id_offset == 0) return not_a_reply;
  std::uint32_t id = 0;
  std::memcpy(&id, frame + id_offset, sizeof id);
  return ntohl(id) - id_first;
}

}  // namespace tarsier::bench
