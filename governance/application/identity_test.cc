#include "governance/application/identity.h"

#include <gtest/gtest.h>

namespace tarsier::application {
namespace {

TEST(Identity, ASetHasThreePartsOrIsOff) {
  const auto set = parse_set_name("shop.south.2");
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->name, "shop");
  EXPECT_EQ(set->area, "south");
  EXPECT_EQ(set->group, "2");
  EXPECT_EQ(set->concatenated(), "shopsouth2");
  EXPECT_EQ(parse_set_name("shop.south.*")->group, "*") << "every group of the area";
  for (const char* off : {"", "NULL", "shop", "shop.south", "shop.south.", ".south.2", "shop..2",
                          "*.south.2", "shop.*.2", "a.b.c.d"}) {
    EXPECT_FALSE(parse_set_name(off).has_value()) << off;
  }
}

TEST(Identity, TravelsAsTheNameOfTheNode) {
  Identity identity;
  EXPECT_TRUE(report_options(identity, std::chrono::seconds(1)).context.empty());
  identity.node_name = "10.0.0.7";
  const CallOptions options = report_options(identity, std::chrono::seconds(1));
  EXPECT_EQ(options.context, (tars::StringMap{{"node_name", "10.0.0.7"}}));
  EXPECT_EQ(options.timeout, std::chrono::seconds(1));
}

}  // namespace
}  // namespace tarsier::application
