#include "protocol/tars/tup.h"

#include <gtest/gtest.h>

#include "protocol/tars/codec_testing.h"
#include "protocol/tars/json_body.h"
#include "protocol/tars/parameters.h"
#include "protocol/tars/sampler_testing.h"

namespace tarsier::tars {
namespace {

using Sampler::Point;
using testing::from_hex;
using testing::to_hex;

std::string body_hex(const TupWriter& tup) {
  ByteBuffer buffer;
  Writer writer(buffer);
  tup.write(writer);
  EXPECT_TRUE(writer.finish().ok());
  return to_hex(buffer.span());
}

// A row of tup.tsv: name=value cells, then the frame that upstream made of them.
TEST(Tup, AgreesWithUpstream) {
  for (const auto& row : testing::vectors_of("tup.tsv")) {
    const auto bytes = from_hex(row[4]);
    RequestView view;
    ASSERT_TRUE(decode_request(std::span(bytes).subspan(4), view).ok());
    EXPECT_EQ(view.version, version_tup);
    auto tup = TupReader::parse(view.version, view.body);
    ASSERT_TRUE(tup.ok());
    std::int32_t number = 0;
    std::string text;
    Point point;
    std::vector<std::int32_t> ints;
    ASSERT_TRUE(tup->get("number", number).ok());
    ASSERT_TRUE(tup->get("text", text).ok());
    ASSERT_TRUE(tup->get("point", point).ok());
    ASSERT_TRUE(tup->get("ints", ints).ok());
    EXPECT_EQ("number=" + std::to_string(number), row[0]);
    EXPECT_EQ("text=" + text, row[1]);
    Point expected;
    ASSERT_TRUE(from_json(std::string_view(row[2]).substr(6), expected).ok());
    EXPECT_EQ(point, expected);
    std::string list = "ints=";
    for (const std::int32_t i : ints) list += std::to_string(i) + ",";
    EXPECT_EQ(list, row[3]);

    RequestHeader header;
    header.version = version_tup;
    header.request_id = view.request_id;
    header.servant = view.servant;
    header.function = view.function;
    TupWriter writer;
    writer.put("text", text);  // in no order
    writer.put("number", number);
    writer.put("point", point);
    writer.put("ints", ints);
    ByteBuffer frame;
    ASSERT_TRUE(write_uni_packet(frame, header, writer).ok());
    EXPECT_EQ(to_hex(frame.span()), row[4]);
  }
}

TEST(Tup, WritesClassNamesInVersionTwo) {
  TupWriter tup(version_tup_legacy);
  tup.put("a", std::int32_t{1});
  EXPECT_EQ(body_hex(tup),
            "080001060161"
            "1800010605696e743332"
            "1d0000020001");
  EXPECT_EQ((detail::tup_class_name<std::map<std::string, std::vector<Point>>>()),
            "map<string,list<Sampler.Point>>");
  EXPECT_EQ(detail::tup_class_name<bool>(), "bool");
  EXPECT_EQ(detail::tup_class_name<std::int8_t>(), "char");
  EXPECT_EQ(detail::tup_class_name<std::uint8_t>(), "short");
  EXPECT_EQ(detail::tup_class_name<std::uint16_t>(), "int32");
  EXPECT_EQ(detail::tup_class_name<std::uint32_t>(), "int64");
  EXPECT_EQ(detail::tup_class_name<Sampler::Level>(), "int32");
  EXPECT_EQ(detail::tup_class_name<float>(), "float");
  EXPECT_EQ(detail::tup_class_name<double>(), "double");
}

TEST(Tup, ReadsVersionTwo) {
  TupWriter writer(version_tup_legacy);
  writer.put("name", std::string("x"));
  writer.put("point", Point{1, 2, "p"});
  const auto bytes = from_hex(body_hex(writer));
  EXPECT_TRUE(is_tup_legacy_body(bytes));
  auto tup = TupReader::parse(version_tup_legacy, bytes);
  ASSERT_TRUE(tup.ok());
  Point point;
  ASSERT_TRUE(tup->get("point", point).ok());
  EXPECT_EQ(point, (Point{1, 2, "p"}));
  EXPECT_FALSE(TupReader::parse(version_tup, bytes).ok());
  EXPECT_FALSE(is_tup_legacy_body({}));
  EXPECT_FALSE(is_tup_legacy_body(from_hex("1001")));
  // A name with two classes counts by its first; one without any has nothing to read.
  const auto two = from_hex(
      "080002060161"
      "1800020601781d0000010c0601791d000002000 5"
      "060162180c");
  auto odd = TupReader::parse(version_tup_legacy, two);
  ASSERT_TRUE(odd.ok());
  std::int32_t number = 9;
  EXPECT_TRUE(odd->get("a", number).ok());
  EXPECT_EQ(number, 0);
  EXPECT_FALSE(odd->get("b", number).ok());
}

TEST(Tup, FindsTheFirstOfRepeatedNames) {
  const auto bytes = from_hex(
      "080003"
      "0601621d0000020001"
      "0601611d0000020002"
      "0601621d0000020003");
  auto tup = TupReader::parse(version_tup, bytes);
  ASSERT_TRUE(tup.ok());
  EXPECT_EQ(tup->size(), 3u);
  std::int32_t number = 0;
  EXPECT_TRUE(tup->get("b", number).ok());
  EXPECT_EQ(number, 1);
  EXPECT_TRUE(tup->has("a"));
  EXPECT_FALSE(tup->has("c"));
  EXPECT_TRUE(tup->get("c", number, Presence::optional).ok());
  EXPECT_EQ(number, 1);
}

TEST(Tup, RefusesDamage) {
  auto empty = TupReader::parse(version_tup, {});
  ASSERT_TRUE(empty.ok());
  std::int32_t number = 0;
  EXPECT_EQ(empty->get("x", number).error().detail, "the TUP body has no parameter 'x'");
  for (const std::string_view hex : {"0c", "0800 7f", "080001060161", "0800010601611900010c",
                                     "080001060161 1d00027fffffff", "080c0b"})
    EXPECT_FALSE(TupReader::parse(version_tup, from_hex(hex)).ok()) << hex;
  for (const std::string_view hex : {"0800010601611d000001", "0800010601611800010601781d000005"})
    EXPECT_FALSE(TupReader::parse(version_tup_legacy, from_hex(hex)).ok()) << hex;
  EXPECT_FALSE(TupReader::parse(version_tup, from_hex("0800010601611d00000 10c"),
                                {.overhead_bytes = 0, .amplification = 0})
                   .ok());
  const auto wrong = from_hex("0800010601611d000003060178");
  auto tup = TupReader::parse(version_tup, wrong);
  ASSERT_TRUE(tup.ok());
  EXPECT_EQ(tup->get("a", number).error().detail,
            "TUP parameter 'a': the value is not of the declared type (tag 0, byte 1)");
}

TEST(Tup, SharesOneAllocationBoundAmongParameters) {
  TupWriter writer;
  for (const std::string_view name : {"a", "b", "c"}) writer.put(name, std::string(100, 'x'));
  const auto bytes = from_hex(body_hex(writer));
  auto tup = TupReader::parse(version_tup, bytes, {.overhead_bytes = 350, .amplification = 0});
  ASSERT_TRUE(tup.ok());
  std::string text;
  EXPECT_TRUE(tup->get("a", text).ok());
  EXPECT_TRUE(tup->get("b", text).ok());
  EXPECT_EQ(tup->get("c", text).code(), Code::limit);
}

TEST(Tup, NeedsBothNames) {
  ByteBuffer frame;
  RequestHeader header;
  header.servant = "a";
  EXPECT_FALSE(write_uni_packet(frame, header, TupWriter()).ok());
  header.function = "b";
  EXPECT_TRUE(write_uni_packet(frame, header, TupWriter()).ok());
}

TEST(Tup, FailsOnParametersThatAreTooLarge) {
  TupWriter tup;
  tup.put("x", std::string(limits::string_bytes_max + 1, 'x'));
  ByteBuffer buffer;
  Writer writer(buffer);
  tup.write(writer);
  EXPECT_EQ(writer.finish().code(), Code::limit);
}

struct Result1 {
  std::int32_t ret = 0;
  Point out;
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "tars_ret", self.ret);
    visit(2, "out", self.out);
  }
  bool operator==(const Result1&) const = default;
};

TEST(Parameters, TravelInEveryFormat) {
  const Result1 sent{7, {1, 2, "p"}};
  const auto each = [&](auto&& visit) { Result1::tars_each(sent, visit); };
  for (const BodyFormat format :
       {BodyFormat::tars, BodyFormat::tup2, BodyFormat::tup, BodyFormat::json}) {
    ByteBuffer body;
    ASSERT_TRUE(write_parameters(format, body, each).ok());
    Result1 received;
    ASSERT_TRUE(read_parameters(format, body.span(), {}, received).ok());
    EXPECT_EQ(received, sent);
    EXPECT_FALSE(read_parameters(format, body.span().first(body.size() / 2), {}, received).ok());
    EXPECT_FALSE(read_parameters(format, {}, {}, received).ok());
  }
}

TEST(Parameters, KnowBothNamesOfATupReturnValue) {
  TupWriter old_peer;
  old_peer.put("", std::int32_t{5});
  old_peer.put("out", Point{});
  const auto bytes = from_hex(body_hex(old_peer));
  Result1 received;
  ASSERT_TRUE(read_parameters(BodyFormat::tup, bytes, {}, received).ok());
  EXPECT_EQ(received.ret, 5);
}

TEST(Parameters, ReadPlainArgumentsOfVersionTwo) {
  const Result1 sent{7, {1, 2, "p"}};
  const auto each = [&](auto&& visit) { Result1::tars_each(sent, visit); };
  ByteBuffer body;
  ASSERT_TRUE(write_parameters(BodyFormat::tars, body, each).ok());
  Result1 received;
  ASSERT_TRUE(read_parameters(BodyFormat::tup2, body.span(), {}, received).ok());
  EXPECT_EQ(received, sent);
}

}  // namespace
}  // namespace tarsier::tars
