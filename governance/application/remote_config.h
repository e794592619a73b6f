#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ConfigF.h"
#include "governance/application/beside.h"
#include "governance/application/config_copies.h"
#include "governance/application/identity.h"
#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier::application {

struct RemoteConfigOptions {
  RemoteConfigOptions() {}
  std::string base_path = ".";                 // basepath
  Duration timeout = std::chrono::seconds(3);  // of one attempt
  int attempts = 2;
};

// A configuration file that is now on the disk of this process.
struct LoadedConfig {
  std::string path{};
  bool from_service = true;  // false: it gave none, and this is the copy of an earlier time
  bool changed = false;      // it is new, or was another one before
  // "[succ] get remote config:orders.conf": what operators are told.
  std::string message{};
};

// Fetches configuration files from the config service and keeps copies (spec §7.13).
//
// Loop only. Both functions may be under way several times; files are stored one after the other.
// The client behind `service` lives as long as anything is under way.
class RemoteConfig final {
 public:
  // What happened to a file, for notices.
  using Observer = UniqueFunction<void(std::string_view message, bool succeeded)>;

  // Without a service, only copies are found.
  RemoteConfig(Env& env, std::optional<::tars::ConfigClient> service, Identity identity,
               RemoteConfigOptions options = {});
  RemoteConfig(const RemoteConfig&) = delete;
  RemoteConfig& operator=(const RemoteConfig&) = delete;

  void observe(Observer observer) { observer_ = std::move(observer); }

  // A file of this server (addConfig), or one that all servers of the application share
  // (addAppConfig). When the service gives nothing, the copy of an earlier time is used. not_found:
  // there is none either. denied: the name is no file name. limit: too many at once.
  Task<Result<LoadedConfig>> add_config(std::string file) { return load(std::move(file), false); }
  Task<Result<LoadedConfig>> add_app_config(std::string file) {
    return load(std::move(file), true);
  }

 private:
  Task<Result<LoadedConfig>> load(std::string file, bool app_only);
  Task<Result<std::string>> fetch(const std::string& file, bool app_only);
  Task<Result<std::string>> ask(const std::string& file, bool app_only);
  Task<Result<LoadedConfig>> store(const std::string& file, Result<std::string> fetched);
  Result<LoadedConfig> end(const std::string& file, Result<LoadedConfig> loaded);

  Env& env_;
  const std::optional<::tars::ConfigClient> service_;
  const Identity identity_;
  const RemoteConfigOptions options_;
  ConfigCopies copies_;  // touched beside the loop, by whose turn it is
  Turns turns_;
  Observer observer_;
  std::size_t loads_ = 0;
};

}  // namespace tarsier::application
