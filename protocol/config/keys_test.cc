#include "protocol/config/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tarsier::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array keys = {
    Key{.name = "name", .standard = "nobody", .meaning = "whose it is"},
    Key{.name = "threads", .kind = Kind::number, .standard = "1", .low = 1, .high = 8},
    Key{.name = "wait",
        .kind = Kind::milliseconds,
        .standard = "0",
        .low = 5000,
        .zero_is_off = true},
    Key{.name = "report",
        .kind = Kind::number,
        .standard = "1400",
        .low = 500,
        .high = 1400,
        .below = 1400,
        .above = 1400},
    Key{.name = "logsize", .kind = Kind::size, .standard = "50M", .low = 1},
    Key{.name = "check", .kind = Kind::flag, .standard = "1"},
    Key{.name = "order", .standard = "allow,deny", .accepts = "allow,deny or deny,allow"},
    Key{.name = "loops", .kind = Kind::number, .standard = "one per core", .low = 1, .high = 8},
    Key{.name = "secret", .secret = true},
    Key{.name = "shmkey", .kind = Kind::known},
};

class Keys : public testing::Test {
 protected:
  DomainReader reader(const std::string& text) {
    auto parsed = Config::parse("<d>\n" + text + "\n</d>", "x.conf");
    EXPECT_TRUE(parsed.ok());
    config_ = std::move(parsed).value();
    notes_.clear();
    return DomainReader(config_, config_.domain("/d"), keys, notes_);
  }
  std::vector<std::string> notes() const {
    std::vector<std::string> texts;
    for (const ConfigNote& note : notes_) texts.push_back(note.to_string());
    return texts;
  }

  Config config_;
  std::vector<ConfigNote> notes_;
};

TEST_F(Keys, AbsentOnesHaveTheirStandardValue) {
  for (DomainReader each : {reader(""), DomainReader(config_, nullptr, keys, notes_)}) {
    EXPECT_FALSE(each.given("name"));
    EXPECT_EQ(each.text("name"), "nobody");
    EXPECT_EQ(each.number("threads"), 1);
    EXPECT_EQ(each.duration("wait"), Duration::zero());
    EXPECT_EQ(each.size("logsize"), 50u << 20);
    EXPECT_TRUE(each.flag("check"));
    EXPECT_THAT(notes(), IsEmpty());
  }
}

TEST_F(Keys, NumbersStayInTheirBoundsAndSaySo) {
  EXPECT_EQ(reader("threads=8").number("threads"), 8);
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_EQ(reader("threads=9").number("threads"), 8);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: threads=9: accepted are 1 to 8; 8 is used"));
  EXPECT_EQ(reader("threads=-1").number("threads"), 1);
  EXPECT_THAT(notes(),
              ElementsAre("x.conf:2: warning: threads=-1: accepted are 1 to 8; 1 is used"));
  EXPECT_EQ(reader("report=200").number("report"), 1400);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: report=200: accepted are 500 to 1400; 1400 "
                                   "is used"));
  EXPECT_EQ(reader("wait=0").number("wait"), 0);
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_EQ(reader("wait=1").number("wait"), 5000);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: wait=1: accepted are 0 (off), or at least "
                                   "5000; 5000 is used"));
}

TEST_F(Keys, TextsThatAreNoNumbersAreReadAsTarsReadsThemWhereThatIsANumber) {
  EXPECT_EQ(reader("wait=8s").number("wait"), 5000);
  EXPECT_THAT(notes(),
              ElementsAre("x.conf:2: warning: wait=8s: expected a number of milliseconds; 5000 is "
                          "used (TARS reads 8; accepted are 0 (off), or at least 5000); did you "
                          "mean 8000?"));
  EXPECT_EQ(reader("threads=4 # four").number("threads"), 4);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: threads=4 # four: expected a number; 4 is "
                                   "used (TARS reads 4); did you mean 4? a comment needs a line of "
                                   "its own"));
  EXPECT_EQ(reader("threads=many").number("threads"), 1);
  EXPECT_THAT(notes(),
              ElementsAre("x.conf:2: warning: threads=many: expected a number; 1 is used"));
  EXPECT_EQ(reader("threads=").number("threads"), 1);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: threads=: expected a number; 1 is used"));
  EXPECT_EQ(reader("logsize=10m").size("logsize"), 50u << 20);
  EXPECT_THAT(notes(),
              ElementsAre("x.conf:2: warning: logsize=10m: expected a number of bytes, or one with "
                          "K, M or G; 50M is used; did you mean 10485760?"));
}

TEST_F(Keys, ABoundMayDependOnAnotherKey) {
  EXPECT_EQ(reader("").number("threads", 3), 3);
  EXPECT_THAT(notes(), IsEmpty()) << "nobody wrote the standard value";
  EXPECT_EQ(reader("threads=2").number("threads", 3), 3);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: threads=2: accepted are 3 to 8; 3 is used"));
}

TEST_F(Keys, ANumberMayHaveNoStandardValue) {
  EXPECT_EQ(reader("").optional_number("loops"), std::nullopt);
  EXPECT_EQ(reader("loops=3").optional_number("loops"), 3);
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_EQ(reader("loops=9").optional_number("loops"), 8);
  EXPECT_EQ(reader("loops=auto").optional_number("loops"), std::nullopt);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: loops=auto: expected a number; one per core "
                                   "is used"));
}

TEST_F(Keys, FactsOfTheMachineStandInForWhatIsAbsentOrEmpty) {
  EXPECT_EQ(reader("").text_or("name", "here"), "here");
  EXPECT_EQ(reader("name=").text_or("name", "here"), "here");
  EXPECT_EQ(reader("name=there").text_or("name", "here"), "there");
  EXPECT_THAT(notes(), IsEmpty());
}

TEST_F(Keys, FlagsAreNumbers) {
  EXPECT_FALSE(reader("check=0").flag("check"));
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_FALSE(reader("check=true").flag("check"));
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: check=true: expected 0 or 1; 0 is used, as "
                                   "in TARS; did you mean 1?"));
  EXPECT_TRUE(reader("check=").flag("check"));
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: check=: expected 0 or 1; 1 is used"));
}

constexpr std::array<std::pair<std::string_view, int>, 2> orders{
    {{"allow,deny", 1}, {"deny,allow", 2}}};

TEST_F(Keys, ChoicesAreFoundWhateverTheirCase) {
  EXPECT_EQ(reader("").one_of("order", orders), 1);
  EXPECT_EQ(reader("order=Deny,Allow").one_of("order", orders), 2);
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_EQ(reader("order=deny,alow").one_of("order", orders), 1);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: order=deny,alow: expected allow,deny or "
                                   "deny,allow; allow,deny is used; did you mean 'deny,allow'?"));
  EXPECT_EQ(reader("order=x").one_of("order", orders, LogLevel::error), 1);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: error: order=x: expected allow,deny or deny,allow"));
}

TEST_F(Keys, WhatDoesNotParseIsAnError) {
  const auto parse = [](std::string_view text) -> Result<int> {
    if (text == "seven") return 7;
    return Error(Code::malformed, "only 'seven' will do");
  };
  EXPECT_EQ(reader("name=seven").parsed("name", parse), 7);
  EXPECT_EQ(reader("name=").parsed("name", parse), std::nullopt);
  EXPECT_THAT(notes(), IsEmpty());
  EXPECT_EQ(reader("name=eight").parsed("name", parse), std::nullopt);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: error: name=eight: only 'seven' will do"));
}

TEST_F(Keys, MacrosThatNobodyFilledInCountAsAbsent) {
  EXPECT_EQ(reader("threads=${asyncthread}").number("threads"), 1);
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: threads=${asyncthread}: a macro of a "
                                   "template that was never filled in; the key counts as absent"));
  EXPECT_EQ(reader("name=${app}.${server}").text("name"), "nobody");
}

TEST_F(Keys, SecretsAreNeitherMacrosNorShown) {
  DomainReader secret = reader("secret=pa${ss}word");
  EXPECT_EQ(secret.text("secret"), "pa${ss}word");
  EXPECT_THAT(notes(), IsEmpty());
  secret.note(LogLevel::warn, "secret", "too old");
  EXPECT_THAT(notes(), ElementsAre("x.conf:2: warning: secret=***: too old"));
}

TEST_F(Keys, UnknownOnesAreNamedWithTheNearest) {
  reader("thread=1\nshmkey=7\nzebra=1\nNAME=x\nname=y").note_unknown_keys();
  EXPECT_THAT(notes(),
              ElementsAre("x.conf:2: warning: unknown key 'thread', which is ignored; did you mean "
                          "'threads'?",
                          "x.conf:4: warning: unknown key 'zebra', which is ignored",
                          "x.conf:5: warning: unknown key 'NAME', which is ignored; did you mean "
                          "'name'?"));
}

TEST_F(Keys, LongAndStrangeValuesStayOffTheTerminal) {
  reader("threads=\x1b[31m" + std::string(1000, 'x')).number("threads");
  EXPECT_EQ(notes()[0].find('\x1b'), std::string::npos);
  EXPECT_LT(notes()[0].size(), 200u);
}

TEST_F(Keys, AreATableForPeople) {
  EXPECT_EQ(markdown_table(keys),
            "| key | default | accepted | meaning |\n"
            "| --- | --- | --- | --- |\n"
            "| `name` | nobody | text | whose it is |\n"
            "| `threads` | 1 | 1 to 8 |  |\n"
            "| `wait` | 0 | ms, 0 (off), or at least 5000 |  |\n"
            "| `report` | 1400 | 500 to 1400 |  |\n"
            "| `logsize` | 50M | bytes, or with K, M, G |  |\n"
            "| `check` | 1 | 0 or 1 |  |\n"
            "| `order` | allow,deny | allow,deny or deny,allow |  |\n"
            "| `loops` | one per core | 1 to 8 |  |\n"
            "| `secret` |  | text |  |\n"
            "\n"
            "Known, and without a meaning here: `shmkey`.\n");
}

// Whatever is written, what is used lies in the bounds, and is what was written or has a note.
RC_GTEST_FIXTURE_PROP(Keys, AValueIsInItsBoundsOrHasANote, ()) {
  const std::string value = *rc::gen::oneOf(
      rc::gen::map(rc::gen::arbitrary<int>(), [](int number) { return std::to_string(number); }),
      rc::gen::container<std::string>(rc::gen::element('0', '1', '9', '-', 's', ' ', 'x', 'M')));
  const std::int64_t used = reader("threads=" + value).number("threads");
  RC_ASSERT(used >= 1 && used <= 8);
  if (notes_.empty()) {
    RC_ASSERT(tars_integer(value) == used);
  } else {
    RC_ASSERT(notes_.size() == 1u);
  }
}

}  // namespace
}  // namespace tarsier::config
