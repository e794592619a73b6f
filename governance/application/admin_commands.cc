#include "governance/application/admin_commands.h"

#include <utility>

#include "transport/base/check.h"
#include "transport/base/words.h"

namespace tarsier::application {
namespace {

constexpr std::string_view own_prefix = "tars.";
constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

Result<> AdminCommands::add(std::string_view name, std::string_view help, Function function) {
  if (name.empty() || name.find_first_of(blanks) != name.npos || name.starts_with(own_prefix)) {
    return Error(Code::malformed, in_quotes(name) +
                                      " is no name of a command: it is one word, and those that "
                                      "begin with 'tars.' belong to the framework");
  }
  if (commands_.contains(name))
    return Error(Code::exists, "the command " + in_quotes(name) + " was added twice");
  if (commands_.size() >= admin_commands_max)
    return Error(Code::limit, "there are " + std::to_string(commands_.size()) +
                                  " commands already: use parameters instead of " +
                                  in_quotes(name));
  commands_.emplace(name, Command{std::string(help), std::move(function), false});
  return {};
}

void AdminCommands::add_own(std::string_view name, std::string_view help, Function function) {
  TARSIER_CHECK(name.starts_with(own_prefix), "a command of the framework begins with tars.");
  commands_.emplace(name, Command{std::string(help), std::move(function), true});
}

Task<std::string> AdminCommands::run(std::string command) {
  const std::string_view line = trimmed(command);
  if (line.size() > admin_command_bytes_max) {
    co_return "a command has at most " + std::to_string(admin_command_bytes_max) + " bytes\n";
  }
  const std::size_t blank = std::min(line.find_first_of(blanks), line.size());
  const auto found = commands_.find(line.substr(0, blank));
  if (found == commands_.end()) co_return std::string();
  const Command& known = found->second;
  std::string parameters(trimmed(line.substr(blank)));
  auto running = known.function(std::move(parameters));
  std::string reply = co_await running;
  if (reply.size() > admin_reply_bytes_max) {
    reply.resize(admin_reply_bytes_max);
    reply += "\n… cut off here";
  }
  // TARS has two kinds of observers, and tells them apart here.
  const char* const kind =
      known.own ? "[notify prefix object num:1]\n" : "[notify servant object num:1]\n";
  co_return kind + ("[1]:" + reply + "\n");
}

std::string AdminCommands::names() const {
  std::string all;
  for (const auto& [name, command] : commands_) all += name + "\r\n";
  return all;
}

std::string AdminCommands::help() const {
  std::string all;
  for (const auto& [name, command] : commands_) {
    all += name;
    if (!command.help.empty()) all += "  " + command.help;
    all += "\n";
  }
  return all;
}

}  // namespace tarsier::application
