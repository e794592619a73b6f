#include "protocol/tars/reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "protocol/tars/codec_testing.h"
#include "protocol/tars/golden_testing.h"
#include "protocol/tars/sampler_testing.h"

namespace tarsier::tars {
namespace {

using testing::All;
using testing::from_hex;
using testing::In;
using testing::message_of;
using testing::to_hex;

// What reading `tag` as T from the message gives: the value, or the failure.
template <class T>
struct Read {
  T value{};
  Failure failure = Failure::none;
  bool operator==(const Read&) const = default;
};
template <class T>
Read<T> read(std::string_view hex, std::uint8_t tag, const DecodeOptions& options = {},
             Presence presence = Presence::required) {
  const auto bytes = from_hex(hex);
  Reader reader(bytes, options);
  Read<T> result;
  reader.read(tag, result.value, presence);
  result.failure = reader.failure();
  return result;
}
template <class T>
Failure failure_of(std::string_view hex, std::uint8_t tag = 0, const DecodeOptions& options = {}) {
  return read<T>(hex, tag, options).failure;
}
const DecodeOptions lenient{.lenient = true};

TEST(TarsGolden, AllWithDefaults) {
  EXPECT_EQ(to_hex(message_of(All{}).span()), testing::all_defaults_hex);
  All all = testing::all_filled();
  const auto bytes = from_hex(testing::all_defaults_hex);
  Reader reader(bytes);
  EXPECT_TRUE(all.tars_read(reader));
  EXPECT_EQ(all, All{});
}

TEST(TarsGolden, AllWithValues) {
  EXPECT_EQ(to_hex(message_of(testing::all_filled()).span()), testing::all_filled_hex);
  All all;
  const auto bytes = from_hex(testing::all_filled_hex);
  Reader reader(bytes);
  EXPECT_TRUE(all.tars_read(reader));
  EXPECT_EQ(all, testing::all_filled());
}

TEST(TarsGolden, DecodeChecks) {
  const auto in = [](std::string_view hex, Failure& failure) {
    const auto bytes = from_hex(hex);
    Reader reader(bytes);
    In value;
    value.tars_read(reader);
    failure = reader.failure();
    return value;
  };
  Failure failure{};
  in("020000", failure);
  EXPECT_EQ(failure, Failure::truncated);
  in("030000000000000001", failure);
  EXPECT_EQ(failure, Failure::mismatch);
  in("0c160561", failure);
  EXPECT_EQ(failure, Failure::truncated);
  in("0c1c", failure);
  EXPECT_EQ(failure, Failure::mismatch);
  in("1c0c", failure);
  EXPECT_EQ(failure, Failure::missing);
  EXPECT_EQ(in("0c0c160171", failure), (In{0, "q"}));
  EXPECT_EQ(failure, Failure::none);
}

template <class T>
void expect_fixed_point(const std::string& hex) {
  const auto bytes = from_hex(hex);
  Reader reader(bytes);
  T value;
  ASSERT_TRUE(value.tars_read(reader)) << reader.error().to_string();
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(to_hex(message_of(value).span()), hex);
}

TEST(TarsGolden, UpstreamStructsAreFixedPoints) {
  for (const auto& row : testing::vectors_of("structs.tsv")) {
    if (row[0] == "Point") expect_fixed_point<Sampler::Point>(row[1]);
    if (row[0] == "Bag") expect_fixed_point<Sampler::Bag>(row[1]);
  }
}

TEST(TarsReader, WidensIntegersByTheTableOfTheSpec) {
  // Rows of spec §1.5: every wire type into every declared integer.
  const std::string_view wire[] = {"0c",
                                   "00ff",
                                   "01ffff",
                                   "02ffffffff",
                                   "03ffffffffffffffff",
                                   "0400000000",
                                   "050000000000000000"};
  const auto accepted = [&]<class T>(T) {
    std::string row;
    for (const std::string_view hex : wire) row += failure_of<T>(hex) == Failure::none ? 'y' : 'n';
    return row;
  };
  EXPECT_EQ(accepted(bool{}), "yynnnnn");
  EXPECT_EQ(accepted(std::int8_t{}), "yynnnnn");
  EXPECT_EQ(accepted(std::int16_t{}), "yyynnnn");
  EXPECT_EQ(accepted(std::uint8_t{}), "yyynnnn");
  EXPECT_EQ(accepted(std::int32_t{}), "yyyynnn");
  EXPECT_EQ(accepted(Sampler::Level{}), "yyyynnn");
  EXPECT_EQ(accepted(std::uint16_t{}), "yyyynnn");
  EXPECT_EQ(accepted(std::int64_t{}), "yyyyynn");
  EXPECT_EQ(accepted(std::uint32_t{}), "yyyyynn");
  EXPECT_EQ(accepted(float{}), "ynnnnyn");
  EXPECT_EQ(accepted(double{}), "ynnnnyy");
}

TEST(TarsReader, ExtendsSignsAndTruncatesUnsigned) {
  EXPECT_EQ(read<std::int64_t>("00ff", 0).value, -1);
  EXPECT_EQ(read<std::int64_t>("01ff00", 0).value, -256);
  EXPECT_EQ(read<std::uint32_t>("00ff", 0).value, 0xffffffffu);
  EXPECT_EQ(read<std::uint16_t>("0200011170", 0).value, 4464u);
  EXPECT_EQ(read<std::uint8_t>("0100c8", 0).value, 200u);
  EXPECT_TRUE(read<bool>("0002", 0).value);
  EXPECT_EQ(read<Sampler::Level>("0063", 0).value, static_cast<Sampler::Level>(99));
  EXPECT_EQ(read<double>("04bfc00000", 0).value, -1.5);
  EXPECT_TRUE(std::isnan(read<float>("047fc00000", 0).value));
}

TEST(TarsReader, LenientAcceptsWideIntegersThatFit) {
  EXPECT_EQ(failure_of<std::int16_t>("030000000000000005"), Failure::mismatch);
  EXPECT_EQ(read<std::int16_t>("030000000000000005", 0, lenient).value, 5);
  EXPECT_EQ(read<std::int8_t>("01fffe", 0, lenient).value, -2);
  EXPECT_EQ(read<std::int8_t>("0200000007", 0, lenient).value, 7);
  EXPECT_EQ(failure_of<std::int16_t>("030000000000010000", 0, lenient), Failure::mismatch);
  EXPECT_EQ(failure_of<std::int16_t>("0300000000000100", 0, lenient), Failure::truncated);
  EXPECT_EQ(failure_of<std::int16_t>("0600", 0, lenient), Failure::mismatch);
}

TEST(TarsReader, LenientTakesDamageBeforeAnOptionalFieldForTheEnd) {
  // Field 1 claims more than there is; field 2 is optional.
  EXPECT_EQ(read<std::int32_t>("16ff61", 2, {}, Presence::optional).failure, Failure::truncated);
  EXPECT_EQ(read<std::int32_t>("16ff61", 2, lenient, Presence::optional).failure, Failure::none);
  EXPECT_EQ(failure_of<std::int32_t>("16ff61", 2, lenient), Failure::missing);
  EXPECT_EQ(read<std::int32_t>("0b2001", 2, lenient, Presence::optional).failure, Failure::none);
  // What is found but damaged is an error in both.
  EXPECT_EQ(failure_of<std::string>("160561", 1, lenient), Failure::truncated);
}

TEST(TarsReader, AcceptsBothHeadFormsAndFirstOfRepeatedTags) {
  EXPECT_EQ(read<std::int32_t>("f00305", 3).value, 5);
  EXPECT_EQ(read<std::int32_t>("30013002", 3).value, 1);
  const auto bytes = from_hex("30013002f04007");
  Reader reader(bytes);
  std::int32_t three = 0;
  std::int32_t sixty_four = 0;
  EXPECT_TRUE(reader.read(3, three, Presence::required));
  EXPECT_TRUE(reader.read(64, sixty_four, Presence::required));
  EXPECT_EQ(three, 1);
  EXPECT_EQ(sixty_four, 7);
}

TEST(TarsReader, DoesNotGoBackToLowerTags) {
  EXPECT_EQ(failure_of<std::int32_t>("20011002", 1), Failure::missing);
  EXPECT_EQ(failure_of<std::int32_t>("f0", 20), Failure::truncated);
}

TEST(TarsReader, LeavesAbsentOptionalFieldsAlone) {
  Reader reader({});
  std::int32_t number = 5;
  EXPECT_TRUE(reader.read(0, number, Presence::optional));
  EXPECT_EQ(number, 5);
  EXPECT_FALSE(reader.read(0, number, Presence::required));
  EXPECT_FALSE(reader.read(0, number, Presence::optional)) << "the failure latches";
}

TEST(TarsReader, ReadsStringsOfEitherForm) {
  EXPECT_EQ(read<std::string>("06026869", 0).value, "hi");
  EXPECT_EQ(read<std::string>("07000000026869", 0).value, "hi");
  EXPECT_EQ(failure_of<std::string>("077fffffff61"), Failure::count);
  EXPECT_EQ(failure_of<std::string>("070000000561"), Failure::truncated);
  EXPECT_EQ(failure_of<std::string>("0700"), Failure::truncated);
  EXPECT_EQ(failure_of<std::string>("06"), Failure::truncated);
  EXPECT_EQ(failure_of<std::string>("0c"), Failure::mismatch);
}

TEST(TarsReader, ReadsByteVectorsFromBothLists) {
  using Blob = std::vector<std::int8_t>;
  EXPECT_EQ(read<Blob>("0d000003010002", 0).value, (Blob{1, 0, 2}));
  EXPECT_EQ(read<Blob>("09000300010c0002", 0).value, (Blob{1, 0, 2}));
  EXPECT_EQ(read<Blob>("0d300002ffff", 0).value, (Blob{-1, -1})) << "the inner tag is ignored";
  EXPECT_EQ(failure_of<Blob>("0d060000"), Failure::mismatch);
  EXPECT_EQ(failure_of<Blob>("0df6000000"), Failure::mismatch);
  EXPECT_EQ(failure_of<Blob>("0d"), Failure::truncated);
  EXPECT_EQ(failure_of<Blob>("0df0"), Failure::truncated);
  EXPECT_EQ(failure_of<Blob>("0d00000401"), Failure::count);
  EXPECT_EQ(failure_of<Blob>("0c"), Failure::mismatch);
  EXPECT_EQ(failure_of<std::span<const std::byte>>("09000101"), Failure::mismatch);
}

TEST(TarsReader, ChecksCountsBeforeAllocating) {
  using Points = std::vector<Sampler::Point>;
  EXPECT_EQ(failure_of<Points>("0900050a0b0a0b0a0b0a0b"), Failure::count);
  EXPECT_EQ(failure_of<Points>("0900ff"), Failure::count) << "negative";
  EXPECT_EQ(failure_of<std::vector<std::int32_t>>("09027fffffff00"), Failure::count);
  EXPECT_EQ(failure_of<std::vector<std::int32_t>>("090300000001000000010c"), Failure::count);
  EXPECT_EQ(failure_of<std::vector<std::int32_t>>("0904000000000c"), Failure::mismatch);
  EXPECT_EQ(failure_of<std::vector<std::int32_t>>("09100100"), Failure::missing);
  for (const std::string_view cut : {"09", "0900", "090100", "09020000", "0903000000"})
    EXPECT_EQ(failure_of<std::vector<std::int32_t>>(cut), Failure::truncated) << cut;
  EXPECT_EQ((failure_of<std::map<std::int32_t, bool>>("0800020c1c0c")), Failure::count);
}

TEST(TarsReader, ChargesAllocationsAgainstTheMessageSize) {
  using Empties = std::vector<std::map<std::int32_t, std::int32_t>>;
  EXPECT_EQ(failure_of<Empties>("090003080c080c080c"), Failure::none);
  EXPECT_EQ(failure_of<Empties>("090003080c080c080c", 0, {.overhead_bytes = 8, .amplification = 0}),
            Failure::allocation);
  const DecodeOptions tiny{.overhead_bytes = 16, .amplification = 0};
  EXPECT_EQ(failure_of<std::string>("0610" + std::string(32, '6'), 0, tiny), Failure::allocation);
  EXPECT_EQ((failure_of<std::map<bool, bool>>("0800010c1c", 0, tiny)), Failure::allocation);
  EXPECT_EQ((failure_of<FlatMap<std::string, bool>>("08000106001c", 0, tiny)), Failure::allocation);
  EXPECT_EQ(failure_of<std::vector<bool>>("0900010c", 0, {.overhead_bytes = 0, .amplification = 0}),
            Failure::allocation);
}

TEST(TarsReader, KeepsTheFirstOfRepeatedMapKeys) {
  using Map = std::map<std::string, std::int32_t>;
  EXPECT_EQ(read<Map>("080003060161100106016210020601611009", 0).value, (Map{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(failure_of<Map>("0800010601610c"), Failure::missing) << "a key without a value";
  using Flat = FlatMap<std::string_view, std::int32_t>;
  const auto flat = read<Flat>("080002060161100106016110 09", 0);
  EXPECT_EQ(flat.failure, Failure::none);
}

TEST(TarsReader, RefillsContainersThatHoldOlderValues) {
  std::vector<std::int32_t> numbers{9, 9, 9};
  std::map<std::int32_t, std::int32_t> map{{5, 5}};
  std::array<std::int32_t, 3> three{7, 7, 7};
  const auto bytes = from_hex(
      "0900010c"
      "1800010c1001"
      "2900010004");
  Reader reader(bytes);
  EXPECT_TRUE(reader.read(0, numbers, Presence::required));
  EXPECT_TRUE(reader.read(1, map, Presence::required));
  EXPECT_TRUE(reader.read(2, three, Presence::required));
  EXPECT_EQ(numbers, std::vector<std::int32_t>{0});
  EXPECT_EQ(map, (std::map<std::int32_t, std::int32_t>{{0, 1}}));
  EXPECT_EQ(three, (std::array<std::int32_t, 3>{4, 0, 0}));
}

TEST(TarsReader, RefusesMoreThanAFixedArrayHolds) {
  using Two = std::array<std::int32_t, 2>;
  using Bytes2 = std::array<std::int8_t, 2>;
  EXPECT_EQ(read<Two>("09000200010002", 0).value, (Two{1, 2}));
  EXPECT_EQ(failure_of<Two>("0900030c0c0c"), Failure::count);
  EXPECT_EQ(failure_of<Two>("0c"), Failure::mismatch);
  EXPECT_EQ(read<Bytes2>("0d000001ff", 0).value, (Bytes2{-1, 0}));
  EXPECT_EQ(read<Bytes2>("0900020c0001", 0).value, (Bytes2{0, 1}));
  EXPECT_EQ(failure_of<Bytes2>("0d000003010203"), Failure::count);
}

TEST(TarsReader, StepsOverUnknownFieldsOfEveryType) {
  const std::string unknown =
      "0001"
      "010001"
      "0200000001"
      "030000000000000001"
      "0400000000"
      "050000000000000000"
      "060161"
      "070000000161"
      "0800010c1c"
      "0900020c0c"
      "0a0c1a0b0b"
      "0c"
      "0d0000010f";
  const auto result = read<std::int32_t>(unknown + "3007", 3);
  EXPECT_EQ(result.failure, Failure::none);
  EXPECT_EQ(result.value, 7);
}

TEST(TarsReader, StepsOverFieldsOfNewerStructs) {
  // In {a = 5} with unknown fields 1 (a list), 9 (a struct with a struct) before its end.
  const auto good = read<std::vector<In>>(
      "0900010a0005"
      "9900020c0c"
      "fa100a0b0b"
      "0b",
      0);
  EXPECT_EQ(good.failure, Failure::none);
  EXPECT_EQ(good.value, (std::vector<In>{{5, ""}}));
}

TEST(TarsReader, CountsStructEnds) {
  EXPECT_EQ(failure_of<In>("0a0005"), Failure::truncated) << "no end";
  EXPECT_EQ(failure_of<In>("0a00050b"), Failure::none);
  EXPECT_EQ(failure_of<std::int32_t>("0b"), Failure::unexpected_end);
  EXPECT_EQ(failure_of<std::int32_t>("0900010b1001", 1), Failure::unexpected_end);
  EXPECT_EQ(failure_of<In>("0c"), Failure::mismatch);
}

TEST(TarsReader, RefusesReservedTypes) {
  EXPECT_EQ(failure_of<std::int32_t>("0e"), Failure::mismatch);
  EXPECT_EQ(failure_of<std::int32_t>("0f1001", 1), Failure::mismatch);
  EXPECT_EQ(failure_of<std::int32_t>("0900010e1001", 1), Failure::mismatch);
}

TEST(TarsReader, CountsDepthInEverySkippedAndTypedContainer) {
  const auto nested = [](std::string_view open, std::size_t levels) {
    std::string hex;
    for (std::size_t i = 0; i < levels; ++i) hex += open;
    return hex;
  };
  // Maps: key 0, value the next map; the innermost is empty.
  const auto maps = [&](std::size_t levels) {
    std::string hex;
    for (std::size_t i = 0; i + 1 < levels; ++i)
      hex += (i == 0 ? std::string("08") : std::string("18")) + "00010c";
    return hex + "180c" + "2001";
  };
  EXPECT_EQ(failure_of<std::int32_t>(maps(64), 2), Failure::none);
  EXPECT_EQ(failure_of<std::int32_t>(maps(65), 2), Failure::depth);
  EXPECT_EQ(failure_of<std::int32_t>(nested("0a", 1000), 1), Failure::depth);
  EXPECT_EQ(failure_of<std::int32_t>(nested("090001", 1000), 1), Failure::depth);
  EXPECT_EQ(failure_of<std::int32_t>(maps(3), 2, {.depth_max = 2}), Failure::depth);
  using Deep = std::vector<std::vector<std::vector<std::int32_t>>>;
  EXPECT_EQ(failure_of<Deep>("090001090001090001 0c", 0, {.depth_max = 3}), Failure::none);
  EXPECT_EQ(failure_of<Deep>("090001090001090001 0c", 0, {.depth_max = 2}), Failure::depth);
  EXPECT_EQ(failure_of<In>("0a00050b", 0, {.depth_max = 0}), Failure::depth);
}

TEST(TarsReader, SkipsWithoutStackOrLoopsForHostileCounts) {
  EXPECT_EQ(failure_of<std::int32_t>("0802800000002001", 2), Failure::count);
  EXPECT_EQ(failure_of<std::int32_t>("09027fffffff2001", 2), Failure::count);
  EXPECT_EQ(failure_of<std::int32_t>("0d00027fffffff2001", 2), Failure::count);
  EXPECT_EQ(failure_of<std::int32_t>("0d01002001", 2), Failure::mismatch);
  EXPECT_EQ(failure_of<std::int32_t>("0d", 2), Failure::truncated);
  EXPECT_EQ(failure_of<std::int32_t>("06", 2), Failure::truncated);
  EXPECT_EQ(failure_of<std::int32_t>("070000", 2), Failure::truncated);
  EXPECT_EQ(failure_of<std::int32_t>("0a", 2), Failure::truncated);
  EXPECT_EQ(failure_of<std::int32_t>("03000000", 2), Failure::truncated);
  std::string ends(2'000'000, 'a');
  for (std::size_t i = 0; i < ends.size(); i += 2) ends[i] = '0';
  EXPECT_EQ(failure_of<std::int32_t>(ends, 1), Failure::depth);
}

TEST(TarsReader, TellsWhereAndWhyItStopped) {
  const auto bytes = from_hex("0c1c260561");
  Reader reader(bytes);
  std::string text;
  EXPECT_TRUE(reader.result().ok());
  EXPECT_FALSE(reader.read(2, text, Presence::required));
  EXPECT_EQ(reader.error().detail, "the message ends inside a value (tag 2, byte 4)");
  EXPECT_EQ(reader.result().code(), Code::malformed);
  Reader deep(bytes, {.depth_max = 0});
  deep.fail(Failure::depth);
  EXPECT_EQ(deep.error().code, Code::limit);
  for (const Failure failure : {Failure::none, Failure::mismatch, Failure::missing, Failure::count,
                                Failure::allocation, Failure::unexpected_end}) {
    Reader one(bytes);
    one.fail(failure);
    EXPECT_NE(one.error().detail.substr(0, 7), "unknown");
  }
}

TEST(TarsReader, FinishesOverUnknownBytesButNotOverStructure) {
  const auto finish = [](std::string_view hex, const DecodeOptions& options = {}) {
    const auto bytes = from_hex(hex);
    Reader reader(bytes, options);
    std::int32_t number = 0;
    reader.read(1, number, Presence::required);
    reader.finish();
    return reader.failure();
  };
  EXPECT_EQ(finish("1001"), Failure::none);
  EXPECT_EQ(finish("1001"
                   "2005"),
            Failure::none);
  EXPECT_EQ(finish("1001"
                   "0b"),
            Failure::unexpected_end);
  EXPECT_EQ(finish("1001"
                   "0b",
                   lenient),
            Failure::none);
  EXPECT_EQ(finish("1001"
                   "2e"),
            Failure::mismatch);
  EXPECT_EQ(finish("2001"), Failure::missing);
}

TEST(TarsReader, GivesViewsIntoTheMessage) {
  const auto bytes = from_hex(
      "0602686918000206016116016206016316016429000206017806017 9"
      "3d00000107");
  Reader reader(bytes);
  std::string_view text;
  FlatMap<std::string_view, std::string_view> map;
  std::vector<std::string_view> words;
  std::span<const std::byte> blob;
  EXPECT_TRUE(reader.read(0, text, Presence::required));
  EXPECT_TRUE(reader.read(1, map, Presence::required));
  EXPECT_TRUE(reader.read(2, words, Presence::required));
  WireType type{};
  EXPECT_TRUE(reader.next_is(3, type));
  EXPECT_EQ(type, WireType::simple_list);
  EXPECT_FALSE(reader.next_is(4, type));
  EXPECT_TRUE(reader.read(3, blob, Presence::required));
  EXPECT_EQ(text, "hi");
  EXPECT_EQ(text.data(), as_text(bytes).data() + 2);
  ASSERT_NE(map.find("c"), nullptr);
  EXPECT_EQ(*map.find("c"), "d");
  EXPECT_EQ(map.find("z"), nullptr);
  EXPECT_EQ(words, (std::vector<std::string_view>{"x", "y"}));
  EXPECT_EQ(to_hex(blob), "07");
}

}  // namespace
}  // namespace tarsier::tars
