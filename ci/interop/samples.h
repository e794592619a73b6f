#pragma once

#include <cstdint>
#include <numeric>
#include <string>

#include "Interop.h"

// The values that every peer program sends; the same ones stand in go/probe/probe.go and
// node/types.js.
namespace interop {

inline constexpr const char* object_name = "Interop.ProbeServer.ProbeObj";

inline Interop::Scalars extreme() {
  Interop::Scalars value;
  value.flag = true;
  value.tiny = -128;
  value.little = -32768;
  value.medium = INT32_MIN;
  value.big = -4503599627370496;  // the ends of int64 are beyond the integers of JavaScript
  value.single = 1.5F;
  value.precise = -2.25e300;
  value.text = "Tarsier grüßt 你好";
  value.utiny = 255;
  value.ulittle = 65535;
  value.umedium = 4294967295;
  value.colour = Interop::green;
  value.number = 8;
  value.word = "";
  value.far = 4611686018427387904;
  return value;
}

inline Interop::Scalars usual() {
  Interop::Scalars value;
  value.tiny = 1;
  value.little = 300;
  value.medium = 70000;
  value.big = std::int64_t{1} << 40;
  value.single = -0.25F;
  value.precise = 0.1;
  value.text = "x";
  value.utiny = 128;
  value.ulittle = 32768;
  value.umedium = 2147483648;
  value.colour = Interop::blue;
  return value;
}

inline std::int64_t sum(const Interop::Scalars& value) {
  return (value.flag ? 1 : 0) + value.tiny + value.little + std::int64_t{value.medium} + value.big +
         value.utiny + value.ulittle + std::int64_t{value.umedium} + std::int64_t{value.colour};
}

inline Interop::Leaf leaf(std::int32_t id, std::string name, std::int32_t x, std::int32_t y) {
  Interop::Leaf leaf;
  leaf.id = id;
  leaf.name = std::move(name);
  leaf.place.x = x;
  leaf.place.y = y;
  return leaf;
}

inline Interop::Point point(std::int32_t x, std::int32_t y) {
  Interop::Point point;
  point.x = x;
  point.y = y;
  return point;
}

inline Interop::Nested nested() {
  Interop::Nested value;
  value.scalars = extreme();
  value.blob = {0, 1, -1, 127, -128};
  value.numbers = {0, 127, 128, -32769, 70000};
  value.words = {"", "a", "zwölf"};
  value.flags = {true, false, true};
  value.ratios = {0, -1.5, 1e100};
  value.leaves = {leaf(1, "one", 1, -1), leaf(2, "", 0, 0)};
  value.grid = {{}, {1}, {2, 3}};
  value.counts = {{"", 0}, {"k", 1}};
  value.names = {{-1, "minus"}, {65536, "big"}};
  value.groups = {{"g", {"a", "b"}}, {"empty", {}}};
  value.table = {{"t", leaf(3, "three", 3, 3)}};
  value.deep = {{"d", {{1, 2}, {3, std::int64_t{1} << 40}}}};
  value.rows = {{{"a", "b"}}, {}};
  value.places = {{point(1, 2), "here"}, {point(-1, 0), "there"}};
  value.colours = {Interop::red, Interop::blue};
  value.maybe = leaf(9, "maybe", 0, 5);
  value.extra = {std::int64_t{1} << 50, -1};
  value.blobs = {{"b", {1, 2, 3}}};
  value.ubytes = {0, 127, 128, 255};
  return value;
}

inline Interop::Mixed mixed() {
  Interop::Mixed value;
  value.shorts = {0, -129, 32767};
  value.floats = {0, 1.5F, -0.25F};
  value.ushorts = {0, 32768, 65535};
  value.uints = {0, 2147483648, 4294967295};
  value.blobs = {{}, {1, -1}};
  value.groves = {{}, {leaf(1, "one", 1, -1), leaf(2, "", 0, 0)}};
  value.ratios = {{-1, 0.5}, {std::int64_t{1} << 40, -1e100}};
  value.flags = {{-128, true}, {127, false}};
  value.names = {{-300, "minus"}, {300, "plus"}};
  value.leaves = {{Interop::red, leaf(3, "three", 3, 3)}, {Interop::blue, leaf(4, "", 0, 4)}};
  value.shares = {{1, 0.5F}, {4294967295, 1.5F}};
  value.woods = {{"w", {{"empty", {}}, {"g", {leaf(5, "five", 5, 5)}}}}};
  value.rows = {{}, {{-1, {"a", ""}}}};
  value.notes = {{"k", "v"}};
  return value;
}

inline Interop::Fixed fixed() {
  Interop::Fixed value;
  value.four = {1, -2, 300, 70000};
  value.raw = {1, 0, -1};
  value.words = {"a", ""};
  value.leaves = {leaf(1, "one", 1, -1), leaf(0, "", 0, 0)};
  value.small = {200, 255};
  value.pair = {0.5, -1};
  value.code = {'c', 'o', 'd', 'e'};
  value.three = {1, 300, -3};
  value.rest = {9, 8};
  return value;
}
inline std::int32_t sum(const Interop::Fixed& value) {
  return std::accumulate(value.four.begin(), value.four.end(), 0);
}

inline std::string news_text(std::int32_t number) { return "news " + std::to_string(number); }

}  // namespace interop
