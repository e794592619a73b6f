#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/tars/codec_testing.h"
#include "protocol/tars/json_body.h"
#include "protocol/tars/packet_writer.h"
#include "protocol/tars/sampler_testing.h"
#include "protocol/tars/tup.h"

// The malformed frames of targets/reliability §3.2 that concern a TARS server (rows 1 to 54): the
// bytes a client sends, and what must become of them. The codec's tests judge them by decoding; the
// server's tests send them. Not installed.
//
// The servant is Test.Catalogue.Obj, its function `void take(Sampler::Bag bag)`: tag 1, name "bag".
// Row 49 is about a client and not here; row 14 is any good frame cut anywhere.
namespace tarsier::tars::testing {

enum class Outcome : std::uint8_t {
  ok,            // answered with 0 (one-way: taken)
  decode_error,  // answered with -1, the connection stays
  no_servant,    // answered with -4
  no_function,   // answered with -3
  drop,          // nothing is answered, nothing is called
  wait,          // nothing yet: the frame's deadline closes the connection
  close,         // the connection is closed without an answer
};

struct CatalogueRow {
  int number = 0;
  std::string what;
  std::vector<std::byte> stream;
  Outcome outcome = Outcome::ok;
};

class Catalogue {
 public:
  explicit Catalogue(std::size_t frame_bytes_max = limits::frame_bytes_default)
      : frame_bytes_max_(frame_bytes_max) {
    add_lengths();
    add_nesting();
    add_counts();
    add_values();
    add_tags();
    add_headers();
    add_other_bodies();
  }
  const std::vector<CatalogueRow>& rows() const { return rows_; }

  static constexpr std::string_view servant = "Test.Catalogue.Obj";
  static constexpr std::string_view function = "take";

  static RequestHeader header() {
    RequestHeader header;
    header.request_id = 7;
    header.servant = servant;
    header.function = function;
    header.timeout_ms = 3000;
    return header;
  }
  static std::vector<std::byte> frame(const RequestHeader& header,
                                      std::span<const std::byte> body) {
    ByteBuffer buffer;
    TARSIER_CHECK(write_frame(buffer, header, body).ok(), "catalogue frames are legal in size");
    return {buffer.span().begin(), buffer.span().end()};
  }
  // A legal call.
  static std::vector<std::byte> good_frame() { return frame(header(), from_hex(bag())); }

 private:
  // The argument, tag 1.
  static std::string bag() { return encoded(1, Sampler::Bag{}); }
  // The argument with only these fields.
  static std::string bag_with(std::string_view fields) { return "1a" + std::string(fields) + "0b"; }
  static std::string repeated(std::string_view hex, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += hex;
    return text;
  }
  static std::string hex32(std::size_t value) {
    std::array<std::byte, 4> bytes;
    detail::store_be(bytes.data(), static_cast<std::uint32_t>(value));
    return to_hex(bytes);
  }
  // Maps within maps: each has one pair, the key 0 and the next map.
  static std::string nested_maps(std::size_t levels) {
    std::string hex;
    for (std::size_t i = 1; i < levels; ++i) hex += (i == 1 ? "0800010c" : "1800010c");
    return hex + "180c";
  }

  void add(int number, std::string what, std::vector<std::byte> stream, Outcome outcome) {
    rows_.push_back({number, std::move(what), std::move(stream), outcome});
  }
  void add_stream(int number, std::string what, std::string_view hex, Outcome outcome) {
    add(number, std::move(what), from_hex(hex), outcome);
  }
  // A frame with these bytes in place of a packet.
  void add_packet(int number, std::string what, std::string_view hex, Outcome outcome) {
    add(number, std::move(what), from_hex(hex32(hex.size() / 2 + 4) + std::string(hex)), outcome);
  }
  // A good packet with this body.
  void add_body(int number, std::string what, std::string_view hex, Outcome outcome) {
    add(number, std::move(what), frame(header(), from_hex(hex)), outcome);
  }

  void add_lengths() {
    const auto good = good_frame();
    add_stream(1, "length 0", "00000000", Outcome::close);
    add_stream(2, "length 1", "00000001", Outcome::close);
    add_stream(2, "length 3", "00000003", Outcome::close);
    add_stream(3, "length 4, an empty frame", "00000004", Outcome::close);
    add_stream(4, "length 5, body 00", "0000000500", Outcome::close);
    add_stream(5, "length 0x80000000", "80000000", Outcome::close);
    add_stream(6, "length 0xffffffff", "ffffffff", Outcome::close);
    add_stream(7, "length above the limit", hex32(frame_bytes_max_ + 1), Outcome::close);
    add_stream(8, "length at the limit, one byte", hex32(frame_bytes_max_) + "10", Outcome::wait);
    add(9, "the first half of a frame",
        {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(good.size() / 2)}, Outcome::wait);
    add(10, "end of stream in a body", {good.begin(), good.end() - 1}, Outcome::drop);
    add(11, "HTTP", text_bytes("GET / HTTP/1.1\r\n\r\n"), Outcome::close);
    add_stream(12, "a TLS ClientHello", "160301020001000001fc0303", Outcome::close);
    std::vector<std::byte> two = good;
    two.insert(two.end(), good.begin(), good.end());
    add(13, "two frames in one segment", two, Outcome::ok);
    add(14, "a good frame", good, Outcome::ok);
  }

  void add_nesting() {
    for (const std::size_t levels : {std::size_t{1'000}, std::size_t{1'000'000}}) {
      const int number = levels == 1'000 ? 15 : 16;
      add_packet(number, "a packet of struct begins", repeated("0a", levels), Outcome::close);
      add_body(number, "a body of struct begins", repeated("0a", levels), Outcome::decode_error);
    }
    add_body(17, "100,000 nested lists", repeated("090001", 100'000) + bag(),
             Outcome::decode_error);
    add_body(18, "maps 64 deep", nested_maps(64) + bag(), Outcome::ok);
    add_body(18, "maps 65 deep", nested_maps(65) + bag(), Outcome::decode_error);
  }

  void add_counts() {
    add_body(19, "a list of -1 elements", bag_with("c900ff"), Outcome::decode_error);
    add_body(19, "a list of 0xffffffff elements", bag_with("c902ffffffff"), Outcome::decode_error);
    add_body(20, "a list of as many structs as the frame has bytes",
             bag_with("f91001" + hex32(1'020).substr(4) + repeated("0a", 1'000)),
             Outcome::decode_error);
    std::string lists;
    for (std::size_t i = 0; i < 40; ++i) lists += "0902" + hex32(10'000 - 6 * (i + 1));
    add_body(21, "40 nested lists, each of the frame's size",
             lists + repeated("0c", 10'000 - lists.size() / 2) + bag(), Outcome::decode_error);
    add_body(22, "a skipped map of 0x80000000 pairs", "080280000000" + bag(),
             Outcome::decode_error);
    add_body(23, "a repeated map key",
             bag_with("e800020601611001"
                      "0601611002"),
             Outcome::ok);
    add_body(24, "a map key without a value", bag_with("e80001060161"), Outcome::decode_error);
    add_body(25, "a simple list of shorts", bag_with("bd01000105"), Outcome::decode_error);
    add_body(26, "a simple list longer than the rest", bag_with("bd000200ffffff"),
             Outcome::decode_error);
    add_body(27, "a string of 255 with 3 left", "06ff616161", Outcome::decode_error);
    add_body(28, "a string of 0x7fffffff", "077fffffff61" + bag(), Outcome::decode_error);
  }

  void add_values() {
    add_body(29, "a short string in the long form", bag_with("77000000026869"), Outcome::ok);
    add_body(30, "a string with NUL and invalid UTF-8", bag_with("760300fffe"), Outcome::ok);
    RequestHeader named = header();
    named.servant = std::string_view("Test.Cata\0ogue.Obj", 18);
    add(30, "a servant name with NUL", frame(named, from_hex(bag())), Outcome::no_servant);
    add_body(36, "a 64-bit integer for a short", bag_with("230000000000000005"),
             Outcome::decode_error);
    add_body(37, "zero for every number", bag_with("0c1c2c3c4c5c6c8c9cacfc12"), Outcome::ok);
    add_body(52, "NaN and infinity",
             bag_with("547fc00000"
                      "657ff0000000000000"),
             Outcome::ok);
    add_body(53, "2 for a bool", bag_with("0002"), Outcome::ok);
    add_body(54, "an unknown enumerator", bag_with("f01263"), Outcome::ok);
  }

  void add_tags() {
    add_body(31, "type 14", "0e" + bag(), Outcome::decode_error);
    add_body(31, "type 15", "0f" + bag(), Outcome::decode_error);
    add_body(32, "half an extended head", "f0", Outcome::decode_error);
    add_body(33, "an extended head for tag 1", "fa01" + bag().substr(2), Outcome::ok);
    add_body(34, "tags out of order", "2001" + bag(), Outcome::decode_error);
    add_body(35, "the argument twice", bag() + bag(), Outcome::ok);
    add_body(38, "a struct end at the top", "0b" + bag(), Outcome::decode_error);
    add_body(38, "a struct end too much", bag() + "0b", Outcome::decode_error);
    add_body(39, "a struct without its end", "1a0001", Outcome::decode_error);
    add_body(40, "bytes behind the last argument", bag() + "2005f1", Outcome::ok);
    const std::string packet = to_hex(good_frame()).substr(8);
    add_packet(40, "bytes behind the last field", packet + "b001c2", Outcome::ok);
    add_packet(38, "a struct end behind the last field", packet + "0b", Outcome::decode_error);
  }

  void add_headers() {
    const auto bytes = from_hex(bag());
    for (const int version : {0, 4, 99}) {
      RequestHeader odd = header();
      odd.version = static_cast<std::int16_t>(version);
      add(41, "version " + std::to_string(version), frame(odd, bytes), Outcome::decode_error);
    }
    RequestHeader one_way = header();
    one_way.packet_type = packet_one_way;
    add(42, "a one-way call with a bad body", frame(one_way, from_hex("0e")), Outcome::drop);
    for (const std::int32_t id : {0, -1, INT32_MIN}) {
      RequestHeader odd = header();
      odd.request_id = id;
      add(43, "request id " + std::to_string(id), frame(odd, bytes), Outcome::ok);
    }
    for (const std::int32_t timeout : {-5, INT32_MAX, 0}) {
      RequestHeader odd = header();
      odd.timeout_ms = timeout;
      add(44, "timeout " + std::to_string(timeout), frame(odd, bytes), Outcome::ok);
    }
    const std::string long_name(limits::mib, 's');
    RequestHeader named = header();
    named.servant = long_name;
    add(45, "a servant name of 1 MiB", frame(named, bytes), Outcome::decode_error);
    RequestHeader unknown = header();
    unknown.function = "no_such_function";
    add(46, "an unknown function", frame(unknown, bytes), Outcome::no_function);
    StringMap many;
    for (int i = 0; i < 100'000; ++i) many.emplace(std::to_string(i), "");
    RequestHeader crowded = header();
    crowded.context = &many;
    add(47, "100,000 context entries", frame(crowded, bytes), Outcome::decode_error);
    const StringMap large{{"k", std::string(limits::map_bytes_max, 'v')}};
    crowded.context = &large;
    add(47, "64 KiB of context", frame(crowded, bytes), Outcome::decode_error);
    ByteBuffer response;
    TARSIER_CHECK(write_frame(response, ResponseHeader(), bytes).ok(), "small");
    add(48, "a response", {response.span().begin(), response.span().end()}, Outcome::close);
  }

  void add_other_bodies() {
    for (const std::int16_t version : {version_tup_legacy, version_tup}) {
      TupWriter wrong(version);
      wrong.put("bag", std::string("not a bag"));
      add_tup(50, "a TUP parameter of another type", wrong, version, Outcome::decode_error);
      TupWriter right(version);
      right.put("bag", Sampler::Bag{});
      add_tup(50, "a TUP parameter", right, version, Outcome::ok);
    }
    const auto nested = [](std::size_t levels) {
      return R"({"bag":{},"x":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
    };
    add_json(R"({"bag":{}})", Outcome::ok);
    add_json(nested(63), Outcome::ok);
    add_json(nested(64), Outcome::decode_error);
    add_json(R"({"bag":{"exact":1e400}})", Outcome::decode_error);
    add_json(R"({"bag":{"text":"\ud800"}})", Outcome::decode_error);
    add_json(R"({"bag":5,"bag":{}})", Outcome::ok);
    add_json(R"([])", Outcome::decode_error);
    add_json(R"({"bag":{}} x)", Outcome::decode_error);
    add_json("", Outcome::decode_error);
  }
  void add_tup(int number, std::string what, const TupWriter& body, std::int16_t version,
               Outcome outcome) {
    ByteBuffer buffer;
    RequestHeader tup = header();
    tup.version = version;
    TARSIER_CHECK(write_uni_packet(buffer, tup, body).ok(), "small");
    add(number, std::move(what), {buffer.span().begin(), buffer.span().end()}, outcome);
  }
  void add_json(std::string_view text, Outcome outcome) {
    RequestHeader json = header();
    json.version = version_json;
    add(51, "JSON " + std::string(text.substr(0, 40)), frame(json, as_bytes(text)), outcome);
  }
  static std::vector<std::byte> text_bytes(std::string_view text) {
    return {as_bytes(text).begin(), as_bytes(text).end()};
  }

  std::size_t frame_bytes_max_;
  std::vector<CatalogueRow> rows_;
};

}  // namespace tarsier::tars::testing
