#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Numbers, sizes and flags out of the text of a value (spec §5.2), in two ways: as TARS reads them,
// which takes something out of any text, and with a doubt where that is hardly what was meant.
namespace tarsier::config {

// What TARS reads: after "0x" hexadecimal digits, otherwise decimal ones, up to the first character
// that is none; 0 where there is none. Beyond 64 bits the nearest number that fits.
std::int64_t tars_integer(std::string_view text);

// Numeric text other than 0. "true" is false.
bool tars_flag(std::string_view text);

// A number of bytes, or a decimal number with K, M or G behind it, which count in steps of 1024;
// otherwise `fallback`.
std::uint64_t tars_size(std::string_view text, std::uint64_t fallback);

// What a number counts: it decides what "3s" was meant to be.
enum class Unit : std::uint8_t { count, milliseconds, bytes };

struct Reading {
  std::int64_t value = 0;  // as TARS reads it
  bool any = false;        // whether there is a number at all
  // Empty when the text says exactly this: "expected a number of milliseconds".
  std::string problem{};
  std::string hint{};  // what would be right, where it can be guessed: "did you mean 3000?"
};

// A number: one that TARS reads to its last character has no doubt. For Unit::bytes as tars_size()
// reads it, where the text is none of its forms `any` is false.
Reading read_number(std::string_view text, Unit unit);

// 0 or 1. `any` is false for an empty text only, since every other text means something to TARS.
Reading read_flag(std::string_view text);

// The number that the text probably means ("3s", "60*1000", "10,000", "100 # comment"), if any.
std::optional<std::int64_t> probable_number(std::string_view text, Unit unit);

}  // namespace tarsier::config
