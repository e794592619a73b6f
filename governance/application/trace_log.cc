#include "governance/application/trace_log.h"

#include <algorithm>
#include <utility>

#include "protocol/trace/status.h"
#include "transport/base/random.h"
#include "transport/clock.h"

namespace tarsier::application {
namespace {

// What a line says of how a call ended: iRet, or what it would be (spec §2.6), and the text.
void tell(const Result<tars::EncodedAnswer>& outcome, trace::TraceLine& line) {
  if (outcome) return;
  const Error& error = outcome.error();
  constexpr auto lowest = static_cast<std::int32_t>(Code::unknown);
  const auto code = static_cast<std::int32_t>(error.code);
  line.ret = error.wire_code != 0 ? error.wire_code : code < 0 ? std::max(code, lowest) : lowest;
  line.extra = error.detail;
}

}  // namespace

void TraceLog::add_to(ClientFilters& filters) {
  filters.around([this](OutgoingCall& made, NextCall next) { return call(made, next); });
}

void TraceLog::add_to(ServerFilters& filters) {
  filters.around([this](IncomingCall& served, NextServe next) { return serve(served, next); });
}

Task<ClientFilters::Outcome> TraceLog::call(OutgoingCall& call, NextCall next) {
  const auto& handed_on = call.options.handed_on;
  if (!handed_on || !handed_on->span) co_return co_await next(call);
  const trace::Span span = handed_on->span->child(new_id());
  // What is in the status already is not made anew when the call is sent.
  call.options.status[std::string(trace::trace_status_key)] = span.wire_key();
  const std::string module = identity_.module();
  trace::TraceLine line;
  line.annotation = trace::Annotation::client_send;
  line.client = module;
  line.server = call.object;
  line.function = call.function;
  write(span, line);
  auto outcome = co_await next(call);
  if (call.one_way) co_return outcome;
  line.annotation = trace::Annotation::client_receive;
  tell(outcome, line);
  write(span, line);
  co_return outcome;
}

Task<ServerFilters::Outcome> TraceLog::serve(IncomingCall& call, NextServe next) {
  const auto key = call.status.find(std::string(trace::trace_status_key));
  if ((call.message_type & trace::message_type_trace) == 0 || key == call.status.end())
    co_return co_await next(call);
  const auto span = trace::Span::parse(key->second);
  if (!span) co_return co_await next(call);
  const std::string module = identity_.module();
  trace::TraceLine line;
  line.annotation = trace::Annotation::server_receive;
  line.server = module;
  line.function = call.function;
  write(*span, line);
  auto outcome = co_await next(call);
  line.annotation = trace::Annotation::server_send;
  tell(outcome, line);
  write(*span, line);
  co_return outcome;
}

std::string TraceLog::new_id() {
  const std::uint64_t high = env_.random.next();
  const std::uint64_t low = env_.random.next();
  return trace::make_id(static_cast<std::uint32_t>(high >> 32), static_cast<std::uint32_t>(high),
                        static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low));
}

void TraceLog::write(const trace::Span& span, trace::TraceLine line) {
  line.wall_ms = env_.clock.wall_ms();
  write_(line.to_string(span));
}

}  // namespace tarsier::application
