#include "protocol/trace/handed_on.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "protocol/tars/packet_writer.h"

namespace tarsier::trace {
namespace {

// What a server hands on of a request with such a status.
HandedOn received(const tars::StringMap& status, std::int32_t type) {
  tars::RequestHeader header;
  header.servant = "A.B.C";
  header.message_type = type;
  header.status = &status;
  ByteBuffer frame;
  tars::write_frame(frame, header, std::span<const std::byte>()).value();
  tars::RequestView view;
  tars::decode_request(frame.span().subspan(4), view).value();
  return handed_on(view, std::nullopt, no_deadline);
}

TEST(HandedOn, IsWhatTheRequestBrought) {
  const HandedOn all = received({{"user", "7"},
                                 {"traceparent", "00-1"},
                                 {"STATUS_DYED_KEY", "10001"},
                                 {"STATUS_TRACE_KEY", "f-t|a"},
                                 {"STATUS_GRID_KEY", "k"}},
                                0x104);
  EXPECT_EQ(all.cookies, (tars::StringMap{{"user", "7"}}));
  EXPECT_EQ(all.dye, "10001");
  ASSERT_TRUE(all.span);
  EXPECT_EQ(all.span->parent(), "a");
  EXPECT_FALSE(received({{"STATUS_TRACE_KEY", "f-t|a"}}, 0).span) << "without its bit";
  EXPECT_FALSE(received({{"STATUS_TRACE_KEY", "nonsense"}}, 0x100).span);
  EXPECT_FALSE(received({}, 0x100).span);
}

TEST(HandedOn, OfNothingAddsNothing) {
  std::int32_t type = 0;
  tars::StringMap status = {{"own", "1"}};
  add_to(HandedOn(), "id", type, status);
  EXPECT_EQ(type, 0);
  EXPECT_EQ(status, (tars::StringMap{{"own", "1"}}));
}

TEST(HandedOn, WhatTheCallSaysItselfWins) {
  HandedOn all = received({{"user", "7"}, {"STATUS_DYED_KEY", "10001"}}, 0x04);
  std::int32_t type = 0;
  tars::StringMap status = {{"user", "8"}, {"STATUS_DYED_KEY", "own"}};
  add_to(all, "", type, status);
  EXPECT_EQ(type, 0x04);
  EXPECT_EQ(status, (tars::StringMap{{"user", "8"}, {"STATUS_DYED_KEY", "own"}}));
}

// However long a chain is, its last server sees what its first caller sent, and spans that follow
// one another.
RC_GTEST_PROP(HandedOn, ArrivesAtTheEndOfAnyChain, ()) {
  HandedOn start;
  for (const char* key : {"user", "lane"})
    if (*rc::gen::arbitrary<bool>()) start.cookies[key] = *rc::gen::element("", "1", "22");
  if (*rc::gen::arbitrary<bool>()) start.dye = *rc::gen::element<std::string>("", "10001");
  if (*rc::gen::arbitrary<bool>()) start.span = Span::root("f-t", "0");
  const int hops = *rc::gen::inRange(1, 10);
  HandedOn now = start;
  for (int hop = 1; hop <= hops; ++hop) {
    std::int32_t type = 0;
    tars::StringMap status = {{"b3", "of this hop alone"}};
    add_to(now, std::to_string(hop), type, status);
    now = received(status, type);
    RC_ASSERT(now.cookies == start.cookies);
    RC_ASSERT(now.dye == start.dye);
    RC_ASSERT(now.span.has_value() == start.span.has_value());
    if (now.span) {
      RC_ASSERT(now.span->trace() == "f-t");
      RC_ASSERT(now.span->parent() == std::to_string(hop));
    }
  }
}

}  // namespace
}  // namespace tarsier::trace
