#include "protocol/trace/set_name.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "protocol/tars/packet_writer.h"

namespace tarsier::trace {
namespace {

bool admits(const char* own, std::int32_t type, const tars::StringMap& status) {
  tars::RequestHeader header;
  header.message_type = type;
  header.status = &status;
  ByteBuffer frame;
  tars::write_frame(frame, header, std::span<const std::byte>()).value();
  tars::RequestView view;
  tars::decode_request(frame.span().subspan(4), view).value();
  return set_admits(view, own);
}

TEST(SetName, AnAreaIsClosedToTheOthersOfItsName) {
  EXPECT_TRUE(set_may_call("app.sz.1", "app.sz.1"));
  EXPECT_TRUE(set_may_call("app.sz.1", "app.sz.2"));
  EXPECT_TRUE(set_may_call("app.sz.*", "app.sz.2"));
  EXPECT_FALSE(set_may_call("app.sz.1", "app.gz.1"));
  EXPECT_TRUE(set_may_call("app.sz.1", "other.gz.1"));
}

TEST(SetName, ARequestIsAskedOnlyIfBothSidesHaveASet) {
  EXPECT_TRUE(admits("", 0x80, {{"STATUS_SETNAME_VALUE", "app.gz.1"}}));
  EXPECT_TRUE(admits("app.sz.1", 0, {{"STATUS_SETNAME_VALUE", "app.gz.1"}}));
  EXPECT_FALSE(admits("app.sz.1", 0x80, {{"STATUS_SETNAME_VALUE", "app.gz.1"}}));
  EXPECT_TRUE(admits("app.sz.1", 0x84, {{"STATUS_SETNAME_VALUE", "app.sz.3"}}));
  EXPECT_FALSE(admits("app.sz.1", 0x80, {})) << "it says it has one, and not which";
}

RC_GTEST_PROP(SetName, MayCallIsMutual, ()) {
  const auto set = [] {
    const auto part = [] { return *rc::gen::element<std::string>("a", "b", "*"); };
    return part() + "." + part() + "." + part();
  };
  const std::string one = set();
  const std::string other = set();
  RC_ASSERT(set_may_call(one, one));
  RC_ASSERT(set_may_call(one, other) == set_may_call(other, one));
}

}  // namespace
}  // namespace tarsier::trace
