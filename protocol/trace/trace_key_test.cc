#include "protocol/trace/trace_key.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tarsier::trace {
namespace {

using enum Annotation;

TEST(TraceKey, IdsAreFourWordsInHex) {
  EXPECT_EQ(make_id(0x0a000001, 4711, 0x6789abcd, 1),
            "0a000001"
            "00001267"
            "6789abcd"
            "00000001");
  EXPECT_EQ(make_trace_id({.flags = 15, .max_kib = 1}, "id"), "f-id");
  EXPECT_EQ(make_trace_id({.flags = 5, .max_kib = 4}, "id"), "5.4-id");
}

TEST(TraceKey, TheHeadOfATraceIdSaysWhatIsLogged) {
  EXPECT_EQ(kind_of("f.4-abc"), (TraceKind{.flags = 15, .max_kib = 4}));
  EXPECT_EQ(kind_of("F-abc").flags, 15);
  EXPECT_EQ(kind_of("10-abc").flags, 0) << "above 15";
  for (const char* none : {"", "abc", "-abc", "x-abc", "1x-abc", "-1-abc", "ffffffffff-a"})
    EXPECT_EQ(kind_of(none), TraceKind()) << none;
  EXPECT_EQ(kind_of("1.x-abc"), (TraceKind{.flags = 1, .max_kib = 1}));
  const TraceKind some{.flags = 9};
  EXPECT_TRUE(some.writes_parameters(client_send));
  EXPECT_TRUE(some.writes_parameters(transport_begin));
  EXPECT_FALSE(some.writes_parameters(client_receive));
  EXPECT_FALSE(some.writes_parameters(transport_end));
  EXPECT_FALSE(some.writes_parameters(server_receive));
  EXPECT_TRUE(some.writes_parameters(server_send));
}

TEST(TraceKey, AChainAcrossThreeProcesses) {
  // The first client begins.
  const Span first = Span::root("f-t", "a");
  EXPECT_EQ(first.wire_key(), "f-t|a");
  EXPECT_EQ(first.log_key(client_send), "f-t|a|a") << "the root is its own parent";
  // Its server receives, and calls another.
  const Span served = Span::parse(first.wire_key()).value();
  EXPECT_EQ(served.id(), "");
  EXPECT_EQ(served.parent(), "a");
  EXPECT_EQ(served.log_key(server_receive), "f-t|a|*");
  const Span second = served.child("b");
  EXPECT_EQ(second.wire_key(), "f-t|b");
  EXPECT_EQ(second.log_key(client_receive), "f-t|b|a");
  EXPECT_EQ(served.child("c").log_key(client_send), "f-t|c|a") << "a sibling";
  // The last one.
  EXPECT_EQ(Span::parse(second.wire_key()).value().log_key(server_send), "f-t|b|*");
}

TEST(TraceKey, DamagedKeysAreRefused) {
  for (const std::string& wrong :
       {std::string(), std::string("t"), std::string("|s"), std::string("t|s|p|x"),
        std::string("t|s\nforged line"), std::string(513, 't') + "|s"}) {
    EXPECT_EQ(Span::parse(wrong).code(), Code::malformed) << wrong;
  }
  EXPECT_EQ(Span::parse("t|s|p").value().full_key(), "t|s|p");
  EXPECT_EQ(Span::parse("t|").value().child("n").parent(), "n") << "an empty parent is none";
}

TEST(TraceKey, LinesHaveNineFields) {
  TraceLine line;
  line.annotation = client_receive;
  line.client = "App.Client";
  line.server = "App.Server";
  line.function = "add";
  line.wall_ms = 1'700'000'000'000;
  line.ret = -7;
  line.parameters_json = R"({"a":1})";
  line.extra = "no answer\nin | time";
  EXPECT_EQ(line.to_string(Span::root("f-t", "a")),
            "f-t|a|a|cr|App.Client|App.Server|add|1700000000000|-7|eyJhIjoxfQ==|no answer in   "
            "time");
  EXPECT_EQ(line.to_string(Span::root("1-t", "a")),
            "1-t|a|a|cr|App.Client|App.Server|add|1700000000000|-7||no answer in   time")
      << "cr does not write its parameters in this chain";
}

TEST(TraceKey, LargeParametersAreReplaced) {
  const std::string fits(1'024, 'x');
  const std::string too_large(1'025, 'x');
  const std::string replaced = base64(R"({"trace_param_over_max_len":true})");
  const auto has = [](const std::string& trace, const std::string& json, const std::string& text) {
    TraceLine line;
    line.parameters_json = json;
    return line.to_string(Span::root(trace, "a")).find(text) != std::string::npos;
  };
  EXPECT_TRUE(has("1-t", fits, base64(fits)));
  EXPECT_TRUE(has("1-t", too_large, replaced));
  EXPECT_TRUE(has("1.2-t", too_large, base64(too_large)));
  EXPECT_TRUE(has("1.0-t", too_large, base64(too_large))) << "0 is no limit";
}

TEST(TraceKey, Base64IsThatOfRfc4648) {
  for (const auto& [text, expected] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xff\xfe", "//4="}}) {
    EXPECT_EQ(base64(text), expected);
  }
}

std::string word() {
  return *rc::gen::container<std::string>(rc::gen::element('a', 'b', '0', '-', '.', 'f', '_'));
}

RC_GTEST_PROP(TraceKey, KeysAreReadBack, ()) {
  const std::string trace = "f-" + word();
  const Span span = Span::root(trace, word()).child(word());
  RC_ASSERT(Span::parse(span.full_key()).value() == span);
  const Span served = Span::parse(span.wire_key()).value();
  RC_ASSERT(served.trace() == trace);
  RC_ASSERT(served.parent() == span.id());
  RC_ASSERT(served.log_key(server_send) == trace + "|" + span.id() + "|*");
}

RC_GTEST_PROP(TraceKey, KindsAreReadBack, ()) {
  const TraceKind kind{.flags = *rc::gen::inRange<std::uint8_t>(0, 16),
                       .max_kib = *rc::gen::arbitrary<std::uint32_t>()};
  RC_ASSERT(kind_of(make_trace_id(kind, word())) == kind);
}

// In a chain of any shape every span but the root has the span above it as its parent.
RC_GTEST_PROP(TraceKey, ParentsAreTheSpansAbove, ()) {
  std::vector<Span> made = {Span::root("0-t", "0")};
  const auto calls = *rc::gen::inRange(1, 30);
  for (int i = 1; i <= calls; ++i) {
    const auto above = *rc::gen::inRange<std::size_t>(0, made.size());
    const Span span = Span::parse(made[above].wire_key()).value().child(std::to_string(i));
    RC_ASSERT(span.parent() == made[above].id());
    RC_ASSERT(span.trace() == "0-t");
    made.push_back(span);
  }
}

}  // namespace
}  // namespace tarsier::trace
