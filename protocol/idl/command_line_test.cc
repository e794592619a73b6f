#include "protocol/idl/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarsier::idl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::vector<std::string_view>& arguments) {
  auto line = parse_command_line(arguments);
  return line.ok() ? "accepted" : line.error().detail;
}

TEST(CommandLine, KnowsEveryOptionOfUpstreamsMakefiles) {
  auto line = parse_command_line({"--dir=gen", "--check-default=false", "--unjson", "--os",
                                  "--include=a;b,c d", "--tarsMaster", "--currentPriority",
                                  "--without-trace", "--sql", "--xml=x", "--with-tars",
                                  "--header=gen/", "A.tars", "B.tars"});
  ASSERT_TRUE(line.ok()) << line.error().detail;
  EXPECT_EQ(line->dir, "gen");
  EXPECT_FALSE(line->omit_defaults);
  EXPECT_FALSE(line->json);
  EXPECT_TRUE(line->structs_only);
  EXPECT_THAT(line->include_dirs, ElementsAre("a", "b", "c", "d"));
  EXPECT_TRUE(line->working_directory_first);
  EXPECT_TRUE(line->tars_names);
  EXPECT_EQ(line->header_prefix, "gen/");
  EXPECT_THAT(line->files, ElementsAre("A.tars", "B.tars"));
  EXPECT_THAT(line->notes,
              ElementsAre(HasSubstr("--tarsMaster has no effect"),
                          HasSubstr("--without-trace has no effect"),
                          HasSubstr("--sql has no effect"), HasSubstr("--xml has no effect")));
}

TEST(CommandLine, HelpAndVersionNeedNoFile) {
  EXPECT_TRUE(parse_command_line({"--help"})->help);
  EXPECT_TRUE(parse_command_line({"-h"})->help);
  EXPECT_TRUE(parse_command_line({"--version"})->version);
  EXPECT_THAT(std::string(help_text()), HasSubstr("--check-default=BOOL"));
}

TEST(CommandLine, SaysWhatIsWrongAndWhatIsNearest) {
  EXPECT_EQ(refusal({"--dri=x", "A.tars"}),
            "unknown option '--dri', did you mean '--dir'?; see tars2cpp --help");
  EXPECT_EQ(refusal({"--frobnicate", "A.tars"}),
            "unknown option '--frobnicate'; see tars2cpp --help");
  EXPECT_EQ(refusal({"--dir", "A.tars"}), "--dir needs a value: --dir=...; see tars2cpp --help");
  EXPECT_EQ(refusal({"--os=1", "A.tars"}), "--os takes no value; see tars2cpp --help");
  EXPECT_EQ(refusal({"--check-default=no", "A.tars"}),
            "--check-default cannot be 'no': it is 'true' or 'false'; see tars2cpp --help");
  EXPECT_EQ(refusal({"-x", "A.tars"}), "unknown option '-x'; see tars2cpp --help");
  EXPECT_EQ(refusal({"--depfile=d", "A.tars", "B.tars"}),
            "--depfile goes with one .tars file; see tars2cpp --help");
  EXPECT_EQ(refusal({"--os"}), "no .tars file given; see tars2cpp --help");
}

}  // namespace
}  // namespace tarsier::idl
