#include "client/registry/endpoint_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "transport/base/limits.h"
#include "transport/endpoint.h"

namespace tarsier {
namespace {

constexpr std::string_view version_key = "/<tarsversion>";
constexpr std::string_view version = "tarsier-1";

std::string join(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const Endpoint& endpoint : endpoints) {
    if (!text.empty()) text += ':';
    text += endpoint.to_string();
  }
  return text;
}

// The locator with its endpoints in order, whatever order they were given in. What would end a
// domain or a path is replaced: nobody reads it back.
std::string section_of(std::string_view locator, std::string_view set) {
  std::string name(locator);
  if (const auto parsed = parse_object_name(locator)) {
    std::vector<std::string> endpoints;
    for (const Endpoint& endpoint : parsed->endpoints) endpoints.push_back(endpoint.to_string());
    std::sort(endpoints.begin(), endpoints.end());
    name = parsed->servant + "@";
    for (std::size_t i = 0; i < endpoints.size(); ++i) name += (i == 0 ? "" : ":") + endpoints[i];
  }
  if (!set.empty()) name.append("_").append(set);
  for (char& letter : name)
    if (letter == '/' || letter == '<' || letter == '>') letter = '_';
  return "/cache/" + name;
}

Error too_long(const Lookup& lookup, std::size_t bytes) {
  return Error(Code::limit, "the endpoints of '" + lookup.object + "' take " +
                                std::to_string(bytes) + " bytes, and a line of the cache holds " +
                                std::to_string(limits::config_line_bytes_max / 2));
}

}  // namespace

EndpointCache::EndpointCache(std::string_view locator, std::string_view set)
    : section_(section_of(locator, set)) {}

Result<> EndpointCache::load(std::string_view text, std::string_view file) {
  config_ = config::Config();
  TARSIER_TRY(config::Config parsed, config::Config::parse(text, file));
  if (parsed.get(version_key).empty())
    return Error(Code::malformed, std::string(file) +
                                      " is no cache of endpoints: the key "
                                      "'tarsversion' is missing");
  config_ = std::move(parsed);
  return {};
}

std::string EndpointCache::text(std::int64_t wall_ms) const {
  config::Config written = config_;
  if (!written.set(version_key, version)) return {};
  if (!written.set("/<modify>", std::to_string(wall_ms / 1000))) return {};
  return written.render();
}

// Upstream knows sets by ":name.area.group"; the other scopes, which it does not keep, get words
// that are no sets.
std::string EndpointCache::path(std::string_view prefix, const Lookup& lookup) const {
  std::string key(prefix);
  key += lookup.object;
  if (lookup.scope == Lookup::Scope::set) key += ":" + lookup.where;
  if (lookup.scope == Lookup::Scope::all) key += ":all";
  if (lookup.scope == Lookup::Scope::station) key += ":station " + lookup.where;
  return section_ + "<" + key + ">";
}

std::optional<EndpointLists> EndpointCache::find(const Lookup& lookup) const {
  const std::string active = config_.get(path("", lookup));
  if (active.empty()) return std::nullopt;
  EndpointLists lists;
  auto parsed = parse_endpoint_list(active);
  if (!parsed || parsed->size() > limits::endpoints_max) return std::nullopt;
  lists.active = std::move(parsed).value();
  if (const std::string rest = config_.get(path("inactive_", lookup)); !rest.empty()) {
    parsed = parse_endpoint_list(rest);
    if (!parsed || parsed->size() > limits::endpoints_max) return std::nullopt;
    lists.inactive = std::move(parsed).value();
  }
  return lists;
}

Result<> EndpointCache::put(const Lookup& lookup, const EndpointLists& lists) {
  const std::string active = join(lists.active);
  const std::string inactive = join(lists.inactive);
  const std::size_t longest = std::max(active.size(), inactive.size());
  if (longest > limits::config_line_bytes_max / 2) return too_long(lookup, longest);
  TARSIER_TRY_VOID(config_.set(path("", lookup), active));
  return config_.set(path("inactive_", lookup), inactive);
}

}  // namespace tarsier
