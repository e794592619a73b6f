#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/json/json.h"
#include "protocol/json/writer.h"
#include "protocol/tars/wire.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"

// Version-5 bodies (spec §2.9): structs and parameter lists as JSON objects. What the IDL compiler
// generates for a struct mirrors tars_write and tars_read, with names in place of tags:
//
//   void tars_write_json(tarsier::tars::JsonWriter& w) const {   // every member, no omission
//     w.write("x", x);
//     w.write("label", label);
//   }
//   bool tars_read_json(tarsier::tars::JsonReader& r) {
//     label.clear();                                             // optional: to its default
//     r.read("x", x, Presence::required);
//     r.read("label", label, Presence::optional);
//     return r.ok();
//   }
//
// The braces of the struct are the caller's business. A body is written and read as
//
//   write_json_object(buffer, [&](JsonWriter& w) { w.write("name", name); });
//   TARSIER_TRY(auto body, JsonBody::parse(bytes));
//   body->reader().read("name", name, Presence::required);
//   if (!body->reader().ok()) return body->reader().error();
//
// and a single struct with to_json(value) and from_json(text, value).
namespace tarsier::tars {

class JsonReader;
class JsonWriter;

template <class T>
concept JsonStruct = requires(T& value, const T& constant, JsonReader& reader, JsonWriter& writer) {
  constant.tars_write_json(writer);
  { value.tars_read_json(reader) } -> std::same_as<bool>;
};

// Writes the members of one object.
class JsonWriter {
 public:
  explicit JsonWriter(ByteBuffer& buffer) : text_(buffer) {}

  // A member. T as in Writer::write.
  template <class T>
  void write(std::string_view name, const T& value) {
    text_.key(name);
    put(value);
  }

  // A value without a name: an element, or a whole document.
  template <class T>
  void put(const T& value);

 private:
  template <class K>
  void put_key(const K& key);

  json::Writer text_;
};

namespace detail {

// What the readers of one document share.
struct JsonState {
  std::size_t allowance = 0;  // bytes that may still be allocated
  Failure failure = Failure::none;
  std::string where;  // the innermost member that failed
};

// The state of a document whose tree is charged already.
JsonState state_for(const json::Document& document, std::size_t text_bytes,
                    const DecodeOptions& options);

// The digits of a decimal integer that fits T.
template <class T>
bool parse_integer(std::string_view text, T& value) {
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && stop == text.data() + text.size();
}

// Byte arrays travel as strings, a code point U+0000 to U+00FF a byte, without trailing zeros.
std::string bytes_to_text(std::span<const std::byte> bytes);
bool text_to_bytes(std::string_view text, std::span<std::byte> bytes);

}  // namespace detail

// Reads the members of one object by name, in any order; of repeated names the last counts. As with
// Reader, the first failure latches, and every allocation is charged to the size of the text.
class JsonReader {
 public:
  JsonReader(json::Value value, detail::JsonState& state);
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // An absent optional member, or one that is null, leaves the value as it is; null is NaN for a
  // float, and empty for a vector or a map: so TarsGo writes those it never made. Integers must be
  // in range: nothing is truncated.
  template <class T>
  bool read(std::string_view name, T& value, Presence presence) {
    if (!ok()) return false;
    const std::optional<json::Value> member = find(name);
    const bool there = member.has_value() && (!member->is_null() || may_be_null<T>);
    if (there) return get(*member, value) || locate(name);
    if (presence == Presence::required) return fail(Failure::missing) || locate(name);
    return true;
  }

  bool ok() const { return state_->failure == Failure::none; }
  Failure failure() const { return state_->failure; }
  // Code::limit or Code::malformed with the member's name.
  Error error() const;

  // Reads a value that is no member: an element, or a whole document.
  template <class T>
  bool get(json::Value source, T& value);

 private:
  template <class T>
  static constexpr bool may_be_null =
      std::floating_point<T> || detail::is_vector<T> || detail::is_map<T>;
  static constexpr std::size_t indexed_from = 16;  // members; below, a scan is faster

  std::optional<json::Value> find(std::string_view name) const;
  bool fail(Failure failure) {
    if (ok()) state_->failure = failure;
    return false;
  }
  bool locate(std::string_view name) {
    if (state_->where.empty()) state_->where = name;
    return false;
  }
  bool charge(std::size_t bytes) {
    if (bytes > state_->allowance) return fail(Failure::allocation);
    state_->allowance -= bytes;
    return true;
  }
  template <class T>
  bool get_int(json::Value source, T& value);
  template <class T>
  bool get_vector(json::Value source, std::vector<T>& values);
  template <class T, std::size_t N>
  bool get_array(json::Value source, std::array<T, N>& values);
  template <class Map>
  bool get_map(json::Value source, Map& map);
  template <class K>
  bool get_key(std::string_view text, K& key);

  json::Value value_;
  detail::JsonState* state_;
  std::optional<json::MemberIndex> index_;  // of large objects only
};

// A parsed body with the reader of its members. The text must stay in place.
class JsonBody {
 public:
  // A body that is no JSON object is refused.
  static Result<std::unique_ptr<JsonBody>> parse(std::span<const std::byte> text,
                                                 const DecodeOptions& options = {});
  JsonReader& reader() { return *reader_; }

 private:
  JsonBody() = default;

  std::unique_ptr<json::Document> document_;
  detail::JsonState state_;
  std::optional<JsonReader> reader_;
};

// Appends {…} with the members that members(JsonWriter&) writes.
template <class Members>
void write_json_object(ByteBuffer& out, Members&& members) {
  out.append("{");
  {
    JsonWriter writer(out);
    std::forward<Members>(members)(writer);
  }
  out.append("}");
}

// Any IDL value as a JSON text, and back.
template <class T>
std::string to_json(const T& value) {
  ByteBuffer buffer;
  JsonWriter(buffer).put(value);
  return std::string(buffer.text());
}
template <class T>
Result<> from_json(std::string_view text, T& value, const DecodeOptions& options = {}) {
  TARSIER_TRY(const auto document, json::Document::parse(text, {.depth_max = options.depth_max}));
  detail::JsonState state = detail::state_for(*document, text.size(), options);
  JsonReader reader(document->root(), state);
  if (reader.ok() && reader.get(document->root(), value)) return {};
  return reader.error();
}

}  // namespace tarsier::tars

#include "protocol/tars/json_body_impl.h"
