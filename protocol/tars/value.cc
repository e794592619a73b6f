#include "protocol/tars/value.h"

#include <algorithm>
#include <charconv>

namespace tarsier::tars::detail {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

}  // namespace

void print_number(std::string& out, std::int64_t value) { append_number(out, value); }
void print_number(std::string& out, double value) { append_number(out, value); }
void print_number(std::string& out, float value) { append_number(out, value); }

void print_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (code < 0x20 || code == 0x7f) {
      out += "\\x";
      out += hex[code >> 4];
      out += hex[code & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void print_bytes(std::string& out, std::span<const std::byte> bytes) {
  constexpr std::size_t shown = 32;
  out += '<';
  append_number(out, bytes.size());
  out += bytes.size() == 1 ? " byte" : " bytes";
  if (!bytes.empty()) out += ':';
  for (const std::byte byte : bytes.first(std::min(bytes.size(), shown))) {
    out += ' ';
    out += hex[static_cast<std::size_t>(byte) >> 4];
    out += hex[static_cast<std::size_t>(byte) & 15];
  }
  if (bytes.size() > shown) out += " ...";
  out += '>';
}

}  // namespace tarsier::tars::detail
