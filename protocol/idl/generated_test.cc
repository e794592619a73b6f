#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <unordered_set>

#include "Everything.h"
#include "Hello.h"
#include "Sampler.h"

// The golden headers at work: bytes, JSON, order, hash, text.
namespace {

using tarsier::tars::Reader;
using tarsier::tars::Writer;

template <class T>
std::string encode(const T& value) {
  tarsier::ByteBuffer buffer;
  Writer writer(buffer);
  value.tars_write(writer);
  EXPECT_TRUE(writer.finish().ok());
  return std::string(buffer.text());
}

template <class T>
tarsier::Result<T> decode(std::string_view bytes) {
  Reader reader(tarsier::as_bytes(bytes));
  T value;
  value.tars_read(reader);
  reader.finish();
  if (!reader.ok()) return reader.error();
  return value;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// Any IDL value, from its type alone. Depth bounds what contains itself.
template <class T>
void fill(T& value, int depth) {
  using namespace tarsier::tars::detail;
  if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(*rc::gen::arbitrary<std::int32_t>());
  } else if constexpr (std::is_arithmetic_v<T>) {
    value = *rc::gen::arbitrary<T>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto texts = rc::gen::element<std::string>("", "x", "hello", "\xc3\xa9", "\"\\/\n\t",
                                                     std::string(256, 'a'), "\xf0\x9f\x90\xb5");
    value = *texts + *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  } else if constexpr (is_array<T>) {
    for (auto& each : value) fill(each, depth - 1);
  } else if constexpr (is_vector<T>) {
    const int count = depth > 0 ? *rc::gen::inRange(0, 5) : 0;
    for (int i = 0; i < count; ++i) {
      typename T::value_type each{};
      fill(each, depth - 1);
      value.push_back(each);
    }
  } else if constexpr (is_map<T>) {
    const int count = depth > 0 ? *rc::gen::inRange(0, 4) : 0;
    for (int i = 0; i < count; ++i) {
      typename T::key_type key{};
      fill(key, depth - 1);
      fill(value[key], depth - 1);
    }
  } else {
    T::tars_each(value,
                 [depth](std::uint8_t, std::string_view, auto& member) { fill(member, depth); });
  }
}

template <class T>
T any() {
  T value;
  fill(value, 3);
  return value;
}

template <class T>
void check_round_trips() {
  const T value = any<T>();
  const std::string bytes = encode(value);
  const auto back = decode<T>(bytes);
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == value);
  RC_ASSERT(encode(*back) == bytes);  // the canonical form is a fixed point
  RC_ASSERT(std::hash<T>()(*back) == std::hash<T>()(value));
  RC_ASSERT(back->tars_print() == value.tars_print());

  T from_text;
  RC_ASSERT(tarsier::tars::from_json(tarsier::tars::to_json(value), from_text).ok());
  RC_ASSERT(from_text == value);
}

RC_GTEST_PROP(Generated, PointRoundTrips, ()) { check_round_trips<Sampler::Point>(); }
RC_GTEST_PROP(Generated, BagRoundTrips, ()) { check_round_trips<Sampler::Bag>(); }
RC_GTEST_PROP(Generated, KeyRoundTrips, ()) { check_round_trips<Shapes::Key>(); }
RC_GTEST_PROP(Generated, NodeRoundTrips, ()) { check_round_trips<Shapes::Node>(); }
RC_GTEST_PROP(Generated, AllRoundTrips, ()) { check_round_trips<Shapes::All>(); }
RC_GTEST_PROP(Generated, KeywordsRoundTrip, ()) { check_round_trips<Shapes::template_>(); }
RC_GTEST_PROP(Generated, OtherModuleRoundTrips, ()) { check_round_trips<Other::Shapes>(); }

RC_GTEST_PROP(Generated, AnyBytesDecodeOrFailQuietly, (const std::string& bytes)) {
  const auto value = decode<Shapes::All>(bytes);
  RC_ASSERT(value.ok() || !value.error().detail.empty());
}

// protocol/tars/testdata: bytes and JSON from the upstream encoder.
TEST(Generated, SamplerMatchesEveryVector) {
  std::ifstream file(TARSIER_TESTDATA "/structs.tsv");
  std::string name, hex, json;
  int lines = 0;
  const auto check = [&]<class T>(T) {
    const std::string bytes = from_hex(hex);
    const auto value = decode<T>(bytes);
    ASSERT_TRUE(value.ok()) << name << ' ' << hex << ": " << value.error().detail;
    EXPECT_EQ(encode(*value), bytes) << name << ' ' << json;
    T from_text;
    ASSERT_TRUE(tarsier::tars::from_json(json, from_text).ok()) << json;
    // Upstream rounds fractions to six decimals; everything else must agree.
    if constexpr (requires { from_text.ratio; }) {
      EXPECT_NEAR(from_text.ratio, value->ratio, 1e-5 * (1 + std::abs(value->ratio)));
      EXPECT_NEAR(from_text.exact, value->exact, 1e-5 * (1 + std::abs(value->exact)));
      from_text.ratio = value->ratio;
      from_text.exact = value->exact;
    }
    EXPECT_EQ(from_text, *value) << json;
  };
  for (std::string line; std::getline(file, line); ++lines) {
    std::istringstream columns(line);
    std::getline(columns, name, '\t');
    std::getline(columns, hex, '\t');
    std::getline(columns, json);
    name == "Point" ? check(Sampler::Point()) : check(Sampler::Bag());
  }
  EXPECT_GT(lines, 100);
}

TEST(Generated, LeavesOutOptionalMembersThatEqualTheirDefault) {
  Sampler::Bag bag;
  const std::string least = encode(bag);
  bag.little = 0;
  EXPECT_EQ(encode(bag).size(), least.size() + 1);
  bag = {};
  bag.ratio = 1e-7f;  // upstream would lose it
  EXPECT_EQ(decode<Sampler::Bag>(encode(bag))->ratio, 1e-7f);
}

TEST(Generated, StartsFromTheDefaultsOfTheFile) {
  const Shapes::All all;
  EXPECT_TRUE(all.flag);
  EXPECT_EQ(all.u32, 4294967295u);
  EXPECT_EQ(all.big, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(all.ratio, 0.1f);
  EXPECT_EQ(all.color, Shapes::BLUE);
  EXPECT_EQ(all.level, Sampler::MID);
  EXPECT_EQ(all.o_color, Shapes::RED);  // the first enumerator
  EXPECT_EQ(all.o_odd, Shapes::class_);
  EXPECT_EQ(all.last, "end");
}

TEST(Generated, ReadingResetsToDefaultsFirst) {
  Sampler::Point point{.x = 1, .y = 2, .label = "old"};
  const std::string bytes = encode(Sampler::Point{.x = 5, .y = 6, .label = ""});
  Reader reader(tarsier::as_bytes(bytes));
  EXPECT_TRUE(point.tars_read(reader));
  EXPECT_EQ(point, (Sampler::Point{.x = 5, .y = 6, .label = ""}));
}

TEST(Generated, AMissingRequiredMemberIsAnError) {
  const auto point = decode<Sampler::Point>(from_hex("0c"));
  ASSERT_FALSE(point.ok());
  EXPECT_EQ(point.code(), tarsier::Code::malformed);
}

TEST(Generated, ComparesByKeyInTheOrderOfTheFile) {
  const Shapes::Key low{.id = 1, .name = "z"};
  const Shapes::Key high{.id = 2, .name = "a"};
  EXPECT_LT(low, high);
  EXPECT_LT(high, (Shapes::Key{.id = 2, .name = "b"}));
  const std::map<Shapes::Key, int> map{{high, 2}, {low, 1}};
  EXPECT_EQ(map.begin()->first, low);
}

TEST(Generated, HashesInUnorderedContainers) {
  std::unordered_set<Shapes::Key> keys;
  for (int i = 0; i < 100; ++i) keys.insert({.id = i % 10, .name = "k"});
  EXPECT_EQ(keys.size(), 10u);
}

TEST(Generated, PrintsForPeople) {
  Shapes::Node node{
      .name = "a\"b", .children = {{.name = "c", .children = {}, .named = {}}}, .named = {}};
  std::ostringstream out;
  out << node;
  EXPECT_EQ(
      out.str(),
      R"(Node{name: "a\"b", children: [Node{name: "c", children: [], named: {}}], named: {}})");
  Sampler::Bag bag;
  bag.blob = {1, -1};
  bag.level = static_cast<Sampler::Level>(3);
  EXPECT_THAT(bag.tars_print(), testing::HasSubstr("blob: <2 bytes: 01 ff>"));
  EXPECT_THAT(bag.tars_print(), testing::HasSubstr("level: 3"));
  bag.level = Sampler::HIGH;
  EXPECT_THAT(bag.tars_print(), testing::HasSubstr("level: HIGH"));
}

TEST(Generated, NamesEnumerators) {
  EXPECT_EQ(to_string(Shapes::NULL_), "NULL");
  EXPECT_EQ(to_string(Shapes::ALIAS), "GREEN");
  EXPECT_EQ(to_string(static_cast<Shapes::Color>(99)), "");
  Shapes::Color color = Shapes::RED;
  EXPECT_TRUE(from_string("ALIAS", color));
  EXPECT_EQ(color, Shapes::GREEN);
  EXPECT_FALSE(from_string("PINK", color));
  EXPECT_EQ(color, Shapes::GREEN);
}

TEST(Generated, KeepsConstants) {
  static_assert(Shapes::LIMIT == 16);
  static_assert(Shapes::SMALLEST == std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Shapes::GREETING, "say \"hi\"\n\\ ?\?= \xc3\xbc \001");
}

TEST(Generated, ListsParametersByTagAndName) {
  std::string seen;
  Shapes::PainterApi::mixResult result;
  Shapes::PainterApi::mixResult::tars_each(result,
                                           [&](std::uint8_t tag, std::string_view name, auto&) {
                                             seen += std::to_string(tag) + std::string(name) + ' ';
                                           });
  Shapes::PainterApi::mixArguments arguments;
  Shapes::PainterApi::mixArguments::tars_each(
      arguments, [&](std::uint8_t tag, std::string_view name, auto&) {
        seen += std::to_string(tag) + std::string(name) + ' ';
      });
  EXPECT_EQ(seen, "0tars_ret 5other 1first 2second 3key_ 4fast ");
  EXPECT_EQ(Shapes::PainterApi::tars_name, "Shapes.Painter");
}

}  // namespace
