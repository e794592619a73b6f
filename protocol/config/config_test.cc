#include "protocol/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "protocol/config/config_testing.h"

namespace tarsier::config {
namespace {

Config parsed(std::string_view text, std::string_view file = "hello.conf") {
  auto config = Config::parse(text, file);
  EXPECT_TRUE(config.ok()) << config.error().detail;
  return config.ok() ? std::move(config).value() : Config();
}

TEST(Config, FollowsPaths) {
  const Config config = parsed("k=0\n<a>\nk=1\n<b c>\nk=2\n</b c>\n</a>");
  EXPECT_EQ(config.get("/<k>"), "0");
  EXPECT_EQ(config.get("/a<k>"), "1");
  EXPECT_EQ(config.get("/a/b c<k>"), "2");
  EXPECT_EQ(config.get("//a//b c/<k>"), "2") << "empty names in a path are skipped";
  EXPECT_EQ(config.domain("/a/b c")->name(), "b c");
  EXPECT_EQ(config.domain("/"), &config.root());
  EXPECT_EQ(config.domain("/a/x"), nullptr);
  EXPECT_EQ(config.domain("a"), nullptr);
  for (const char* path : {"/a<x>", "/x<k>", "a<k>", "/a", "/a<k", "/a>k<", ""}) {
    EXPECT_EQ(config.entry(path), nullptr) << path;
    EXPECT_EQ(config.get(path, "fallback"), "fallback") << path;
  }
}

TEST(Config, SaysWhatIsMissing) {
  const Config config = parsed("<a>\nk=1\n</a>");
  EXPECT_EQ(config.require("/a<k>").value(), "1");
  EXPECT_EQ(config.require("/a<x>").code(), Code::not_found);
  EXPECT_EQ(config.require("/a<x>").error().detail, "hello.conf has no key '/a<x>'");
  EXPECT_EQ(config.require("a.x").code(), Code::malformed);
  EXPECT_EQ(config.require("a.x").error().detail,
            "'a.x' is no path of a key: write '/domain/domain<key>'");
}

TEST(Config, IsWrittenAsTarsWritesIt) {
  EXPECT_EQ(parsed("<a>\n<b>\nx = 1\n</b>\nk= a=b\\\\\nempty=\n<c>\n</c>\n</a>\ntop=0").render(),
            "top=0\n"
            "<a>\n"
            "  k=a\\=b\\\\\n"
            "  empty\n"
            "  <b>\n"
            "    x=1\n"
            "  </b>\n"
            "  <c>\n"
            "  </c>\n"
            "</a>\n");
  EXPECT_EQ(Config().render(), "");
}

TEST(Config, WritesWhatItReadEvenWhereTheFormatIsNarrow) {
  for (const std::string_view text :
       {"back\\\\ = slash", "=", "= nameless", "k = <v> & <w>", "k<>=1", "x = # y",
        "\n\xEF\xBB\xBFmark = at the beginning of a line", "<a>\n\xEF\xBB\xBF<b>\n</a>"}) {
    const Config config = parsed(text);
    EXPECT_EQ(parsed(config.render()), config) << config.render();
  }
}

TEST(Config, SetKeepsThePositionOfAKey) {
  Config config = parsed("<a>\nx=1\ny=2\n</a>");
  EXPECT_TRUE(config.set("/a<x>", "3").ok());
  EXPECT_TRUE(config.set("/a/new/er<z>", "4 = four").ok());
  EXPECT_EQ(config.render(),
            "<a>\n  x=3\n  y=2\n  <new>\n    <er>\n      z=4 \\= four\n    "
            "</er>\n  </new>\n</a>\n");
  EXPECT_EQ(config.where(config.entry("/a<x>")->place), "(set by the program)");
  EXPECT_EQ(config.where(config.entry("/a<y>")->place), "hello.conf:3");
}

TEST(Config, SetRefusesWhatAFileCannotSay) {
  Config config;
  const auto complaint = [&config](std::string_view path, std::string_view value) {
    return config.set(path, value).error().detail;
  };
  EXPECT_EQ(complaint("k", "v"), "'k' is no path of a key: write '/domain/domain<key>'");
  EXPECT_EQ(complaint("/<#k>", "v"), "key '#k' begins with '#': it would be a comment");
  EXPECT_EQ(complaint("/<<k>", "v"), "key '<k' begins with '<': it would be a domain");
  EXPECT_EQ(complaint("/< k>", "v"),
            "key ' k' begins or ends with a space, which a file cannot keep");
  EXPECT_EQ(complaint("/<k>", "v "),
            "the value of key 'k' begins or ends with a space, which a file cannot keep");
  EXPECT_EQ(complaint("/a /b<k>", "v"), "the name of domain 'a ' begins or ends with a blank");
  EXPECT_EQ(complaint("/a\nb<k>", "v"),
            "the name of domain 'a?b' contains '<', '>' or the end of a line");
  EXPECT_EQ(config, Config()) << "nothing was set";

  std::string deep;
  for (std::size_t i = 0; i <= limits::config_depth_max; ++i) deep += "/d";
  EXPECT_EQ(config.set(deep + "<k>", "v").code(), Code::limit);
  EXPECT_EQ(config.set("/<k>", std::string(limits::config_line_bytes_max, 'v')).code(),
            Code::limit);
  EXPECT_EQ(config.set("/<k>", std::string(limits::config_line_bytes_max / 2, '=')).code(),
            Code::limit)
      << "escapes count";
  EXPECT_EQ(config, Config()) << "nothing was set";
}

TEST(Config, SetKeepsToTheBoundOfAFile) {
  Config config;
  std::size_t set = 0;
  while (set <= limits::config_items_max && config.set("/d<" + std::to_string(set) + '>', "").ok())
    ++set;
  EXPECT_EQ(set, limits::config_items_max - 2);
  EXPECT_EQ(config.set("/d<x>", "").code(), Code::limit);
  EXPECT_TRUE(Config::parse(config.render(), "large.conf").ok());
}

TEST(Config, JoinLetsOneOrTheOtherWin) {
  const Config ours = parsed("<a>\nx=1\ny=2\n</a>\n<b>\n</b>", "ours.conf");
  const Config other = parsed("<c>\n</c>\n<a>\nz=3\nx=4\n</a>", "other.conf");
  Config joined = ours;
  EXPECT_TRUE(joined.join(other, Join::other_wins).ok());
  EXPECT_EQ(joined.render(), "<a>\n  y=2\n  z=3\n  x=4\n</a>\n<b>\n</b>\n<c>\n</c>\n");
  EXPECT_EQ(joined.where(joined.entry("/a<x>")->place), "other.conf:5");
  EXPECT_EQ(joined.where(joined.entry("/a<y>")->place), "ours.conf:3");

  joined = ours;
  EXPECT_TRUE(joined.join(other, Join::ours_wins).ok());
  EXPECT_EQ(joined.render(), "<c>\n</c>\n<a>\n  z=3\n  x=1\n  y=2\n</a>\n<b>\n</b>\n");
  EXPECT_EQ(joined.where(joined.entry("/a<x>")->place), "ours.conf:2");
  EXPECT_EQ(joined.where(joined.entry("/a<z>")->place), "other.conf:4");

  EXPECT_TRUE(joined.join(joined, Join::other_wins).ok()) << "with itself";
  EXPECT_EQ(joined.get("/a<x>"), "1");
  EXPECT_EQ(joined.files().size(), 2u);
}

TEST(Config, JoinKeepsItsBound) {
  Config config = parsed("a\nb");
  Bounds bounds;
  bounds.items_max = 3;
  const auto result = config.join(parsed("c\nd"), Join::other_wins, bounds);
  EXPECT_EQ(result.code(), Code::limit);
  EXPECT_EQ(result.error().detail, "joined, the configurations have 4 keys: at most 3");
  EXPECT_EQ(config, parsed("a\nb")) << "nothing changed";
}

RC_GTEST_PROP(ConfigProperty, WhatIsWrittenReadsBackEqual, ()) {
  const auto config = Config::parse(text_of(*random_lines()), "random.conf");
  RC_ASSERT(config.ok());
  const std::string text = config->render();
  const auto again = Config::parse(text, "again.conf");
  RC_ASSERT(again.ok());
  RC_ASSERT(*again == *config);
  RC_ASSERT(again->render() == text);
}

RC_GTEST_PROP(ConfigProperty, WhatCanBeSetCanBeWritten, ()) {
  Config config;
  for (int i = 0; i < 8; ++i) {
    const std::string path =
        *rc::gen::element<std::string>("/", "/a", "/a/b") + '<' + *nasty_text() + '>';
    const std::string value = *rc::gen::arbitrary<std::string>();
    if (config.set(path, value).ok()) RC_ASSERT(config.get(path) == value);
  }
  const auto again = Config::parse(config.render(), "again.conf");
  RC_ASSERT(again.ok());
  RC_ASSERT(*again == config);
}

RC_GTEST_PROP(ConfigProperty, JoiningIsReadingOneTextBehindTheOther, ()) {
  const auto first = Config::parse(text_of(*random_lines()), "first.conf");
  const auto second = Config::parse(text_of(*random_lines()), "second.conf");
  Config joined = *first;
  RC_ASSERT(joined.join(*second, Join::other_wins).ok());
  RC_ASSERT(joined == *Config::parse(first->render() + '\n' + second->render(), "both.conf"));
  Config kept = *second;
  RC_ASSERT(kept.join(*first, Join::ours_wins).ok());
  RC_ASSERT(kept == joined);
}

}  // namespace
}  // namespace tarsier::config
