#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocol/tars/json_body.h"
#include "protocol/tars/reader.h"
#include "protocol/tars/writer.h"

// testdata/Sampler.tars by hand, as the IDL compiler would write it: what the tests of the codec
// and its fuzz targets encode and decode. Not installed.
namespace Sampler {

using tarsier::tars::JsonReader;
using tarsier::tars::JsonWriter;
using tarsier::tars::omits;
using tarsier::tars::Presence;
using tarsier::tars::Reader;
using tarsier::tars::Writer;

enum Level : std::int32_t { LOW = 1, MID = 2, HIGH = 100, UNDER = -7 };

struct Point {
  static constexpr std::string_view tars_name = "Sampler.Point";

  std::int32_t x = 0;
  std::int32_t y = 3;
  std::string label;

  void tars_write(Writer& w) const {
    w.write(0, x);
    w.write(1, y);
    if (!omits(label, "")) w.write(2, label);
  }
  bool tars_read(Reader& r) {
    *this = {};
    r.read(0, x, Presence::required);
    r.read(1, y, Presence::required);
    r.read(2, label, Presence::optional);
    return r.ok();
  }
  void tars_write_json(JsonWriter& w) const {
    w.write("x", x);
    w.write("y", y);
    w.write("label", label);
  }
  bool tars_read_json(JsonReader& r) {
    *this = {};
    r.read("x", x, Presence::required);
    r.read("y", y, Presence::required);
    r.read("label", label, Presence::optional);
    return r.ok();
  }
  bool operator==(const Point&) const = default;
};

struct Bag {
  static constexpr std::string_view tars_name = "Sampler.Bag";

  bool flag = true;
  std::int8_t tiny = 0;
  std::int16_t little = -5;
  std::int32_t number = 12;
  std::int64_t big = 0;
  float ratio = 0;
  double exact = 2.5;
  std::string text = "x";
  std::uint8_t u8 = 0;
  std::uint16_t u16 = 0;
  std::uint32_t u32 = 77;
  std::vector<std::int8_t> blob;
  std::vector<std::int32_t> ints;
  std::vector<std::string> words;
  std::map<std::string, std::int32_t> counts;
  Point origin;
  std::vector<Point> path;
  std::map<std::int32_t, Point> places;
  Level level = MID;
  std::vector<std::vector<std::int8_t>> blobs;
  std::map<std::string, std::vector<std::int64_t>> series;
  std::vector<std::uint16_t> ports;
  std::string tail;

  void tars_write(Writer& w) const {
    w.write(0, flag);
    if (!omits(tiny, 0)) w.write(1, tiny);
    if (!omits(little, -5)) w.write(2, little);
    if (!omits(number, 12)) w.write(3, number);
    if (!omits(big, 0)) w.write(4, big);
    if (!omits(ratio, 0)) w.write(5, ratio);
    if (!omits(exact, 2.5)) w.write(6, exact);
    if (!omits(text, "x")) w.write(7, text);
    if (!omits(u8, 0)) w.write(8, u8);
    if (!omits(u16, 0)) w.write(9, u16);
    if (!omits(u32, 77)) w.write(10, u32);
    if (!blob.empty()) w.write(11, blob);
    if (!ints.empty()) w.write(12, ints);
    if (!words.empty()) w.write(13, words);
    if (!counts.empty()) w.write(14, counts);
    w.write(15, origin);
    if (!path.empty()) w.write(16, path);
    if (!places.empty()) w.write(17, places);
    w.write(18, level);
    if (!blobs.empty()) w.write(19, blobs);
    if (!series.empty()) w.write(20, series);
    if (!ports.empty()) w.write(100, ports);
    if (!omits(tail, "")) w.write(254, tail);
  }
  bool tars_read(Reader& r) {
    *this = {};
    r.read(0, flag, Presence::optional);
    r.read(1, tiny, Presence::optional);
    r.read(2, little, Presence::optional);
    r.read(3, number, Presence::optional);
    r.read(4, big, Presence::optional);
    r.read(5, ratio, Presence::optional);
    r.read(6, exact, Presence::optional);
    r.read(7, text, Presence::optional);
    r.read(8, u8, Presence::optional);
    r.read(9, u16, Presence::optional);
    r.read(10, u32, Presence::optional);
    r.read(11, blob, Presence::optional);
    r.read(12, ints, Presence::optional);
    r.read(13, words, Presence::optional);
    r.read(14, counts, Presence::optional);
    r.read(15, origin, Presence::optional);
    r.read(16, path, Presence::optional);
    r.read(17, places, Presence::optional);
    r.read(18, level, Presence::optional);
    r.read(19, blobs, Presence::optional);
    r.read(20, series, Presence::optional);
    r.read(100, ports, Presence::optional);
    r.read(254, tail, Presence::optional);
    return r.ok();
  }
  void tars_write_json(JsonWriter& w) const {
    w.write("flag", flag);
    w.write("tiny", tiny);
    w.write("little", little);
    w.write("number", number);
    w.write("big", big);
    w.write("ratio", ratio);
    w.write("exact", exact);
    w.write("text", text);
    w.write("u8", u8);
    w.write("u16", u16);
    w.write("u32", u32);
    w.write("blob", blob);
    w.write("ints", ints);
    w.write("words", words);
    w.write("counts", counts);
    w.write("origin", origin);
    w.write("path", path);
    w.write("places", places);
    w.write("level", level);
    w.write("blobs", blobs);
    w.write("series", series);
    w.write("ports", ports);
    w.write("tail", tail);
  }
  bool tars_read_json(JsonReader& r) {
    *this = {};
    r.read("flag", flag, Presence::optional);
    r.read("tiny", tiny, Presence::optional);
    r.read("little", little, Presence::optional);
    r.read("number", number, Presence::optional);
    r.read("big", big, Presence::optional);
    r.read("ratio", ratio, Presence::optional);
    r.read("exact", exact, Presence::optional);
    r.read("text", text, Presence::optional);
    r.read("u8", u8, Presence::optional);
    r.read("u16", u16, Presence::optional);
    r.read("u32", u32, Presence::optional);
    r.read("blob", blob, Presence::optional);
    r.read("ints", ints, Presence::optional);
    r.read("words", words, Presence::optional);
    r.read("counts", counts, Presence::optional);
    r.read("origin", origin, Presence::optional);
    r.read("path", path, Presence::optional);
    r.read("places", places, Presence::optional);
    r.read("level", level, Presence::optional);
    r.read("blobs", blobs, Presence::optional);
    r.read("series", series, Presence::optional);
    r.read("ports", ports, Presence::optional);
    r.read("tail", tail, Presence::optional);
    return r.ok();
  }
  bool operator==(const Bag&) const = default;
};

}  // namespace Sampler
