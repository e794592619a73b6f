#include "protocol/idl/command_line.h"

#include <utility>

#include "protocol/idl/diagnostics.h"

namespace tarsier::idl {
namespace {

enum class Takes : std::uint8_t { nothing, value, maybe_value };

struct Option {
  std::string_view name;
  Takes takes;
  // Sets what the option means; false when its value is none of those it knows.
  bool (*apply)(CommandLine& line, std::string_view value);
  std::string_view note = {};  // printed when the option has no effect here
};

bool nothing(CommandLine&, std::string_view) { return true; }

bool set_include(CommandLine& line, std::string_view value) {
  while (!value.empty()) {
    const std::size_t end = value.find_first_of("; ,");
    if (end != 0) line.include_dirs.emplace_back(value.substr(0, end));
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
  }
  return true;
}

bool set_check_default(CommandLine& line, std::string_view value) {
  line.omit_defaults = value != "false";
  return value == "true" || value == "false";
}

template <bool CommandLine::* Flag, bool Value = true>
bool set_flag(CommandLine& line, std::string_view) {
  line.*Flag = Value;
  return true;
}
template <std::string CommandLine::* Text>
bool set_text(CommandLine& line, std::string_view value) {
  line.*Text = value;
  return true;
}

constexpr Option options[] = {
    {"check-default", Takes::value, set_check_default},
    {"currentPriority", Takes::nothing, set_flag<&CommandLine::working_directory_first>},
    {"depfile", Takes::value, set_text<&CommandLine::depfile>},
    {"dir", Takes::value, set_text<&CommandLine::dir>},
    {"header", Takes::value, set_text<&CommandLine::header_prefix>},
    {"help", Takes::nothing, set_flag<&CommandLine::help>},
    {"include", Takes::value, set_include},
    {"json", Takes::nothing, nothing, "JSON is always generated; --unjson leaves it out"},
    {"mock", Takes::nothing, set_flag<&CommandLine::mock>},
    {"os", Takes::nothing, set_flag<&CommandLine::structs_only>},
    {"split", Takes::nothing, set_flag<&CommandLine::split>},
    {"sql", Takes::nothing, nothing, "no SQL helpers are generated"},
    {"tarsMaster", Takes::nothing, nothing, "it never had an effect on the wire"},
    {"unjson", Takes::nothing, set_flag<&CommandLine::json, false>},
    {"version", Takes::nothing, set_flag<&CommandLine::version>},
    {"with-tars", Takes::nothing, set_flag<&CommandLine::tars_names>},
    {"without-trace", Takes::nothing, nothing,
     "generated code holds no tracing; it is switched at run time"},
    {"xml", Takes::maybe_value, nothing, "no XML helpers are generated"},
};

Error usage(std::string text) {
  return Error(Code::bad_config, std::move(text) + "; see tars2cpp --help");
}

Result<> apply(CommandLine& line, std::string_view argument) {
  const std::size_t equals = argument.find('=');
  const std::string_view name = argument.substr(2, equals == argument.npos ? equals : equals - 2);
  const std::string shown = "--" + std::string(name);
  std::vector<std::string_view> known;
  for (const Option& option : options) {
    known.push_back(option.name);
    if (option.name != name) continue;
    const bool given = equals != argument.npos;
    if (given && option.takes == Takes::nothing) return usage(shown + " takes no value");
    if (!given && option.takes == Takes::value) {
      return usage(shown + " needs a value: " + shown + "=...");
    }
    const std::string_view value = given ? argument.substr(equals + 1) : std::string_view();
    if (!option.apply(line, value)) {
      return usage(shown + " cannot be " + in_quotes(value) + ": it is 'true' or 'false'");
    }
    if (!option.note.empty()) {
      line.notes.push_back(shown + " has no effect: " + std::string(option.note));
    }
    return {};
  }
  const std::string_view best = nearest(name, known);
  const std::string hint = best.empty() ? "" : ", did you mean '--" + std::string(best) + "'?";
  return usage("unknown option " + in_quotes("--" + std::string(name)) + hint);
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string_view>& arguments) {
  CommandLine line;
  for (const std::string_view argument : arguments) {
    if (argument.starts_with("--") && argument.size() > 2) {
      TARSIER_TRY_VOID(apply(line, argument));
    } else if (argument == "-h") {
      line.help = true;
    } else if (argument.starts_with('-')) {
      return usage("unknown option " + in_quotes(argument));
    } else {
      line.files.emplace_back(argument);
    }
  }
  if (line.help || line.version) return line;
  if (line.files.empty()) return usage("no .tars file given");
  if (!line.depfile.empty() && line.files.size() > 1) {
    return usage("--depfile goes with one .tars file");
  }
  return line;
}

std::string_view help_text() {
  return R"(tars2cpp: makes C++20 code from TARS interface files

Usage: tars2cpp [options] file.tars...

For each File.tars it writes File.h: value structs, enums, constants and, for every
interface, a client and three kinds of servant. There is nothing to compile beside it.

Options
  --dir=DIR               write into DIR, which is created if needed (default: .)
  --include="A;B"         folders to search for #include, separated by ';', ',' or ' '
  --currentPriority       look for an #include by its bare file name here first
  --header=PREFIX         put PREFIX in front of the file names in generated #include lines
  --os                    only structs, enums and constants; no clients and servants
  --check-default=BOOL    leave out optional members that equal their default when encoding
                          (default: true; peers see no difference)
  --unjson                leave out the JSON form of structs
  --with-tars             allow names that begin with 'tars'
  --mock                  also write File_mock.h with GoogleMock servants
  --depfile=FILE          write what File.h depends on, for make and ninja
  --split                 put function bodies into File.cc instead of the header
  --help, --version

Accepted for makefiles that pass them, without effect:
  --json --sql --tarsMaster --without-trace --xml[=...]

Exit code: 0 done, 1 errors in a file, 2 wrong use.
)";
}

}  // namespace tarsier::idl
