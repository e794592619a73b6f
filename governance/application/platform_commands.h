#pragma once

#include <functional>
#include <optional>
#include <string>

#include "governance/application/admin_commands.h"
#include "governance/application/application_settings.h"
#include "governance/application/identity.h"
#include "governance/application/local_logs.h"
#include "governance/application/remote_config.h"
#include "governance/application/saved_settings.h"
#include "governance/application/service_loop.h"
#include "transport/env.h"

namespace tarsier::application {

// What the commands of the framework look at and change. All of it outlives the commands.
struct CommandContext {
  Env& env;
  const ApplicationSettings& settings;
  const Identity& identity;
  ServiceLoop& home;
  LocalLogs& logs;
  RemoteConfig& config;
  SavedSettings& saved;
  // Whether the process may leave a core behind; says what it was and is. Null: not to be had here.
  std::function<std::string(bool allowed)> allow_cores{};
};

// Adds every command of spec §7.8. Those whose effect is not there yet say so.
// `context` outlives the commands.
void add_platform_commands(AdminCommands& commands, CommandContext& context);

// The configuration as text, without its secrets.
std::string public_text(const config::Config& config);
// What a service is doing, for people: its adapters, connections and calls.
std::string status_text(const CommandContext& context);

// The connections of every adapter, at most a thousand of each.
std::string connections_text(const CommandContext& context);

// The keys of SavedSettings.
inline constexpr std::string_view saved_log_level = "logLevel";
inline constexpr std::string_view saved_close_stdout = "closeCout";

}  // namespace tarsier::application
