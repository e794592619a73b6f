#include "governance/application/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tarsier::application {
namespace {

using Action = CommandLine::Action;

Result<CommandLine> parse(std::vector<const char*> arguments) {
  return parse_command_line(arguments);
}

TEST(CommandLine, NamesTheConfiguration) {
  for (const std::vector<const char*>& typed :
       {std::vector<const char*>{"--config=a.conf"}, {"--config", "a.conf"}}) {
    const auto line = parse(typed);
    ASSERT_TRUE(line.ok());
    EXPECT_EQ(line->action, Action::run);
    EXPECT_EQ(line->config_file, "a.conf");
  }
  const auto check = parse({"--check-config", "--config=a.conf"});
  ASSERT_TRUE(check.ok());
  EXPECT_EQ(check->action, Action::check_config);
  EXPECT_EQ(check->config_file, "a.conf");
  EXPECT_EQ(parse({"--version"})->action, Action::version);
  EXPECT_EQ(parse({"--help", "whatever"})->action, Action::help);
}

TEST(CommandLine, SaysWhatIsWrongWithTheRest) {
  EXPECT_EQ(parse({}).error().detail,
            "which configuration? write --config=FILE, as the node agent does; --help lists what "
            "there is");
  EXPECT_EQ(parse({"--config"}).error().detail,
            "--config names no file: write --config=FILE; --help lists what there is");
  EXPECT_EQ(parse({"--confg=a.conf"}).error().detail,
            "'--confg=a.conf' is not understood, did you mean '--config'?; --help lists what there "
            "is");
  EXPECT_FALSE(parse({"a.conf"}).ok());
  EXPECT_FALSE(parse({"--check-config"}).ok());
}

TEST(CommandLine, TheHelpNamesEveryFlag) {
  const std::string page = usage("hello");
  EXPECT_TRUE(page.starts_with("Usage: hello --config=FILE\n"));
  for (const char* flag : {"--config=FILE", "--check-config", "--version", "--help"})
    EXPECT_NE(page.find(flag), page.npos) << flag;
}

}  // namespace
}  // namespace tarsier::application
