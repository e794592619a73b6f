#include "transport/base/words.h"

#include <gtest/gtest.h>

namespace tarsier {
namespace {

TEST(Words, SuggestsOnlyWhatIsNear) {
  EXPECT_EQ(nearest("requre", {"optional", "require"}), "require");
  EXPECT_EQ(nearest("ofr", {"for"}), "for");
  EXPECT_EQ(nearest("zebra", {"optional", "require"}), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
  EXPECT_EQ(nearest(std::string(1000, 'a'), {"a"}), "");
}

TEST(Words, ACaseIsNoDifference) {
  EXPECT_EQ(nearest("loglevel", {"lognum", "logLevel"}), "logLevel");
  EXPECT_EQ(did_you_mean("LOCATOR", {"locator"}), "did you mean 'locator'?");
  EXPECT_EQ(did_you_mean("zebra", {"locator"}), "");
}

TEST(Words, QuotesAreShortAndPrintable) {
  EXPECT_EQ(in_quotes("a\x1b[31m"), "'a?[31m'");
  EXPECT_EQ(in_quotes(std::string(50, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace tarsier
