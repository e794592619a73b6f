// What servers of other implementations answer, in the bytes they were seen to send.
#include <gmock/gmock.h>

#include "client/client_testing.h"
#include "protocol/tars/codec_testing.h"

namespace tarsier::testing {
namespace {

using ::testing::HasSubstr;

class ForeignAnswerTest : public ClientTest {
 protected:
  // Asks in `format` and answers with a packet, whose request id is 1.
  void ask_and_answer(tars::BodyFormat format, std::string_view packet_hex) {
    CallOptions options;
    options.format = format;
    proxy = connect_to({server.endpoint()});
    ask(proxy, "x", options);
    send(packet_hex);
  }
  void send(std::string_view packet_hex) {
    const auto packet = tars::testing::from_hex(packet_hex);
    ByteBuffer frame;
    const auto length = static_cast<std::uint8_t>(packet.size() + 4);
    frame.append(std::string_view("\0\0\0", 3));
    frame.append(std::as_bytes(std::span(&length, 1)));
    frame.append(packet);
    server.send(frame.span());
  }

  AskClient proxy;
};

TEST_F(ForeignAnswerTest, CodesAndVersionsOfTarsGoAreTolerated) {
  proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  server.answer(id_of(0), "from TarsGo", 1, 0, 0);  // version 0, iRet 1 (spec §10.3)
  ask(proxy, "b");
  tars::ResponsePacket too_low;  // no server of ours can be made to send it
  too_low.request_id = id_of(1);
  too_low.ret = -1000;
  server.send(too_low);
  ask(proxy, "c");
  server.answer(id_of(2), "fine", 0, 0, 0);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].code(), Code::application);
  EXPECT_EQ(results[0].error().wire_code, 1);
  EXPECT_EQ(results[0].error().detail, "from TarsGo");
  EXPECT_EQ(results[1].error().wire_code, -1000) << "the error of that call alone";
  EXPECT_EQ(results[2]->ret, "fine");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(ForeignAnswerTest, WhatAClientSaysOfItsOwnCallsIsTheServersBusinessWhenAnswered) {
  proxy = connect_to({server.endpoint()});
  for (const Code code : {Code::connect, Code::no_endpoint, Code::client_decode, Code::send}) {
    ask(proxy, "x");
    server.answer(server.requests().back().request_id, "", static_cast<std::int32_t>(code));
    ASSERT_FALSE(results.back().ok());
    EXPECT_EQ(results.back().code(), Code::application) << code_name(code);
    EXPECT_EQ(results.back().error().wire_code, static_cast<std::int32_t>(code));
  }
  for (const Code code : {Code::server_decode, Code::no_function, Code::no_servant, Code::timeout,
                          Code::queue_timeout, Code::overload, Code::unknown}) {
    ask(proxy, "x");
    server.answer(server.requests().back().request_id, "", static_cast<std::int32_t>(code));
    EXPECT_EQ(results.back().code(), code);
  }
}

TEST_F(ForeignAnswerTest, ATupCodeThatIsNoNumberIsAFailure) {
  proxy = connect_to({server.endpoint()});
  CallOptions options;
  options.format = tars::BodyFormat::tup;
  const std::byte body[] = {std::byte{0x08}, std::byte{0x0c}};  // no parameter at all
  for (const char* code : {"many", "99999999999", "", "3x", "1001"}) {
    calls.spawn(note_failure(proxy.tars_ping(options), code));
    world.run_until_idle();
    const tars::StringMap status = {{"STATUS_RESULT_CODE", code}};
    tars::RequestHeader header;
    header.version = tars::version_tup;
    header.request_id = server.requests().back().request_id;
    header.status = &status;
    ByteBuffer frame;
    tars::write_frame(frame, header, body).value();
    server.send(frame.span());
  }
  EXPECT_EQ(failed,
            (std::vector<std::string>{"many -99", "99999999999 -99", "3x -99", "1001 1001"}))
      << "an empty code is none";
}

// TarsGo copies neither iRet nor the text into the RequestPacket that answers TUP.
TEST_F(ForeignAnswerTest, AnEmptyTupBodyIsAFailureThatDoesNotSayWhich) {
  ask_and_answer(tars::BodyFormat::tup, "10032c3c4001 5600 6600 7d000c 8c 980c a80c");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::unknown);
  EXPECT_THAT(results[0].error().detail, HasSubstr("TarsGo"));
}

// TarsJava names a return value "", TarsGo and TarsCpp both "" and "tars_ret".
TEST_F(ForeignAnswerTest, AReturnValueHasEitherName) {
  ask_and_answer(tars::BodyFormat::tup,
                 "10032c3c4001 5600 6600 7d00000c 0800010600 1d000003 060168 8c 980c a80c");
  ASSERT_EQ(results.size(), 1u);
  ASSERT_TRUE(results[0].ok()) << results[0].error().to_string();
  EXPECT_EQ(results[0]->ret, "h");
}

TEST_F(ForeignAnswerTest, VersionTwoMayBeAnsweredWithAResponsePacket) {
  ask_and_answer(tars::BodyFormat::tup2, "10022c30014c5001 6d000c 780c 8603 6e6f21");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].error().wire_code, 1);
  EXPECT_EQ(results[0].error().detail, "no!");
}

TEST_F(ForeignAnswerTest, AServerWithoutVersionTwoAnswersItInPlainTars) {
  ask_and_answer(tars::BodyFormat::tup2, "10022c30014c5c 6d000003 060168 780c");
  ASSERT_EQ(results.size(), 1u);
  ASSERT_TRUE(results[0].ok()) << results[0].error().to_string();
  EXPECT_EQ(results[0]->ret, "h");
}

TEST_F(ForeignAnswerTest, APingIsAnsweredWithAnyBody) {
  proxy = connect_to({server.endpoint()});
  const auto ping = [this](tars::BodyFormat format, std::string_view packet_hex) {
    CallOptions options;
    options.format = format;
    calls.spawn(note_failure(proxy.tars_ping(options), std::string(packet_hex)));
    world.run_until_idle();
    send(packet_hex);
    EXPECT_TRUE(calls.empty()) << packet_hex;
  };
  ping(tars::BodyFormat::tars, "10012c30014c5c 6d000c 780c");
  ping(tars::BodyFormat::tup, "10032c3c4002 5600 6600 7d000c 8c 980c a80c");  // TarsGo
  ping(tars::BodyFormat::tup, "10032c3c4003 560141 660142");                  // TarsJava
  ping(tars::BodyFormat::tup2, "10022c30044c5c 6d000c 780c");                 // TarsGo
  ping(tars::BodyFormat::json, "10052c30054c5c 6d000c 780c");                 // all
  EXPECT_EQ(failed, std::vector<std::string>());
}

}  // namespace
}  // namespace tarsier::testing
