#include "governance/application/admin_commands.h"

#include <gtest/gtest.h>

#include <string>

namespace tarsier::application {
namespace {

Task<std::string> echo(std::string parameters) { co_return "<" + parameters + ">"; }

// Commands here end at once.
std::string run(AdminCommands& commands, const std::string& line) {
  auto running = commands.run(line);
  running.start();
  EXPECT_TRUE(running.done());
  return running.take_result();
}

TEST(AdminCommands, TakesTheNameOffAndHandsOnTheRest) {
  AdminCommands commands;
  ASSERT_TRUE(commands.add("orders.flush", "WHICH: writes them", echo).ok());
  commands.add_own("tars.own", "", echo);
  EXPECT_EQ(run(commands, "orders.flush"), "[notify servant object num:1]\n[1]:<>\n");
  EXPECT_EQ(run(commands, "  orders.flush   all of them \r\n"),
            "[notify servant object num:1]\n[1]:<all of them>\n");
  EXPECT_EQ(run(commands, "tars.own x"), "[notify prefix object num:1]\n[1]:<x>\n");
  EXPECT_EQ(run(commands, "orders"), "") << "nobody knows it";
  EXPECT_EQ(run(commands, ""), "");
  EXPECT_EQ(commands.names(), "orders.flush\r\ntars.own\r\n");
  EXPECT_EQ(commands.help(), "orders.flush  WHICH: writes them\ntars.own\n");
}

TEST(AdminCommands, RefusesNamesThatAreNone) {
  AdminCommands commands;
  EXPECT_EQ(commands.add("", "", echo).code(), Code::malformed);
  EXPECT_EQ(commands.add("two words", "", echo).code(), Code::malformed);
  EXPECT_EQ(commands.add("tars.mine", "", echo).code(), Code::malformed);
  EXPECT_TRUE(commands.add("mine", "", echo).ok());
  EXPECT_EQ(commands.add("mine", "", echo).code(), Code::exists);
  for (std::size_t i = 1; i < admin_commands_max; ++i)
    ASSERT_TRUE(commands.add("c" + std::to_string(i), "", echo).ok());
  EXPECT_EQ(commands.add("one too many", "", echo).code(), Code::malformed);
  EXPECT_EQ(commands.add("one_too_many", "", echo).code(), Code::limit);
}

TEST(AdminCommands, BoundsWhatComesAndGoes) {
  AdminCommands commands;
  const auto flood = [](std::string) -> Task<std::string> {
    co_return std::string(2 * admin_reply_bytes_max, 'x');
  };
  ASSERT_TRUE(commands.add("flood", "", flood).ok());
  const std::string reply = run(commands, "flood");
  EXPECT_LT(reply.size(), admin_reply_bytes_max + 200);
  EXPECT_NE(reply.find("cut off here"), reply.npos);
  EXPECT_EQ(run(commands, std::string(admin_command_bytes_max + 1, 'x')),
            "a command has at most 4096 bytes\n");
}

}  // namespace
}  // namespace tarsier::application
