#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/client.h"
#include "client/filter.h"
#include "governance/application/admin_commands.h"
#include "governance/application/admin_port.h"
#include "governance/application/admin_servant.h"
#include "governance/application/application_settings.h"
#include "governance/application/bell.h"
#include "governance/application/identity.h"
#include "governance/application/local_logs.h"
#include "governance/application/platform_commands.h"
#include "governance/application/process_log.h"
#include "governance/application/reports.h"
#include "governance/application/saved_settings.h"
#include "governance/application/service_loop.h"
#include "governance/application/stat_counter.h"
#include "server/filter.h"
#include "server/server.h"
#include "transport/base/result.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier::application {

class Application;

// Of this framework: "0.1.0".
std::string_view runtime_version();

// Makes the service ready, before its adapters listen: adds servants, loads configuration files,
// makes proxies. An error ends the process, with its sentence.
using Setup = std::function<Task<Result<>>(Application& app)>;

struct ApplicationOptions {
  ApplicationOptions() {}
  std::string version{};  // of the service
  std::int32_t pid = 0;
  // Whether a crash may leave a core behind, for tars.closecore: says what the limits were and are.
  // run_application() knows how; null: it cannot be changed.
  std::function<std::string(bool allowed)> allow_cores{};
  // What the calls pass through that the service makes, and those that its adapters serve
  // (docs/filters.md). Its own reports and commands do not. Null: nothing; they outlive it.
  ClientFilters* client_filters = nullptr;
  ServerFilters* server_filters = nullptr;
};

// A service of a TARS platform, from its configuration to its end:
//
//   Task<Result<>> setup(Application& app) { co_return app.add_servant<GreeterImpl>("GreeterObj");
//   } … Application app(env, settings, setup); scope.spawn(…app.run()…);
//
// Programs that are nothing else call run_application() (run_application.h), which makes the world
// as well. In a test the Env is one of memory or of the simulator.
//
// The life of it: logs, clients and reports are made from the settings; setup runs while the node
// hears that the service is being activated; every adapter gets its servant and listens; the node
// and the notification service hear that it runs. ask_stop() ends it in good order: peers are told
// to go elsewhere, calls under way end, within the time that the node gives (deactivating-timeout);
// then servants are destroyed, reports sent and logs written.
//
// Two of them in one process share nothing. Loop only, all of it.
class Application final {
 public:
  Application(Env& env, ApplicationSettings settings, Setup setup, ApplicationOptions options = {});
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;
  ~Application();

  // Starts, serves until ask_stop(), and stops. An error: it did not start, and why; everything is
  // cleared away then too. Awaited once, to its end.
  Task<Result<>> run();
  // From now on it stops, also while it still starts. `why`: for the log, "signal 15".
  void ask_stop(std::string_view why);
  // Called once, when every adapter listens.
  void on_serving(std::function<void()> callback) { on_serving_ = std::move(callback); }
  bool serving() const { return serving_; }
  // For SIGHUP: logs are opened by their names again.
  void reopen_logs() { logs_.reopen(); }
  // For SIGHUP too: certificates, for connections to come.
  void reload_certificates() { home_.reload_certificates(); }

  // ---- While it is set up. ----

  // A servant for the adapter that serves it, made with T(ServantPlace&) if there is that, else
  // with T(). `object`: "GreeterObj", or whole, "Demo.HelloServer.GreeterObj".
  // exists: it was added before. malformed: that is no name.
  template <class T>
  Result<> add_servant(std::string_view object, const ServantOptions& options = {}) {
    return add_servant(object, &make_servant<T>, options);
  }
  Result<> add_servant(std::string_view object, MakeServant make,
                       const ServantOptions& options = {}) {
    return add_entry(object, std::move(make), options, false);
  }
  // The same for a servant that blocks: it runs on the `threads` of its adapter, and each of them
  // has a T of its own. Where `opencoroutine` is 2 or 3 it runs on the loop. Only plain and
  // answer-later servants can (server/handlers.h).
  template <class T>
  Result<> add_blocking_servant(std::string_view object, const ServantOptions& options = {}) {
    return add_blocking_servant(object, &make_servant<T>, options);
  }
  Result<> add_blocking_servant(std::string_view object, MakeServant make,
                                const ServantOptions& options = {}) {
    return add_entry(object, std::move(make), options, true);
  }
  // A command that operators may send, beside those of the framework (admin_commands.h).
  Result<> add_command(std::string_view name, std::string_view help,
                       AdminCommands::Function function) {
    return commands_.add(name, help, std::move(function));
  }
  // Runs when nothing is served any more, before the servants are destroyed.
  void at_stop(std::function<Task<void>()> work) { at_stop_.push_back(std::move(work)); }

  // ---- And later. ----

  // Where `manuallisten` says so: adapters listen from now on. Otherwise that comes after setup.
  Task<Result<>> listen();
  template <class P>
  Result<P> proxy(std::string_view object, const ProxyOptions& options = {}) {
    return home_.proxy<P>(object, options);
  }
  // The world, with the log of the process in it.
  Env& env() { return env_; }
  Client& client() { return home_.client(); }
  Log& log() { return log_; }
  LocalLogs& logs() { return logs_; }
  Reports& reports() { return *reports_; }
  // "addConfig": a file of the configuration service, with a copy on disk.
  RemoteConfig& config_files() { return reports_->config(); }
  const ApplicationSettings& settings() const { return settings_; }
  const Identity& identity() const { return identity_; }
  // Of every adapter, in the order of the settings, once it listens.
  std::vector<Endpoint> endpoints() const { return home_.endpoints(); }
  const ServiceLoop& home() const { return home_; }
  // Where commands arrive, and pages are served: the endpoint `local`, while it listens.
  const std::optional<Endpoint>& admin_endpoint() const { return admin_at_; }
  // Whether stdout is to go nowhere once it serves: `closecout`, or what an operator last said.
  bool closes_stdout() const;

 private:
  template <class T>
  static std::unique_ptr<Servant> make_servant(ServantPlace& place) {
    if constexpr (std::is_constructible_v<T, ServantPlace&>) {
      return std::make_unique<T>(place);
    } else {
      return std::make_unique<T>();
    }
  }
  Result<> add_entry(std::string_view object, MakeServant make, const ServantOptions& options,
                     bool blocks);
  Task<Result<>> start();
  void restore_saved();
  Result<> open_admin();
  Result<> prepare();
  Task<void> stop();
  Duration patience() const;
  void tell_start();

  const ApplicationSettings settings_;
  const Identity identity_;
  Setup setup_;
  LocalLogs logs_;
  ProcessLog log_;
  Env env_;
  ServiceLoop home_;
  std::unique_ptr<Reports> reports_;
  std::unique_ptr<StatCounter> counter_;
  SavedSettings saved_;
  AdminCommands commands_;
  std::unique_ptr<CommandContext> commanded_;
  const std::function<std::string(bool)> allow_cores_;
  std::unique_ptr<AdminServant> admin_;
  std::unique_ptr<Server> admin_server_;
  std::unique_ptr<AdminPort> admin_port_;
  std::optional<Endpoint> admin_at_;
  std::vector<ServantEntry> servants_;
  std::vector<std::function<Task<void>()>> at_stop_;
  std::function<void()> on_serving_;
  Bell stop_bell_;
  std::string stop_asked_;  // why; empty: nobody asked
  TimePoint stop_by_ = no_deadline;
  bool serving_ = false;
  bool prepared_ = false;   // the servants are made
  bool listening_ = false;  // or has tried to
};

}  // namespace tarsier::application
