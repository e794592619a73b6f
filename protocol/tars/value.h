#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "protocol/tars/wire.h"

// What generated structs offer beside their codec: hashing and printing of any IDL value. A struct
// takes part through one static function that visits its members:
//
//   template <class Self, class Visit>
//   static void tars_each(Self& self, Visit&& visit) {
//     visit(0, "x", self.x);   // tag, name, member, in order of tag
//   }
namespace tarsier::tars {

namespace detail {
inline std::size_t mix(std::size_t seed, std::size_t more) {
  const std::uint64_t word = (std::uint64_t{seed} ^ more) * 0x9e3779b97f4a7c15u;
  return static_cast<std::size_t>(word ^ (word >> 32));
}
}  // namespace detail

// Equal values have equal hashes. The same in every run of one build, not across builds.
template <class T>
std::size_t hash_value(const T& value) {
  using namespace detail;
  if constexpr (std::is_enum_v<T>) {
    return std::hash<std::int32_t>()(static_cast<std::int32_t>(value));
  } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
    return std::hash<T>()(value);
  } else if constexpr (is_vector<T> || is_array<T>) {
    std::size_t seed = value.size();
    for (const auto& element : value) {
      seed = mix(seed, hash_value(static_cast<const typename T::value_type&>(element)));
    }
    return seed;
  } else if constexpr (is_map<T>) {
    std::size_t seed = value.size();
    for (const auto& [key, mapped] : value) {
      seed = mix(mix(seed, hash_value(key)), hash_value(mapped));
    }
    return seed;
  } else {
    std::size_t seed = 0;
    T::tars_each(value, [&seed](std::uint8_t tag, std::string_view, const auto& member) {
      seed = mix(seed + tag, hash_value(member));
    });
    return seed;
  }
}

namespace detail {

void print_number(std::string& out, std::int64_t value);
void print_number(std::string& out, double value);
void print_number(std::string& out, float value);
void print_text(std::string& out, std::string_view text);              // "a\"b"
void print_bytes(std::string& out, std::span<const std::byte> bytes);  // <3 bytes: 01 02 ff>

template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) {
  { to_string(value) } -> std::same_as<std::string_view>;
};

}  // namespace detail

// Appends the value for people to read: Point{x: 1, label: "a"}, [1, 2], {"k": 5}, <2 bytes: 00
// ff>.
template <class T>
void print_to(std::string& out, const T& value) {
  using namespace detail;
  if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (NamedEnum<T>) {
    const std::string_view name = to_string(value);
    name.empty() ? print_number(out, static_cast<std::int64_t>(value)) : void(out += name);
  } else if constexpr (std::integral<T> || std::is_enum_v<T>) {
    print_number(out, static_cast<std::int64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    print_number(out, value);
  } else if constexpr (std::same_as<T, std::string>) {
    print_text(out, value);
  } else if constexpr (is_vector<T> || is_array<T>) {
    if constexpr (is_byte<typename T::value_type>) {
      print_bytes(out, std::as_bytes(std::span(value)));
    } else {
      out += '[';
      std::string_view separator;
      for (const auto& element : value) {
        out += separator;
        print_to(out, static_cast<const typename T::value_type&>(element));
        separator = ", ";
      }
      out += ']';
    }
  } else if constexpr (is_map<T>) {
    out += '{';
    std::string_view separator;
    for (const auto& [key, mapped] : value) {
      out += separator;
      print_to(out, key);
      out += ": ";
      print_to(out, mapped);
      separator = ", ";
    }
    out += '}';
  } else {
    out += T::tars_name.substr(T::tars_name.rfind('.') + 1);
    out += '{';
    std::string_view separator;
    T::tars_each(value, [&](std::uint8_t, std::string_view name, const auto& member) {
      out += separator;
      out += name;
      out += ": ";
      print_to(out, member);
      separator = ", ";
    });
    out += '}';
  }
}

template <class T>
std::string print(const T& value) {
  std::string out;
  print_to(out, value);
  return out;
}

}  // namespace tarsier::tars
