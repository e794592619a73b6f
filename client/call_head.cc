#include "client/call_head.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "protocol/trace/handed_on.h"
#include "protocol/trace/set_name.h"
#include "transport/base/limits.h"
#include "transport/base/random.h"
#include "transport/clock.h"

namespace tarsier {

CallHead::CallHead(ClientCore& core, std::string set_division)
    : core_(core), set_division_(std::move(set_division)) {}

Duration CallHead::timeout_of(const CallTarget& target) const {
  Duration timeout = target.options.timeout;
  if (timeout <= Duration::zero()) timeout = target.proxy.timeout;
  if (timeout <= Duration::zero()) timeout = core_.options().call_timeout;
  timeout = std::min(timeout, Duration(limits::call_timeout_max));
  const auto& handed_on = target.options.handed_on;
  if (!handed_on || handed_on->deadline == no_deadline || !target.proxy.heeds_deadlines) [[likely]]
    return timeout;
  return std::min(timeout, handed_on->deadline - core_.env().clock.now());
}

void CallHead::fill(const CallTarget& target, Duration timeout, tars::RequestHeader& header) {
  const CallOptions& options = target.options;
  // A call of less than a millisecond still has one: 0 would mean "the server's default".
  header.timeout_ms = static_cast<std::int32_t>(std::max<std::int64_t>(1, to_ms(timeout)));
  header.version = static_cast<std::int16_t>(options.format);
  header.function = target.function;
  if (!options.context.empty()) header.context = &options.context;
  if (!options.status.empty()) header.status = &options.status;
  if (!target.route_key.empty() || options.handed_on || !set_division_.empty()) [[unlikely]]
    fill_status(target, header);
}

void CallHead::fill_status(const CallTarget& target, tars::RequestHeader& header) {
  status_ = target.options.status;
  if (!target.route_key.empty()) status_[std::string(trace::grid_key)] = target.route_key;
  if (!set_division_.empty()) {
    header.message_type |= trace::message_type_set;
    status_.emplace(trace::set_name_key, set_division_);
  }
  if (const auto& handed_on = target.options.handed_on; handed_on) {
    std::string span_id;
    if (handed_on->span) {
      // Four words, as where they are made of an address, a process, the time and a number.
      const std::uint64_t high = core_.env().random.next();
      const std::uint64_t low = core_.env().random.next();
      span_id =
          trace::make_id(static_cast<std::uint32_t>(high >> 32), static_cast<std::uint32_t>(high),
                         static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low));
    }
    trace::add_to(*handed_on, span_id, header.message_type, status_);
  }
  header.status = &status_;
}

}  // namespace tarsier
