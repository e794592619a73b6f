#include "governance/application/application.h"

#include <algorithm>
#include <utility>

#include "governance/application/pages.h"
#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/base/words.h"
#include "transport/clock.h"
#include "transport/scope.h"

namespace tarsier::application {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What the node leaves for reports and logs behind the time for calls (drain_within()), with room
// for the end of the process itself.
constexpr Duration last_words_wait = milliseconds(400);
constexpr std::size_t admin_connections_max = 64;
constexpr std::size_t admin_buffered_bytes_max = 64 * limits::mib;
constexpr Duration admin_drain_wait = seconds(1);
constexpr Duration patience_min = milliseconds(100);
constexpr Duration patience_max = seconds(3);

Identity identity_of(const ServerSettings& settings, const ApplicationOptions& options) {
  Identity identity;
  identity.app = settings.app;
  identity.server = settings.server;
  identity.node_name = settings.node_name;
  identity.set_division = settings.set_division;
  identity.version = options.version;
  identity.runtime_version = runtime_version();
  identity.pid = options.pid;
  return identity;
}

LocalLogOptions log_options(const ServerSettings& settings) {
  LocalLogOptions options;
  options.log_path = settings.log_path;
  options.roll_bytes = settings.log_bytes_max;
  options.roll_files = settings.log_files;
  options.level = settings.log_level;
  return options;
}

Env with_log(const Env& env, Log& log) {
  return Env{env.executor, env.clock,     env.timers,   env.random, env.transport,
             env.files,    env.processes, env.blocking, log};
}

}  // namespace

std::string_view runtime_version() { return TARSIER_VERSION; }

Application::Application(Env& env, ApplicationSettings settings, Setup setup,
                         ApplicationOptions options)
    : settings_(std::move(settings)),
      identity_(identity_of(settings_.server, options)),
      setup_(std::move(setup)),
      logs_(env, identity_, log_options(settings_.server)),
      log_(logs_.log(), env.log, settings_.server.console_level),
      env_(with_log(env, log_)),
      home_(env_, settings_, 0, 1),
      saved_(env_, settings_.server.data_path + settings_.server.server + ".saved"),
      allow_cores_(std::move(options.allow_cores)),
      stop_bell_(env_) {
  home_.filter(options.client_filters, options.server_filters);
}

Application::~Application() = default;

Result<> Application::add_entry(std::string_view object, MakeServant make,
                                const ServantOptions& options, bool blocks) {
  TARSIER_CHECK(!prepared_, "servants are added before the adapters listen");
  std::string name(object);
  if (name.find('.') == name.npos) name = identity_.module() + '.' + name;
  TARSIER_TRY(const ObjectName parsed, parse_object_name(name));
  if (parsed.servant != name) {
    return Error(Code::malformed,
                 "a servant is added by its name alone, as \"GreeterObj\": " + in_quotes(object));
  }
  for (const ServantEntry& entry : servants_) {
    if (entry.object == name)
      return Error(Code::exists, "the servant " + in_quotes(name) + " was added twice");
  }
  servants_.push_back(ServantEntry{std::move(name), std::move(make), options, blocks});
  return {};
}

Task<Result<>> Application::run() {
  auto starting = start();
  const Result<> started = co_await starting;
  if (started) {
    auto& asked = stop_bell_.rest_until(no_deadline);
    (void)co_await asked;
  } else {
    log_.set_console_level(LogLevel::none);  // whoever runs this tells the error
    TARSIER_LOG(log_, error, "application", "not started: " + started.error().to_string());
    if (reports_ != nullptr) reports_->tell("exit: " + started.error().detail);
  }
  auto stopping = stop();
  co_await stopping;
  co_return started;
}

void Application::ask_stop(std::string_view why) {
  if (!stop_asked_.empty()) return;
  stop_asked_ = why.empty() ? "asked to" : why;
  stop_bell_.ring();
}

Task<Result<>> Application::start() {
  restore_saved();
  auto opened = home_.open();
  if (!opened) co_return std::move(opened).error();
  reports_ = std::make_unique<Reports>(env_, home_, settings_, identity_, logs_);
  if (StatReporter* stat = reports_->stat(); stat != nullptr) {
    counter_ =
        std::make_unique<StatCounter>(stat->identity(), stat->as_client(), stat->as_server());
  }
  home_.open_client(counter_.get());
  opened = open_admin();
  if (!opened) co_return std::move(opened).error();
  auto setting_up = setup_(*this);
  Result<> ready = co_await setting_up;
  if (ready) ready = prepare();
  if (ready && !settings_.server.manual_listen) {
    auto starting = listen();
    ready = co_await starting;
  }
  if (!ready) co_return std::move(ready).error();
  serving_ = true;
  tell_start();
  if (on_serving_) on_serving_();
  co_return Result<>();
}

void Application::restore_saved() {
  saved_.load();
  const auto level = parse_level(saved_.get(saved_log_level));
  if (level) logs_.set_level(*level);
}

bool Application::closes_stdout() const {
  const std::string saved = saved_.get(saved_close_stdout);
  return saved.empty() ? settings_.server.close_stdout : saved == "1";
}

// Before setup, so that a service that hangs there can be asked what it is.
Result<> Application::open_admin() {
  commanded_ = std::make_unique<CommandContext>(CommandContext{
      env_, settings_, identity_, home_, logs_, reports_->config(), saved_, allow_cores_});
  add_platform_commands(commands_, *commanded_);
  if (!settings_.server.admin) return {};
  admin_ = std::make_unique<AdminServant>(commands_, *reports_, identity_.pid,
                                          [this] { ask_stop("the node asked for it"); });
  ServerOptions options;
  options.connections_max = admin_connections_max;
  options.buffered_bytes_max = admin_buffered_bytes_max;
  options.drain_wait = std::min(settings_.server.drain_wait, admin_drain_wait);
  admin_server_ = std::make_unique<Server>(env_, options);
  ServantOptions urgent;
  urgent.urgent = true;
  TARSIER_TRY_VOID(admin_server_->add_servant("AdminObj", *admin_, urgent));
  admin_port_ = std::make_unique<AdminPort>(env_, *admin_server_, [this](const auto& request) {
    return page(PageContext{*commanded_, *reports_, serving_ && listening_}, request);
  });
  auto bound = admin_port_->listen(*settings_.server.admin);
  if (!bound) {
    return Error(bound.code(),
                 "commands cannot be taken at local=" + settings_.server.admin->to_string() + ": " +
                     bound.error().detail);
  }
  admin_at_ = std::move(bound).value();
  return {};
}

// Makes the servants, once.
Result<> Application::prepare() {
  if (std::exchange(prepared_, true)) return {};
  TARSIER_TRY_VOID(match_servants(settings_.server, servants_));
  return home_.make_servants(servants_);
}

Task<Result<>> Application::listen() {
  TARSIER_CHECK(!listening_, "an application listens once");
  listening_ = true;
  Result<> ready = prepare();
  if (ready) ready = home_.listen();
  if (!ready) co_return ready;
  for (const auto& adapter : home_.adapters()) {
    TARSIER_LOG(log_, info, "application",
                adapter->settings.servant + " is served at " + adapter->at.to_string());
  }
  co_return Result<>();
}

void Application::tell_start() {
  if (NodeReporter* node = reports_->node(); node != nullptr) {
    for (const AdapterSettings& adapter : settings_.server.adapters) {
      auto added = node->add_adapter(adapter.name, [this] { return listening_; });
      if (!added) TARSIER_LOG(log_, warn, "application", added.error().detail);
    }
    node->started();
  }
  reports_->tell("restart");
  TARSIER_LOG(log_, info, "application", identity_.module() + " " + identity_.version + " runs");
  log_.set_console_level(LogLevel::none);
}

// How long what comes next may take.
Duration Application::patience() const {
  return std::clamp(stop_by_ - env_.clock.now(), patience_min, patience_max);
}

Task<void> Application::stop() {
  if (serving_) {
    TARSIER_LOG(log_, info, "application", identity_.module() + " stops: " + stop_asked_);
    reports_->tell("stop");
  }
  stop_by_ = deadline_after(env_.clock.now(), settings_.server.drain_wait + last_words_wait);
  Scope scope;
  if (reports_ != nullptr) scope.spawn(reports_->leave_node());
  scope.spawn(home_.stop_serving());
  if (admin_server_ != nullptr) {
    scope.spawn(admin_port_->close());
    scope.spawn(admin_server_->stop());
  }
  co_await scope.join();
  serving_ = false;
  for (const auto& work : at_stop_) {
    auto working = work();
    co_await working;
  }
  if (reports_ != nullptr) {
    auto reporting = reports_->close(patience());
    co_await reporting;
  }
  auto closing = home_.close();
  co_await closing;
  auto writing = logs_.close(patience());
  co_await writing;
}

}  // namespace tarsier::application
