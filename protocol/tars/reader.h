#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/tars/skip.h"
#include "protocol/tars/wire.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"

namespace tarsier::tars {

// Decodes TARS values (spec §1.5) from bytes that must stay in place meanwhile.
//
//   Reader reader(body);
//   std::int32_t id = 0;
//   reader.read(0, id, Presence::required);
//   reader.read(1, names, Presence::optional);
//   if (!reader.ok()) return reader.error();
//
// Tags are read in ascending order: a lower one after a higher one is not found; of a repeated tag
// the first counts; unknown fields in between are stepped over. The first failure latches: every
// later read() returns false and changes nothing. Nothing throws, recursion is bounded by
// DecodeOptions::depth_max, and every allocation is charged before it is made.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes, const DecodeOptions& options = {})
      : Reader(bytes, options, allowance_for(bytes.size(), options)) {}
  // With what is left of somebody else's allowance, see allowance().
  Reader(std::span<const std::byte> bytes, const DecodeOptions& options, std::size_t allowance)
      : begin_(bytes.data()),
        cursor_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        allowance_(allowance),
        depth_left_(options.depth_max),
        lenient_(options.lenient) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Reads the field `tag` into `value`. An absent optional field leaves the value as it is and is
  // no failure. False: something failed, now or before. Types as in Writer::write, and
  // std::string_view and std::span<const std::byte> as views into the message, also inside
  // containers.
  template <class T>
  bool read(std::uint8_t tag, T& value, Presence presence) {
    using namespace detail;
    WireType type;
    if (!find(tag, presence, type)) return ok();
    if constexpr (std::is_enum_v<T> || std::integral<T>) {
      return get_int(type, value);
    } else if constexpr (std::floating_point<T>) {
      return get_float(type, value);
    } else if constexpr (std::same_as<T, std::string>) {
      std::string_view text;
      if (!get_text(type, text) || !charge_text(text.size())) return false;
      if (text.size() > value.capacity()) {
        value = std::string(text);  // cheaper than to grow, and not a byte larger
      } else {
        value.assign(text);
      }
      return true;
    } else if constexpr (std::same_as<T, std::string_view>) {
      return get_text(type, value);
    } else if constexpr (is_byte_span<T>) {
      return get_bytes(type, value);
    } else if constexpr (is_vector<T>) {
      return get_vector(type, value);
    } else if constexpr (is_array<T>) {
      return get_array(type, value);
    } else if constexpr (is_map<T>) {
      return get_map(type, value);
    } else if constexpr (is_flat_map<T>) {
      return get_flat_map(type, value);
    } else {
      static_assert(Struct<T>, "not an IDL type");
      return get_struct(type, value);
    }
  }

  bool ok() const { return failure_ == Failure::none; }
  Failure failure() const { return failure_; }
  // The failure as a sentence with its byte offset and tag. Code::limit if a limit of ours was
  // reached, else Code::malformed.
  Error error() const { return describe(failure_, tag_, failed_at_); }
  // The same for callers that return: an error or nothing.
  Result<> result() const {
    if (ok()) return {};
    return error();
  }

  // For reading a map entry by entry: begin_map() gives the count, then come that many read(0, key)
  // and read(1, value), then end_map(). False: absent, or failed. `unit` as in detail::read_count.
  bool begin_map(std::uint8_t tag, Presence presence, std::size_t unit, std::uint32_t& count) {
    WireType type;
    if (!find(tag, presence, type)) return false;
    if (type != WireType::map) return fail(Failure::mismatch);
    return get_count(unit, count) && enter();
  }
  bool end_map() { return leave(); }

  // Ends the top level of a message: what may follow the last known field. Unknown bytes are legal
  // (a newer peer) and are not looked at beyond their first head, which must not close a struct
  // that was never opened nor be of a reserved type. False as in read().
  bool finish() {
    if (!ok() || cursor_ == end_ || lenient_) return ok();
    const auto type = static_cast<std::uint8_t>(*cursor_) & 15u;
    if (type == static_cast<unsigned>(WireType::struct_end)) return fail(Failure::unexpected_end);
    if (type > static_cast<unsigned>(WireType::simple_list)) return fail(Failure::mismatch);
    return true;
  }

  // Fails this reader from outside: for rules that the caller checks on what it read.
  bool fail(Failure failure) {
    if (ok()) {
      failure_ = failure;
      failed_at_ = position();
      cursor_ = end_;
    }
    return false;
  }

  std::size_t position() const { return static_cast<std::size_t>(cursor_ - begin_); }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - cursor_); }
  std::span<const std::byte> rest() const { return {cursor_, remaining()}; }
  // Takes from what decoding may allocate, for callers who allocate by what they read.
  bool charge(std::size_t bytes) {
    if (bytes > allowance_) [[unlikely]]
      return fail(Failure::allocation);
    allowance_ -= bytes;
    return true;
  }
  // Bytes that decoding may still allocate: lets several readers share one bound.
  std::size_t allowance() const { return allowance_; }
  // The type of the field that is next and has this tag, without moving. Nothing is consumed.
  bool next_is(std::uint8_t tag, WireType& type) const {
    const std::byte* cursor = cursor_;
    Head head;
    if (!detail::read_head(cursor, end_, head) || head.tag != tag) return false;
    type = head.type;
    return true;
  }

  // An empty map in its shortest form at `tag` (below 15): steps over it, if it is next.
  bool take_empty_map(std::uint8_t tag) {
    if (remaining() < 2 || cursor_[1] != std::byte{0x0c}) return false;
    if (static_cast<unsigned>(*cursor_) != ((unsigned{tag} << 4) | 8u)) return false;
    cursor_ += 2;
    return true;
  }
  // Runs f(Reader&) -> bool on a copy and goes on from where that ended. For parts that are not
  // inlined: this reader need not have an address for them.
  template <class F>
  bool apart(F&& f) {
    Reader copy(*this, Fork{});
    copy.nested_ = nested_;
    const bool result = f(copy);
    adopt(copy);
    return result;
  }

  static std::size_t allowance_for(std::size_t bytes, const DecodeOptions& options) {
    return options.overhead_bytes + options.amplification * bytes;
  }

 private:
  // A second reader at the same place, for loops: see Writer::Fork.
  struct Fork {};
  Reader(Reader& other, Fork)
      : begin_(other.begin_),
        cursor_(other.cursor_),
        end_(other.end_),
        allowance_(other.allowance_),
        failed_at_(other.failed_at_),
        depth_left_(other.depth_left_),
        failure_(other.failure_),
        tag_(other.tag_),
        lenient_(other.lenient_) {}
  static Error describe(Failure failure, std::uint8_t tag, std::size_t at);
  void adopt(const Reader& other) {
    cursor_ = other.cursor_;
    depth_left_ = other.depth_left_;
    allowance_ = other.allowance_;
    failed_at_ = other.failed_at_;
    failure_ = other.failure_;
    tag_ = other.tag_;
  }

  // Everything that is rare leaves by value and not by `this`: a reader whose address nobody takes
  // lives in registers.

  // Moves behind the head of `tag` and gives its type. False: not there, which has failed the
  // reader if the field is required or the way to it is damaged.
  bool find(std::uint8_t tag, Presence presence, WireType& type) {
    if (tag < 15 && cursor_ != end_) [[likely]] {
      const auto head = static_cast<unsigned>(*cursor_);
      if ((head >> 4) == tag && (head & 15u) != static_cast<unsigned>(WireType::struct_end))
          [[likely]] {
        type = static_cast<WireType>(head & 15u);
        ++cursor_;
        tag_ = tag;
        return true;
      }
    }
    tag_ = tag;
    const detail::Sought sought = detail::seek(cursor_, end_, tag,
                                               {.depth_left = depth_left_,
                                                .required = presence == Presence::required,
                                                .top_level = nested_ == 0,
                                                .lenient = lenient_});
    cursor_ = sought.cursor;
    type = sought.type;
    if (sought.failure != Failure::none) return fail(sought.failure);
    return sought.found;
  }
  bool take(const detail::Walk& walk) {
    cursor_ = walk.cursor;
    return walk.failure == Failure::none || fail(walk.failure);
  }
  bool has(std::size_t count) { return count <= remaining() || fail(Failure::truncated); }
  // What std::string allocates for a text of that size.
  bool charge_text(std::size_t size) { return size <= 15 || charge(size + 1); }

  template <class Wire, class T>
  bool get_wire(T& value) {
    if (!has(sizeof(Wire))) return false;
    store(static_cast<std::int64_t>(detail::load_be<Wire>(cursor_)), value);
    cursor_ += sizeof(Wire);
    return true;
  }
  template <class T>
  static void store(std::int64_t number, T& value) {
    if constexpr (std::same_as<T, bool>) {
      value = number != 0;
    } else {
      value = static_cast<T>(number);
    }
  }
  template <class T>
  bool get_int(WireType type, T& value) {
    constexpr std::size_t width = sizeof(detail::WireInt<T>);
    switch (type) {
      case WireType::zero: store(0, value); return true;
      case WireType::int1: return get_wire<std::int8_t>(value);
      case WireType::int2:
        if (width >= 2) return get_wire<std::int16_t>(value);
        break;
      case WireType::int4:
        if (width >= 4) return get_wire<std::int32_t>(value);
        break;
      case WireType::int8:
        if (width >= 8) return get_wire<std::int64_t>(value);
        break;
      default: break;
    }
    return get_wide(type, value);
  }
  // An integer wider than declared: refused, or in lenient mode accepted if its value fits.
  template <class T>
  bool get_wide(WireType type, T& value) {
    using Wire = detail::WireInt<T>;
    std::int64_t number = 0;
    if (!lenient_ || type > WireType::int8) return fail(Failure::mismatch);
    if (type == WireType::int2 && !get_wire<std::int16_t>(number)) return false;
    if (type == WireType::int4 && !get_wire<std::int32_t>(number)) return false;
    if (type == WireType::int8 && !get_wire<std::int64_t>(number)) return false;
    if (number != static_cast<Wire>(number)) return fail(Failure::mismatch);
    store(number, value);
    return true;
  }
  template <class T>
  bool get_float(WireType type, T& value) {
    if (type == WireType::zero) {
      value = 0;
      return true;
    }
    if (type == WireType::float4) {
      if (!has(4)) return false;
      value = std::bit_cast<float>(detail::load_be<std::uint32_t>(cursor_));
      cursor_ += 4;
      return true;
    }
    if constexpr (sizeof(T) == 8) {
      if (type == WireType::float8) {
        if (!has(8)) return false;
        value = std::bit_cast<double>(detail::load_be<std::uint64_t>(cursor_));
        cursor_ += 8;
        return true;
      }
    }
    return fail(Failure::mismatch);
  }
  bool get_text(WireType type, std::string_view& text) {
    std::size_t size = 0;
    if (type == WireType::string1) [[likely]] {
      if (!has(1)) return false;
      size = static_cast<std::size_t>(*cursor_++);
    } else if (type == WireType::string4) {
      if (!has(4)) return false;
      size = detail::load_be<std::uint32_t>(cursor_);
      cursor_ += 4;
      if (size > limits::string_bytes_max) return fail(Failure::count);
    } else {
      return fail(Failure::mismatch);
    }
    if (!has(size)) return false;
    text = as_text({cursor_, size});
    cursor_ += size;
    return true;
  }
  bool get_bytes(WireType type, std::span<const std::byte>& bytes) {
    if (type != WireType::simple_list) return fail(Failure::mismatch);
    if (!has(1)) return false;
    if (*cursor_ == std::byte{0}) [[likely]] {
      ++cursor_;
    } else {
      Head inner;
      if (!detail::read_head(cursor_, end_, inner)) return fail(Failure::truncated);
      if (inner.type != WireType::int1) return fail(Failure::mismatch);
    }
    std::uint32_t size = 0;
    if (!get_count(1, size)) return false;
    bytes = {cursor_, size};
    cursor_ += size;
    return true;
  }
  bool get_count(std::size_t unit, std::uint32_t& count) {
    // 0 to 127 in their shortest form are nearly all counts there are.
    const std::size_t left = remaining();
    if (left >= 1 && *cursor_ == std::byte{0x0c}) {
      ++cursor_;
      count = 0;
      return true;
    }
    if (left >= 2 && *cursor_ == std::byte{0}) {
      const auto small = static_cast<std::uint8_t>(cursor_[1]);
      if (small < 128 && small * unit <= left - 2) {
        cursor_ += 2;
        count = small;
        return true;
      }
    }
    return take(detail::read_count(cursor_, end_, unit, count));
  }
  // A level of nesting: enter() before the content, leave() behind it.
  bool enter() {
    if (depth_left_ == 0) return fail(Failure::depth);
    --depth_left_;
    ++nested_;
    return true;
  }
  bool leave() {
    ++depth_left_;
    --nested_;
    return ok();
  }

  template <class T>
  bool get_vector(WireType type, std::vector<T>& values) {
    if constexpr (detail::is_byte<T>) {
      if (type == WireType::simple_list) {
        std::span<const std::byte> bytes;
        if (!get_bytes(type, bytes) || !charge(bytes.size())) return false;
        const auto* first = reinterpret_cast<const T*>(bytes.data());
        values.assign(first, first + bytes.size());
        return true;
      }
    }
    std::uint32_t count = 0;
    if (type != WireType::list) return fail(Failure::mismatch);
    if (!get_count(detail::wire_bytes_min<T>, count) || !enter()) return false;
    if constexpr (std::same_as<T, bool>) {
      if (!charge(count / 8 + 8)) return false;
    } else {
      if (!charge(count * sizeof(T))) return false;
    }
    if (values.capacity() < count) {
      values.clear();
      values.reserve(count);  // exactly what was charged
    }
    values.resize(count);
    Reader local(*this, Fork{});
    local.nested_ = 1;
    for (std::uint32_t i = 0; i < count; ++i) {
      if constexpr (std::same_as<T, bool>) {
        bool value = false;
        if (!local.read(0, value, Presence::required)) break;
        values[i] = value;
      } else {
        if (!local.read(0, values[i], Presence::required)) break;
      }
    }
    adopt(local);
    return leave();
  }
  // At most N elements; those that the message does not bring are value-initialised.
  template <class T, std::size_t N>
  bool get_array(WireType type, std::array<T, N>& values) {
    if constexpr (detail::is_byte<T>) {
      if (type == WireType::simple_list) {
        std::span<const std::byte> bytes;
        if (!get_bytes(type, bytes)) return false;
        if (bytes.size() > N) return fail(Failure::count);
        values.fill(T{});
        if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
        return true;
      }
    }
    std::uint32_t count = 0;
    if (type != WireType::list) return fail(Failure::mismatch);
    if (!get_count(detail::wire_bytes_min<T>, count) || !enter()) return false;
    if (count > N) return fail(Failure::count);
    for (std::uint32_t i = 0; i < N; ++i) {
      values[i] = T{};
      if (i < count && !read(0, values[i], Presence::required)) break;
    }
    return leave();
  }
  template <class K, class V, class C, class A>
  bool get_map(WireType type, std::map<K, V, C, A>& entries) {
    // A node of the tree: three pointers and a colour in front of the pair.
    constexpr std::size_t node_bytes = 4 * sizeof(void*) + sizeof(std::pair<const K, V>);
    constexpr std::size_t unit = detail::wire_bytes_min<K> + detail::wire_bytes_min<V>;
    std::uint32_t count = 0;
    if (type != WireType::map) return fail(Failure::mismatch);
    if (!get_count(unit, count) || !enter()) return false;
    entries.clear();
    Reader local(*this, Fork{});
    local.nested_ = 1;
    for (std::uint32_t i = 0; i < count; ++i) {
      K key{};
      if (!local.charge(node_bytes) || !local.read(0, key, Presence::required)) break;
      const std::size_t before = entries.size();
      const auto place = entries.try_emplace(entries.end(), std::move(key));
      if (entries.size() != before) {
        if (!local.read(1, place->second, Presence::required)) break;
      } else {
        V repeated{};  // the first entry of a key wins
        if (!local.read(1, repeated, Presence::required)) break;
      }
    }
    adopt(local);
    return leave();
  }
  template <class K, class V>
  bool get_flat_map(WireType type, FlatMap<K, V>& map) {
    constexpr std::size_t unit = detail::wire_bytes_min<K> + detail::wire_bytes_min<V>;
    std::uint32_t count = 0;
    if (type != WireType::map) return fail(Failure::mismatch);
    if (!get_count(unit, count) || !enter()) return false;
    if (!charge(count * sizeof(std::pair<K, V>))) return false;
    if (map.entries.capacity() < count) {
      map.entries.clear();
      map.entries.reserve(count);
    }
    map.entries.resize(count);
    Reader local(*this, Fork{});
    local.nested_ = 1;
    for (auto& [key, value] : map.entries) {
      if (!local.read(0, key, Presence::required)) break;
      if (!local.read(1, value, Presence::required)) break;
    }
    adopt(local);
    return leave();
  }
  template <class T>
  bool get_struct(WireType type, T& value) {
    if (type != WireType::struct_begin) return fail(Failure::mismatch);
    if (!enter()) return false;
    if (!value.tars_read(*this)) return false;
    // The common end; anything else is fields of a newer peer before it.
    if (cursor_ != end_ && *cursor_ == std::byte{static_cast<std::uint8_t>(WireType::struct_end)})
        [[likely]] {
      ++cursor_;
      return leave();
    }
    if (!ok()) return false;
    if (!take(detail::skip_payload(cursor_, end_, type, depth_left_ + 1))) return false;
    return leave();
  }

  const std::byte* begin_;
  const std::byte* cursor_;
  const std::byte* end_;
  std::size_t allowance_;
  std::size_t failed_at_ = 0;
  std::uint32_t depth_left_;
  std::uint32_t nested_ = 0;  // open structs, lists and maps: 0 at the top level
  Failure failure_ = Failure::none;
  std::uint8_t tag_ = 0;  // of the field that was looked for last
  bool lenient_;
};

}  // namespace tarsier::tars
