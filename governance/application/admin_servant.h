#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "AdminF.h"
#include "governance/application/admin_commands.h"
#include "governance/application/reports.h"
#include "server/server_call.h"
#include "transport/task.h"

namespace tarsier::application {

// What the node asks of a service: its AdminObj (spec §7.8, §8.7), on the endpoint `local`.
class AdminServant final : public ::tars::AdminFServant {
 public:
  // All of it outlives the servant.
  AdminServant(AdminCommands& commands, Reports& reports, std::int32_t pid,
               std::function<void()> shut_down)
      : commands_(commands), reports_(reports), pid_(pid), shut_down_(std::move(shut_down)) {}

  Task<Result<::tars::AdminFApi::shutdownResult>> shutdown(ServerCall& call) override;
  Task<Result<::tars::AdminFApi::notifyResult>> notify(const std::string& command,
                                                       ServerCall& call) override;
  Task<Result<::tars::AdminFApi::getPidResult>> getPid(ServerCall& call) override;

 private:
  AdminCommands& commands_;
  Reports& reports_;
  const std::int32_t pid_;
  const std::function<void()> shut_down_;
};

}  // namespace tarsier::application
