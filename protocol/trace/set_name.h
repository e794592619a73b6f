#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/tars/packet.h"

// Sets: parts of a platform that call each other only (spec §6.8).
namespace tarsier::trace {

inline constexpr std::string_view set_name_key = "STATUS_SETNAME_VALUE";
inline constexpr std::int32_t message_type_set = 0x80;

// Whether a caller of set `caller` may call a server of set `own`, both "name.area.group": it may
// within an area, and from a set of another name, which is how sets share services.
bool set_may_call(std::string_view caller, std::string_view own);
// Whether a server of set `own` (empty: none) takes the request. A caller without a set may call
// everybody; one that says it has a set must say which.
bool set_admits(const tars::RequestView& request, std::string_view own);

}  // namespace tarsier::trace
