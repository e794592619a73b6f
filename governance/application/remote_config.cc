#include "governance/application/remote_config.h"

#include <utility>

#include "governance/application/log_name.h"
#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier::application {

RemoteConfig::RemoteConfig(Env& env, std::optional<::tars::ConfigClient> service, Identity identity,
                           RemoteConfigOptions options)
    : env_(env),
      service_(service),
      identity_(std::move(identity)),
      options_(std::move(options)),
      copies_(env.files, options_.base_path),
      turns_(env) {}

Task<Result<LoadedConfig>> RemoteConfig::load(std::string file, bool app_only) {
  if (!is_file_name(file)) {
    Error refused(Code::denied, "'" + file +
                                    "' is no name of a configuration file: it would be "
                                    "part of a path; use a name without '/'");
    co_return end(file, std::move(refused));
  }
  if (loads_ >= limits::config_loads_max) {
    Error busy(Code::limit, std::to_string(loads_) +
                                " configuration files are being fetched "
                                "already; ask again when they are there");
    co_return end(file, std::move(busy));
  }
  ++loads_;
  auto fetching = fetch(file, app_only);
  Result<std::string> fetched = co_await fetching;
  auto turn = turns_.enter();
  co_await turn;
  auto storing = store(file, std::move(fetched));
  Result<LoadedConfig> loaded = co_await storing;
  turns_.leave();
  --loads_;
  co_return end(file, std::move(loaded));
}

Task<Result<std::string>> RemoteConfig::fetch(const std::string& file, bool app_only) {
  Result<std::string> fetched = Error(Code::no_endpoint, "no config service is configured");
  for (int attempt = 0; service_ && !fetched && attempt < options_.attempts; ++attempt) {
    auto asking = ask(file, app_only);
    fetched = co_await asking;
  }
  co_return fetched;
}

Task<Result<std::string>> RemoteConfig::ask(const std::string& file, bool app_only) {
  const CallOptions options = report_options(identity_, options_.timeout);
  const std::string server = app_only ? "" : identity_.server;
  std::int32_t code = 0;
  std::string content;
  if (identity_.set()) {
    ::tars::ConfigInfo info;
    info.appname = identity_.app;
    info.servername = server;
    info.filename = file;
    info.bAppOnly = app_only;
    info.setdivision = identity_.set_division;
    auto calling = service_->loadConfigByInfo(info, options);
    auto answer = co_await calling;
    if (!answer) co_return std::move(answer).error();
    code = answer->ret;
    content = std::move(answer->config);
  } else {
    auto calling = service_->loadConfig(identity_.app, server, file, options);
    auto answer = co_await calling;
    if (!answer) co_return std::move(answer).error();
    code = answer->ret;
    content = std::move(answer->config);
  }
  if (code != 0) {
    co_return Error(Code::application, "the config service answered " + std::to_string(code));
  }
  if (content.empty()) co_return Error(Code::not_found, "the config service has no such file");
  co_return std::move(content);
}

Task<Result<LoadedConfig>> RemoteConfig::store(const std::string& file,
                                               Result<std::string> fetched) {
  LoadedConfig loaded;
  loaded.path = copies_.path(file);
  std::optional<Error> why;
  bool found = true;
  const std::int64_t unix_time = env_.clock.wall_ms() / 1000;
  auto work = [&] {
    if (fetched) {
      const auto stored = copies_.store(file, *fetched, unix_time);
      if (stored) {
        loaded.changed = *stored;
        return;
      }
      why = stored.error();
    } else {
      why = fetched.error();
    }
    found = copies_.has(file);
  };
  auto working = run_beside(env_, std::move(work));
  co_await working;
  if (!why) {
    loaded.message = "[succ] get remote config:" + file;
    co_return loaded;
  }
  const std::string head = "[fail] get remote config:" + file + ": " + why->to_string() + "; ";
  if (!found) co_return Error(Code::not_found, head + "there is no local config either");
  loaded.from_service = false;
  loaded.message = head + "use the local config";
  co_return loaded;
}

Result<LoadedConfig> RemoteConfig::end(const std::string& file, Result<LoadedConfig> loaded) {
  if (observer_) {
    const bool succeeded = loaded.ok() && loaded->from_service;
    const std::string_view said = loaded ? loaded->message : loaded.error().detail;
    const bool complete = loaded.ok() || loaded.code() == Code::not_found;
    observer_(complete ? std::string(said)
                       : "[fail] get remote config:" + file + ": " + std::string(said),
              succeeded);
  }
  return loaded;
}

}  // namespace tarsier::application
