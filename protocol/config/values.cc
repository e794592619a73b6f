#include "protocol/config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "protocol/config/syntax.h"
#include "transport/base/words.h"

namespace tarsier::config {
namespace {

constexpr std::int64_t int_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int_min = std::numeric_limits<std::int64_t>::min();
// Whole numbers up to here survive a double, and everything that is configured is below.
constexpr double exact_max = 9e15;

struct Digits {
  std::int64_t value = 0;
  bool any = false;
  std::string_view rest;  // behind the last digit
};

Digits read_digits(std::string_view text) {
  text = trim(text);
  int base = 10;
  const bool minus = text.starts_with('-');
  std::string_view digits = text.substr(minus || text.starts_with('+') ? 1 : 0);
  if (!minus && (text.starts_with("0x") || text.starts_with("0X"))) {
    base = 16;
    digits = text.substr(2);
  }
  // from_chars takes a sign of its own.
  if (digits.starts_with('-') || digits.starts_with('+')) return {0, false, text};
  std::uint64_t magnitude = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, magnitude, base);
  if (failure == std::errc::invalid_argument) return {0, false, text};
  const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
  const bool huge = failure != std::errc() || magnitude > static_cast<std::uint64_t>(int_max);
  const std::int64_t value = huge ? int_max : static_cast<std::int64_t>(magnitude);
  if (!minus) return {value, true, rest};
  return {huge ? int_min : -value, true, rest};
}

struct Decimal {
  double value;
  std::string_view rest;
};

// "1.5" and what follows. No exponents: "1e3" is 1, and "e3" follows.
std::optional<Decimal> read_decimal(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (failure != std::errc() || !std::isfinite(value)) return std::nullopt;
  return Decimal{value, {stop, static_cast<std::size_t>(end - stop)}};
}

struct Suffix {
  std::string_view word;
  double factor;
};
constexpr std::array times = {
    Suffix{"ms", 1},        Suffix{"msec", 1},       Suffix{"s", 1000},   Suffix{"sec", 1000},
    Suffix{"second", 1000}, Suffix{"seconds", 1000}, Suffix{"m", 60'000}, Suffix{"min", 60'000},
    Suffix{"h", 3'600'000}, Suffix{"d", 86'400'000}};
constexpr double kib = 1024, mib = kib * kib, gib = kib * mib;
constexpr std::array sizes = {Suffix{"b", 1},     Suffix{"k", kib}, Suffix{"kb", kib},
                              Suffix{"kib", kib}, Suffix{"m", mib}, Suffix{"mb", mib},
                              Suffix{"mib", mib}, Suffix{"g", gib}, Suffix{"gb", gib},
                              Suffix{"gib", gib}};
constexpr std::array counts = {Suffix{"k", 1e3}, Suffix{"m", 1e6}, Suffix{"g", 1e9}};

template <std::size_t n>
std::optional<double> factor_of(std::string_view word, const std::array<Suffix, n>& suffixes) {
  for (const Suffix& each : suffixes) {
    if (each.word == word) return each.factor;
  }
  return std::nullopt;
}

std::optional<double> factor_of(std::string_view word, Unit unit) {
  if (word.empty()) return 1;
  if (unit == Unit::milliseconds) return factor_of(word, times);
  if (unit == Unit::bytes) return factor_of(word, sizes);
  return factor_of(word, counts);
}

// Without what is taken for a comment, quotes, and the comma or semicolon behind a value.
std::string_view without_decoration(std::string_view text) {
  text = trim(text.substr(0, std::min({text.find('#'), text.find("//"), text.find(';')})));
  if (text.size() >= 2 && text.front() == text.back() &&
      (text.front() == '"' || text.front() == '\'')) {
    text = text.substr(1, text.size() - 2);
  }
  if (text.ends_with(',')) text.remove_suffix(1);
  return trim(text);
}

// "10,000" and "10_000" as "10000"; "1,5" stays.
std::string without_grouping(std::string_view text) {
  const auto digit = [&text](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool groups = (text[i] == ',' || text[i] == '_') && i > 0 && digit(i - 1) &&
                        digit(i + 1) && digit(i + 2) && digit(i + 3) && !digit(i + 4);
    if (!groups) out += text[i];
  }
  return out;
}

std::string_view expectation(Unit unit) {
  switch (unit) {
    case Unit::count: break;
    case Unit::milliseconds: return "expected a number of milliseconds";
    case Unit::bytes: return "expected a number of bytes, or one with K, M or G";
  }
  return "expected a number";
}

std::string hint_for(std::string_view text, Unit unit) {
  std::string hint;
  if (const auto meant = probable_number(text, unit)) {
    hint = "did you mean " + std::to_string(*meant) + '?';
  }
  if (text.find('#') != text.npos) {
    hint += (hint.empty() ? "" : " ") + std::string("a comment needs a line of its own");
  }
  return hint;
}

std::optional<std::uint64_t> size_of(std::string_view text) {
  text = trim(text);
  const auto number = text.starts_with('-') ? std::nullopt : read_decimal(text);
  if (!number) return std::nullopt;
  if (number->rest.empty()) {
    const Digits digits = read_digits(text);
    if (!digits.any || !digits.rest.empty()) return std::nullopt;
    return static_cast<std::uint64_t>(digits.value);
  }
  if (number->rest != "K" && number->rest != "M" && number->rest != "G") return std::nullopt;
  const double bytes = number->value * *factor_of(lowered(number->rest), sizes);
  if (bytes > exact_max) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace

std::int64_t tars_integer(std::string_view text) { return read_digits(text).value; }

bool tars_flag(std::string_view text) { return tars_integer(text) != 0; }

std::uint64_t tars_size(std::string_view text, std::uint64_t fallback) {
  return size_of(text).value_or(fallback);
}

std::optional<std::int64_t> probable_number(std::string_view text, Unit unit) {
  text = without_decoration(text);
  double product = 1;
  const std::string plain = without_grouping(text);
  std::string_view rest = plain;
  while (true) {
    const auto number = read_decimal(trim(rest));
    if (!number) return std::nullopt;
    product *= number->value;
    rest = trim(number->rest);
    if (!rest.starts_with('*')) break;
    rest.remove_prefix(1);
  }
  const auto factor = factor_of(lowered(rest), unit);
  if (!factor) return std::nullopt;
  const double value = product * *factor;
  if (std::fabs(value) > exact_max || value != std::floor(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

Reading read_number(std::string_view text, Unit unit) {
  Reading reading;
  bool exact = false;
  if (unit == Unit::bytes) {
    const auto size = size_of(text);
    exact = reading.any = size.has_value();
    reading.value = static_cast<std::int64_t>(size.value_or(0));
  } else {
    const Digits digits = read_digits(text);
    reading.value = digits.value;
    reading.any = digits.any;
    exact = digits.any && digits.rest.empty();
  }
  if (!exact) {
    reading.problem = expectation(unit);
    reading.hint = hint_for(text, unit);
  }
  return reading;
}

Reading read_flag(std::string_view text) {
  Reading reading;
  const Digits digits = read_digits(text);
  reading.value = digits.value != 0 ? 1 : 0;
  reading.any = !trim(text).empty();
  const bool exact = digits.any && digits.rest.empty();
  if (exact && (digits.value == 0 || digits.value == 1)) return reading;
  reading.problem = "expected 0 or 1";
  const std::string word = lowered(without_decoration(text));
  for (const std::string_view yes : {"1", "true", "yes", "on", "y"}) {
    if (word == yes) reading.hint = "did you mean 1?";
  }
  for (const std::string_view no : {"0", "false", "no", "off", "n"}) {
    if (word == no) reading.hint = "did you mean 0?";
  }
  return reading;
}

}  // namespace tarsier::config
