#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "transport/base/result.h"

namespace tarsier::application {

// What somebody typed behind the name of a service (spec §7.1).
struct CommandLine {
  enum class Action : std::uint8_t { run, check_config, version, help };
  Action action = Action::run;
  std::string config_file{};  // of run and check_config
};

// malformed: what is wrong, and what would be right.
Result<CommandLine> parse_command_line(std::span<const char* const> arguments);

// The page of --help.
std::string usage(std::string_view program);

}  // namespace tarsier::application
