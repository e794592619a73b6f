#include "governance/application/command_line.h"

#include <vector>

#include "transport/base/words.h"

namespace tarsier::application {
namespace {

constexpr std::string_view config_flag = "--config";
const char* const try_help = "; --help lists what there is";

Error wrong(std::string sentence) { return Error(Code::malformed, std::move(sentence) + try_help); }

}  // namespace

Result<CommandLine> parse_command_line(std::span<const char* const> arguments) {
  CommandLine line;
  const std::vector<std::string_view> flags{config_flag, "--check-config", "--version", "--help"};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      line.action = CommandLine::Action::help;
      return line;
    }
    if (argument == "--version") {
      line.action = CommandLine::Action::version;
      return line;
    }
    if (argument == "--check-config") {
      line.action = CommandLine::Action::check_config;
    } else if (argument == config_flag) {
      if (i + 1 == arguments.size()) return wrong("--config names no file: write --config=FILE");
      line.config_file = arguments[++i];
    } else if (argument.starts_with("--config=")) {
      line.config_file = argument.substr(config_flag.size() + 1);
    } else {
      const std::string_view word = argument.substr(0, argument.find('='));
      const std::string hint = did_you_mean(word, flags);
      return wrong(in_quotes(argument) + " is not understood" + (hint.empty() ? "" : ", ") + hint);
    }
  }
  if (line.config_file.empty())
    return wrong("which configuration? write --config=FILE, as the node agent does");
  return line;
}

std::string usage(std::string_view program) {
  return "Usage: " + std::string(program) + R"( --config=FILE

Runs the service as the configuration file says (docs/configuration.md).

  --config=FILE     the file; --config FILE is the same
  --check-config    reads the file, prints what there is to say about it, and ends
  --version         prints the versions of the service and of the framework
  --help            prints this page

Signals: SIGTERM and SIGINT let calls under way end first, a second one does not wait; SIGHUP opens
the logs by their names again.

Exit codes: 0 done, 1 something failed, 2 wrong usage or a configuration that cannot be used.
)";
}

}  // namespace tarsier::application
