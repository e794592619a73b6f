// Made by tars2cpp from Everything.tars. Change that file instead of this one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "client/proxy.h"
#include "protocol/tars/json_body.h"
#include "protocol/tars/reader.h"
#include "protocol/tars/value.h"
#include "protocol/tars/writer.h"
#include "server/servant.h"

#include "Sampler.h"

namespace Shapes {

inline constexpr std::int32_t LIMIT = 16;
inline constexpr std::int64_t SMALLEST = -9223372036854775807 - 1;
inline constexpr double RATIO = 1.5;
inline constexpr bool STRICT = true;
inline constexpr std::string_view GREETING = "say \"hi\"\n\\ ?\?= ü \001";

// What light does.
enum Color : std::int32_t {
  RED = 0,
  // the sky
  GREEN = 5,
  BLUE = 6,
  ALIAS = 5,
};

// The name of the enumerator, empty for a number that has none.
constexpr std::string_view to_string(Color value) {
  switch (value) {
    case RED: return "RED";
    case GREEN: return "GREEN";
    case BLUE: return "BLUE";
  }
  return {};
}
// Sets the enumerator of that name; false when there is none.
constexpr bool from_string(std::string_view text, Color& value) {
  if (text == "RED") return value = RED, true;
  if (text == "GREEN") return value = GREEN, true;
  if (text == "BLUE") return value = BLUE, true;
  if (text == "ALIAS") return value = ALIAS, true;
  return false;
}

enum Odd : std::int32_t {
  NULL_ = -1,
  class_ = 0,
  delete_ = 7,
};

// The name of the enumerator, empty for a number that has none.
constexpr std::string_view to_string(Odd value) {
  switch (value) {
    case NULL_: return "NULL";
    case class_: return "class";
    case delete_: return "delete";
  }
  return {};
}
// Sets the enumerator of that name; false when there is none.
constexpr bool from_string(std::string_view text, Odd& value) {
  if (text == "NULL") return value = NULL_, true;
  if (text == "class") return value = class_, true;
  if (text == "delete") return value = delete_, true;
  return false;
}

struct Key {
  std::int32_t id{};   // 1 require
  std::string name{};  // 2 require

  static constexpr std::string_view tars_name = "Shapes.Key";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(1, "id", self.id);
    visit(2, "name", self.name);
  }
  void tars_write(tarsier::tars::Writer& writer) const {
    writer.write(1, id);
    writer.write(2, name);
  }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    reader.read(1, id, Presence::required);
    reader.read(2, name, Presence::required);
    return reader.ok();
  }
  void tars_write_json(tarsier::tars::JsonWriter& json) const {
    json.write("id", id);
    json.write("name", name);
  }
  bool tars_read_json(tarsier::tars::JsonReader& json) {
    using Presence = tarsier::tars::Presence;
    json.read("id", id, Presence::required);
    json.read("name", name, Presence::required);
    return json.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const Key&) const = default;
  // By the key of the .tars file.
  bool operator<(const Key& other) const {
    const auto mine = std::tie(id, name);
    return mine < std::tie(other.id, other.name);
  }
  friend std::ostream& operator<<(std::ostream& out, const Key& value) {
    return out << value.tars_print();
  }
};

struct Node {
  std::string name{};                   // 0 require
  std::vector<Node> children{};         // 1 optional
  std::map<std::string, Node> named{};  // 2 optional

  static constexpr std::string_view tars_name = "Shapes.Node";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "name", self.name);
    visit(1, "children", self.children);
    visit(2, "named", self.named);
  }
  void tars_write(tarsier::tars::Writer& writer) const {
    writer.write(0, name);
    if (!children.empty()) writer.write(1, children);
    if (!named.empty()) writer.write(2, named);
  }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    children.clear();
    named.clear();
    reader.read(0, name, Presence::required);
    reader.read(1, children, Presence::optional);
    reader.read(2, named, Presence::optional);
    return reader.ok();
  }
  void tars_write_json(tarsier::tars::JsonWriter& json) const {
    json.write("name", name);
    json.write("children", children);
    json.write("named", named);
  }
  bool tars_read_json(tarsier::tars::JsonReader& json) {
    using Presence = tarsier::tars::Presence;
    children.clear();
    named.clear();
    json.read("name", name, Presence::required);
    json.read("children", children, Presence::optional);
    json.read("named", named, Presence::optional);
    return json.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const Node&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Node& value) {
    return out << value.tars_print();
  }
};

// One of each.
struct All {
  // Whether.
  bool flag = true;                               // 0 require
  std::int8_t tiny{};                             // 1 require
  std::uint8_t u8 = 255;                          // 2 require
  std::int16_t small = -5;                        // 3 require
  std::uint16_t u16{};                            // 4 require
  std::int32_t number{};                          // 5 require
  std::uint32_t u32 = 4294967295;                 // 6 require
  std::int64_t big = -9223372036854775807 - 1;    // 7 require
  float ratio = 0.1f;                             // 8 require
  double exact = 2.0;                             // 9 require
  std::string text = "a\tb";                      // 10 require
  std::vector<std::int8_t> blob{};                // 11 require
  std::vector<bool> bits{};                       // 12 require
  std::vector<std::string> words{};               // 13 require
  std::map<Key, Color> colors{};                  // 14 require
  std::map<Color, std::vector<Key>> shelves{};    // 15 require
  Color color = BLUE;                             // 16 require
  Sampler::Point point{};                         // 17 require
  Sampler::Level level = Sampler::MID;            // 18 require
  std::array<std::int32_t, 4> grid{};             // 19 require
  std::array<Key, 2> keys{};                      // 20 require
  std::array<std::int8_t, 8> raw{};               // 21 require
  std::array<char, 16> code{};                    // 22 require
  std::vector<std::int8_t> bytes{};               // 23 require
  std::array<std::int16_t, 3> three{};            // 24 require
  Node tree{};                                    // 25 require
  bool o_flag{};                                  // 30 optional
  std::int8_t o_tiny{};                           // 31 optional
  std::uint8_t o_u8{};                            // 32 optional
  std::int16_t o_small{};                         // 33 optional
  std::uint16_t o_u16 = 7;                        // 34 optional
  std::int32_t o_number = 1;                      // 35 optional
  std::uint32_t o_u32{};                          // 36 optional
  std::int64_t o_big = -9223372036854775807 - 1;  // 37 optional
  float o_ratio = -1.5e-07f;                      // 38 optional
  double o_exact{};                               // 39 optional
  std::string o_text{};                           // 40 optional
  std::vector<std::vector<std::int32_t>> o_lists{};  // 41 optional
  std::map<std::int32_t, std::map<std::string, Sampler::Bag>> o_maps{};  // 42 optional
  Color o_color = RED;                            // 43 optional
  Key o_key{};                                    // 44 optional
  std::array<std::int32_t, 2> o_grid{};           // 45 optional
  Odd o_odd = class_;                             // 46 optional
  std::string last = "end";                       // 255 optional

  static constexpr std::string_view tars_name = "Shapes.All";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "flag", self.flag);
    visit(1, "tiny", self.tiny);
    visit(2, "u8", self.u8);
    visit(3, "small", self.small);
    visit(4, "u16", self.u16);
    visit(5, "number", self.number);
    visit(6, "u32", self.u32);
    visit(7, "big", self.big);
    visit(8, "ratio", self.ratio);
    visit(9, "exact", self.exact);
    visit(10, "text", self.text);
    visit(11, "blob", self.blob);
    visit(12, "bits", self.bits);
    visit(13, "words", self.words);
    visit(14, "colors", self.colors);
    visit(15, "shelves", self.shelves);
    visit(16, "color", self.color);
    visit(17, "point", self.point);
    visit(18, "level", self.level);
    visit(19, "grid", self.grid);
    visit(20, "keys", self.keys);
    visit(21, "raw", self.raw);
    visit(22, "code", self.code);
    visit(23, "bytes", self.bytes);
    visit(24, "three", self.three);
    visit(25, "tree", self.tree);
    visit(30, "o_flag", self.o_flag);
    visit(31, "o_tiny", self.o_tiny);
    visit(32, "o_u8", self.o_u8);
    visit(33, "o_small", self.o_small);
    visit(34, "o_u16", self.o_u16);
    visit(35, "o_number", self.o_number);
    visit(36, "o_u32", self.o_u32);
    visit(37, "o_big", self.o_big);
    visit(38, "o_ratio", self.o_ratio);
    visit(39, "o_exact", self.o_exact);
    visit(40, "o_text", self.o_text);
    visit(41, "o_lists", self.o_lists);
    visit(42, "o_maps", self.o_maps);
    visit(43, "o_color", self.o_color);
    visit(44, "o_key", self.o_key);
    visit(45, "o_grid", self.o_grid);
    visit(46, "o_odd", self.o_odd);
    visit(255, "last", self.last);
  }
  void tars_write(tarsier::tars::Writer& writer) const {
    writer.write(0, flag);
    writer.write(1, tiny);
    writer.write(2, u8);
    writer.write(3, small);
    writer.write(4, u16);
    writer.write(5, number);
    writer.write(6, u32);
    writer.write(7, big);
    writer.write(8, ratio);
    writer.write(9, exact);
    writer.write(10, text);
    writer.write(11, blob);
    writer.write(12, bits);
    writer.write(13, words);
    writer.write(14, colors);
    writer.write(15, shelves);
    writer.write(16, color);
    writer.write(17, point);
    writer.write(18, level);
    writer.write(19, grid);
    writer.write(20, keys);
    writer.write(21, raw);
    writer.write(22, code);
    writer.write(23, bytes);
    writer.write(24, three);
    writer.write(25, tree);
    writer.write(30, o_flag);
    if (o_tiny != 0) writer.write(31, o_tiny);
    if (o_u8 != 0) writer.write(32, o_u8);
    if (o_small != 0) writer.write(33, o_small);
    if (o_u16 != 7) writer.write(34, o_u16);
    if (o_number != 1) writer.write(35, o_number);
    if (o_u32 != 0) writer.write(36, o_u32);
    if (o_big != (-9223372036854775807 - 1)) writer.write(37, o_big);
    if (o_ratio != -1.5e-07f) writer.write(38, o_ratio);
    if (o_exact != 0) writer.write(39, o_exact);
    if (!o_text.empty()) writer.write(40, o_text);
    if (!o_lists.empty()) writer.write(41, o_lists);
    if (!o_maps.empty()) writer.write(42, o_maps);
    writer.write(43, o_color);
    writer.write(44, o_key);
    writer.write(45, o_grid);
    writer.write(46, o_odd);
    if (last != "end") writer.write(255, last);
  }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    o_flag = {};
    o_tiny = {};
    o_u8 = {};
    o_small = {};
    o_u16 = 7;
    o_number = 1;
    o_u32 = {};
    o_big = -9223372036854775807 - 1;
    o_ratio = -1.5e-07f;
    o_exact = {};
    o_text.clear();
    o_lists.clear();
    o_maps.clear();
    o_color = RED;
    o_key = {};
    o_grid = {};
    o_odd = class_;
    last = "end";
    reader.read(0, flag, Presence::required);
    reader.read(1, tiny, Presence::required);
    reader.read(2, u8, Presence::required);
    reader.read(3, small, Presence::required);
    reader.read(4, u16, Presence::required);
    reader.read(5, number, Presence::required);
    reader.read(6, u32, Presence::required);
    reader.read(7, big, Presence::required);
    reader.read(8, ratio, Presence::required);
    reader.read(9, exact, Presence::required);
    reader.read(10, text, Presence::required);
    reader.read(11, blob, Presence::required);
    reader.read(12, bits, Presence::required);
    reader.read(13, words, Presence::required);
    reader.read(14, colors, Presence::required);
    reader.read(15, shelves, Presence::required);
    reader.read(16, color, Presence::required);
    reader.read(17, point, Presence::required);
    reader.read(18, level, Presence::required);
    reader.read(19, grid, Presence::required);
    reader.read(20, keys, Presence::required);
    reader.read(21, raw, Presence::required);
    reader.read(22, code, Presence::required);
    reader.read(23, bytes, Presence::required);
    reader.read(24, three, Presence::required);
    reader.read(25, tree, Presence::required);
    reader.read(30, o_flag, Presence::optional);
    reader.read(31, o_tiny, Presence::optional);
    reader.read(32, o_u8, Presence::optional);
    reader.read(33, o_small, Presence::optional);
    reader.read(34, o_u16, Presence::optional);
    reader.read(35, o_number, Presence::optional);
    reader.read(36, o_u32, Presence::optional);
    reader.read(37, o_big, Presence::optional);
    reader.read(38, o_ratio, Presence::optional);
    reader.read(39, o_exact, Presence::optional);
    reader.read(40, o_text, Presence::optional);
    reader.read(41, o_lists, Presence::optional);
    reader.read(42, o_maps, Presence::optional);
    reader.read(43, o_color, Presence::optional);
    reader.read(44, o_key, Presence::optional);
    reader.read(45, o_grid, Presence::optional);
    reader.read(46, o_odd, Presence::optional);
    reader.read(255, last, Presence::optional);
    return reader.ok();
  }
  void tars_write_json(tarsier::tars::JsonWriter& json) const {
    json.write("flag", flag);
    json.write("tiny", tiny);
    json.write("u8", u8);
    json.write("small", small);
    json.write("u16", u16);
    json.write("number", number);
    json.write("u32", u32);
    json.write("big", big);
    json.write("ratio", ratio);
    json.write("exact", exact);
    json.write("text", text);
    json.write("blob", blob);
    json.write("bits", bits);
    json.write("words", words);
    json.write("colors", colors);
    json.write("shelves", shelves);
    json.write("color", color);
    json.write("point", point);
    json.write("level", level);
    json.write("grid", grid);
    json.write("keys", keys);
    json.write("raw", raw);
    json.write("code", code);
    json.write("bytes", bytes);
    json.write("three", three);
    json.write("tree", tree);
    json.write("o_flag", o_flag);
    json.write("o_tiny", o_tiny);
    json.write("o_u8", o_u8);
    json.write("o_small", o_small);
    json.write("o_u16", o_u16);
    json.write("o_number", o_number);
    json.write("o_u32", o_u32);
    json.write("o_big", o_big);
    json.write("o_ratio", o_ratio);
    json.write("o_exact", o_exact);
    json.write("o_text", o_text);
    json.write("o_lists", o_lists);
    json.write("o_maps", o_maps);
    json.write("o_color", o_color);
    json.write("o_key", o_key);
    json.write("o_grid", o_grid);
    json.write("o_odd", o_odd);
    json.write("last", last);
  }
  bool tars_read_json(tarsier::tars::JsonReader& json) {
    using Presence = tarsier::tars::Presence;
    o_flag = {};
    o_tiny = {};
    o_u8 = {};
    o_small = {};
    o_u16 = 7;
    o_number = 1;
    o_u32 = {};
    o_big = -9223372036854775807 - 1;
    o_ratio = -1.5e-07f;
    o_exact = {};
    o_text.clear();
    o_lists.clear();
    o_maps.clear();
    o_color = RED;
    o_key = {};
    o_grid = {};
    o_odd = class_;
    last = "end";
    json.read("flag", flag, Presence::required);
    json.read("tiny", tiny, Presence::required);
    json.read("u8", u8, Presence::required);
    json.read("small", small, Presence::required);
    json.read("u16", u16, Presence::required);
    json.read("number", number, Presence::required);
    json.read("u32", u32, Presence::required);
    json.read("big", big, Presence::required);
    json.read("ratio", ratio, Presence::required);
    json.read("exact", exact, Presence::required);
    json.read("text", text, Presence::required);
    json.read("blob", blob, Presence::required);
    json.read("bits", bits, Presence::required);
    json.read("words", words, Presence::required);
    json.read("colors", colors, Presence::required);
    json.read("shelves", shelves, Presence::required);
    json.read("color", color, Presence::required);
    json.read("point", point, Presence::required);
    json.read("level", level, Presence::required);
    json.read("grid", grid, Presence::required);
    json.read("keys", keys, Presence::required);
    json.read("raw", raw, Presence::required);
    json.read("code", code, Presence::required);
    json.read("bytes", bytes, Presence::required);
    json.read("three", three, Presence::required);
    json.read("tree", tree, Presence::required);
    json.read("o_flag", o_flag, Presence::optional);
    json.read("o_tiny", o_tiny, Presence::optional);
    json.read("o_u8", o_u8, Presence::optional);
    json.read("o_small", o_small, Presence::optional);
    json.read("o_u16", o_u16, Presence::optional);
    json.read("o_number", o_number, Presence::optional);
    json.read("o_u32", o_u32, Presence::optional);
    json.read("o_big", o_big, Presence::optional);
    json.read("o_ratio", o_ratio, Presence::optional);
    json.read("o_exact", o_exact, Presence::optional);
    json.read("o_text", o_text, Presence::optional);
    json.read("o_lists", o_lists, Presence::optional);
    json.read("o_maps", o_maps, Presence::optional);
    json.read("o_color", o_color, Presence::optional);
    json.read("o_key", o_key, Presence::optional);
    json.read("o_grid", o_grid, Presence::optional);
    json.read("o_odd", o_odd, Presence::optional);
    json.read("last", last, Presence::optional);
    return json.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const All&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const All& value) {
    return out << value.tars_print();
  }
};

// Members that meet keywords, their own struct, their own type and generated names.
struct template_ {
  std::int32_t int_{};         // 0 require
  std::int32_t class_{};       // 1 require
  std::int32_t template__{};   // 2 require
  Shapes::Color Color = RED;   // 3 optional
  Shapes::Color second = RED;  // 4 optional
  std::int32_t self{};         // 5 optional
  std::int32_t visit{};        // 6 optional
  std::int32_t writer{};       // 7 optional
  std::int32_t reader{};       // 8 optional
  std::int32_t json{};         // 9 optional
  std::int32_t out_{};         // 10 optional
  std::int32_t other{};        // 11 optional
  std::int32_t value{};        // 12 optional

  static constexpr std::string_view tars_name = "Shapes.template";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self_, Visit&& visit_) {
    visit_(0, "int_", self_.int_);
    visit_(1, "class", self_.class_);
    visit_(2, "template", self_.template__);
    visit_(3, "Color", self_.Color);
    visit_(4, "second", self_.second);
    visit_(5, "self", self_.self);
    visit_(6, "visit", self_.visit);
    visit_(7, "writer", self_.writer);
    visit_(8, "reader", self_.reader);
    visit_(9, "json", self_.json);
    visit_(10, "out_", self_.out_);
    visit_(11, "other", self_.other);
    visit_(12, "value", self_.value);
  }
  void tars_write(tarsier::tars::Writer& writer_) const {
    writer_.write(0, int_);
    writer_.write(1, class_);
    writer_.write(2, template__);
    writer_.write(3, Color);
    writer_.write(4, second);
    if (self != 0) writer_.write(5, self);
    if (visit != 0) writer_.write(6, visit);
    if (writer != 0) writer_.write(7, writer);
    if (reader != 0) writer_.write(8, reader);
    if (json != 0) writer_.write(9, json);
    if (out_ != 0) writer_.write(10, out_);
    if (other != 0) writer_.write(11, other);
    if (value != 0) writer_.write(12, value);
  }
  bool tars_read(tarsier::tars::Reader& reader_) {
    using Presence = tarsier::tars::Presence;
    Color = RED;
    second = RED;
    self = {};
    visit = {};
    writer = {};
    reader = {};
    json = {};
    out_ = {};
    other = {};
    value = {};
    reader_.read(0, int_, Presence::required);
    reader_.read(1, class_, Presence::required);
    reader_.read(2, template__, Presence::required);
    reader_.read(3, Color, Presence::optional);
    reader_.read(4, second, Presence::optional);
    reader_.read(5, self, Presence::optional);
    reader_.read(6, visit, Presence::optional);
    reader_.read(7, writer, Presence::optional);
    reader_.read(8, reader, Presence::optional);
    reader_.read(9, json, Presence::optional);
    reader_.read(10, out_, Presence::optional);
    reader_.read(11, other, Presence::optional);
    reader_.read(12, value, Presence::optional);
    return reader_.ok();
  }
  void tars_write_json(tarsier::tars::JsonWriter& json_) const {
    json_.write("int_", int_);
    json_.write("class", class_);
    json_.write("template", template__);
    json_.write("Color", Color);
    json_.write("second", second);
    json_.write("self", self);
    json_.write("visit", visit);
    json_.write("writer", writer);
    json_.write("reader", reader);
    json_.write("json", json);
    json_.write("out_", out_);
    json_.write("other", other);
    json_.write("value", value);
  }
  bool tars_read_json(tarsier::tars::JsonReader& json_) {
    using Presence = tarsier::tars::Presence;
    Color = RED;
    second = RED;
    self = {};
    visit = {};
    writer = {};
    reader = {};
    json = {};
    out_ = {};
    other = {};
    value = {};
    json_.read("int_", int_, Presence::required);
    json_.read("class", class_, Presence::required);
    json_.read("template", template__, Presence::required);
    json_.read("Color", Color, Presence::optional);
    json_.read("second", second, Presence::optional);
    json_.read("self", self, Presence::optional);
    json_.read("visit", visit, Presence::optional);
    json_.read("writer", writer, Presence::optional);
    json_.read("reader", reader, Presence::optional);
    json_.read("json", json, Presence::optional);
    json_.read("out_", out_, Presence::optional);
    json_.read("other", other, Presence::optional);
    json_.read("value", value, Presence::optional);
    return json_.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const template_&) const = default;
  // By the key of the .tars file.
  bool operator<(const template_& other_) const {
    const auto mine = std::tie(class_, other);
    return mine < std::tie(other_.class_, other_.other);
  }
  friend std::ostream& operator<<(std::ostream& out, const template_& value_) {
    return out << value_.tars_print();
  }
};

// What Shapes.Empty carries: for every function its arguments and its result.
struct EmptyApi {
  static constexpr std::string_view tars_name = "Shapes.Empty";
};

// Calls a Shapes.Empty. Every function as coroutine, with a callback, as std::future, blocking and
// one-way: see client/proxy.h.
class EmptyClient : public tarsier::Proxy {
 public:
  using Api = EmptyApi;
  using tarsier::Proxy::Proxy;
};

// Serves Shapes.Empty with coroutines. Arguments and call outlive the task.
class EmptyServant : public tarsier::Servant {
 public:
  using Api = EmptyApi;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override { call.answer_no_function(); }
};

// Serves Shapes.Empty with plain functions, which must not block the loop.
class EmptySyncServant : public tarsier::Servant {
 public:
  using Api = EmptyApi;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override { call.answer_no_function(); }
};

// Serves Shapes.Empty with functions that answer later, from any thread.
class EmptyAsyncServant : public tarsier::Servant {
 public:
  using Api = EmptyApi;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override { call.answer_no_function(); }
};

// Paints.
// What Shapes.Painter carries: for every function its arguments and its result.
struct PainterApi {
  static constexpr std::string_view tars_name = "Shapes.Painter";

  struct nothingArguments {
    template <class Self, class Visit>
    static void tars_each(Self&, Visit&&) {}
    bool operator==(const nothingArguments&) const = default;
  };
  struct nothingResult {
    template <class Self, class Visit>
    static void tars_each(Self&, Visit&&) {}
    bool operator==(const nothingResult&) const = default;
  };

  struct countArguments {
    std::vector<std::int32_t> numbers{};
    std::map<std::string, Key> named{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "numbers", self.numbers);
      visit(2, "named", self.named);
    }
    bool operator==(const countArguments&) const = default;
  };
  struct countResult {
    std::int32_t ret{};
    std::int64_t total{};
    std::map<Key, std::vector<std::int8_t>> found{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(0, "tars_ret", self.ret);
      visit(3, "total", self.total);
      visit(4, "found", self.found);
    }
    bool operator==(const countResult&) const = default;
  };

  struct mixArguments {
    Color first = RED;
    Color second = RED;
    std::string key_{};
    bool fast{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "first", self.first);
      visit(2, "second", self.second);
      visit(3, "key_", self.key_);
      visit(4, "fast", self.fast);
    }
    bool operator==(const mixArguments&) const = default;
  };
  struct mixResult {
    Color ret = RED;
    Color other = RED;

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(0, "tars_ret", self.ret);
      visit(5, "other", self.other);
    }
    bool operator==(const mixResult&) const = default;
  };

  struct long_name_of_a_functionArguments {
    Sampler::Bag a_rather_long_parameter{};
    std::vector<Sampler::Point> another_one{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "a_rather_long_parameter", self.a_rather_long_parameter);
      visit(2, "another_one", self.another_one);
    }
    bool operator==(const long_name_of_a_functionArguments&) const = default;
  };
  struct long_name_of_a_functionResult {
    std::string ret{};
    Key k{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(0, "tars_ret", self.ret);
      visit(3, "k", self.k);
    }
    bool operator==(const long_name_of_a_functionResult&) const = default;
  };

  struct deleteArguments {
    std::int32_t options{};
    std::int32_t callback{};
    std::int32_t visit{};
    std::int32_t call{};
    std::int32_t reply{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit_) {
      visit_(1, "options", self.options);
      visit_(2, "callback", self.callback);
      visit_(3, "visit", self.visit);
      visit_(4, "call", self.call);
      visit_(5, "reply", self.reply);
    }
    bool operator==(const deleteArguments&) const = default;
  };
  struct deleteResult {
    std::vector<All> ret_{};
    std::int32_t ret{};
    std::string in{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(0, "tars_ret", self.ret_);
      visit(6, "ret", self.ret);
      visit(7, "in", self.in);
    }
    bool operator==(const deleteResult&) const = default;
  };

  struct KeyArguments {
    Key Key_{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "Key_", self.Key_);
    }
    bool operator==(const KeyArguments&) const = default;
  };
  struct KeyResult {
    Key other{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(2, "other", self.other);
    }
    bool operator==(const KeyResult&) const = default;
  };

  struct gridArguments {
    std::array<std::int32_t, 4> cells{};
    std::uint8_t level{};
    std::vector<std::int8_t> raw{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "cells", self.cells);
      visit(2, "level", self.level);
      visit(3, "raw", self.raw);
    }
    bool operator==(const gridArguments&) const = default;
  };
  struct gridResult {
    template <class Self, class Visit>
    static void tars_each(Self&, Visit&&) {}
    bool operator==(const gridResult&) const = default;
  };

  struct mix_Arguments {
    std::int32_t a{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "a", self.a);
    }
    bool operator==(const mix_Arguments&) const = default;
  };
  struct mix_Result {
    template <class Self, class Visit>
    static void tars_each(Self&, Visit&&) {}
    bool operator==(const mix_Result&) const = default;
  };
};

// Calls a Shapes.Painter. Every function as coroutine, with a callback, as std::future, blocking
// and one-way: see client/proxy.h.
class PainterClient : public tarsier::Proxy {
 public:
  using Api = PainterApi;
  using tarsier::Proxy::Proxy;

  // and gladly
  tarsier::Task<tarsier::Result<PainterApi::nothingResult>> nothing(
      const tarsier::CallOptions& options = {}) const {
    return tars_call<PainterApi::nothingResult>("nothing", options, [](auto&&) {});
  }
  void nothing_callback(
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::nothingResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<PainterApi::nothingResult>(
        "nothing", options, [](auto&&) {}, std::move(callback));
  }
  std::future<tarsier::Result<PainterApi::nothingResult>> nothing_future(
      const tarsier::CallOptions& options = {}) const {
    return tars_call_future<PainterApi::nothingResult>("nothing", options, [](auto&&) {});
  }
  tarsier::Result<PainterApi::nothingResult> nothing_blocking(
      const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<PainterApi::nothingResult>("nothing", options, [](auto&&) {});
  }
  void nothing_oneway(const tarsier::CallOptions& options = {}) const {
    tars_call_oneway("nothing", options, [](auto&&) {});
  }

  tarsier::Task<tarsier::Result<PainterApi::countResult>> count(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      const tarsier::CallOptions& options = {}) const {
    return tars_call<PainterApi::countResult>(
        "count", options,
        [&](auto&& visit) { visit(1, "numbers", numbers); visit(2, "named", named); });
  }
  void count_callback(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::countResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<PainterApi::countResult>(
        "count", options,
        [&](auto&& visit) { visit(1, "numbers", numbers); visit(2, "named", named); },
        std::move(callback));
  }
  std::future<tarsier::Result<PainterApi::countResult>> count_future(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      const tarsier::CallOptions& options = {}) const {
    return tars_call_future<PainterApi::countResult>(
        "count", options,
        [&](auto&& visit) { visit(1, "numbers", numbers); visit(2, "named", named); });
  }
  tarsier::Result<PainterApi::countResult> count_blocking(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<PainterApi::countResult>(
        "count", options,
        [&](auto&& visit) { visit(1, "numbers", numbers); visit(2, "named", named); });
  }
  void count_oneway(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      const tarsier::CallOptions& options = {}) const {
    tars_call_oneway(
        "count", options,
        [&](auto&& visit) { visit(1, "numbers", numbers); visit(2, "named", named); });
  }

  tarsier::Task<tarsier::Result<PainterApi::mixResult>> mix(
      Color first, Color second, const std::string& key_, bool fast,
      const tarsier::CallOptions& options = {}) const {
    return tars_call<PainterApi::mixResult>(
        "mix", options,
        [&](auto&& visit) { visit(1, "first", first); visit(2, "second", second); visit(3, "key_", key_); visit(4, "fast", fast); },
        key_);
  }
  void mix_callback(
      Color first, Color second, const std::string& key_, bool fast,
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::mixResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<PainterApi::mixResult>(
        "mix", options,
        [&](auto&& visit) { visit(1, "first", first); visit(2, "second", second); visit(3, "key_", key_); visit(4, "fast", fast); },
        std::move(callback), key_);
  }
  std::future<tarsier::Result<PainterApi::mixResult>> mix_future(
      Color first, Color second, const std::string& key_, bool fast,
      const tarsier::CallOptions& options = {}) const {
    return tars_call_future<PainterApi::mixResult>(
        "mix", options,
        [&](auto&& visit) { visit(1, "first", first); visit(2, "second", second); visit(3, "key_", key_); visit(4, "fast", fast); },
        key_);
  }
  tarsier::Result<PainterApi::mixResult> mix_blocking(
      Color first, Color second, const std::string& key_, bool fast,
      const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<PainterApi::mixResult>(
        "mix", options,
        [&](auto&& visit) { visit(1, "first", first); visit(2, "second", second); visit(3, "key_", key_); visit(4, "fast", fast); },
        key_);
  }
  void mix_oneway(
      Color first, Color second, const std::string& key_, bool fast,
      const tarsier::CallOptions& options = {}) const {
    tars_call_oneway(
        "mix", options,
        [&](auto&& visit) { visit(1, "first", first); visit(2, "second", second); visit(3, "key_", key_); visit(4, "fast", fast); },
        key_);
  }

  tarsier::Task<tarsier::Result<PainterApi::long_name_of_a_functionResult>> long_name_of_a_function(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      const tarsier::CallOptions& options = {}) const {
    return tars_call<PainterApi::long_name_of_a_functionResult>(
        "long_name_of_a_function", options,
        [&](auto&& visit) { visit(1, "a_rather_long_parameter", a_rather_long_parameter); visit(2, "another_one", another_one); });
  }
  void long_name_of_a_function_callback(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::long_name_of_a_functionResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<PainterApi::long_name_of_a_functionResult>(
        "long_name_of_a_function", options,
        [&](auto&& visit) { visit(1, "a_rather_long_parameter", a_rather_long_parameter); visit(2, "another_one", another_one); },
        std::move(callback));
  }
  std::future<tarsier::Result<PainterApi::long_name_of_a_functionResult>> long_name_of_a_function_future(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      const tarsier::CallOptions& options = {}) const {
    return tars_call_future<PainterApi::long_name_of_a_functionResult>(
        "long_name_of_a_function", options,
        [&](auto&& visit) { visit(1, "a_rather_long_parameter", a_rather_long_parameter); visit(2, "another_one", another_one); });
  }
  tarsier::Result<PainterApi::long_name_of_a_functionResult> long_name_of_a_function_blocking(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<PainterApi::long_name_of_a_functionResult>(
        "long_name_of_a_function", options,
        [&](auto&& visit) { visit(1, "a_rather_long_parameter", a_rather_long_parameter); visit(2, "another_one", another_one); });
  }
  void long_name_of_a_function_oneway(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      const tarsier::CallOptions& options = {}) const {
    tars_call_oneway(
        "long_name_of_a_function", options,
        [&](auto&& visit) { visit(1, "a_rather_long_parameter", a_rather_long_parameter); visit(2, "another_one", another_one); });
  }

  tarsier::Task<tarsier::Result<PainterApi::deleteResult>> delete_(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, const tarsier::CallOptions& options_ = {}) const {
    return tars_call<PainterApi::deleteResult>(
        "delete", options_,
        [&](auto&& visit_) { visit_(1, "options", options); visit_(2, "callback", callback); visit_(3, "visit", visit); visit_(4, "call", call); visit_(5, "reply", reply); });
  }
  void delete__callback(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply,
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::deleteResult>)> callback_,
      const tarsier::CallOptions& options_ = {}) const {
    tars_call_then<PainterApi::deleteResult>(
        "delete", options_,
        [&](auto&& visit_) { visit_(1, "options", options); visit_(2, "callback", callback); visit_(3, "visit", visit); visit_(4, "call", call); visit_(5, "reply", reply); },
        std::move(callback_));
  }
  std::future<tarsier::Result<PainterApi::deleteResult>> delete__future(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, const tarsier::CallOptions& options_ = {}) const {
    return tars_call_future<PainterApi::deleteResult>(
        "delete", options_,
        [&](auto&& visit_) { visit_(1, "options", options); visit_(2, "callback", callback); visit_(3, "visit", visit); visit_(4, "call", call); visit_(5, "reply", reply); });
  }
  tarsier::Result<PainterApi::deleteResult> delete__blocking(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, const tarsier::CallOptions& options_ = {}) const {
    return tars_call_blocking<PainterApi::deleteResult>(
        "delete", options_,
        [&](auto&& visit_) { visit_(1, "options", options); visit_(2, "callback", callback); visit_(3, "visit", visit); visit_(4, "call", call); visit_(5, "reply", reply); });
  }
  void delete__oneway(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, const tarsier::CallOptions& options_ = {}) const {
    tars_call_oneway(
        "delete", options_,
        [&](auto&& visit_) { visit_(1, "options", options); visit_(2, "callback", callback); visit_(3, "visit", visit); visit_(4, "call", call); visit_(5, "reply", reply); });
  }

  tarsier::Task<tarsier::Result<PainterApi::KeyResult>> Key(
      const Shapes::Key& Key_, const tarsier::CallOptions& options = {}) const {
    return tars_call<PainterApi::KeyResult>(
        "Key", options, [&](auto&& visit) { visit(1, "Key_", Key_); });
  }
  void Key_callback(
      const Shapes::Key& Key_,
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::KeyResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<PainterApi::KeyResult>(
        "Key", options, [&](auto&& visit) { visit(1, "Key_", Key_); }, std::move(callback));
  }
  std::future<tarsier::Result<PainterApi::KeyResult>> Key_future(
      const Shapes::Key& Key_, const tarsier::CallOptions& options = {}) const {
    return tars_call_future<PainterApi::KeyResult>(
        "Key", options, [&](auto&& visit) { visit(1, "Key_", Key_); });
  }
  tarsier::Result<PainterApi::KeyResult> Key_blocking(
      const Shapes::Key& Key_, const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<PainterApi::KeyResult>(
        "Key", options, [&](auto&& visit) { visit(1, "Key_", Key_); });
  }
  void Key_oneway(const Shapes::Key& Key_, const tarsier::CallOptions& options = {}) const {
    tars_call_oneway("Key", options, [&](auto&& visit) { visit(1, "Key_", Key_); });
  }

  tarsier::Task<tarsier::Result<PainterApi::gridResult>> grid(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw, const tarsier::CallOptions& options = {}) const {
    return tars_call<PainterApi::gridResult>(
        "grid", options,
        [&](auto&& visit) { visit(1, "cells", cells); visit(2, "level", level); visit(3, "raw", raw); });
  }
  void grid_callback(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw,
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::gridResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<PainterApi::gridResult>(
        "grid", options,
        [&](auto&& visit) { visit(1, "cells", cells); visit(2, "level", level); visit(3, "raw", raw); },
        std::move(callback));
  }
  std::future<tarsier::Result<PainterApi::gridResult>> grid_future(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw, const tarsier::CallOptions& options = {}) const {
    return tars_call_future<PainterApi::gridResult>(
        "grid", options,
        [&](auto&& visit) { visit(1, "cells", cells); visit(2, "level", level); visit(3, "raw", raw); });
  }
  tarsier::Result<PainterApi::gridResult> grid_blocking(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw, const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<PainterApi::gridResult>(
        "grid", options,
        [&](auto&& visit) { visit(1, "cells", cells); visit(2, "level", level); visit(3, "raw", raw); });
  }
  void grid_oneway(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw, const tarsier::CallOptions& options = {}) const {
    tars_call_oneway(
        "grid", options,
        [&](auto&& visit) { visit(1, "cells", cells); visit(2, "level", level); visit(3, "raw", raw); });
  }

  tarsier::Task<tarsier::Result<PainterApi::mix_Result>> mix_(
      std::int32_t a, const tarsier::CallOptions& options = {}) const {
    return tars_call<PainterApi::mix_Result>(
        "mix_", options, [&](auto&& visit) { visit(1, "a", a); });
  }
  void mix__callback(
      std::int32_t a,
      tarsier::UniqueFunction<void(tarsier::Result<PainterApi::mix_Result>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<PainterApi::mix_Result>(
        "mix_", options, [&](auto&& visit) { visit(1, "a", a); }, std::move(callback));
  }
  std::future<tarsier::Result<PainterApi::mix_Result>> mix__future(
      std::int32_t a, const tarsier::CallOptions& options = {}) const {
    return tars_call_future<PainterApi::mix_Result>(
        "mix_", options, [&](auto&& visit) { visit(1, "a", a); });
  }
  tarsier::Result<PainterApi::mix_Result> mix__blocking(
      std::int32_t a, const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<PainterApi::mix_Result>(
        "mix_", options, [&](auto&& visit) { visit(1, "a", a); });
  }
  void mix__oneway(std::int32_t a, const tarsier::CallOptions& options = {}) const {
    tars_call_oneway("mix_", options, [&](auto&& visit) { visit(1, "a", a); });
  }
};

// Serves Shapes.Painter with coroutines. Arguments and call outlive the task.
class PainterServant : public tarsier::Servant {
 public:
  using Api = PainterApi;

  // and gladly
  virtual tarsier::Task<tarsier::Result<PainterApi::nothingResult>> nothing(
      tarsier::ServerCall& call) = 0;
  virtual tarsier::Task<tarsier::Result<PainterApi::countResult>> count(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      tarsier::ServerCall& call) = 0;
  virtual tarsier::Task<tarsier::Result<PainterApi::mixResult>> mix(
      Color first, Color second, const std::string& key_, bool fast, tarsier::ServerCall& call) = 0;
  virtual tarsier::Task<tarsier::Result<PainterApi::long_name_of_a_functionResult>> long_name_of_a_function(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      tarsier::ServerCall& call) = 0;
  virtual tarsier::Task<tarsier::Result<PainterApi::deleteResult>> delete_(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, tarsier::ServerCall& call_) = 0;
  virtual tarsier::Task<tarsier::Result<PainterApi::KeyResult>> Key(
      const Shapes::Key& Key_, tarsier::ServerCall& call) = 0;
  virtual tarsier::Task<tarsier::Result<PainterApi::gridResult>> grid(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw, tarsier::ServerCall& call) = 0;
  virtual tarsier::Task<tarsier::Result<PainterApi::mix_Result>> mix_(
      std::int32_t a, tarsier::ServerCall& call) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
    const std::string_view function = call.function();
    switch (function.size()) {
      case 3:
        if (function == "mix") {
          const auto serve = [this](Api::mixArguments& in, tarsier::ServerCall& kept) {
            return mix(in.first, in.second, in.key_, in.fast, kept);
          };
          return tarsier::serve_coroutine<Api::mixArguments>(call, serve);
        }
        if (function == "Key") {
          const auto serve = [this](Api::KeyArguments& in, tarsier::ServerCall& kept) {
            return Key(in.Key_, kept);
          };
          return tarsier::serve_coroutine<Api::KeyArguments>(call, serve);
        }
        break;
      case 4:
        if (function == "grid") {
          const auto serve = [this](Api::gridArguments& in, tarsier::ServerCall& kept) {
            return grid(in.cells, in.level, in.raw, kept);
          };
          return tarsier::serve_coroutine<Api::gridArguments>(call, serve);
        }
        if (function == "mix_") {
          const auto serve = [this](Api::mix_Arguments& in, tarsier::ServerCall& kept) {
            return mix_(in.a, kept);
          };
          return tarsier::serve_coroutine<Api::mix_Arguments>(call, serve);
        }
        break;
      case 5:
        if (function == "count") {
          const auto serve = [this](Api::countArguments& in, tarsier::ServerCall& kept) {
            return count(in.numbers, in.named, kept);
          };
          return tarsier::serve_coroutine<Api::countArguments>(call, serve);
        }
        break;
      case 6:
        if (function == "delete") {
          const auto serve = [this](Api::deleteArguments& in, tarsier::ServerCall& kept) {
            return delete_(in.options, in.callback, in.visit, in.call, in.reply, kept);
          };
          return tarsier::serve_coroutine<Api::deleteArguments>(call, serve);
        }
        break;
      case 7:
        if (function == "nothing") {
          const auto serve = [this](Api::nothingArguments&, tarsier::ServerCall& kept) {
            return nothing(kept);
          };
          return tarsier::serve_coroutine<Api::nothingArguments>(call, serve);
        }
        break;
      case 23:
        if (function == "long_name_of_a_function") {
          const auto serve = [this](
              Api::long_name_of_a_functionArguments& in, tarsier::ServerCall& kept) {
            return long_name_of_a_function(in.a_rather_long_parameter, in.another_one, kept);
          };
          return tarsier::serve_coroutine<Api::long_name_of_a_functionArguments>(call, serve);
        }
        break;
    }
    call.answer_no_function();
  }
};

// Serves Shapes.Painter with plain functions, which must not block the loop.
class PainterSyncServant : public tarsier::Servant {
 public:
  using Api = PainterApi;

  // and gladly
  virtual tarsier::Result<PainterApi::nothingResult> nothing(tarsier::ServerCall& call) = 0;
  virtual tarsier::Result<PainterApi::countResult> count(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      tarsier::ServerCall& call) = 0;
  virtual tarsier::Result<PainterApi::mixResult> mix(
      Color first, Color second, const std::string& key_, bool fast, tarsier::ServerCall& call) = 0;
  virtual tarsier::Result<PainterApi::long_name_of_a_functionResult> long_name_of_a_function(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      tarsier::ServerCall& call) = 0;
  virtual tarsier::Result<PainterApi::deleteResult> delete_(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, tarsier::ServerCall& call_) = 0;
  virtual tarsier::Result<PainterApi::KeyResult> Key(
      const Shapes::Key& Key_, tarsier::ServerCall& call) = 0;
  virtual tarsier::Result<PainterApi::gridResult> grid(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw, tarsier::ServerCall& call) = 0;
  virtual tarsier::Result<PainterApi::mix_Result> mix_(
      std::int32_t a, tarsier::ServerCall& call) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
    const std::string_view function = call.function();
    switch (function.size()) {
      case 3:
        if (function == "mix") {
          const auto serve = [&](Api::mixArguments& in) {
            return mix(in.first, in.second, in.key_, in.fast, call);
          };
          return tarsier::serve_sync<Api::mixArguments>(call, serve);
        }
        if (function == "Key") {
          const auto serve = [&](Api::KeyArguments& in) {
            return Key(in.Key_, call);
          };
          return tarsier::serve_sync<Api::KeyArguments>(call, serve);
        }
        break;
      case 4:
        if (function == "grid") {
          const auto serve = [&](Api::gridArguments& in) {
            return grid(in.cells, in.level, in.raw, call);
          };
          return tarsier::serve_sync<Api::gridArguments>(call, serve);
        }
        if (function == "mix_") {
          const auto serve = [&](Api::mix_Arguments& in) {
            return mix_(in.a, call);
          };
          return tarsier::serve_sync<Api::mix_Arguments>(call, serve);
        }
        break;
      case 5:
        if (function == "count") {
          const auto serve = [&](Api::countArguments& in) {
            return count(in.numbers, in.named, call);
          };
          return tarsier::serve_sync<Api::countArguments>(call, serve);
        }
        break;
      case 6:
        if (function == "delete") {
          const auto serve = [&](Api::deleteArguments& in) {
            return delete_(in.options, in.callback, in.visit, in.call, in.reply, call);
          };
          return tarsier::serve_sync<Api::deleteArguments>(call, serve);
        }
        break;
      case 7:
        if (function == "nothing") {
          const auto serve = [&](Api::nothingArguments&) {
            return nothing(call);
          };
          return tarsier::serve_sync<Api::nothingArguments>(call, serve);
        }
        break;
      case 23:
        if (function == "long_name_of_a_function") {
          const auto serve = [&](Api::long_name_of_a_functionArguments& in) {
            return long_name_of_a_function(in.a_rather_long_parameter, in.another_one, call);
          };
          return tarsier::serve_sync<Api::long_name_of_a_functionArguments>(call, serve);
        }
        break;
    }
    call.answer_no_function();
  }
};

// Serves Shapes.Painter with functions that answer later, from any thread.
class PainterAsyncServant : public tarsier::Servant {
 public:
  using Api = PainterApi;

  // and gladly
  virtual void nothing(tarsier::Reply<PainterApi::nothingResult> reply) = 0;
  virtual void count(
      const std::vector<std::int32_t>& numbers, const std::map<std::string, Shapes::Key>& named,
      tarsier::Reply<PainterApi::countResult> reply) = 0;
  virtual void mix(
      Color first, Color second, const std::string& key_, bool fast,
      tarsier::Reply<PainterApi::mixResult> reply) = 0;
  virtual void long_name_of_a_function(
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      tarsier::Reply<PainterApi::long_name_of_a_functionResult> reply) = 0;
  virtual void delete_(
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, tarsier::Reply<PainterApi::deleteResult> reply_) = 0;
  virtual void Key(const Shapes::Key& Key_, tarsier::Reply<PainterApi::KeyResult> reply) = 0;
  virtual void grid(
      const std::array<std::int32_t, 4>& cells, std::uint8_t level,
      const std::vector<std::int8_t>& raw, tarsier::Reply<PainterApi::gridResult> reply) = 0;
  virtual void mix_(std::int32_t a, tarsier::Reply<PainterApi::mix_Result> reply) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
    const std::string_view function = call.function();
    switch (function.size()) {
      case 3:
        if (function == "mix") {
          const auto serve = [this](Api::mixArguments& in, tarsier::Reply<Api::mixResult> reply) {
            mix(in.first, in.second, in.key_, in.fast, std::move(reply));
          };
          return tarsier::serve_async<Api::mixArguments, Api::mixResult>(call, serve);
        }
        if (function == "Key") {
          const auto serve = [this](Api::KeyArguments& in, tarsier::Reply<Api::KeyResult> reply) {
            Key(in.Key_, std::move(reply));
          };
          return tarsier::serve_async<Api::KeyArguments, Api::KeyResult>(call, serve);
        }
        break;
      case 4:
        if (function == "grid") {
          const auto serve = [this](Api::gridArguments& in, tarsier::Reply<Api::gridResult> reply) {
            grid(in.cells, in.level, in.raw, std::move(reply));
          };
          return tarsier::serve_async<Api::gridArguments, Api::gridResult>(call, serve);
        }
        if (function == "mix_") {
          const auto serve = [this](Api::mix_Arguments& in, tarsier::Reply<Api::mix_Result> reply) {
            mix_(in.a, std::move(reply));
          };
          return tarsier::serve_async<Api::mix_Arguments, Api::mix_Result>(call, serve);
        }
        break;
      case 5:
        if (function == "count") {
          const auto serve = [this](
              Api::countArguments& in, tarsier::Reply<Api::countResult> reply) {
            count(in.numbers, in.named, std::move(reply));
          };
          return tarsier::serve_async<Api::countArguments, Api::countResult>(call, serve);
        }
        break;
      case 6:
        if (function == "delete") {
          const auto serve = [this](
              Api::deleteArguments& in, tarsier::Reply<Api::deleteResult> reply) {
            delete_(in.options, in.callback, in.visit, in.call, in.reply, std::move(reply));
          };
          return tarsier::serve_async<Api::deleteArguments, Api::deleteResult>(call, serve);
        }
        break;
      case 7:
        if (function == "nothing") {
          const auto serve = [this](
              Api::nothingArguments&, tarsier::Reply<Api::nothingResult> reply) {
            nothing(std::move(reply));
          };
          return tarsier::serve_async<Api::nothingArguments, Api::nothingResult>(call, serve);
        }
        break;
      case 23:
        if (function == "long_name_of_a_function") {
          const auto serve = [this](
              Api::long_name_of_a_functionArguments& in,
              tarsier::Reply<Api::long_name_of_a_functionResult> reply) {
            long_name_of_a_function(in.a_rather_long_parameter, in.another_one, std::move(reply));
          };
          return tarsier::serve_async<Api::long_name_of_a_functionArguments, Api::long_name_of_a_functionResult>(
              call, serve);
        }
        break;
    }
    call.answer_no_function();
  }
};

}  // namespace Shapes

namespace Other {

struct Shapes {
  ::Shapes::Key key_{};                   // 0 require
  std::vector<::Shapes::Color> colors{};  // 1 optional

  static constexpr std::string_view tars_name = "Other.Shapes";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "key_", self.key_);
    visit(1, "colors", self.colors);
  }
  void tars_write(tarsier::tars::Writer& writer) const {
    writer.write(0, key_);
    if (!colors.empty()) writer.write(1, colors);
  }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    colors.clear();
    reader.read(0, key_, Presence::required);
    reader.read(1, colors, Presence::optional);
    return reader.ok();
  }
  void tars_write_json(tarsier::tars::JsonWriter& json) const {
    json.write("key_", key_);
    json.write("colors", colors);
  }
  bool tars_read_json(tarsier::tars::JsonReader& json) {
    using Presence = tarsier::tars::Presence;
    colors.clear();
    json.read("key_", key_, Presence::required);
    json.read("colors", colors, Presence::optional);
    return json.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const Shapes&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Shapes& value) {
    return out << value.tars_print();
  }
};

// What Other.Copier carries: for every function its arguments and its result.
struct CopierApi {
  static constexpr std::string_view tars_name = "Other.Copier";

  struct copyArguments {
    Shapes what{};
    ::Shapes::Key by{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "what", self.what);
      visit(2, "by", self.by);
    }
    bool operator==(const copyArguments&) const = default;
  };
  struct copyResult {
    Shapes ret{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(0, "tars_ret", self.ret);
    }
    bool operator==(const copyResult&) const = default;
  };
};

// Calls a Other.Copier. Every function as coroutine, with a callback, as std::future, blocking and
// one-way: see client/proxy.h.
class CopierClient : public tarsier::Proxy {
 public:
  using Api = CopierApi;
  using tarsier::Proxy::Proxy;

  tarsier::Task<tarsier::Result<CopierApi::copyResult>> copy(
      const Shapes& what, const ::Shapes::Key& by, const tarsier::CallOptions& options = {}) const {
    return tars_call<CopierApi::copyResult>(
        "copy", options, [&](auto&& visit) { visit(1, "what", what); visit(2, "by", by); });
  }
  void copy_callback(
      const Shapes& what, const ::Shapes::Key& by,
      tarsier::UniqueFunction<void(tarsier::Result<CopierApi::copyResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<CopierApi::copyResult>(
        "copy", options, [&](auto&& visit) { visit(1, "what", what); visit(2, "by", by); },
        std::move(callback));
  }
  std::future<tarsier::Result<CopierApi::copyResult>> copy_future(
      const Shapes& what, const ::Shapes::Key& by, const tarsier::CallOptions& options = {}) const {
    return tars_call_future<CopierApi::copyResult>(
        "copy", options, [&](auto&& visit) { visit(1, "what", what); visit(2, "by", by); });
  }
  tarsier::Result<CopierApi::copyResult> copy_blocking(
      const Shapes& what, const ::Shapes::Key& by, const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<CopierApi::copyResult>(
        "copy", options, [&](auto&& visit) { visit(1, "what", what); visit(2, "by", by); });
  }
  void copy_oneway(
      const Shapes& what, const ::Shapes::Key& by, const tarsier::CallOptions& options = {}) const {
    tars_call_oneway(
        "copy", options, [&](auto&& visit) { visit(1, "what", what); visit(2, "by", by); });
  }
};

// Serves Other.Copier with coroutines. Arguments and call outlive the task.
class CopierServant : public tarsier::Servant {
 public:
  using Api = CopierApi;

  virtual tarsier::Task<tarsier::Result<CopierApi::copyResult>> copy(
      const Shapes& what, const ::Shapes::Key& by, tarsier::ServerCall& call) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
    const std::string_view function = call.function();
    switch (function.size()) {
      case 4:
        if (function == "copy") {
          const auto serve = [this](Api::copyArguments& in, tarsier::ServerCall& kept) {
            return copy(in.what, in.by, kept);
          };
          return tarsier::serve_coroutine<Api::copyArguments>(call, serve);
        }
        break;
    }
    call.answer_no_function();
  }
};

// Serves Other.Copier with plain functions, which must not block the loop.
class CopierSyncServant : public tarsier::Servant {
 public:
  using Api = CopierApi;

  virtual tarsier::Result<CopierApi::copyResult> copy(
      const Shapes& what, const ::Shapes::Key& by, tarsier::ServerCall& call) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
    const std::string_view function = call.function();
    switch (function.size()) {
      case 4:
        if (function == "copy") {
          const auto serve = [&](Api::copyArguments& in) {
            return copy(in.what, in.by, call);
          };
          return tarsier::serve_sync<Api::copyArguments>(call, serve);
        }
        break;
    }
    call.answer_no_function();
  }
};

// Serves Other.Copier with functions that answer later, from any thread.
class CopierAsyncServant : public tarsier::Servant {
 public:
  using Api = CopierApi;

  virtual void copy(
      const Shapes& what, const ::Shapes::Key& by, tarsier::Reply<CopierApi::copyResult> reply) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
    const std::string_view function = call.function();
    switch (function.size()) {
      case 4:
        if (function == "copy") {
          const auto serve = [this](Api::copyArguments& in, tarsier::Reply<Api::copyResult> reply) {
            copy(in.what, in.by, std::move(reply));
          };
          return tarsier::serve_async<Api::copyArguments, Api::copyResult>(call, serve);
        }
        break;
    }
    call.answer_no_function();
  }
};

}  // namespace Other

template <>
struct std::hash<Shapes::Key> {
  std::size_t operator()(const Shapes::Key& value) const {
    return tarsier::tars::hash_value(value);
  }
};

template <>
struct std::hash<Shapes::Node> {
  std::size_t operator()(const Shapes::Node& value) const {
    return tarsier::tars::hash_value(value);
  }
};

template <>
struct std::hash<Shapes::All> {
  std::size_t operator()(const Shapes::All& value) const {
    return tarsier::tars::hash_value(value);
  }
};

template <>
struct std::hash<Shapes::template_> {
  std::size_t operator()(const Shapes::template_& value) const {
    return tarsier::tars::hash_value(value);
  }
};

template <>
struct std::hash<Other::Shapes> {
  std::size_t operator()(const Other::Shapes& value) const {
    return tarsier::tars::hash_value(value);
  }
};
