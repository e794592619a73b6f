// Made by tars2cpp from Sampler.tars. Change that file instead of this one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "protocol/tars/reader.h"
#include "protocol/tars/value.h"
#include "protocol/tars/writer.h"

namespace Sampler {

enum Level : std::int32_t {
  LOW = 1,
  MID = 2,
  HIGH = 100,
  UNDER = -7,
};

// The name of the enumerator, empty for a number that has none.
constexpr std::string_view to_string(Level value) {
  switch (value) {
    case LOW: return "LOW";
    case MID: return "MID";
    case HIGH: return "HIGH";
    case UNDER: return "UNDER";
  }
  return {};
}
// Sets the enumerator of that name; false when there is none.
constexpr bool from_string(std::string_view text, Level& value) {
  if (text == "LOW") return value = LOW, true;
  if (text == "MID") return value = MID, true;
  if (text == "HIGH") return value = HIGH, true;
  if (text == "UNDER") return value = UNDER, true;
  return false;
}

struct Point {
  std::int32_t x{};     // 0 require
  std::int32_t y = 3;   // 1 require
  std::string label{};  // 2 optional

  static constexpr std::string_view tars_name = "Sampler.Point";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "x", self.x);
    visit(1, "y", self.y);
    visit(2, "label", self.label);
  }
  void tars_write(tarsier::tars::Writer& writer) const {
    writer.write(0, x);
    writer.write(1, y);
    writer.write(2, label);
  }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    label.clear();
    reader.read(0, x, Presence::required);
    reader.read(1, y, Presence::required);
    reader.read(2, label, Presence::optional);
    return reader.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const Point&) const = default;
  // By the key of the .tars file.
  bool operator<(const Point& other) const {
    const auto mine = std::tie(x, y);
    return mine < std::tie(other.x, other.y);
  }
  friend std::ostream& operator<<(std::ostream& out, const Point& value) {
    return out << value.tars_print();
  }
};

struct Bag {
  bool flag = true;                               // 0 optional
  std::int8_t tiny{};                             // 1 optional
  std::int16_t little = -5;                       // 2 optional
  std::int32_t number = 12;                       // 3 optional
  std::int64_t big{};                             // 4 optional
  float ratio{};                                  // 5 optional
  double exact = 2.5;                             // 6 optional
  std::string text = "x";                         // 7 optional
  std::uint8_t u8{};                              // 8 optional
  std::uint16_t u16{};                            // 9 optional
  std::uint32_t u32 = 77;                         // 10 optional
  std::vector<std::int8_t> blob{};                // 11 optional
  std::vector<std::int32_t> ints{};               // 12 optional
  std::vector<std::string> words{};               // 13 optional
  std::map<std::string, std::int32_t> counts{};   // 14 optional
  Point origin{};                                 // 15 optional
  std::vector<Point> path{};                      // 16 optional
  std::map<std::int32_t, Point> places{};         // 17 optional
  Level level = MID;                              // 18 optional
  std::vector<std::vector<std::int8_t>> blobs{};  // 19 optional
  std::map<std::string, std::vector<std::int64_t>> series{};  // 20 optional
  std::vector<std::uint16_t> ports{};             // 100 optional
  std::string tail = "";                          // 254 optional

  static constexpr std::string_view tars_name = "Sampler.Bag";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "flag", self.flag);
    visit(1, "tiny", self.tiny);
    visit(2, "little", self.little);
    visit(3, "number", self.number);
    visit(4, "big", self.big);
    visit(5, "ratio", self.ratio);
    visit(6, "exact", self.exact);
    visit(7, "text", self.text);
    visit(8, "u8", self.u8);
    visit(9, "u16", self.u16);
    visit(10, "u32", self.u32);
    visit(11, "blob", self.blob);
    visit(12, "ints", self.ints);
    visit(13, "words", self.words);
    visit(14, "counts", self.counts);
    visit(15, "origin", self.origin);
    visit(16, "path", self.path);
    visit(17, "places", self.places);
    visit(18, "level", self.level);
    visit(19, "blobs", self.blobs);
    visit(20, "series", self.series);
    visit(100, "ports", self.ports);
    visit(254, "tail", self.tail);
  }
  void tars_write(tarsier::tars::Writer& writer) const {
    writer.write(0, flag);
    writer.write(1, tiny);
    writer.write(2, little);
    writer.write(3, number);
    writer.write(4, big);
    writer.write(5, ratio);
    writer.write(6, exact);
    writer.write(7, text);
    writer.write(8, u8);
    writer.write(9, u16);
    writer.write(10, u32);
    writer.write(11, blob);
    writer.write(12, ints);
    writer.write(13, words);
    writer.write(14, counts);
    writer.write(15, origin);
    writer.write(16, path);
    writer.write(17, places);
    writer.write(18, level);
    writer.write(19, blobs);
    writer.write(20, series);
    writer.write(100, ports);
    writer.write(254, tail);
  }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    flag = true;
    tiny = {};
    little = -5;
    number = 12;
    big = {};
    ratio = {};
    exact = 2.5;
    text = "x";
    u8 = {};
    u16 = {};
    u32 = 77;
    blob.clear();
    ints.clear();
    words.clear();
    counts.clear();
    origin = {};
    path.clear();
    places.clear();
    level = MID;
    blobs.clear();
    series.clear();
    ports.clear();
    tail = "";
    reader.read(0, flag, Presence::optional);
    reader.read(1, tiny, Presence::optional);
    reader.read(2, little, Presence::optional);
    reader.read(3, number, Presence::optional);
    reader.read(4, big, Presence::optional);
    reader.read(5, ratio, Presence::optional);
    reader.read(6, exact, Presence::optional);
    reader.read(7, text, Presence::optional);
    reader.read(8, u8, Presence::optional);
    reader.read(9, u16, Presence::optional);
    reader.read(10, u32, Presence::optional);
    reader.read(11, blob, Presence::optional);
    reader.read(12, ints, Presence::optional);
    reader.read(13, words, Presence::optional);
    reader.read(14, counts, Presence::optional);
    reader.read(15, origin, Presence::optional);
    reader.read(16, path, Presence::optional);
    reader.read(17, places, Presence::optional);
    reader.read(18, level, Presence::optional);
    reader.read(19, blobs, Presence::optional);
    reader.read(20, series, Presence::optional);
    reader.read(100, ports, Presence::optional);
    reader.read(254, tail, Presence::optional);
    return reader.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const Bag&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Bag& value) {
    return out << value.tars_print();
  }
};

}  // namespace Sampler

template <>
struct std::hash<Sampler::Point> {
  std::size_t operator()(const Sampler::Point& value) const {
    return tarsier::tars::hash_value(value);
  }
};

template <>
struct std::hash<Sampler::Bag> {
  std::size_t operator()(const Sampler::Bag& value) const {
    return tarsier::tars::hash_value(value);
  }
};
