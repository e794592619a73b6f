#include "protocol/trace/status.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace tarsier::trace {
namespace {

bool begins_with(std::string_view text, std::string_view upper_case) {
  return text.size() >= upper_case.size() &&
         std::equal(upper_case.begin(), upper_case.end(), text.begin(), [](char a, char b) {
           return a == std::toupper(static_cast<unsigned char>(b));
         });
}

bool same(std::string_view text, std::string_view upper_case) {
  return text.size() == upper_case.size() && begins_with(text, upper_case);
}

}  // namespace

bool is_cookie(std::string_view key) {
  constexpr std::array<std::string_view, 4> consumed = {"TRACEPARENT", "TRACESTATE", "B3",
                                                        "UBER-TRACE-ID"};
  if (begins_with(key, "STATUS_") || begins_with(key, "TARS_") || begins_with(key, "X-B3-"))
    return false;
  return std::none_of(consumed.begin(), consumed.end(),
                      [key](std::string_view name) { return same(key, name); });
}

tars::StringMap cookies_of(const tars::StringMapView& status) {
  tars::StringMap cookies;
  for (const auto& [key, value] : status) {
    if (is_cookie(key)) cookies.emplace(key, value);
  }
  return cookies;
}

void add_cookies(const tars::StringMap& cookies, tars::StringMap& status) {
  for (const auto& [key, value] : cookies) {
    if (is_cookie(key)) status.emplace(key, value);
  }
}

Result<DyeRule> parse_dye_rule(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find_first_of(" \t", begin), text.size());
    words.emplace_back(text.substr(begin, at - begin));
  }
  if (words.size() != 2 && words.size() != 3) {
    return Error(Code::malformed, "write: <route key> <App.Server.Obj> [<function>], not '" +
                                      std::string(text) + "'");
  }
  DyeRule rule;
  rule.key = words[0];
  rule.servant = words[1];
  if (words.size() == 3) rule.function = words[2];
  return rule;
}

std::optional<std::string> dye_of(const tars::RequestView& request,
                                  const std::optional<DyeRule>& rule) {
  if ((request.message_type & message_type_dyed) != 0)
    return std::string(request.status.find(dyed_key).value_or(""));
  if (!rule || request.servant != rule->servant) return std::nullopt;
  if (!rule->function.empty() && request.function != rule->function) return std::nullopt;
  if (request.status.find(grid_key) != rule->key) return std::nullopt;
  return rule->key;
}

void dye(std::string_view key, std::int32_t& message_type, tars::StringMap& status) {
  message_type |= message_type_dyed;
  status[std::string(dyed_key)] = key;
}

}  // namespace tarsier::trace
