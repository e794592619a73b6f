#include "protocol/trace/handed_on.h"

#include <utility>

namespace tarsier::trace {

HandedOn handed_on(const tars::RequestView& request, const std::optional<DyeRule>& rule,
                   TimePoint deadline) {
  HandedOn result;
  result.deadline = deadline;
  result.cookies = cookies_of(request.status);
  result.dye = dye_of(request, rule);
  if ((request.message_type & message_type_trace) == 0) return result;
  const auto key = request.status.find(trace_status_key);
  auto span = Span::parse(key.value_or(""));
  if (span) result.span = std::move(span).value();
  return result;
}

void add_to(const HandedOn& handed_on, std::string_view span_id, std::int32_t& message_type,
            tars::StringMap& status) {
  add_cookies(handed_on.cookies, status);
  if (handed_on.dye) {
    message_type |= message_type_dyed;
    status.emplace(dyed_key, *handed_on.dye);
  }
  if (handed_on.span) {
    message_type |= message_type_trace;
    status.emplace(trace_status_key, handed_on.span->child(std::string(span_id)).wire_key());
  }
}

}  // namespace tarsier::trace
