#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/tars/packet.h"
#include "protocol/trace/status.h"
#include "protocol/trace/trace_key.h"
#include "transport/base/time.h"

namespace tarsier::trace {

// What a call that is served hands on to the calls that are made for its sake: until when somebody
// waits for it, and what travels along its chain (spec §6.10, §6.11). A value that goes from hand
// to hand (ServerCall::hand_on, CallOptions): no thread and no coroutine has one by itself, so work
// that goes on alone inherits nothing.
struct HandedOn {
  TimePoint deadline = no_deadline;
  tars::StringMap cookies{};
  std::optional<std::string> dye{};  // the key the chain is dyed with
  std::optional<Span> span{};        // of the call that is served, or of the root of a new chain

  bool operator==(const HandedOn&) const = default;
};

// Of a request that is served until `deadline`. A trace key that cannot be read is none; keys of
// tracing systems (traceparent, b3, …) end here.
HandedOn handed_on(const tars::RequestView& request, const std::optional<DyeRule>& rule,
                   TimePoint deadline);

// Adds all but the deadline to a request. `span_id` is new, see make_id(); it is not used where
// there is no chain. What `status` says itself wins.
void add_to(const HandedOn& handed_on, std::string_view span_id, std::int32_t& message_type,
            tars::StringMap& status);

}  // namespace tarsier::trace
