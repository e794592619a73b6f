#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/tars/packet.h"
#include "transport/base/result.h"

// What the status of a call carries besides the call (spec §2.7, §6.10): cookies, and the dye that
// makes one user's calls show up in a log of their own. Pure functions of a request.
namespace tarsier::trace {

inline constexpr std::string_view dyed_key = "STATUS_DYED_KEY";
inline constexpr std::string_view grid_key = "STATUS_GRID_KEY";
inline constexpr std::string_view trace_status_key = "STATUS_TRACE_KEY";
inline constexpr std::int32_t message_type_dyed = 0x04;
inline constexpr std::int32_t message_type_trace = 0x100;

// Whether a status entry travels on with the calls that are made while this one is served: all but
// those of the framework (STATUS_…, TARS_…, in any case) and those of tracing systems, which are
// consumed at each hop (traceparent, tracestate, b3, x-b3-…, uber-trace-id).
bool is_cookie(std::string_view key);
tars::StringMap cookies_of(const tars::StringMapView& status);
// Adds cookies to the status of a call; what the call says itself wins.
void add_cookies(const tars::StringMap& cookies, tars::StringMap& status);

// What an operator asked for: calls of this route key to this servant are dyed.
struct DyeRule {
  std::string key;
  std::string servant;
  std::string function;  // empty: all

  bool operator==(const DyeRule&) const = default;
};
// "key servant [function]", the parameters of tars.setdyeing. malformed: says what is right.
Result<DyeRule> parse_dye_rule(std::string_view text);

// The key by which a request is dyed: because its caller was, or because a rule says so. Nothing:
// it is not.
std::optional<std::string> dye_of(const tars::RequestView& request,
                                  const std::optional<DyeRule>& rule);
// Makes a request dyed.
void dye(std::string_view key, std::int32_t& message_type, tars::StringMap& status);

}  // namespace tarsier::trace
