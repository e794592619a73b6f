#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "transport/base/limits.h"
#include "transport/base/result.h"
#include "transport/task.h"

namespace tarsier::application {

inline constexpr std::size_t admin_commands_max = 1'000;
inline constexpr std::size_t admin_command_bytes_max = 4 * limits::kib;
inline constexpr std::size_t admin_reply_bytes_max = 256 * limits::kib;

// What operators may tell a running service, through its node or the console: a name, a blank, and
// the rest as parameters, as "tars.setloglevel DEBUG" (spec §7.8). Those of the framework begin
// with "tars."; a service adds its own.
//
// Loop only.
class AdminCommands final {
 public:
  // Returns the reply; what is too long of it is cut off.
  using Function = std::function<Task<std::string>(std::string parameters)>;

  // `help`: "LEVEL: sets the level of the local logs". exists: the name is taken. malformed: it is
  // empty or has a blank, or begins like those of the framework. limit: too many.
  Result<> add(std::string_view name, std::string_view help, Function function);
  // The same for the framework.
  void add_own(std::string_view name, std::string_view help, Function function);

  // The reply to a command: of one command in the shape that TARS gives it, "[notify servant object
  // num:1]\n[1]:<text>\n"; nothing for a command that nobody knows.
  Task<std::string> run(std::string command);

  // The names, in their order.
  std::string names() const;
  // One line each: the name and what it does.
  std::string help() const;

 private:
  struct Command {
    std::string help;
    Function function;
    bool own = false;
  };

  std::map<std::string, Command, std::less<>> commands_;
};

}  // namespace tarsier::application
