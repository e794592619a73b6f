#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transport/base/result.h"

namespace tarsier::idl {

// What `tars2cpp` was asked to do. Every option of upstream's tars2cpp is known (spec §3.6); those
// that mean nothing here leave a note.
struct CommandLine {
  std::vector<std::string> files;
  std::string dir = ".";
  std::string header_prefix;
  std::string depfile;
  std::vector<std::string> include_dirs;
  bool omit_defaults = true;
  bool json = true;
  bool structs_only = false;
  bool tars_names = false;
  bool working_directory_first = false;
  bool mock = false;
  bool split = false;
  bool help = false;
  bool version = false;
  std::vector<std::string> notes;
};

// Code::bad_config with a sentence when the line cannot be meant: the program exits with 2.
Result<CommandLine> parse_command_line(const std::vector<std::string_view>& arguments);

std::string_view help_text();

}  // namespace tarsier::idl
