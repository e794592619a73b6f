#include "protocol/trace/status.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "protocol/tars/packet_writer.h"

namespace tarsier::trace {
namespace {

// A request as a server sees it.
class Request {
 public:
  Request(const std::string& servant, const std::string& function, const tars::StringMap& status,
          std::int32_t message_type = 0) {
    tars::RequestHeader header;
    header.servant = servant;
    header.function = function;
    header.status = &status;
    header.message_type = message_type;
    tars::write_frame(frame_, header, std::span<const std::byte>()).value();
    tars::decode_request(frame_.span().subspan(4), view).value();
  }
  tars::RequestView view;

 private:
  ByteBuffer frame_;
};

TEST(Cookies, AreWhatTheFrameworkAndTracersDoNotOwn) {
  for (const char* cookie : {"user", "a-b3", "b3x", "STATUS", "TARS", "x-b4-a", "tracestates", ""})
    EXPECT_TRUE(is_cookie(cookie)) << cookie;
  for (const char* other :
       {"STATUS_DYED_KEY", "status_x", "TARS_FUNC", "tars_x", "traceparent", "TraceState", "b3",
        "B3", "x-b3-traceid", "X-B3-Flags", "uber-trace-id"}) {
    EXPECT_FALSE(is_cookie(other)) << other;
  }
}

RC_GTEST_PROP(Cookies, TravelOnAndOnUnchanged, ()) {
  tars::StringMap status;
  for (const char* key : {"user", "lane", "STATUS_TRACE_KEY", "b3", "TARS_FUNC", "x"}) {
    if (*rc::gen::arbitrary<bool>()) status[key] = *rc::gen::element<std::string>("1", "2", "");
  }
  tars::StringMap own;
  for (const char* key : {"user", "mine"}) {
    if (*rc::gen::arbitrary<bool>()) own[key] = "own";
  }
  const Request request("A.B.C", "f", status);
  const tars::StringMap cookies = cookies_of(request.view.status);
  tars::StringMap next = own;
  add_cookies(cookies, next);
  for (const auto& [key, value] : next) {
    if (own.count(key) > 0) {
      RC_ASSERT(value == own.at(key));
    } else {
      RC_ASSERT(is_cookie(key) && status.at(key) == value);
    }
  }
  for (const auto& [key, value] : status) RC_ASSERT(!is_cookie(key) || next.count(key) == 1u);
  // A hop further nothing has changed.
  const Request further("A.B.D", "g", next);
  tars::StringMap last;
  add_cookies(cookies_of(further.view.status), last);
  RC_ASSERT(last == next);
}

TEST(Dye, ARuleHasTwoOrThreeWords) {
  EXPECT_EQ(parse_dye_rule("10001 A.B.C").value(),
            (DyeRule{.key = "10001", .servant = "A.B.C", .function = ""}));
  EXPECT_EQ(parse_dye_rule("  10001\tA.B.C   add ").value().function, "add");
  for (const char* wrong : {"", "one", "a b c d"}) {
    EXPECT_EQ(parse_dye_rule(wrong).code(), Code::malformed) << wrong;
  }
}

TEST(Dye, ComesFromTheCallerOrFromARule) {
  const std::optional<DyeRule> rule = parse_dye_rule("10001 A.B.C add").value();
  const auto dyed = [&](const char* servant, const char* function, const tars::StringMap& status,
                        std::int32_t type = 0) {
    return dye_of(Request(servant, function, status, type).view, rule).value_or("(no)");
  };
  EXPECT_EQ(dyed("A.B.C", "add", {{"STATUS_GRID_KEY", "10001"}}), "10001");
  EXPECT_EQ(dyed("A.B.C", "add", {{"STATUS_GRID_KEY", "10002"}}), "(no)");
  EXPECT_EQ(dyed("A.B.C", "add", {}), "(no)");
  EXPECT_EQ(dyed("A.B.C", "sub", {{"STATUS_GRID_KEY", "10001"}}), "(no)");
  EXPECT_EQ(dyed("A.B.D", "add", {{"STATUS_GRID_KEY", "10001"}}), "(no)");
  EXPECT_EQ(dyed("X.Y.Z", "any", {{"STATUS_DYED_KEY", "7"}}, 0x04), "7");
  EXPECT_EQ(dyed("X.Y.Z", "any", {{"STATUS_DYED_KEY", "7"}}), "(no)") << "without its bit";
  EXPECT_EQ(dyed("X.Y.Z", "any", {}, 0x04), "");
  const std::optional<DyeRule> every = parse_dye_rule("10001 A.B.C").value();
  EXPECT_TRUE(dye_of(Request("A.B.C", "sub", {{"STATUS_GRID_KEY", "10001"}}).view, every));
  EXPECT_FALSE(dye_of(Request("A.B.C", "sub", {}).view, std::nullopt));
}

TEST(Dye, TravelsOn) {
  tars::StringMap status = {{"user", "u"}};
  std::int32_t type = 0x80;
  dye("10001", type, status);
  EXPECT_EQ(type, 0x84);
  EXPECT_EQ(dye_of(Request("A.B.C", "f", status, type).view, std::nullopt), "10001");
}

}  // namespace
}  // namespace tarsier::trace
