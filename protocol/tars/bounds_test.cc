#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "protocol/tars/counting_new_testing.h"
#include "protocol/tars/frame.h"
#include "protocol/tars/golden_testing.h"
#include "protocol/tars/malformed_catalogue_testing.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/parameters.h"

// What hostile bytes may cost: the catalogue of malformed frames, and promises that hold for any
// bytes at all. Allocation is measured with a counting operator new.
namespace tarsier::tars {
namespace {

using tarsier::testing::peak_during;
using testing::Catalogue;
using testing::Outcome;

struct TakeArguments {
  Sampler::Bag bag;
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(1, "bag", self.bag);
  }
};

// What a server would do, as far as the codec decides.
Outcome judge(std::span<const std::byte> packet) {
  RequestView view;
  const auto header = decode_request(packet, view);
  const Outcome refused = view.one_way() ? Outcome::drop : Outcome::decode_error;
  if (!header.ok()) return view.identified ? refused : Outcome::close;
  if (view.servant != Catalogue::servant) return Outcome::no_servant;
  if (view.function != Catalogue::function) return Outcome::no_function;
  TakeArguments arguments;
  const auto body =
      read_parameters(static_cast<BodyFormat>(view.version), view.body, {}, arguments);
  return body.ok() ? Outcome::ok : refused;
}
Outcome judge_stream(std::span<const std::byte> stream) {
  FrameSplitter splitter;
  splitter.feed(stream);
  std::span<const std::byte> packet;
  Outcome outcome = Outcome::wait;
  for (;;) {
    switch (splitter.next(packet)) {
      case FrameSplitter::Cut::bad_length: return Outcome::close;
      case FrameSplitter::Cut::more: return splitter.pending_bytes() > 0 ? Outcome::wait : outcome;
      case FrameSplitter::Cut::frame: outcome = judge(packet);
    }
  }
}

TEST(MalformedCatalogue, EndsAsItMust) {
  const Catalogue catalogue;
  EXPECT_GE(catalogue.rows().size(), 70u);
  for (const auto& row : catalogue.rows()) {
    SCOPED_TRACE("row " + std::to_string(row.number) + ", " + row.what);
    Outcome outcome{};
    const std::size_t peak = peak_during([&] { outcome = judge_stream(row.stream); });
    // At the end of the stream there is nothing to wait for.
    const Outcome expected =
        row.outcome == Outcome::drop && row.number == 10 ? Outcome::wait : row.outcome;
    EXPECT_EQ(outcome, expected);
    EXPECT_LE(peak, 64 * limits::kib + 16 * row.stream.size());
  }
}

TEST(MalformedCatalogue, CutsAGoodFrameAnywhere) {
  const auto good = Catalogue::good_frame();
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    FrameSplitter splitter;
    std::span<const std::byte> packet;
    splitter.feed(std::span(good).first(cut));
    if (splitter.next(packet) == FrameSplitter::Cut::more) {
      splitter.feed(std::span(good).subspan(cut));
      ASSERT_EQ(splitter.next(packet), FrameSplitter::Cut::frame) << cut;
    }
    EXPECT_EQ(judge(packet), Outcome::ok) << cut;
  }
}

TEST(MalformedCatalogue, ClaimsCostNothingBeforeTheyArePaid) {
  const auto bytes = testing::from_hex(
      "00a00000"
      "10");  // 10 MiB, one byte of it
  FrameSplitter splitter;
  std::span<const std::byte> packet;
  const std::size_t peak = peak_during([&] {
    splitter.feed(bytes);
    EXPECT_EQ(splitter.next(packet), FrameSplitter::Cut::more);
    EXPECT_FALSE(splitter.room().empty());
  });
  EXPECT_LE(peak, 64 * limits::kib);
}

// Bytes that look like TARS often enough to get deep into the decoder.
rc::Gen<std::vector<std::byte>> bytes_like_tars() {
  const auto piece = rc::gen::oneOf(
      rc::gen::map(rc::gen::arbitrary<std::uint8_t>(),
                   [](std::uint8_t byte) { return std::string(1, static_cast<char>(byte)); }),
      rc::gen::element(std::string("\x0a"), std::string("\x0b"), std::string("\x0c"),
                       std::string("\x09\x00\x03", 3), std::string("\x08\x00\x02", 3),
                       std::string("\x06\x01\x61"), std::string("\x1d\x00\x00\x02\x61\x62", 6),
                       std::string("\xf9\x10\x00\x02", 4), std::string("\x19\x01\x01\x00", 4)));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::vector<std::byte> bytes;
                        for (const auto& text : pieces)
                          bytes.insert(bytes.end(), as_bytes(text).begin(), as_bytes(text).end());
                        return bytes;
                      });
}

template <class T>
void check_any_bytes(const std::vector<std::byte>& bytes, bool lenient) {
  const DecodeOptions options{.lenient = lenient};
  bool good = false;
  T value;
  const std::size_t peak = peak_during([&] {
    Reader reader(bytes, options);
    good = value.tars_read(reader);
    RC_ASSERT(good == reader.ok());
    RC_ASSERT(reader.position() <= bytes.size());
  });
  RC_ASSERT(peak <= 64 * limits::kib + 16 * bytes.size());
  if (!good) return;
  // What was accepted has one canonical form, which is a fixed point.
  const ByteBuffer first = testing::message_of(value);
  Reader again(first.span());
  T same;
  RC_ASSERT(same.tars_read(again));
  RC_ASSERT(testing::to_hex(testing::message_of(same).span()) == testing::to_hex(first.span()));
}

RC_GTEST_PROP(TarsReader, SurvivesAnyBytesWithinItsBounds, ()) {
  const auto bytes = *rc::gen::resize(400, bytes_like_tars());
  const bool lenient = *rc::gen::arbitrary<bool>();
  check_any_bytes<Sampler::Bag>(bytes, lenient);
  check_any_bytes<Sampler::Point>(bytes, lenient);
  check_any_bytes<testing::All>(bytes, lenient);
  check_any_bytes<RequestPacket>(bytes, lenient);
  check_any_bytes<ResponsePacket>(bytes, lenient);
}

// A good message with one byte changed, cut or inserted.
RC_GTEST_PROP(TarsReader, SurvivesAnyDamageToAMessage, (std::uint8_t to)) {
  auto bytes = testing::from_hex(testing::all_filled_hex);
  const auto at = static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, bytes.size()));
  const int how = *rc::gen::inRange(0, 3);
  if (how == 0) bytes[static_cast<std::size_t>(at)] = std::byte{to};
  if (how == 1) bytes.erase(bytes.begin() + at, bytes.end());
  if (how == 2) bytes.insert(bytes.begin() + at, std::byte{to});
  check_any_bytes<testing::All>(bytes, false);
  check_any_bytes<testing::All>(bytes, true);
}

RC_GTEST_PROP(TarsReader, RoundTripsAnyStruct, ()) {
  using testing::All;
  All all;
  all.b = *rc::gen::arbitrary<bool>();
  all.c = *rc::gen::arbitrary<std::int8_t>();
  all.sh = *rc::gen::arbitrary<std::int16_t>();
  all.i = *rc::gen::arbitrary<std::int32_t>();
  all.l = *rc::gen::arbitrary<std::int64_t>();
  all.d = *rc::gen::arbitrary<double>();
  all.s = *rc::gen::arbitrary<std::string>();
  all.vb = *rc::gen::arbitrary<std::vector<std::int8_t>>();
  all.vi = *rc::gen::arbitrary<std::vector<std::int32_t>>();
  all.m = *rc::gen::arbitrary<std::map<std::string, std::int32_t>>();
  all.ub = *rc::gen::arbitrary<std::uint8_t>();
  all.us = *rc::gen::arbitrary<std::uint16_t>();
  all.ui = *rc::gen::arbitrary<std::uint32_t>();
  all.vub = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
  all.vbool = *rc::gen::arbitrary<std::vector<bool>>();
  const ByteBuffer bytes = testing::message_of(all);
  Reader reader(bytes.span());
  All same;
  RC_ASSERT(same.tars_read(reader));
  RC_ASSERT(same == all);
  RC_ASSERT(reader.remaining() == 0u);
}

RC_GTEST_PROP(JsonBody, SurvivesAnyTextWithinItsBounds, ()) {
  const auto pieces = *rc::gen::resize(
      200, rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
               "{", "}", "[", "]", ",", ":", "\"ints\"", "\"words\"", "\"\"", "1", "-0.5e3", "null",
               "true", "\"\\u0041\"", " ", "\"counts\"", "\"a\":", "{\"path\":[", "{},")));
  std::string text;
  for (const auto& piece : pieces) text += piece;
  Sampler::Bag bag;
  bool good = false;
  const std::size_t peak = peak_during([&] { good = from_json(text, bag).ok(); });
  RC_ASSERT(peak <= 64 * limits::kib + 16 * text.size());
  if (!good) return;
  Sampler::Bag same;
  RC_ASSERT(from_json(to_json(bag), same).ok());
  RC_ASSERT(to_json(same) == to_json(bag));
}

}  // namespace
}  // namespace tarsier::tars
