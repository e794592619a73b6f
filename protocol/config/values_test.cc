#include "protocol/config/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <limits>

namespace tarsier::config {
namespace {

TEST(ConfigValues, IntegersAreReadAsTarsReadsThem) {
  EXPECT_EQ(tars_integer("3000"), 3000);
  EXPECT_EQ(tars_integer(" -7 "), -7);
  EXPECT_EQ(tars_integer("+7"), 7);
  EXPECT_EQ(tars_integer("010"), 10) << "no octal";
  EXPECT_EQ(tars_integer("0x1F"), 31);
  EXPECT_EQ(tars_integer("0xfg"), 15);
  EXPECT_EQ(tars_integer("60*1000"), 60) << "the literal of upstream that made 60 s into 5 s";
  EXPECT_EQ(tars_integer("3s"), 3);
  for (const char* none : {"", "abc", "-", "--1", "+-1", "0x", "${asyncthread}"}) {
    EXPECT_EQ(tars_integer(none), 0) << none;
  }
  EXPECT_EQ(tars_integer("99999999999999999999"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(tars_integer("-99999999999999999999"), std::numeric_limits<std::int64_t>::min());
}

TEST(ConfigValues, FlagsAreNumbers) {
  EXPECT_TRUE(tars_flag("1"));
  EXPECT_TRUE(tars_flag("2"));
  for (const char* off : {"0", "", "true", "yes", "Y"}) EXPECT_FALSE(tars_flag(off)) << off;
}

TEST(ConfigValues, SizesCountInStepsOf1024) {
  EXPECT_EQ(tars_size("52428800", 7), 52'428'800u);
  EXPECT_EQ(tars_size("10M", 7), 10u << 20);
  EXPECT_EQ(tars_size("1.5K", 7), 1536u);
  EXPECT_EQ(tars_size("1G", 7), 1u << 30);
  EXPECT_EQ(tars_size("0", 7), 0u);
  for (const char* none : {"", "M", "10m", "10MB", "x", "-1", "-1K", "1e3", "10 000", "0x10",
                           "99999999999999G", "infK", "nan"}) {
    EXPECT_EQ(tars_size(none, 7), 7u) << none;
  }
}

std::string doubt(const Reading& reading) {
  return reading.problem + (reading.hint.empty() ? "" : "; " + reading.hint);
}

struct Meant {
  const char* text;
  Unit unit;
  std::int64_t value;  // as TARS reads it
  const char* doubt;
};

TEST(ConfigValues, DoubtsWhatIsHardlyMeant) {
  const Meant table[] = {
      {"3000", Unit::milliseconds, 3000, ""},
      {" 3000 ", Unit::milliseconds, 3000, ""},
      {"-1", Unit::count, -1, ""},
      {"0x10", Unit::count, 16, ""},
      {"3s", Unit::milliseconds, 3, "expected a number of milliseconds; did you mean 3000?"},
      {"3 s", Unit::milliseconds, 3, "expected a number of milliseconds; did you mean 3000?"},
      {"1.5s", Unit::milliseconds, 1, "expected a number of milliseconds; did you mean 1500?"},
      {"500ms", Unit::milliseconds, 500, "expected a number of milliseconds; did you mean 500?"},
      {"5min", Unit::milliseconds, 5, "expected a number of milliseconds; did you mean 300000?"},
      {"60*1000", Unit::milliseconds, 60, "expected a number of milliseconds; did you mean 60000?"},
      {"3000 # ms", Unit::milliseconds, 3000,
       "expected a number of milliseconds; did you mean 3000? a comment needs a line of its own"},
      {"\"3000\"", Unit::milliseconds, 0, "expected a number of milliseconds; did you mean 3000?"},
      {"3000;", Unit::milliseconds, 3000, "expected a number of milliseconds; did you mean 3000?"},
      {"10,000", Unit::count, 10, "expected a number; did you mean 10000?"},
      {"10_000", Unit::count, 10, "expected a number; did you mean 10000?"},
      {"1,5", Unit::count, 1, "expected a number"},
      {"10k", Unit::count, 10, "expected a number; did you mean 10000?"},
      {"3.5", Unit::count, 3, "expected a number"},
      {"many", Unit::count, 0, "expected a number"},
      {"10m", Unit::bytes, 0,
       "expected a number of bytes, or one with K, M or G; did you mean 10485760?"},
      {"10MB", Unit::bytes, 0,
       "expected a number of bytes, or one with K, M or G; did you mean 10485760?"},
      {"10M", Unit::bytes, 10 << 20, ""},
      {"big", Unit::bytes, 0, "expected a number of bytes, or one with K, M or G"},
  };
  for (const Meant& each : table) {
    const Reading reading = read_number(each.text, each.unit);
    EXPECT_EQ(reading.value, each.value) << each.text;
    EXPECT_EQ(doubt(reading), each.doubt) << each.text;
  }
  EXPECT_FALSE(read_number("many", Unit::count).any);
  EXPECT_FALSE(read_number("", Unit::count).any);
  EXPECT_FALSE(read_number("10m", Unit::bytes).any);
  EXPECT_TRUE(read_number("3s", Unit::milliseconds).any);
}

TEST(ConfigValues, DoubtsFlagsThatAreNoNumbers) {
  EXPECT_EQ(doubt(read_flag("1")), "");
  EXPECT_EQ(doubt(read_flag("0")), "");
  EXPECT_EQ(doubt(read_flag("true")), "expected 0 or 1; did you mean 1?");
  EXPECT_EQ(read_flag("true").value, 0) << "as TARS reads it";
  EXPECT_EQ(doubt(read_flag("Off")), "expected 0 or 1; did you mean 0?");
  EXPECT_EQ(doubt(read_flag("2")), "expected 0 or 1");
  EXPECT_EQ(read_flag("2").value, 1);
  EXPECT_FALSE(read_flag("").any);
}

RC_GTEST_PROP(ConfigValuesProperty, NumbersComeBack, (std::int64_t number)) {
  const std::string text = std::to_string(number);
  RC_ASSERT(tars_integer(text) == number);
  const Reading reading = read_number(text, Unit::count);
  RC_ASSERT(reading.any && reading.value == number && reading.problem.empty());
}

// The C library reads decimal text the same way.
RC_GTEST_PROP(ConfigValuesProperty, AgreesWithTheCLibrary, ()) {
  const std::string text = *rc::gen::container<std::string>(
      rc::gen::element('0', '1', '9', '-', '+', ' ', 'a', '.', 'x'));
  RC_PRE(text.find('x') == text.npos);
  RC_ASSERT(tars_integer(text) == std::strtoll(text.c_str(), nullptr, 10));
}

RC_GTEST_PROP(ConfigValuesProperty, AnyTextHasAReading, (std::string text)) {
  for (const Unit unit : {Unit::count, Unit::milliseconds, Unit::bytes}) {
    const Reading reading = read_number(text, unit);
    RC_ASSERT(reading.any || !reading.problem.empty());
  }
  RC_ASSERT(tars_size(text, 7) == tars_size(text, 8) || tars_size(text, 7) == 7u);
}

}  // namespace
}  // namespace tarsier::config
