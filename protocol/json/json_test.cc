#include "protocol/json/json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "protocol/json/writer.h"

namespace tarsier::json {
namespace {

// Writes a parsed value again.
void rewrite(Writer& writer, Value value) {
  switch (value.kind()) {
    case Kind::null: writer.null(); break;
    case Kind::boolean: writer.boolean(*value.boolean()); break;
    case Kind::number:
      if (const auto integer = value.integer()) {
        writer.integer(*integer);
      } else {
        writer.number(*value.number());
      }
      break;
    case Kind::string: writer.string(*value.string()); break;
    case Kind::array:
      writer.begin_array();
      value.each_element([&](Value element) { return rewrite(writer, element), true; });
      writer.end_array();
      break;
    case Kind::object:
      writer.begin_object();
      value.each_member([&](std::string_view key, Value member) {
        writer.key(key);
        return rewrite(writer, member), true;
      });
      writer.end_object();
      break;
  }
}

std::string again(std::string_view text) {
  const auto document = Document::parse(text);
  if (!document.ok()) return document.error().detail;
  ByteBuffer buffer;
  Writer writer(buffer);
  rewrite(writer, (*document)->root());
  return std::string(buffer.text());
}
std::string written(std::string_view text) {
  ByteBuffer buffer;
  Writer(buffer).string(text);
  return std::string(buffer.text());
}

TEST(Json, ReadsAndWritesEveryKind) {
  for (const std::string_view text :
       {R"(null)", R"(true)", R"(-7)", R"("x")", R"([])", R"({})", R"([1,[2,[]],{"a":{}}])",
        R"({"a":1,"b":[true,false,null],"c":{"d":"e"},"":""})", "9223372036854775807",
        "-9223372036854775808", "0.5", "1e-07"})
    EXPECT_EQ(again(text), text);
  EXPECT_EQ(again(" [ 1 , 2 ] \r\n\t"), "[1,2]");
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "[1,]",
                                      "{\"a\"}",
                                      "{a:1}",
                                      "01",
                                      "1.",
                                      "\"a",
                                      "\"\x01\"",
                                      "\"\xff\"",
                                      "\"\\ud800\"",
                                      "\"\\udc00\\ud800\"",
                                      "\"\\x\"",
                                      "1 2",
                                      "[] x",
                                      "1e400",
                                      "-1e400",
                                      "NaN",
                                      "'a'",
                                      "/**/1",
                                      "TRUE"})
    EXPECT_FALSE(Document::parse(text).ok()) << text;
}

TEST(Json, BoundsTheDepth) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(Document::parse(nested(64)).ok());
  EXPECT_EQ(Document::parse(nested(65)).code(), Code::limit);
  EXPECT_EQ(Document::parse(std::string(1'000'000, '[')).code(), Code::limit);
  EXPECT_FALSE(Document::parse(nested(3), {.depth_max = 2}).ok());
}

TEST(Json, CombinesSurrogatesAndUnescapes) {
  const std::string text = R"(["\ud83d\ude00","a\"\\\/\b\f\n\r\tz","plain","\u00e9"])";
  const auto document = Document::parse(text);
  ASSERT_TRUE(document.ok());
  std::vector<std::string> strings;
  (*document)->root().each_element([&](Value value) {
    strings.emplace_back(*value.string());
    return true;
  });
  EXPECT_EQ(strings, (std::vector<std::string>{"\xf0\x9f\x98\x80", "a\"\\/\b\f\n\r\tz", "plain",
                                               "\xc3\xa9"}));
}

TEST(Json, LetsTheLastOfRepeatedKeysWin) {
  const std::string text = R"({"a":1,"b":2,"a":3,"\u0061":4})";
  const auto document = Document::parse(text);
  ASSERT_TRUE(document.ok());
  const Value root = (*document)->root();
  EXPECT_EQ(root.size(), 4u);
  EXPECT_EQ(root.find("a")->integer(), 4);
  EXPECT_EQ(root.find("c"), std::nullopt);
  const MemberIndex index(root);
  EXPECT_EQ(index.find("a")->integer(), 4);
  EXPECT_EQ(index.find("b")->integer(), 2);
  EXPECT_EQ(index.find("c"), std::nullopt);
  EXPECT_EQ(index.find(""), std::nullopt);
  EXPECT_EQ(MemberIndex(*root.find("a")).find("a"), std::nullopt);
}

TEST(Json, KeepsNumbersExact) {
  const auto integer = [](std::string_view text) {
    return (*Document::parse(text))->root().integer();
  };
  EXPECT_EQ(integer("9007199254740993"), 9007199254740993);
  EXPECT_EQ(integer("5.0"), 5);
  EXPECT_EQ(integer("1e3"), 1000);
  EXPECT_EQ(integer("0.5"), std::nullopt);
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(integer("1e18"), std::nullopt) << "beyond what a double holds exactly";
  EXPECT_EQ(integer("\"5\""), std::nullopt);
  const auto real = [](std::string_view text) { return (*Document::parse(text))->root().number(); };
  EXPECT_EQ(real("0.1"), 0.1);
  EXPECT_EQ(real("1e-7"), 1e-7);
  EXPECT_EQ(real("123456789.123456789e-5"), 123456789.123456789e-5);
  EXPECT_EQ(real("1e-400"), 0.0);
  EXPECT_TRUE(std::signbit(*real("-1e-400")));
  EXPECT_EQ(real("null"), std::nullopt);
  const auto narrow = [](std::string_view text) {
    return (*Document::parse(text))->root().number_as_float();
  };
  EXPECT_EQ(narrow("0.1"), 0.1f);
  EXPECT_EQ(narrow("1e39"), std::nullopt);
  EXPECT_EQ(narrow("1e-60"), 0.0f);
  EXPECT_EQ(narrow("true"), std::nullopt);
}

TEST(Json, AnswersWrongKindsWithNothing) {
  const auto document = Document::parse("[true]");
  const Value root = (*document)->root();
  EXPECT_EQ(root.boolean(), std::nullopt);
  EXPECT_EQ(root.string(), std::nullopt);
  EXPECT_EQ(root.size(), 1u);
  EXPECT_TRUE(root.each_member([](std::string_view, Value) { return false; }));
  EXPECT_FALSE(root.each_element([](Value) { return false; }));
  EXPECT_TRUE(Value().is_null());
  EXPECT_EQ(Value().size(), 0u);
  EXPECT_TRUE(Value().each_element([](Value) { return false; }));
}

TEST(JsonWriter, EscapesAndRepairsStrings) {
  EXPECT_EQ(written("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(written(std::string_view("\x00\x1f", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(written("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  for (const std::string_view wrong : {"\x80", "\xc3", "\xc0", "\xff", "\xf8"})
    EXPECT_EQ(written(wrong), R"("\ufffd")") << wrong;
  EXPECT_EQ(written("\xe0\x80\x80"), R"("\ufffd\ufffd\ufffd")") << "overlong";
  EXPECT_EQ(written("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")") << "a surrogate";
  EXPECT_EQ(written("\xf0\x80\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
  EXPECT_EQ(written("\xf4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
  EXPECT_EQ(written("\xe2\x82z"), "\"\\ufffd\\ufffdz\"");
  EXPECT_EQ(written("\xf0\x9f\x98"), R"("\ufffd\ufffd\ufffd")");
}

TEST(JsonWriter, WritesNumbersShort) {
  ByteBuffer buffer;
  Writer writer(buffer);
  writer.begin_array();
  writer.number(0.1);
  writer.number(0.1f);
  writer.number(1e300);
  writer.number(std::numeric_limits<double>::quiet_NaN());
  writer.number(std::numeric_limits<float>::infinity());
  writer.integer(INT64_MIN);
  writer.end_array();
  EXPECT_EQ(buffer.text(), "[0.1,0.1,1e+300,null,null,-9223372036854775808]");
}

RC_GTEST_PROP(JsonWriter, RoundTripsDoublesAndStrings, (double number, std::string text)) {
  ByteBuffer buffer;
  Writer writer(buffer);
  writer.begin_array();
  writer.number(number);
  writer.string(text);
  writer.end_array();
  const auto document = Document::parse(buffer.text());
  RC_ASSERT(document.ok());
  std::vector<Value> values;
  (*document)->root().each_element([&](Value value) {
    values.push_back(value);
    return true;
  });
  RC_ASSERT(values[0].number() == number);
  ByteBuffer second;
  Writer(second).string(*values[1].string());
  RC_ASSERT(second.text() == written(*values[1].string()));
}

}  // namespace
}  // namespace tarsier::json
