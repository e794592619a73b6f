#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/filter.h"
#include "governance/application/identity.h"
#include "protocol/trace/trace_key.h"
#include "server/filter.h"
#include "transport/base/function.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier::application {

// Writes what traced calls do (spec §6.11): a line when a call is sent and when it has come back,
// on this side, and when one is received and when it is answered, on the other. Calls without a
// trace cost a look. Parameters are not written: filters see them encoded.
//
//   TraceLog traces(env, identity, [&](std::string_view line) { log->write(line); });
//   traces.add_to(client_filters);
//   traces.add_to(server_filters);
//
// Where `log` is LocalLogs::time_log("_t_trace_"). Loop only; outlives what the filters are given
// to.
class TraceLog final {
 public:
  using Write = UniqueFunction<void(std::string_view line)>;

  TraceLog(Env& env, const Identity& identity, Write write)
      : env_(env), identity_(identity), write_(std::move(write)) {}
  TraceLog(const TraceLog&) = delete;
  TraceLog& operator=(const TraceLog&) = delete;

  void add_to(ClientFilters& filters);
  void add_to(ServerFilters& filters);

 private:
  Task<ClientFilters::Outcome> call(OutgoingCall& call, NextCall next);
  Task<ServerFilters::Outcome> serve(IncomingCall& call, NextServe next);
  std::string new_id();
  void write(const trace::Span& span, trace::TraceLine line);

  Env& env_;
  const Identity& identity_;
  Write write_;
};

}  // namespace tarsier::application
