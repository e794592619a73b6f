#include "protocol/json/writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tarsier::json {
namespace {

// The size of the UTF-8 sequence at the front (RFC 3629), or 0 if there is none.
std::size_t utf8_size(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[i])) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!follows(1) || !follows(2)) return 0;
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
    if (lead == 0xed && byte(1) > 0x9f) return 0;  // surrogates
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;  // overlong
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

bool is_plain(char c) {
  return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20 &&
         static_cast<unsigned char>(c) < 0x80;
}

template <class Number>
std::string_view literal_of(Number value, std::array<char, 40>& room) {
  const auto result = std::to_chars(room.data(), room.data() + room.size(), value);
  return {room.data(), static_cast<std::size_t>(result.ptr - room.data())};
}

}  // namespace

void Writer::separate() {
  if (!first_) buffer_->append(",");
  first_ = false;
}

void Writer::begin_bracket(char bracket) {
  separate();
  buffer_->append(std::string_view(&bracket, 1));
  first_ = true;
}

void Writer::end_bracket(char bracket) {
  buffer_->append(std::string_view(&bracket, 1));
  first_ = false;
}

void Writer::word(std::string_view text) {
  separate();
  buffer_->append(text);
}

void Writer::key(std::string_view name) {
  separate();
  quote(name);
  buffer_->append(":");
  first_ = true;
}

void Writer::integer(std::int64_t value) {
  std::array<char, 40> room;
  word(literal_of(value, room));
}

void Writer::number(float value) {
  std::array<char, 40> room;
  word(std::isfinite(value) ? literal_of(value, room) : "null");
}

void Writer::number(double value) {
  std::array<char, 40> room;
  word(std::isfinite(value) ? literal_of(value, room) : "null");
}

void Writer::string(std::string_view text) {
  separate();
  quote(text);
}

void Writer::quote(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  buffer_->append("\"");
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    buffer_->append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char c = text.front();
    std::size_t taken = 1;
    if (c == '"' || c == '\\') {
      const std::array<char, 2> escape{'\\', c};
      buffer_->append(std::string_view(escape.data(), escape.size()));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      const auto code = static_cast<std::size_t>(static_cast<unsigned char>(c));
      const std::array<char, 6> escape{'\\', 'u', '0', '0', hex[code >> 4], hex[code & 15u]};
      buffer_->append(std::string_view(escape.data(), escape.size()));
    } else if (taken = utf8_size(text); taken > 0) {
      buffer_->append(text.substr(0, taken));
    } else {
      taken = 1;
      buffer_->append("\\ufffd");
    }
    text.remove_prefix(taken);
  }
  buffer_->append("\"");
}

}  // namespace tarsier::json
