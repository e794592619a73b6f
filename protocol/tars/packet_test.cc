#include "protocol/tars/packet.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "protocol/tars/codec_testing.h"
#include "protocol/tars/packet_writer.h"

namespace tarsier::tars {
namespace {

using testing::from_hex;
using testing::message_of;
using testing::to_hex;

constexpr std::string_view ping_hex =
    "10012c3c4001560b4170702e5372762e4f626a6609746172735f70696e677d000c810bb8980ca80c";

RequestHeader ping_header() {
  RequestHeader header;
  header.request_id = 1;
  header.servant = "App.Srv.Obj";
  header.function = "tars_ping";
  header.timeout_ms = 3000;
  return header;
}

// The packet of a frame, whose length is checked.
std::string packet_hex(const ByteBuffer& frame) {
  EXPECT_GE(frame.size(), 5u);
  EXPECT_EQ(detail::load_be<std::uint32_t>(frame.data()), frame.size());
  return to_hex(frame.span().subspan(4));
}

TEST(TarsPacket, WritesTheGoldenPing) {
  ByteBuffer frame;
  ASSERT_TRUE(write_frame(frame, ping_header(), [](Writer&) {}).ok());
  EXPECT_EQ(packet_hex(frame), ping_hex);
}

TEST(TarsPacket, ReadsTheGoldenPing) {
  const auto bytes = from_hex(ping_hex);
  RequestView view;
  ASSERT_TRUE(decode_request(bytes, view).ok());
  EXPECT_TRUE(view.identified);
  EXPECT_FALSE(view.one_way());
  EXPECT_EQ(view.request_id, 1);
  EXPECT_EQ(view.servant, "App.Srv.Obj");
  EXPECT_EQ(view.function, "tars_ping");
  EXPECT_EQ(view.timeout_ms, 3000);
  EXPECT_TRUE(view.body.empty());
  EXPECT_TRUE(view.context.empty());
  EXPECT_EQ(view.unknown_bytes, 0u);
}

TEST(TarsPacket, WritesTheGoldenResponses) {
  ByteBuffer frame;
  ResponseHeader header;
  header.request_id = 1;
  ASSERT_TRUE(write_frame(frame, header, [](Writer&) {}).ok());
  EXPECT_EQ(packet_hex(frame), "10012c30014c5c6d000c780c");
  frame.clear();
  header.ret = -3;
  header.description = "x";
  ASSERT_TRUE(write_frame(frame, header, [](Writer&) {}).ok());
  EXPECT_EQ(packet_hex(frame), "10012c30014c50fd6d000c780c860178");
}

TEST(TarsPacket, ClampsRetToTheLowestLegalCode) {
  ByteBuffer frame;
  ResponseHeader header;
  header.ret = -1000;
  ASSERT_TRUE(write_frame(frame, header, [](Writer&) {}).ok());
  ResponseView view;
  ASSERT_TRUE(decode_response(frame.span().subspan(4), view).ok());
  EXPECT_EQ(view.ret, -99);
}

// For each upstream packet: the owned struct, the views and the frame writer agree on every byte.
TEST(TarsPacket, AgreesWithUpstreamOnRequests) {
  for (const auto& row : testing::vectors_of("packets.tsv")) {
    if (row[0] != "RequestPacket") continue;
    const auto bytes = from_hex(row[1]);
    Reader reader(bytes);
    RequestPacket owned;
    ASSERT_TRUE(owned.tars_read(reader)) << row[1];
    EXPECT_EQ(to_hex(message_of(owned).span()), row[1]);

    RequestView view;
    (void)decode_tup_reply(bytes, view);  // any version
    EXPECT_EQ(view.context.to_map(), owned.context);
    const StringMap context = view.context.to_map();
    const StringMap status = view.status.to_map();
    RequestHeader header;
    header.version = view.version;
    header.packet_type = view.packet_type;
    header.message_type = view.message_type;
    header.request_id = view.request_id;
    header.servant = view.servant;
    header.function = view.function;
    header.timeout_ms = view.timeout_ms;
    header.context = &context;
    header.status = &status;
    for (const std::size_t guess : {0u, 1u, 128u, 40'000u}) {
      header.body_bytes_guess = guess;
      ByteBuffer frame;
      ASSERT_TRUE(write_frame(frame, header, view.body).ok());
      EXPECT_EQ(packet_hex(frame), row[1]);
    }
  }
}

TEST(TarsPacket, AgreesWithUpstreamOnResponses) {
  for (const auto& row : testing::vectors_of("packets.tsv")) {
    if (row[0] != "ResponsePacket") continue;
    const auto bytes = from_hex(row[1]);
    Reader reader(bytes);
    ResponsePacket owned;
    ASSERT_TRUE(owned.tars_read(reader)) << row[1];
    EXPECT_EQ(to_hex(message_of(owned).span()), row[1]);

    ResponseView view;
    ASSERT_TRUE(decode_response(bytes, view).ok());
    const StringMap context = view.context.to_map();
    const StringMap status = view.status.to_map();
    ResponseHeader header;
    header.version = view.version;
    header.request_id = view.request_id;
    header.message_type = view.message_type;
    header.ret = view.ret;
    header.description = view.description;
    header.context = &context;
    header.status = &status;
    ByteBuffer frame;
    ASSERT_TRUE(write_frame(frame, header, view.body).ok());
    EXPECT_EQ(packet_hex(frame), row[1]);
  }
}

TEST(TarsPacket, MovesTheBodyOnlyAsFarAsItsLengthNeeds) {
  for (const std::size_t size : {0u, 1u, 127u, 128u, 32'767u, 32'768u, 100'000u}) {
    const std::string text(size, 'b');
    for (const std::size_t guess : {0u, 64u, 200u, 50'000u}) {
      ByteBuffer frame;
      frame.append("before");
      RequestHeader header = ping_header();
      header.body_bytes_guess = guess;
      ASSERT_TRUE(write_frame(frame, header, as_bytes(text)).ok());
      RequestView view;
      ASSERT_TRUE(decode_request(frame.span().subspan(6 + 4), view).ok());
      EXPECT_EQ(as_text(view.body), text);
      EXPECT_EQ(view.timeout_ms, 3000);
    }
  }
}

TEST(TarsPacket, LeavesTheBufferAloneWhenAFrameIsTooLarge) {
  ByteBuffer out;
  out.append("before");
  const std::string half(60 * limits::mib, 'x');
  const auto result = write_frame(out, ping_header(), [&](Writer& writer) {
    writer.write(1, half);
    writer.write(2, half);
  });
  EXPECT_EQ(result.code(), Code::limit);
  EXPECT_EQ(out.text(), "before");
}

TEST(TarsPacket, ToleratesMissingFields) {
  RequestView request;
  EXPECT_TRUE(decode_request(from_hex("1001 4007 560161 660162 7d000c"), request).ok());
  EXPECT_EQ(request.request_id, 7);
  for (const std::string_view hex :
       {"4007 560161 660162 7d000c", "1001 560161 660162 7d000c", "1001 4007 660162 7d000c",
        "1001 4007 560161 7d000c", "1001 4007 560161 660162"})
    EXPECT_FALSE(decode_request(from_hex(hex), request).ok()) << hex;
  ResponseView response;
  EXPECT_TRUE(decode_response(from_hex("1001 3007 6d000c"), response).ok());
  EXPECT_EQ(response.request_id, 7);
  EXPECT_FALSE(decode_response(from_hex("1001 6d000c"), response).ok());
  EXPECT_FALSE(response.identified);
  EXPECT_FALSE(decode_response(from_hex("1001 3007"), response).ok());
  EXPECT_TRUE(response.identified);
  EXPECT_FALSE(decode_response(from_hex("1001 3007 6d000c 7801"), response).ok());
  EXPECT_FALSE(decode_response(from_hex("1001 3007 6d000c 9801"), response).ok());
  RequestView tup;
  EXPECT_TRUE(decode_tup_reply(from_hex("1003 4007 7d000c"), tup).ok());
  EXPECT_TRUE(decode_tup_reply(from_hex("1003 2c 3c 4007 560161 660162"), tup).ok());
  EXPECT_TRUE(tup.body.empty());
}

TEST(TarsPacket, TellsTheTwoPacketsApart) {
  for (const std::string_view hex :
       {"1002 2c 3007 4c 5c 6d000c 780c", "1002 2c 3007 4c 50fd 6d000c", "1002 3007 6d000c"})
    EXPECT_TRUE(is_response_packet(from_hex(hex))) << hex;
  for (const std::string_view hex : {"1003 2c 3c 4007 5600 6600 7d000c 8c 980c a80c",
                                     "1003 4007 7d000c", "1003 4007 660162", "1003", "", "ff"})
    EXPECT_FALSE(is_response_packet(from_hex(hex))) << hex;
}

TEST(TarsPacket, KnowsTheVersionsItAnswers) {
  RequestView view;
  for (const std::string_view version : {"1c", "1004", "1063"}) {
    const auto bytes = from_hex(std::string(version) + "4007 560161 660162 7d000c");
    EXPECT_EQ(decode_request(bytes, view).code(), Code::malformed);
    EXPECT_TRUE(view.identified);
    EXPECT_EQ(reply_version(view.version), 1);
  }
  EXPECT_EQ(reply_version(3), 3);
  EXPECT_EQ(reply_version(5), 5);
}

TEST(TarsPacket, LooksIntoContextWithoutCopyingIt) {
  const auto bytes =
      from_hex("1001 4007 560161 660162 7d000c 9800030601611601620601611601630601 7a 1600 a80c");
  RequestView view;
  ASSERT_TRUE(decode_request(bytes, view).ok());
  EXPECT_EQ(view.context.size(), 3u);
  EXPECT_EQ(view.context.find("a"), "b") << "the first wins";
  EXPECT_EQ(view.context.find("z"), "");
  EXPECT_EQ(view.context.find("y"), std::nullopt);
  EXPECT_EQ(view.context.to_map(), (StringMap{{"a", "b"}, {"z", ""}}));
  EXPECT_EQ(view.context.begin()->second, "b");
}

RC_GTEST_PROP(TarsPacket, KeepsEverythingButTheBody,
              (const std::string& servant, const std::string& function, const std::string& body,
               StringMap context, StringMap status, std::int32_t id)) {
  RC_PRE(servant.size() <= limits::name_bytes_max && function.size() <= limits::name_bytes_max);
  RequestHeader header;
  header.servant = servant;
  header.function = function;
  header.request_id = id;
  header.context = &context;
  header.status = &status;
  RequestView kept;
  ByteBuffer memory;
  {
    ByteBuffer frame;
    RC_ASSERT(write_frame(frame, header, as_bytes(body)).ok());
    RequestView view;
    RC_ASSERT(decode_request(frame.span().subspan(4), view).ok());
    kept = keep_header(view, memory);
  }
  RC_ASSERT(kept.servant == servant);
  RC_ASSERT(kept.function == function);
  RC_ASSERT(kept.request_id == id);
  RC_ASSERT(kept.body.empty());
  RC_ASSERT(kept.context.to_map() == context);
  RC_ASSERT(kept.status.to_map() == status);
}

TEST(TarsPacket, OwnsMapsOfRepeatedKeysAlike) {
  const auto bytes = from_hex("1001 4007 560161 660162 7d000c 980002060161160162060161160163");
  Reader reader(bytes);
  RequestPacket packet;
  EXPECT_TRUE(packet.tars_read(reader));
  EXPECT_EQ(packet.context, (StringMap{{"a", "b"}}));
}

TEST(TarsPacket, CapsNamesAndMapsOfOwnedPackets) {
  RequestPacket packet;
  packet.servant = std::string(257, 's');
  auto bytes = message_of(packet);
  Reader long_servant(bytes.span());
  EXPECT_FALSE(packet.tars_read(long_servant));
  EXPECT_EQ(long_servant.failure(), Failure::limit);
  EXPECT_EQ(long_servant.error().code, Code::limit);

  packet.servant = "s";
  packet.function = std::string(257, 'f');
  bytes = message_of(packet);
  Reader long_function(bytes.span());
  EXPECT_FALSE(packet.tars_read(long_function));

  packet.function = "f";
  for (int i = 0; i < 129; ++i) packet.context.emplace(std::to_string(i), "");
  bytes = message_of(packet);
  Reader many_entries(bytes.span());
  EXPECT_FALSE(packet.tars_read(many_entries));

  packet.context = {{"k", std::string(limits::map_bytes_max, 'v')}};
  bytes = message_of(packet);
  Reader many_bytes(bytes.span());
  EXPECT_FALSE(packet.tars_read(many_bytes));
}

}  // namespace
}  // namespace tarsier::tars
