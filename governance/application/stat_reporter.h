#pragma once

#include <cstdint>

#include "StatF.h"
#include "governance/application/bell.h"
#include "governance/application/identity.h"
#include "governance/application/reachability.h"
#include "governance/application/report_options.h"
#include "governance/application/stat_table.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::application {

// Reports calls to the stat service (spec §7.11): what this process called, and what it served.
//
// A message that cannot be sent is put back, together with those behind it, to go with the next
// report; one that may have arrived is not sent twice.
//
// Loop only. The client behind `server` lives until close(), which is awaited before the end.
class StatReporter final {
 public:
  StatReporter(Env& env, ::tars::StatFClient server, Identity identity, ReportOptions options = {});
  StatReporter(const StatReporter&) = delete;
  StatReporter& operator=(const StatReporter&) = delete;

  const Identity& identity() const { return identity_; }
  StatTable& as_client() { return as_client_; }
  StatTable& as_server() { return as_server_; }
  std::uint64_t messages() const { return messages_; }

  // Reports once more, for at most `patience`, and stops.
  Task<void> close(Duration patience = std::chrono::seconds(3));

 private:
  Task<void> run();
  Task<void> report();
  Task<bool> report_table(StatTable& table, bool from_client);
  Task<Result<>> send(const StatMap& message, bool from_client);

  Env& env_;
  const ::tars::StatFClient server_;
  const Identity identity_;
  const ReportOptions options_;
  StatTable as_client_;
  StatTable as_server_;
  std::uint64_t messages_ = 0;
  Reachability reachability_;
  Bell bell_;
  bool closing_ = false;
  bool last_ = false;  // this report is
  TimePoint give_up_at_ = no_deadline;
  Scope scope_;
};

}  // namespace tarsier::application
