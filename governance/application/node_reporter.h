#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "NodeF.h"
#include "governance/application/bell.h"
#include "governance/application/delivery.h"
#include "governance/application/identity.h"
#include "governance/application/reachability.h"
#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::application {

struct NodeReportOptions {
  NodeReportOptions() {}
  Duration period = std::chrono::seconds(10);            // of each adapter
  Duration activating_period = std::chrono::seconds(5);  // while the service initializes
  Duration timeout = std::chrono::seconds(3);            // of a call
};

// Tells the node agent that this process is alive (spec §7.9): keepActiving every 5 s while it
// initializes; once it serves, its version, a keepAlive without adapter, and one for each adapter
// every 10 s, by a timer of its own (§9.3 #86). An adapter that is stuck is not reported, so that
// the node restarts the process. Upstream sends one way; here an answer is asked for, and counted.
//
//   NodeReporter node(env, proxy, identity);   // keepActiving begins
//   node.add_adapter("App.Server.ObjAdapter");
//   … initialize, listen …
//   node.started();
//
// Loop only. The client behind `server` lives until close(), which is awaited before the end.
class NodeReporter final {
 public:
  // Whether an adapter gets its work done.
  using Alive = UniqueFunction<bool()>;

  NodeReporter(Env& env, ::tars::ServerFClient server, Identity identity,
               NodeReportOptions options = {});
  NodeReporter(const NodeReporter&) = delete;
  NodeReporter& operator=(const NodeReporter&) = delete;

  // "AdminAdapter", which the node expects of every server, is there already. limit: too many.
  Result<> add_adapter(std::string name, Alive alive = nullptr);
  // From now on the service serves.
  void started();

  // In calls. `full` are those left out because the one before has no answer yet.
  DeliveryCounters counters() const;
  bool version_reported() const { return version_reported_; }

  Task<void> close();

 private:
  struct Adapter {
    std::string name;
    Alive alive;
    bool calling = false;
  };

  Task<void> run();
  void beat();
  void keep_alive(Adapter& adapter);
  Task<void> send_active();
  Task<void> send_alive(Adapter& adapter);
  Task<void> send_version();
  ::tars::ServerInfo info(std::string_view adapter) const;
  CallOptions options() const { return report_options(identity_, options_.timeout); }
  void account(const Result<>& result);

  Env& env_;
  const ::tars::ServerFClient server_;
  const Identity identity_;
  const NodeReportOptions options_;
  std::vector<std::unique_ptr<Adapter>> adapters_;
  Adapter process_;    // the keepAlive without adapter, and keepActiving
  bool first_ = true;  // of started()
  bool started_ = false;
  bool version_reported_ = false;
  bool version_calling_ = false;
  std::uint64_t produced_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t skipped_ = 0;
  Reachability reachability_;
  Bell bell_;
  bool closing_ = false;
  Scope scope_;
};

}  // namespace tarsier::application
