#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <utility>

#include "protocol/config/config.h"
#include "protocol/config/config_testing.h"

namespace tarsier::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Config parsed(std::string_view text) {
  auto config = Config::parse(text, "hello.conf");
  EXPECT_TRUE(config.ok()) << config.error().detail;
  return config.ok() ? std::move(config).value() : Config();
}

std::vector<std::string> keys_of(const Domain& domain) {
  std::vector<std::string> keys;
  for (const Entry& each : domain.entries()) keys.push_back(each.key + '=' + each.value);
  return keys;
}

TEST(ConfigParser, ReadsDomainsKeysAndComments) {
  const Config config = parsed(R"(
# a comment = of its own
  top=level
<tars>  # ignored, as is everything here
  <application>
    enableset = n
    setdivision=NULL	
    alone
    = nameless
    not a = # comment
    url = a=b=c
  </application> ignored
</tars>
)");
  EXPECT_EQ(config.get("/<top>"), "level");
  EXPECT_EQ(config.get("/tars/application<enableset>"), "n");
  ASSERT_NE(config.domain("/tars/application"), nullptr);
  EXPECT_THAT(keys_of(*config.domain("/tars/application")),
              ElementsAre("enableset=n", "setdivision=NULL", "alone=", "=nameless",
                          "not a=# comment", "url=a=b=c"));
}

TEST(ConfigParser, UnescapesBothSidesAfterTrimmingThem) {
  const Config config = parsed("a\\=b\\\\c = \\t x\\n\\r\\\\ \n\\=\\= = \\=\nback\\\\ = slash\n");
  EXPECT_THAT(keys_of(config.root()), ElementsAre("a=b\\c=\t x\n\r\\", "====", "back\\=slash"));
  // Behind a backslash, even an escaped one, no '=' separates.
  EXPECT_THAT(keys_of(parsed("back\\\\=slash").root()), ElementsAre("back\\=slash="));
  EXPECT_EQ(parsed("back\\\\=slash").root().entries()[0].value, "");
}

TEST(ConfigParser, TheLastOfTwoKeysWinsAndMovesToTheEnd) {
  const Config config = parsed("a=1\nb=2\na=3\nc=4\nb=5\n");
  EXPECT_THAT(keys_of(config.root()), ElementsAre("a=3", "c=4", "b=5"));
  EXPECT_EQ(config.entry("/<b>")->place.line, 5u);
  EXPECT_THAT(config.root().lines(), ElementsAre("a=1", "b=2", "a=3", "c=4", "b=5"));
}

TEST(ConfigParser, DomainsOfOneNameAreMerged) {
  const Config config =
      parsed("<a>\nx=1\n<b>\n</b>\n</a>\n<c>\n</c>\n<a>\ny=2\n<b>\nz=3\n</b>\n</a>");
  ASSERT_EQ(config.root().domains().size(), 2u);
  EXPECT_EQ(config.root().domains()[0].name(), "a");
  EXPECT_EQ(config.root().domains()[0].place().line, 1u) << "where it was opened first";
  EXPECT_THAT(keys_of(*config.domain("/a")), ElementsAre("x=1", "y=2"));
  EXPECT_EQ(config.get("/a/b<z>"), "3");
}

TEST(ConfigParser, KeepsRawLinesForListsThatAreNoKeys) {
  const Config config = parsed("<hosts>\n  10.0.0.1 \r\n10.0.0.1\n x\\=y = 1\n</hosts>");
  EXPECT_THAT(config.domain("/hosts")->lines(), ElementsAre("10.0.0.1", "10.0.0.1", "x\\=y = 1"));
}

TEST(ConfigParser, ToleratesBlanksCarriageReturnsAndAByteOrderMark) {
  const Config config = parsed("\xEF\xBB\xBF< tars >\r\n\tk = v\r\n\r\n</tars >\r\n");
  EXPECT_EQ(config.get("/tars<k>"), "v");
  EXPECT_EQ(parsed(""), Config());
  EXPECT_EQ(parsed("# only\n\n   \n#"), Config());
}

TEST(ConfigParser, NamesOfDomainsMayBeLikeThoseOfAnEndpointCache) {
  const Config config = parsed(
      "<tars.tarsregistry.QueryObj@tcp -h /tmp/x:udp -h ::1>\n</"
      "tars.tarsregistry.QueryObj@tcp -h /tmp/x:udp -h ::1>");
  EXPECT_EQ(config.root().domains()[0].name(),
            "tars.tarsregistry.QueryObj@tcp -h /tmp/x:udp -h ::1");
}

struct Bad {
  std::string text;
  std::string sentence;
};

TEST(ConfigParser, SaysWhatIsWrongAndWhere) {
  const Bad catalogue[] = {
      {"<tars>\n  <client>\n  </cliant>\n</tars>",
       "hello.conf:3:3: '</cliant>' closes nothing: domain 'client' of line 2 is open, and closed "
       "by '</client>'"},
      {"<tars>\n<client>\n</tars>",
       "hello.conf:3:1: '</tars>' comes before '</client>': domain 'client' of line 2 is still "
       "open"},
      {"<tars>\n  <client>\n  </client>\n",
       "hello.conf:1:1: domain 'tars' is never closed: add '</tars>'"},
      {"<tars>\n<client></client>\n</tars>",
       "hello.conf:3:1: '</tars>' comes before '</client>': domain 'client' of line 2 is still "
       "open; what follows '>' in a line is ignored, so it must have a line of its own"},
      {"<client></client>",
       "hello.conf:1:1: domain 'client' is never closed: add '</client>'; what follows '>' in a "
       "line is ignored, so it must have a line of its own"},
      {"a=1\n</tars>", "hello.conf:2:1: '</tars>' closes nothing: no domain is open"},
      {"</>", "hello.conf:1:1: '</>' closes nothing: no domain is open"},
      {"\n  <tars\n",
       "hello.conf:2:3: '<tars' has no '>': a domain begins with a line '<name>' "
       "and ends with a line '</name>'"},
      {"<tars>\n</tars\n",
       "hello.conf:2:1: '</tars' has no '>': a domain begins with a line "
       "'<name>' and ends with a line '</name>'"},
      {"<",
       "hello.conf:1:1: '<' has no '>': a domain begins with a line '<name>' and ends with a "
       "line '</name>'"},
      {"<>\n</>", "hello.conf:1:1: the name of domain '' is empty"},
      {"< \t>\n</>", "hello.conf:1:1: the name of domain '' is empty"},
      {"< /a>\n", "hello.conf:1:1: the name of domain '/a' begins with '/'"},
      {"<a<b>\n",
       "hello.conf:1:1: the name of domain 'a<b' contains '<', '>' or the end of a "
       "line"},
      {"  path = C:\\dir\n",
       "hello.conf:1:12: '\\d' is no escape: there are \\\\ \\r \\n \\t and \\=, and a backslash "
       "is "
       "written '\\\\'"},
      {"k\\x = 1",
       "hello.conf:1:2: '\\x' is no escape: there are \\\\ \\r \\n \\t and \\=, and a "
       "backslash is written '\\\\'"},
      {"a = b\\", "hello.conf:1:6: a single backslash at the end: a backslash is written '\\\\'"},
      {"a\\ = b", "hello.conf:1:2: a single backslash at the end: a backslash is written '\\\\'"},
      {"a = \\\x01",
       "hello.conf:1:5: '\\?' is no escape: there are \\\\ \\r \\n \\t and \\=, and a "
       "backslash is written '\\\\'"},
  };
  for (const Bad& bad : catalogue) {
    const auto config = Config::parse(bad.text, "hello.conf");
    ASSERT_FALSE(config.ok()) << bad.text;
    EXPECT_EQ(config.code(), Code::malformed) << bad.text;
    EXPECT_EQ(config.error().detail, bad.sentence);
  }
}

TEST(ConfigParser, KeepsSecretsOutOfItsMessages) {
  const auto config = Config::parse("secretkey = hunter2\\q", "hello.conf");
  EXPECT_THAT(config.error().detail, testing::Not(HasSubstr("hunter2")));
}

TEST(ConfigParser, HasBounds) {
  Bounds bounds;
  bounds.bytes_max = 100;
  bounds.line_bytes_max = 20;
  bounds.items_max = 3;
  bounds.depth_max = 2;
  const auto complaint = [&bounds](const std::string& text) {
    const auto config = Config::parse(text, "x.conf", bounds);
    if (config.ok()) return std::string("good");
    EXPECT_EQ(config.code(), Code::limit);
    return config.error().detail;
  };
  EXPECT_EQ(complaint(std::string(100, '\n')), "good");
  EXPECT_EQ(complaint(std::string(101, '\n')), "x.conf: a text of 101 bytes: at most 100");
  EXPECT_EQ(complaint("\n" + std::string(20, 'k')), "good");
  EXPECT_EQ(complaint("\n" + std::string(21, 'k')), "x.conf:2: a line of 21 bytes: at most 20");
  EXPECT_EQ(complaint("a\nb\nc"), "good");
  EXPECT_EQ(complaint("a\na\na\n  a"), "x.conf:4:3: more than 3 keys and domains");
  EXPECT_EQ(complaint("<a>\n<b>\n</b>\n</a>"), "good");
  EXPECT_EQ(complaint("<a>\n<b>\n<c>"), "x.conf:3:1: domains more than 2 deep");
}

// However often a key is set again, or a domain opened again, a text within its bounds is read in a
// time that grows with it. A quadratic reader takes minutes for this.
TEST(ConfigParser, ReadsWhatComesAgainAndAgain) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += 'k' + std::to_string(i) + "=1\n";
  for (int i = 0; i < 40'000; ++i) text += "k0=" + std::to_string(i) + '\n';
  for (int i = 0; i < 10'000; ++i) text += "<d>\n</d>\n";
  const Config config = parsed(text);
  EXPECT_EQ(config.root().entries().size(), 40'000u);
  EXPECT_EQ(config.root().entries().back().value, "39999");
  EXPECT_EQ(config.root().domains().size(), 1u);
}

// The keys of each domain in their order.
using ByDomain = std::map<std::string, std::vector<std::pair<std::string, std::string>>>;

void collect(const Domain& domain, const std::string& path, ByDomain& out) {
  for (const Entry& each : domain.entries()) out[path].emplace_back(each.key, each.value);
  for (const Domain& each : domain.domains()) collect(each, path + '/' + each.name(), out);
}

RC_GTEST_PROP(ConfigParserProperty, SaysWhatTheLinesSay, ()) {
  const Lines lines = *random_lines();
  const auto config = Config::parse(text_of(lines), "random.conf");
  RC_ASSERT(config.ok());
  ByDomain found, said;
  collect(config->root(), "", found);
  for (const ModelKey& each : model_of(lines)) said[each.path].emplace_back(each.key, each.value);
  RC_ASSERT(found == said);
}

RC_GTEST_PROP(ConfigParserProperty, EndsOnAnyText, (std::string text)) {
  const auto config = Config::parse(text, "any.conf");
  if (!config.ok()) RC_ASSERT(config.error().detail.starts_with("any.conf:"));
}

}  // namespace
}  // namespace tarsier::config
