#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/call_options.h"
#include "transport/base/time.h"

namespace tarsier::application {

// The three parts of a set, "name.area.group" (spec §6.8).
struct SetName {
  std::string name;
  std::string area;
  std::string group;

  std::string concatenated() const { return name + area + group; }
  bool operator==(const SetName&) const = default;
};
// Nothing unless there are three parts, and the first two are no '*': the set is off then.
std::optional<SetName> parse_set_name(std::string_view division);

// Who reports: the words by which the services of a platform know this process.
struct Identity {
  std::string app{};
  std::string server{};
  std::string node_name{};        // travels with every report as context "node_name" (spec §2.7)
  std::string set_division{};     // "name.area.group"; empty or "NULL": none
  std::string thread = "0";       // the field of log lines and notices that tells threads apart
  std::string version{};          // of the service
  std::string runtime_version{};  // of this framework
  std::int32_t pid = 0;

  std::string module() const { return app + "." + server; }
  std::optional<SetName> set() const { return parse_set_name(set_division); }
};

// How reports are called.
CallOptions report_options(const Identity& identity, Duration timeout);

}  // namespace tarsier::application
