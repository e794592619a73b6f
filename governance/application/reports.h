#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "governance/application/application_settings.h"
#include "governance/application/identity.h"
#include "governance/application/local_logs.h"
#include "governance/application/node_reporter.h"
#include "governance/application/notifier.h"
#include "governance/application/property_reporter.h"
#include "governance/application/remote_config.h"
#include "governance/application/remote_log.h"
#include "governance/application/service_loop.h"
#include "governance/application/stat_reporter.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier::application {

// Whom a service tells what happens to it: each only where its configuration names the service,
// otherwise null. A service that cannot be asked for (its object has no endpoint, and there is no
// registry) is told in the log and left out.
//
// Loop only; leave_node() and close() before it is destroyed, and `loop`, whose client it uses,
// after it.
class Reports final {
 public:
  Reports(Env& env, ServiceLoop& loop, const ApplicationSettings& settings,
          const Identity& identity, LocalLogs& logs);
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;

  RemoteLog* remote_log() { return remote_log_.get(); }
  StatReporter* stat() { return stat_.get(); }
  PropertyReporter* properties() { return properties_.get(); }
  Notifier* notifier() { return notifier_.get(); }
  NodeReporter* node() { return node_.get(); }
  // Always there; without a service it finds copies.
  RemoteConfig& config() { return *config_; }

  // Tells the notification service, if there is one.
  void tell(std::string_view message);

  // The service ends: the node hears no more of it. Before close().
  Task<void> leave_node();
  // Sends what waits, for about `patience`.
  Task<void> close(Duration patience);

 private:
  template <class P>
  std::optional<P> service(ServiceLoop& loop, const std::optional<ObjectName>& object);
  void count_sent_lines();

  Env& env_;
  std::unique_ptr<RemoteLog> remote_log_;
  std::unique_ptr<StatReporter> stat_;
  std::unique_ptr<PropertyReporter> properties_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<NodeReporter> node_;
  std::unique_ptr<RemoteConfig> config_;
};

}  // namespace tarsier::application
