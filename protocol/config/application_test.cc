#include "protocol/config/application.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tarsier::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SetName, HasThreeParts) {
  const auto set = parse_set_name("shop.south.1");
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->name, "shop");
  EXPECT_EQ(set->area, "south");
  EXPECT_EQ(set->group, "1");
  EXPECT_EQ(parse_set_name("shop.south.*")->group, "*");
  for (const std::string_view bad : {"", "NULL", "shop", "shop.south", "shop.south.", ".south.1",
                                     "shop..1", "a.b.c.d", "a b.c.d", "a.b.c\t", ".."}) {
    EXPECT_EQ(parse_set_name(bad).error().detail,
              in_quotes(bad) +
                  " is no set: it is named name.area.group, as 'shop.south.1' or "
                  "'shop.south.*'");
  }
  EXPECT_EQ(parse_set_name("*.south.1").error().detail,
            "'*.south.1' is no set: only the last part, the group, may be '*'");
  EXPECT_FALSE(parse_set_name("shop.*.1").ok());
  EXPECT_FALSE(parse_set_name("a.b." + std::string(300, 'c')).ok());
}

RC_GTEST_PROP(SetNameProperty, IsNothingButItsParts, (const std::string& text)) {
  if (const auto set = parse_set_name(text); set.ok()) {
    RC_ASSERT(set->name + '.' + set->area + '.' + set->group == text);
  }
}

struct Outcome {
  std::string division;
  std::vector<std::string> notes;
};

Outcome division_of(const std::string& application, const std::string& client) {
  const auto config = Config::parse("<tars>\n<application>\n" + application + "\n<client>\n" +
                                        client + "\n</client>\n</application>\n</tars>",
                                    "x.conf");
  std::vector<ConfigNote> notes;
  Outcome outcome;
  outcome.division = read_set_division(*config, notes);
  for (const ConfigNote& note : notes) outcome.notes.push_back(note.to_string());
  return outcome;
}

TEST(SetDivision, CountsOnlyWhenItIsSwitchedOn) {
  EXPECT_EQ(division_of("enableset=y\nsetdivision=shop.south.1", "").division, "shop.south.1");
  EXPECT_EQ(division_of("enableset=Y\nsetdivision=shop.south.*", "").division, "shop.south.*");
  for (const char* off : {"", "enableset=n", "setdivision=shop.south.1",
                          "enableset=n\nsetdivision=NULL", "enableset=n\nsetdivision=*.*"}) {
    EXPECT_EQ(division_of(off, "").division, "") << off;
    EXPECT_THAT(division_of(off, "").notes, IsEmpty()) << off;
  }
}

TEST(SetDivision, TheClientsDomainComesFirst) {
  const std::string both = "enableset=y\nsetdivision=shop.south.1";
  EXPECT_EQ(division_of(both, "enableset=n").division, "");
  EXPECT_EQ(division_of(both, "setdivision=shop.north.2").division, "shop.north.2");
  EXPECT_EQ(division_of("setdivision=shop.south.1", "enableset=y").division, "shop.south.1");
}

TEST(SetDivision, ASetThatCannotBeIsAnError) {
  EXPECT_THAT(division_of("enableset=y\nsetdivision=shop.south", "").notes,
              ElementsAre("x.conf:4: error: setdivision=shop.south: 'shop.south' is no set: it is "
                          "named name.area.group, as 'shop.south.1' or 'shop.south.*'; without a "
                          "set, write enableset = n"));
  EXPECT_THAT(division_of("enableset=y", "").notes,
              ElementsAre("x.conf:2: error: setdivision: 'NULL' is no set: it is named "
                          "name.area.group, as 'shop.south.1' or 'shop.south.*'; without a set, "
                          "write enableset = n"));
  EXPECT_THAT(division_of("enableset=yes\nsetdivision=a.b.c", "").notes,
              ElementsAre("x.conf:3: warning: enableset=yes: expected y or n; n is used"));
}

TEST(TlsFiles, ACertificateNeedsItsKey) {
  const std::array keys = {key_ca, key_cert, key_key, key_ciphers, key_verify_client};
  const auto notes_of = [&keys](const std::string& text) {
    const auto config = Config::parse(text, "x.conf");
    std::vector<ConfigNote> notes;
    DomainReader reader(*config, &config->root(), keys, notes);
    read_tls(reader, TlsSide::server);
    std::vector<std::string> texts;
    for (const ConfigNote& note : notes) texts.push_back(note.to_string());
    return texts;
  };
  EXPECT_THAT(notes_of("cert=a\nkey=b\nca=c\nverifyclient=1\nciphers=HIGH"), IsEmpty());
  EXPECT_THAT(notes_of(""), IsEmpty());
  EXPECT_THAT(notes_of("cert=a.pem"),
              ElementsAre("x.conf:1: error: cert=a.pem: a certificate without its private key: set "
                          "'key' too"));
  EXPECT_THAT(notes_of("key=a.pem"),
              ElementsAre("x.conf:1: error: key=a.pem: a private key without its certificate: set "
                          "'cert' too"));
  EXPECT_THAT(notes_of("verifyclient=1"),
              ElementsAre("x.conf:1: error: verifyclient=1: nothing to check the certificates of "
                          "clients against: set 'ca' too"));
}

TEST(Application, KnowsDomainsThatAreNearlyItsOwn) {
  const auto config = Config::parse(
      "<tars>\n<application>\n<sever>\n</sever>\n<mine>\n</mine>\n<client>\n"
      "</client>\n<clients>\n</clients>\n</application>\n</tars>",
      "x.conf");
  std::vector<ConfigNote> notes;
  EXPECT_EQ(find_part(*config, "server", notes), nullptr);
  EXPECT_EQ(find_part(*config, "client", notes), config->domain("/tars/application/client"));
  ASSERT_EQ(notes.size(), 1u) << "<clients> is the user's own beside <client>";
  EXPECT_EQ(notes[0].to_string(),
            "x.conf:3: warning: domain 'sever' is not read; did you mean 'server'?");
}

TEST(Application, SaysWhenThereIsNone) {
  std::vector<ConfigNote> notes;
  EXPECT_EQ(find_part(Config(), "server", notes), nullptr);
  EXPECT_THAT(notes, IsEmpty()) << "nobody wrote anything";
  EXPECT_EQ(find_part(*Config::parse("<tar>\n</tar>", "x.conf"), "server", notes), nullptr);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].to_string(),
            "x.conf: warning: there is no domain /tars/application: every key has its default");
}

}  // namespace
}  // namespace tarsier::config
