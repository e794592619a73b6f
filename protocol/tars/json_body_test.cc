#include "protocol/tars/json_body.h"

#include <gtest/gtest.h>

#include <cmath>

#include "protocol/tars/codec_testing.h"
#include "protocol/tars/sampler_testing.h"

namespace tarsier::tars {
namespace {

using Sampler::Bag;
using Sampler::Point;

template <class T>
std::string refusal(std::string_view text, const DecodeOptions& options = {}) {
  T value{};
  const auto result = from_json(text, value, options);
  return result.ok() ? "" : result.error().to_string();
}
template <class T>
T parsed(std::string_view text) {
  T value{};
  const auto result = from_json(text, value);
  EXPECT_TRUE(result.ok()) << text << ": " << result.error().to_string();
  return value;
}

TEST(JsonBody, WritesEveryMember) {
  EXPECT_EQ(to_json(Point{1, 2, "z"}), R"({"x":1,"y":2,"label":"z"})");
  EXPECT_EQ(to_json(Bag{}),
            R"({"flag":true,"tiny":0,"little":-5,"number":12,"big":0,"ratio":0,"exact":2.5,)"
            R"("text":"x","u8":0,"u16":0,"u32":77,"blob":[],"ints":[],"words":[],"counts":{},)"
            R"("origin":{"x":0,"y":3,"label":""},"path":[],"places":{},"level":2,"blobs":[],)"
            R"("series":{},"ports":[],"tail":""})");
}

// The same value by both ways: the bytes of upstream and its JSON.
TEST(JsonBody, AgreesWithUpstreamOnEveryStruct) {
  const auto check = [](auto from_bytes, auto from_text, const auto& row) {
    const auto bytes = testing::from_hex(row[1]);
    Reader reader(bytes);
    ASSERT_TRUE(from_bytes.tars_read(reader));
    const auto result = from_json(row[2], from_text);
    ASSERT_TRUE(result.ok()) << result.error().to_string();
    EXPECT_EQ(from_bytes, from_text) << row[2];
    decltype(from_text) again;
    ASSERT_TRUE(from_json(to_json(from_bytes), again).ok());
    EXPECT_EQ(from_bytes, again);
  };
  for (const auto& row : testing::vectors_of("structs.tsv")) {
    if (row[0] == "Point") check(Point{}, Point{}, row);
    if (row[0] == "Bag") check(Bag{}, Bag{}, row);
  }
}

TEST(JsonBody, ReadsMembersInAnyOrderAndTheLastOfRepeatedOnes) {
  EXPECT_EQ(parsed<Point>(R"({"label":"l","y":1,"x":7,"y":2,"new":[{}]})"), (Point{7, 2, "l"}));
  EXPECT_EQ(parsed<Point>(R"({"x":1,"y":2,"label":null})"), (Point{1, 2, ""}));
  std::string large = "{";
  for (int i = 0; i < 40; ++i) large += "\"m" + std::to_string(i) + "\":0,";
  EXPECT_EQ(parsed<Point>(large + R"("x":1,"y":2,"x":5})"), (Point{5, 2, ""}));
}

// TarsGo writes a slice or a map that nobody made as null.
TEST(JsonBody, TakesNullForAnEmptyContainer) {
  using Lists = std::map<std::string, std::vector<std::int32_t>>;
  EXPECT_EQ(parsed<Lists>(R"({"a":[1],"b":null})"), (Lists{{"a", {1}}, {"b", {}}}));
  EXPECT_EQ(parsed<std::vector<Lists>>("[null]"), std::vector<Lists>(1));
  const std::string_view text = R"({"list":null,"map":null})";
  const auto body = JsonBody::parse(as_bytes(text));
  std::vector<std::int32_t> list = {1};
  Lists map = {{"a", {}}};
  EXPECT_TRUE((*body)->reader().read("list", list, Presence::required));
  EXPECT_TRUE((*body)->reader().read("map", map, Presence::required));
  EXPECT_TRUE(list.empty() && map.empty());
}

TEST(JsonBody, NamesWhatItRefuses) {
  EXPECT_EQ(refusal<Point>(R"({"x":1})"),
            "malformed (15): a required member is missing (member 'y')");
  EXPECT_EQ(refusal<Point>(R"({"x":1,"y":null})"),
            "malformed (15): a required member is missing (member 'y')");
  EXPECT_EQ(refusal<Point>(R"({"x":2147483648,"y":1})"),
            "malformed (15): a value is not of the declared type or out of its range (member 'x')");
  for (const std::string_view text :
       {R"([])", R"({"tiny":128})", R"({"u8":-1})", R"({"flag":1})", R"({"text":5})",
        R"({"exact":"5"})", R"({"blob":"x"})", R"({"ints":[1,"2"]})", R"({"counts":[]})",
        R"({"counts":{"a":null}})", R"({"places":{"x":{"x":1,"y":2}}})", R"({"origin":[]})",
        R"({"level":"LOW"})", R"({"ratio":1e39})", R"({"big":1e19})", R"({"text":"\ud800"})"})
    EXPECT_NE(refusal<Bag>(text), "") << text;
}

TEST(JsonBody, KeepsNumbersThatUpstreamLoses) {
  EXPECT_EQ(parsed<Bag>(R"({"exact":1e-7})").exact, 1e-7);
  EXPECT_NE(to_json(parsed<Bag>(R"({"exact":1e-7})")).find(R"("exact":1e-07)"), std::string::npos);
  EXPECT_TRUE(std::isnan(parsed<Bag>(R"({"ratio":null})").ratio));
  EXPECT_EQ(parsed<Bag>(R"({"big":9223372036854775807})").big, INT64_MAX);
}

TEST(JsonBody, WritesMapKeysAsStrings) {
  const std::map<std::int32_t, std::map<bool, std::map<Sampler::Level, double>>> map{
      {-5, {{true, {{Sampler::HIGH, 0.5}}}, {false, {}}}}};
  const std::string text = R"({"-5":{"false":{},"true":{"100":0.5}}})";
  EXPECT_EQ(to_json(map), text);
  EXPECT_EQ((parsed<std::remove_const_t<decltype(map)>>(text)), map);
  EXPECT_EQ((parsed<std::map<bool, bool>>(R"({"1":true})")), (std::map<bool, bool>{{true, true}}));
  EXPECT_NE((refusal<std::map<bool, bool>>(R"({"2":true})")), "");
  EXPECT_NE((refusal<std::map<Sampler::Level, bool>>(R"({"x":true})")), "");
  EXPECT_NE((refusal<std::map<std::int8_t, bool>>(R"({"300":true})")), "");
  EXPECT_EQ(
      (parsed<std::map<std::string, bool>>(R"({"a long key, beyond fifteen":true,"a":false})"))
          .size(),
      2u);
}

struct ByX {
  bool operator()(const Point& a, const Point& b) const { return a.x < b.x; }
};

TEST(JsonBody, WritesStructKeysAsTheirText) {
  const std::map<Point, std::int32_t, ByX> map{{{1, 2, "k"}, 9}};
  const std::string text = R"({"{\"x\":1,\"y\":2,\"label\":\"k\"}":9})";
  EXPECT_EQ(to_json(map), text);
  EXPECT_EQ((parsed<std::map<Point, std::int32_t, ByX>>(text)), map);
  EXPECT_NE((refusal<std::map<Point, std::int32_t, ByX>>(R"({"{":9})")), "");
  EXPECT_NE((refusal<std::map<Point, std::int32_t, ByX>>(R"({"{}":9})")), "");
}

TEST(JsonBody, WritesByteArraysAsStrings) {
  using Bytes4 = std::array<std::int8_t, 4>;
  EXPECT_EQ(to_json(Bytes4{'a', 'b', 0, 0}), R"("ab")");
  EXPECT_EQ(to_json(Bytes4{0, -1, 127, -128}), "\"\\u0000\xc3\xbf\x7f\xc2\x80\"");
  EXPECT_EQ(parsed<Bytes4>("\"\\u0000\xc3\xbf\x7f\xc2\x80\""), (Bytes4{0, -1, 127, -128}));
  EXPECT_EQ(parsed<Bytes4>(R"("ab")"), (Bytes4{'a', 'b', 0, 0}));
  EXPECT_EQ(parsed<Bytes4>(R"([1,2])"), (Bytes4{1, 2, 0, 0}));
  EXPECT_NE(refusal<Bytes4>(R"("abcde")"), "");
  EXPECT_NE(refusal<Bytes4>("\"\xe2\x82\xac\""), "");
  EXPECT_NE(refusal<Bytes4>(R"([1,2,3,4,5])"), "");
  EXPECT_NE(refusal<Bytes4>(R"(5)"), "");
  using Two = std::array<double, 2>;
  EXPECT_EQ(to_json(Two{1.5, 0}), "[1.5,0]");
  EXPECT_EQ(parsed<Two>("[1]"), (Two{1, 0}));
  EXPECT_EQ(parsed<std::vector<bool>>("[true,false]"), (std::vector<bool>{true, false}));
  EXPECT_NE(refusal<std::vector<bool>>("[true,0]"), "");
}

TEST(JsonBody, ChargesAllocationsAgainstTheTextSize) {
  const DecodeOptions tight{.overhead_bytes = 0, .amplification = 8};
  EXPECT_NE(refusal<std::vector<Bag>>("[{},{},{},{}]", tight), "");
  EXPECT_NE(refusal<std::vector<bool>>("[]", {.overhead_bytes = 0, .amplification = 0}), "");
  EXPECT_NE((refusal<std::map<std::string, bool>>(R"({"":true})", tight)), "");
  EXPECT_NE(
      refusal<std::string>("\"0123456789abcdefg\"", {.overhead_bytes = 0, .amplification = 0}), "");
  EXPECT_EQ(refusal<std::vector<Bag>>("[{},{},{},{}]").size(), 0u);
}

TEST(JsonBody, BelongsToParameters) {
  ByteBuffer buffer;
  write_json_object(buffer, [](JsonWriter& w) {
    w.write("tars_ret", std::int32_t{5});
    w.write("out", Point{1, 2, ""});
  });
  EXPECT_EQ(buffer.text(), R"({"tars_ret":5,"out":{"x":1,"y":2,"label":""}})");
  auto body = JsonBody::parse(buffer.span());
  ASSERT_TRUE(body.ok());
  JsonReader& reader = (*body)->reader();
  std::int32_t ret = 0;
  Point out;
  EXPECT_TRUE(reader.read("tars_ret", ret, Presence::required));
  EXPECT_TRUE(reader.read("out", out, Presence::optional));
  EXPECT_EQ(ret, 5);
  EXPECT_EQ(out, (Point{1, 2, ""}));
  EXPECT_FALSE(reader.read("none", ret, Presence::required));
  EXPECT_FALSE(reader.read("tars_ret", ret, Presence::required)) << "the failure latches";
  EXPECT_EQ(reader.failure(), Failure::missing);

  EXPECT_FALSE(JsonBody::parse(as_bytes("[]")).ok());
  EXPECT_FALSE(JsonBody::parse(as_bytes("{")).ok());
  EXPECT_FALSE(JsonBody::parse({}).ok());
}

}  // namespace
}  // namespace tarsier::tars
