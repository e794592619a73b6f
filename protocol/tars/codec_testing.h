#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/tars/reader.h"
#include "protocol/tars/writer.h"
#include "transport/base/bytes.h"
#include "transport/base/check.h"

// Small tools of the codec's tests: hex, one-value encoders, the upstream vectors. Not installed.
namespace tarsier::tars::testing {

inline std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += digits[static_cast<std::size_t>(byte) >> 4];
    text += digits[static_cast<std::size_t>(byte) & 15u];
  }
  return text;
}

// Blanks are allowed between bytes.
inline std::vector<std::byte> from_hex(std::string_view text) {
  std::vector<std::byte> bytes;
  unsigned value = 0;
  bool half = false;
  for (const char c : text) {
    if (c == ' ') continue;
    const unsigned digit = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    TARSIER_CHECK(digit < 16, "hex digits are 0-9 and a-f");
    value = value * 16 + digit;
    if (half) bytes.push_back(static_cast<std::byte>(value & 0xffu));
    half = !half;
  }
  TARSIER_CHECK(!half, "hex comes in pairs");
  return bytes;
}

// The field `tag` alone.
template <class T>
std::string encoded(std::uint8_t tag, const T& value) {
  ByteBuffer buffer;
  Writer(buffer).write(tag, value);
  return to_hex(buffer.span());
}

// The fields of a struct without begin and end: a message.
template <class T>
ByteBuffer message_of(const T& value) {
  ByteBuffer buffer;
  Writer writer(buffer);
  value.tars_write(writer);
  TARSIER_CHECK(writer.finish().ok(), "test values are small");
  return buffer;
}

// A tab-separated file of testdata/.
inline std::vector<std::vector<std::string>> vectors_of(const std::string& file) {
  std::ifstream stream(std::string(TARSIER_TESTDATA) + "/" + file);
  TARSIER_CHECK(stream.good(), "testdata is where CMake said");
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(stream, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, '\t');) rows.back().push_back(cell);
  }
  return rows;
}

}  // namespace tarsier::tars::testing
