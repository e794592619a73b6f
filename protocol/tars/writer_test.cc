#include "protocol/tars/writer.h"

#include <gtest/gtest.h>

#include "protocol/tars/codec_testing.h"
#include "protocol/tars/sampler_testing.h"

namespace tarsier::tars {
namespace {

using testing::encoded;
using testing::to_hex;

TEST(TarsWriter, WritesIntegersInTheirShortestForm) {
  EXPECT_EQ(encoded(0, std::int32_t{0}), "0c");
  EXPECT_EQ(encoded(1, std::int32_t{-128}), "1080");
  EXPECT_EQ(encoded(1, std::int32_t{127}), "107f");
  EXPECT_EQ(encoded(1, std::int32_t{128}), "110080");
  EXPECT_EQ(encoded(1, std::int32_t{-129}), "11ff7f");
  EXPECT_EQ(encoded(1, std::int32_t{32768}), "1200008000");
  EXPECT_EQ(encoded(1, std::int64_t{-32769}), "12ffff7fff");
  EXPECT_EQ(encoded(1, std::int64_t{1} << 31), "130000000080000000");
  EXPECT_EQ(encoded(1, std::int64_t{INT64_MIN}), "138000000000000000");
  EXPECT_EQ(encoded(1, std::int16_t{256}), "110100");
  EXPECT_EQ(encoded(1, std::int8_t{-1}), "10ff");
  EXPECT_EQ(encoded(1, true), "1001");
  EXPECT_EQ(encoded(1, Sampler::UNDER), "10f9");
}

TEST(TarsWriter, WidensUnsignedIntegersByOneSize) {
  EXPECT_EQ(encoded(0, std::uint8_t{200}), "0100c8");
  EXPECT_EQ(encoded(0, std::uint16_t{40000}), "0200009c40");
  EXPECT_EQ(encoded(0, std::uint32_t{4000000000}), "0300000000ee6b2800");
  EXPECT_EQ(encoded(0, std::uint8_t{7}), "0007");
}

TEST(TarsWriter, TakesTheLongHeadFromTagFifteenOn) {
  EXPECT_EQ(encoded(14, true), "e001");
  EXPECT_EQ(encoded(15, true), "f00f01");
  EXPECT_EQ(encoded(255, std::int32_t{0}), "fcff");
}

TEST(TarsWriter, NeverCompressesFloats) {
  EXPECT_EQ(encoded(5, 0.0f), "5400000000");
  EXPECT_EQ(encoded(6, -2.25), "65c002000000000000");
}

TEST(TarsWriter, ChoosesTheStringFormByLength) {
  EXPECT_EQ(encoded(2, "hi"), "26026869");
  EXPECT_EQ(encoded(2, std::string()), "2600");
  EXPECT_EQ(encoded(1, std::string(255, 'a')).substr(0, 6), "16ff61");
  EXPECT_EQ(encoded(1, std::string(256, 'a')).substr(0, 14), "17000001006161");
}

TEST(TarsWriter, WritesByteVectorsAsSimpleLists) {
  EXPECT_EQ(encoded(8, std::vector<std::int8_t>{1, 0, 2}), "8d000003010002");
  EXPECT_EQ(encoded(8, std::vector<std::int8_t>{}), "8d000c");
  EXPECT_EQ(encoded(8, std::array<std::int8_t, 2>{5, 6}), "8d0000020506");
  EXPECT_EQ(encoded(8, as_bytes("ab")), "8d0000026162");
}

TEST(TarsWriter, WritesContainersWithTheirCounts) {
  EXPECT_EQ(encoded(1, std::vector<bool>{true, false}), "19000200010c");
  EXPECT_EQ(encoded(1, std::vector<std::uint8_t>{0, 255}), "1900020c0100ff");
  EXPECT_EQ(encoded(1, std::array<std::int32_t, 2>{1, 300}), "190002000101012c");
  EXPECT_EQ(encoded(1, std::map<std::string, std::int32_t>{{"", 0}, {"k", 1}}),
            "18000206001c06016b1001");
  EXPECT_EQ(encoded(1, FlatMap<std::string_view, std::string_view>{{{"a", "b"}}}),
            "180001060161160162");
  EXPECT_EQ(encoded(1, Sampler::Point{1, 2, "z"}), "1a0001100226017a0b");
}

TEST(TarsWriter, CrossesTheRunsOfLongNumberLists) {
  for (const std::size_t count : {255u, 256u, 257u, 1000u}) {
    ByteBuffer buffer;
    Writer(buffer).write(0, std::vector<std::int64_t>(count, -1));
    EXPECT_EQ(buffer.size(), 1 + 3 + 2 * count);
  }
}

TEST(TarsWriter, AppendsBehindWhatTheBufferHolds) {
  ByteBuffer buffer;
  buffer.append("##");
  Writer writer(buffer);
  writer.write(0, std::string(1000, 'x'));
  writer.flush();
  EXPECT_EQ(buffer.size(), 2 + 5 + 1000u);
  writer.write(1, true);
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_EQ(buffer.text().substr(0, 2), "##");
  EXPECT_EQ(buffer.size(), 2 + 5 + 1000 + 2u);
}

TEST(TarsWriter, DropsEverythingBeyondTheFrameLimit) {
  ByteBuffer buffer;
  buffer.append("##");
  Writer writer(buffer);
  const std::string big(60 * limits::mib, 'x');
  writer.write(0, big);
  writer.flush();
  writer.write(1, big);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.finish().code(), Code::limit);
  EXPECT_LT(buffer.size(), big.size() + 16);
}

TEST(TarsWriter, RefusesAStringAboveItsLimit) {
  ByteBuffer buffer;
  Writer writer(buffer);
  writer.write(0, true);
  writer.write(1, std::string(limits::string_bytes_max + 1, 'x'));
  EXPECT_EQ(writer.finish().code(), Code::limit);
  EXPECT_TRUE(buffer.empty());
}

}  // namespace
}  // namespace tarsier::tars
