#include "governance/application/identity.h"

namespace tarsier::application {

std::optional<SetName> parse_set_name(std::string_view division) {
  const std::size_t first = division.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = division.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  SetName set;
  set.name = division.substr(0, first);
  set.area = division.substr(first + 1, second - first - 1);
  set.group = division.substr(second + 1);
  const bool three = !set.name.empty() && !set.area.empty() && !set.group.empty() &&
                     set.group.find('.') == std::string::npos;
  if (!three || set.name == "*" || set.area == "*") return std::nullopt;
  return set;
}

CallOptions report_options(const Identity& identity, Duration timeout) {
  CallOptions options;
  options.timeout = timeout;
  if (!identity.node_name.empty()) options.context["node_name"] = identity.node_name;
  return options;
}

}  // namespace tarsier::application
