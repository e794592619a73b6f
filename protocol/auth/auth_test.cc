#include "protocol/auth/auth.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/tars/frame.h"
#include "protocol/tars/packet_writer.h"

namespace tarsier::auth {
namespace {

constexpr std::int64_t now_s = 1'700'000'000;
const Credentials known{"Test.Auth.SecretObj", "key-of-the-shop", "123456"};

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

// The packet inside of a frame.
std::span<const std::byte> packet_of(const ByteBuffer& frame) { return frame.span().subspan(4); }

State check(const ByteBuffer& frame, const Credentials& expected = known,
            std::int64_t when_s = now_s) {
  tars::RequestView request;
  return check_request(packet_of(frame), expected, when_s, request);
}

ByteBuffer request_of(const Credentials& credentials, std::int64_t when_s = now_s) {
  ByteBuffer frame;
  EXPECT_TRUE(write_request(frame, credentials, when_s).ok());
  return frame;
}

TEST(Auth, TheSignatureIsThatOfTheSpecification) {
  EXPECT_EQ(hex(signature("123456", 1'700'000'000)),
            "19c4e6bcb94f29a9cef2f7f97f2912844d6886b427ca7bb8a8b3b7c6cf5807e7"
            "df4f43fafcb00599adef5384f91b8819");
}

TEST(Auth, ARequestIsTheCallThatTheSpecificationDescribes) {
  const ByteBuffer frame = request_of(known);
  EXPECT_LT(frame.size(), 256u) << "TarsCpp servers take no more";
  tars::RequestView request;
  ASSERT_EQ(check_request(packet_of(frame), known, now_s, request), State::success);
  EXPECT_EQ(request.version, 1);
  EXPECT_EQ(request.packet_type, tars::packet_normal);
  EXPECT_EQ(request.message_type, 0x40);
  EXPECT_EQ(request.request_id, 1);
  EXPECT_EQ(request.servant, known.object);
  EXPECT_EQ(request.function, "InnerAuthServer");
}

TEST(Auth, SuccessIsAnsweredAsUpstreamDoes) {
  const ByteBuffer frame = request_of(known);
  tars::RequestView request;
  ASSERT_EQ(check_request(packet_of(frame), known, now_s, request), State::success);
  ByteBuffer answer;
  ASSERT_TRUE(write_success(answer, request).ok());
  EXPECT_TRUE(check_answer(packet_of(answer)).ok());
  tars::ResponseView view;
  ASSERT_TRUE(tars::decode_response(packet_of(answer), view).ok());
  EXPECT_EQ(view.request_id, 1);
  EXPECT_EQ(view.message_type, 0x40);
  EXPECT_EQ(view.ret, 0);
  EXPECT_EQ(as_text(view.body), "AUTH_SUCC");
}

TEST(Auth, OnlySuccessInAnyCaseIsSuccess) {
  const auto answered = [](std::string_view text, std::int32_t ret) {
    tars::ResponseHeader header;
    header.request_id = 1;
    header.ret = ret;
    ByteBuffer frame;
    EXPECT_TRUE(tars::write_frame(frame, header, as_bytes(text)).ok());
    return check_answer(packet_of(frame)).code();
  };
  EXPECT_EQ(answered("auth_succ", 0), Code::ok);
  EXPECT_EQ(answered("AUTH_SUCC", -1), Code::denied);
  EXPECT_EQ(answered("AUTH_SUCCESS", 0), Code::denied);
  EXPECT_EQ(answered("", 0), Code::denied);
  EXPECT_EQ(check_answer({}).code(), Code::denied);
}

TEST(Auth, WhatIsWrongIsSaidInTheOrderOfTheSpecification) {
  Credentials wrong = known;
  wrong.access_key = "another";
  EXPECT_EQ(check(request_of(wrong)), State::wrong_access_key);
  wrong = known;
  wrong.object = "Test.Auth.OtherObj";
  EXPECT_EQ(check(request_of(wrong)), State::wrong_object);
  wrong = known;
  wrong.secret_key = "654321";
  const State secret = check(request_of(wrong));
  EXPECT_TRUE(secret == State::undecipherable || secret == State::wrong_secret);
  EXPECT_EQ(check(request_of(known, now_s - 3599)), State::success);
  EXPECT_EQ(check(request_of(known, now_s + 3599)), State::success);
  EXPECT_EQ(check(request_of(known, now_s - 3600)), State::wrong_time);
  EXPECT_EQ(check(request_of(known, now_s + 3600)), State::wrong_time);
  EXPECT_EQ(check(request_of(known, INT64_MIN)), State::wrong_time);
  EXPECT_EQ(check(request_of(known, INT64_MAX)), State::wrong_time);
}

TEST(Auth, AnotherHashIsNotSupported) {
  tars::RequestHeader header;
  header.function = function_name;
  ByteBuffer frame;
  ASSERT_TRUE(tars::write_frame(frame, header, [](tars::Writer& writer) {
                writer.write(1, known.object);
                writer.write(2, known.access_key);
                writer.write(3, now_s);
                writer.write(4, std::string_view("sha256"));
                writer.write(5, signature(known.secret_key, now_s));
              }).ok());
  EXPECT_EQ(check(frame), State::unsupported_hash);
}

TEST(Auth, ACallInsteadIsAProtocolError) {
  tars::RequestHeader header;
  header.servant = known.object;
  header.function = "sayHello";
  ByteBuffer frame;
  ASSERT_TRUE(tars::write_frame(frame, header, as_bytes(std::string(100, 'x'))).ok());
  EXPECT_EQ(check(frame), State::protocol_error);
}

TEST(Auth, DescriptionsTellNothingOfTheCredentials) {
  for (const State state :
       {State::success, State::protocol_error, State::wrong_object, State::wrong_access_key,
        State::wrong_time, State::unsupported_hash, State::undecipherable, State::wrong_secret}) {
    EXPECT_FALSE(describe(state).empty());
    EXPECT_EQ(std::string(describe(state)).find(known.secret_key), std::string::npos);
  }
}

// No accident of the network makes a stranger a friend: a changed byte changes what is proved, or
// nothing that matters.
RC_GTEST_PROP(Auth, AWrongSecretIsNeverAccepted,
              (const std::string& secret, std::uint16_t place, std::uint8_t flip)) {
  RC_PRE(secret != known.secret_key);
  Credentials wrong = known;
  wrong.secret_key = secret;
  std::string bytes(as_text(packet_of(request_of(wrong))));
  bytes[place % bytes.size()] ^= static_cast<char>(flip);
  tars::RequestView request;
  RC_ASSERT(check_request(as_bytes(bytes), known, now_s, request) != State::success);
}

RC_GTEST_PROP(Auth, GarbageIsRefused, (const std::string& garbage)) {
  tars::RequestView request;
  RC_ASSERT(check_request(as_bytes(garbage), known, now_s, request) != State::success);
  RC_ASSERT(!check_answer(as_bytes(garbage)).ok());
}

}  // namespace
}  // namespace tarsier::auth
