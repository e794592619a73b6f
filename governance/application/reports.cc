#include "governance/application/reports.h"

#include <string>
#include <utility>

#include "transport/base/log.h"
#include "transport/scope.h"

namespace tarsier::application {
namespace {

ReportOptions report_options(const ClientSettings& settings) {
  ReportOptions options;
  options.interval = settings.report_interval;
  options.timeout = settings.report_timeout;
  options.message_bytes_max = settings.report_bytes_max;
  return options;
}

}  // namespace

template <class P>
std::optional<P> Reports::service(ServiceLoop& loop, const std::optional<ObjectName>& object) {
  if (!object) return std::nullopt;
  // The services of the platform belong to no set.
  auto proxy = loop.platform_client().proxy<P>(object_text(*object));
  if (proxy) return std::move(proxy).value();
  TARSIER_LOG(env_.log, warn, "application",
              "nothing is reported to " + object->servant + ": " + proxy.error().detail);
  return std::nullopt;
}

Reports::Reports(Env& env, ServiceLoop& loop, const ApplicationSettings& settings,
                 const Identity& identity, LocalLogs& logs)
    : env_(env) {
  const ServerSettings& server = settings.server;
  const ClientSettings& client = settings.client;
  if (auto log = service<::tars::LogClient>(loop, server.log)) {
    remote_log_ = std::make_unique<RemoteLog>(env, *log, identity);
    logs.send_to(*remote_log_);
  }
  if (auto stat = service<::tars::StatFClient>(loop, client.stat))
    stat_ = std::make_unique<StatReporter>(env, *stat, identity, report_options(client));
  if (auto property = service<::tars::PropertyFClient>(loop, client.property)) {
    properties_ =
        std::make_unique<PropertyReporter>(env, *property, identity, report_options(client));
  }
  if (auto notify = service<::tars::NotifyClient>(loop, server.notify))
    notifier_ = std::make_unique<Notifier>(env, *notify, identity);
  if (auto node = service<::tars::ServerFClient>(loop, server.node))
    node_ = std::make_unique<NodeReporter>(env, *node, identity);
  RemoteConfigOptions copies;
  copies.base_path = server.base_path;
  config_ = std::make_unique<RemoteConfig>(env, service<::tars::ConfigClient>(loop, server.config),
                                           identity, copies);
  config_->observe([this](std::string_view message, bool) { tell(message); });
  if (server.log_stat_report && remote_log_ != nullptr && properties_ != nullptr)
    count_sent_lines();
}

// logstatreport: how many lines of each log arrived at the log server, and how many did not.
void Reports::count_sent_lines() {
  remote_log_->observe([this](std::string_view file, bool delivered, std::size_t lines) {
    const std::string name = std::string(file) + (delivered ? "_log_send_succ" : "_log_send_fail");
    PropertyKind sum;
    sum.policies = {PropertyPolicy::sum};
    auto property = properties_->property(name, std::move(sum));
    if (property) (*property)->report(static_cast<std::int64_t>(lines));
  });
}

void Reports::tell(std::string_view message) {
  if (notifier_ != nullptr) notifier_->report(message);
}

Task<void> Reports::leave_node() {
  if (node_ != nullptr) co_await node_->close();
}

Task<void> Reports::close(Duration patience) {
  Scope scope;
  if (stat_ != nullptr) scope.spawn(stat_->close(patience));
  if (properties_ != nullptr) scope.spawn(properties_->close(patience));
  if (notifier_ != nullptr) scope.spawn(notifier_->close(patience));
  if (remote_log_ != nullptr) scope.spawn(remote_log_->close(patience));
  co_await scope.join();
}

}  // namespace tarsier::application
