#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "transport/base/limits.h"

// What the encoder and the decoder of the TARS encoding (spec §1) share: the wire types, which C++
// types map to them, and the byte order. A value is a head (type in the low nibble, tag in the high
// one; tag 15 and above takes a second byte) and a payload. All integers are big-endian.
namespace tarsier::tars {

class Reader;
class Writer;

enum class WireType : std::uint8_t {
  int1 = 0,
  int2 = 1,
  int4 = 2,
  int8 = 3,
  float4 = 4,
  float8 = 5,
  string1 = 6,  // one length byte
  string4 = 7,  // four length bytes
  map = 8,      // count, then key (tag 0) and value (tag 1) pairs
  list = 9,     // count, then elements at tag 0
  struct_begin = 10,
  struct_end = 11,
  zero = 12,         // the number 0, without payload
  simple_list = 13,  // inner head 0x00, count, raw bytes
  // 14 and 15 are reserved: any occurrence is an error.
};

// Whether a field has to be there. A missing optional field leaves the variable as it is.
enum class Presence : bool { optional = false, required = true };

// What a decoder may spend on one message, and how strict it is. The allocation bound is
// overhead_bytes + amplification x message bytes: what a peer can make us allocate (promise P2).
struct DecodeOptions {
  // As upstream does (spec §1.5): damage met while looking for a field reads as the end of the
  // message, and an integer wider than declared is accepted when its value fits (§9.1 #11).
  bool lenient = false;
  std::uint32_t depth_max = limits::depth_max;  // nested structs, lists and maps; at most 255
  std::size_t overhead_bytes = limits::decode_overhead_bytes;
  std::size_t amplification = limits::decode_amplification;
};

// Why decoding stopped.
enum class Failure : std::uint8_t {
  none,
  truncated,       // the message ends inside a value
  mismatch,        // the wire type is not one of those the declared type is read from
  missing,         // a required field is not there
  count,           // a length or count that the rest of the message (or a fixed array) cannot hold
  depth,           // nested deeper than DecodeOptions::depth_max
  allocation,      // decoding would allocate more than DecodeOptions allow
  unexpected_end,  // a struct end that closes no struct
  limit,           // a name or a map of a packet is larger than limits.h allows
};

// A generated struct, or anything shaped like one.
template <class T>
concept Struct = requires(T& value, const T& constant, Reader& reader, Writer& writer) {
  constant.tars_write(writer);
  { value.tars_read(reader) } -> std::same_as<bool>;
};

// A map that is read without a tree: the entries in wire order, duplicates included. With view
// types (std::string_view) decoding costs one allocation, and the message must stay in place.
template <class K, class V>
struct FlatMap {
  std::vector<std::pair<K, V>> entries;

  // The first entry of that key (as std::map keeps it), or nullptr.
  const V* find(const K& key) const {
    for (const auto& entry : entries)
      if (entry.first == key) return &entry.second;
    return nullptr;
  }
};

namespace detail {

// std::vector<std::int8_t> and arrays of it are byte strings: a SimpleList on the wire.
template <class T>
inline constexpr bool is_byte = std::same_as<T, std::int8_t> || std::same_as<T, char>;

template <class T>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = true;

template <class T>
inline constexpr bool is_map = false;
template <class K, class V, class C, class A>
inline constexpr bool is_map<std::map<K, V, C, A>> = true;

template <class T>
inline constexpr bool is_flat_map = false;
template <class K, class V>
inline constexpr bool is_flat_map<FlatMap<K, V>> = true;

template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <class T>
inline constexpr bool is_byte_span = std::same_as<T, std::span<const std::byte>>;

// The signed integer that a declared integer travels as: unsigned ones one size up (spec §1.3).
template <class T>
using WireInt = std::conditional_t<
    std::is_enum_v<T>, std::int32_t,
    std::conditional_t<
        (std::is_signed_v<T> || std::same_as<T, bool>),
        std::conditional_t<
            sizeof(T) == 1, std::int8_t,
            std::conditional_t<sizeof(T) == 2, std::int16_t,
                               std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>>>,
        std::conditional_t<sizeof(T) == 1, std::int16_t,
                           std::conditional_t<sizeof(T) == 2, std::int32_t, std::int64_t>>>>;

// The fewest bytes that a value of this type takes. A count is believed only if that many
// elements fit into the rest of the message.
template <class T>
inline constexpr std::size_t wire_bytes_min = std::is_arithmetic_v<T> || std::is_enum_v<T> ? 1 : 2;

template <class T>
T load_be(const std::byte* source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  if constexpr (sizeof(T) == 2)
    value = static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  if constexpr (sizeof(T) == 4)
    value = static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  if constexpr (sizeof(T) == 8)
    value = static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
  return value;
}

template <class T>
void store_be(std::byte* target, T value) {
  if constexpr (sizeof(T) == 2)
    value = static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  if constexpr (sizeof(T) == 4)
    value = static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  if constexpr (sizeof(T) == 8)
    value = static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
  std::memcpy(target, &value, sizeof(T));
}

// memcpy for lengths that are mostly below 32: two overlapping moves instead of a call.
inline void copy_short(std::byte* target, const std::byte* source, std::size_t count) {
  const auto twice = [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
    std::array<std::byte, N> head;
    std::array<std::byte, N> tail;
    std::memcpy(head.data(), source, N);
    std::memcpy(tail.data(), source + count - N, N);
    std::memcpy(target, head.data(), N);
    std::memcpy(target + count - N, tail.data(), N);
  };
  if (count > 32) {
    std::memcpy(target, source, count);
  } else if (count >= 16) {
    twice(std::integral_constant<std::size_t, 16>{});
  } else if (count >= 8) {
    twice(std::integral_constant<std::size_t, 8>{});
  } else if (count >= 4) {
    twice(std::integral_constant<std::size_t, 4>{});
  } else if (count > 0) {
    target[0] = source[0];
    target[count / 2] = source[count / 2];
    target[count - 1] = source[count - 1];
  }
}

}  // namespace detail

// True where the writer may leave an optional member out (spec §1.4): it equals its default.
// Floats are compared exactly, unlike upstream, whose 1e-6 tolerance loses small values (§9.1 #12).
template <class T>
constexpr bool omits(const T& value, const std::type_identity_t<T>& standard) {
  return value == standard;
}
inline bool omits(const std::string& value, std::string_view standard) { return value == standard; }

}  // namespace tarsier::tars
