#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/tars/wire.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"

namespace tarsier::tars {

// Appends values in the canonical TARS form (spec §1.3) to a ByteBuffer.
//
//   Writer writer(buffer);
//   writer.write(0, std::int32_t{7});
//   writer.write(1, names);            // any IDL type: see write()
//   TARSIER_TRY_VOID(writer.finish());
//
// The buffer holds the bytes after flush(), finish() or the destructor; it must outlive the writer
// and must not be touched by others meanwhile. A value beyond the limits (a string above 100 MiB,
// 100 MiB in total) latches a failure, drops everything this writer wrote, and shows in finish().
//
// Generated structs put `tars_write` into the header: inlined, the cursor stays in a register.
class Writer {
 public:
  explicit Writer(ByteBuffer& buffer)
      : buffer_(&buffer),
        base_(buffer.size()),
        start_(buffer.data() == nullptr ? nullptr : buffer.data() + base_),
        cursor_(start_),
        end_(start_ == nullptr ? nullptr : buffer.data() + buffer.capacity()) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (owner_) flush();
  }

  // Any IDL type: bool, integers, float, double, enums, std::string and what converts to
  // std::string_view, std::vector, std::map, std::array, structs with tars_write, and
  // std::span<const std::byte> (written as vector<byte>).
  template <class T>
  void write(std::uint8_t tag, const T& value) {
    using namespace detail;
    if constexpr (std::is_enum_v<T>) {
      put_int(tag, static_cast<std::int32_t>(value));
    } else if constexpr (std::integral<T>) {
      put_int(tag, static_cast<WireInt<T>>(value));
    } else if constexpr (std::same_as<T, float>) {
      put_fixed(tag, WireType::float4, std::bit_cast<std::uint32_t>(value));
    } else if constexpr (std::same_as<T, double>) {
      put_fixed(tag, WireType::float8, std::bit_cast<std::uint64_t>(value));
    } else if constexpr (is_byte_span<T>) {
      put_bytes(tag, value);
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      put_string(tag, value);
    } else if constexpr (is_vector<T> || is_array<T>) {
      put_sequence(tag, value);
    } else if constexpr (is_map<T>) {
      put_map(tag, value);
    } else if constexpr (is_flat_map<T>) {
      put_map(tag, value.entries);
    } else {
      static_assert(Struct<T>, "not an IDL type");
      put_struct(tag, value);
    }
  }

  // Makes the bytes written so far visible in the buffer.
  void flush() {
    if (start_ != nullptr) settle(*buffer_, base_ + size());
  }

  // flush(), and whether everything fitted the limits.
  Result<> finish() {
    flush();
    if (failed_) return overflow();
    return {};
  }
  bool ok() const { return !failed_; }

  // Bytes written by this writer, and a place among them: valid until the next write. For length
  // fields that are known only after what they count.
  std::size_t size() const { return static_cast<std::size_t>(cursor_ - start_); }
  std::byte* at(std::size_t offset) { return start_ + offset; }

  // Room for `count` bytes at the end, to be filled by the caller and counted by advance().
  std::byte* room(std::size_t count) {
    ensure(count);
    return cursor_;
  }
  void advance(std::size_t count) { cursor_ += count; }
  // Gives the last bytes back.
  void retreat(std::size_t count) { cursor_ -= count; }
  // Fails the writer and forgets what it wrote.
  void drop() {
    failed_ = true;
    cursor_ = start_;
  }

  // Bytes that are encoded already.
  void append(std::span<const std::byte> bytes) {
    if (bytes.size() > limits::frame_bytes_max) return drop();
    ensure(bytes.size());
    detail::copy_short(cursor_, bytes.data(), bytes.size());
    cursor_ += bytes.size();
  }

  // The encoded forms themselves, for those who have ensured enough room: each returns the byte
  // behind what it wrote.
  static std::byte* put_head(std::byte* target, std::uint8_t tag, WireType type) {
    if (tag < 15) {
      *target = static_cast<std::byte>((unsigned{tag} << 4) | static_cast<unsigned>(type));
      return target + 1;
    }
    *target = static_cast<std::byte>(0xf0u | static_cast<unsigned>(type));
    target[1] = static_cast<std::byte>(tag);
    return target + 2;
  }
  // The shortest of {zero, int1, int2, int4, int8} that holds the value.
  template <class Int>
  static std::byte* put_integer(std::byte* target, std::uint8_t tag, Int value) {
    if (value == 0) return put_head(target, tag, WireType::zero);
    if (value == static_cast<std::int8_t>(value)) {
      target = put_head(target, tag, WireType::int1);
      *target = static_cast<std::byte>(value);
      return target + 1;
    }
    if constexpr (sizeof(Int) > 2) {
      if (value != static_cast<std::int16_t>(value)) {
        if constexpr (sizeof(Int) > 4) {
          if (value != static_cast<std::int32_t>(value)) {
            target = put_head(target, tag, WireType::int8);
            detail::store_be(target, static_cast<std::int64_t>(value));
            return target + 8;
          }
        }
        target = put_head(target, tag, WireType::int4);
        detail::store_be(target, static_cast<std::int32_t>(value));
        return target + 4;
      }
    }
    if constexpr (sizeof(Int) > 1) {
      target = put_head(target, tag, WireType::int2);
      detail::store_be(target, static_cast<std::int16_t>(value));
      return target + 2;
    }
    return target;
  }
  // At most text.size() + head_bytes_max + 4 bytes; text is at most limits::string_bytes_max long.
  static std::byte* put_text(std::byte* target, std::uint8_t tag, std::string_view text) {
    if (text.size() <= 255) {
      target = put_head(target, tag, WireType::string1);
      *target++ = static_cast<std::byte>(text.size());
    } else {
      target = put_head(target, tag, WireType::string4);
      detail::store_be(target, static_cast<std::uint32_t>(text.size()));
      target += 4;
    }
    detail::copy_short(target, as_bytes(text).data(), text.size());
    return target + text.size();
  }

  static constexpr std::size_t head_bytes_max = 2;

 private:
  struct Room {
    std::byte* start;
    std::byte* cursor;
    std::byte* end;
    bool failed;
  };
  // A second writer over the same bytes: the only use is inside a loop that the compiler can keep
  // in registers, because no call takes this copy's address. adopt() ends it.
  struct Fork {};
  Writer(Writer& other, Fork)
      : buffer_(other.buffer_),
        base_(other.base_),
        start_(other.start_),
        cursor_(other.cursor_),
        end_(other.end_),
        failed_(other.failed_),
        owner_(false) {}
  void adopt(const Writer& other) {
    start_ = other.start_;
    cursor_ = other.cursor_;
    end_ = other.end_;
    failed_ = other.failed_;
  }

  // Both take no `this`: whoever inlines the rest need not keep the writer in memory.
  static Room grow(ByteBuffer& buffer, std::size_t base, std::size_t written, std::size_t count);
  static Error overflow();
  static void settle(ByteBuffer& buffer, std::size_t size) {
    if (size < buffer.size()) {
      buffer.truncate(size);
    } else {
      buffer.commit(size - buffer.size());
    }
  }

  void ensure(std::size_t count) {
    if (count > static_cast<std::size_t>(end_ - cursor_)) [[unlikely]] {
      const Room room = grow(*buffer_, base_, size(), count);
      start_ = room.start;
      cursor_ = room.cursor;
      end_ = room.end;
      failed_ = failed_ || room.failed;
    }
  }

  template <class Int>
  void put_int(std::uint8_t tag, Int value) {
    ensure(head_bytes_max + sizeof(Int));
    cursor_ = put_integer(cursor_, tag, value);
  }
  template <class Word>
  void put_fixed(std::uint8_t tag, WireType type, Word word) {
    ensure(head_bytes_max + sizeof(Word));
    std::byte* target = put_head(cursor_, tag, type);
    detail::store_be(target, word);
    cursor_ = target + sizeof(Word);
  }
  void put_string(std::uint8_t tag, std::string_view text) {
    if (text.size() > limits::string_bytes_max) [[unlikely]]
      return drop();
    ensure(text.size() + head_bytes_max + 4);
    cursor_ = put_text(cursor_, tag, text);
  }
  void put_bytes(std::uint8_t tag, std::span<const std::byte> bytes) {
    if (bytes.size() > limits::string_bytes_max) [[unlikely]]
      return drop();
    ensure(bytes.size() + head_bytes_max + 1 + 5);
    std::byte* target = put_head(cursor_, tag, WireType::simple_list);
    *target++ = std::byte{0};
    target = put_integer(target, 0, static_cast<std::int32_t>(bytes.size()));
    detail::copy_short(target, bytes.data(), bytes.size());
    cursor_ = target + bytes.size();
  }
  bool put_count(std::uint8_t tag, WireType type, std::size_t count) {
    if (count > limits::frame_bytes_max) [[unlikely]] {
      drop();
      return false;
    }
    ensure(head_bytes_max + 5);
    cursor_ = put_integer(put_head(cursor_, tag, type), 0, static_cast<std::int32_t>(count));
    return true;
  }

  template <class Sequence>
  void put_sequence(std::uint8_t tag, const Sequence& values) {
    using Element = typename Sequence::value_type;
    if constexpr (detail::is_byte<Element>) {
      put_bytes(tag, std::as_bytes(std::span(values.data(), values.size())));
    } else if (!put_count(tag, WireType::list, values.size())) {
      return;
    } else if constexpr (std::integral<Element> && !std::same_as<Element, bool>) {
      // One capacity check for a run of numbers; runs are short, so that the room they reserve for
      // the widest form stays small beside what is written.
      constexpr std::size_t run = 256;
      using Wire = detail::WireInt<Element>;
      for (std::size_t i = 0; i < values.size();) {
        const std::size_t stop = std::min(values.size(), i + run);
        ensure((stop - i) * (1 + sizeof(Wire)));
        std::byte* target = cursor_;
        for (; i < stop; ++i) target = put_integer(target, 0, static_cast<Wire>(values[i]));
        cursor_ = target;
      }
    } else {
      Writer local(*this, Fork{});
      for (const Element& value : values) local.write(0, value);
      adopt(local);
    }
  }
  template <class Map>
  void put_map(std::uint8_t tag, const Map& entries) {
    if (!put_count(tag, WireType::map, entries.size())) return;
    Writer local(*this, Fork{});
    for (const auto& [key, value] : entries) {
      local.write(0, key);
      local.write(1, value);
    }
    adopt(local);
  }
  template <class T>
  void put_struct(std::uint8_t tag, const T& value) {
    ensure(head_bytes_max);
    cursor_ = put_head(cursor_, tag, WireType::struct_begin);
    value.tars_write(*this);
    ensure(1);
    cursor_ = put_head(cursor_, 0, WireType::struct_end);
  }

  ByteBuffer* buffer_;
  std::size_t base_;  // bytes of the buffer that were there before
  std::byte* start_;  // of this writer's bytes
  std::byte* cursor_;
  std::byte* end_;
  bool failed_ = false;
  bool owner_ = true;  // false in a fork: somebody else settles the buffer
};

}  // namespace tarsier::tars
