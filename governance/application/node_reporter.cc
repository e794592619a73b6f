#include "governance/application/node_reporter.h"

#include <utility>

#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier::application {
namespace {

// What became of a call that answers 0 when all is well.
template <class R>
Result<> outcome(const Result<R>& answer) {
  if (!answer) return answer.error();
  if (answer->ret == 0) return {};
  return Error(Code::application, "the node answered " + std::to_string(answer->ret) +
                                      ": it does not know this server; was it started by hand?");
}

}  // namespace

NodeReporter::NodeReporter(Env& env, ::tars::ServerFClient server, Identity identity,
                           NodeReportOptions options)
    : env_(env),
      server_(server),
      identity_(std::move(identity)),
      options_(options),
      reachability_(env.log, "the node"),
      bell_(env) {
  adapters_.push_back(std::make_unique<Adapter>());
  adapters_.back()->name = "AdminAdapter";
  scope_.spawn(run());
}

Result<> NodeReporter::add_adapter(std::string name, Alive alive) {
  if (adapters_.size() >= limits::adapters_max) {
    return Error(Code::limit, "the adapter '" + name + "' is one too many: at most " +
                                  std::to_string(limits::adapters_max) + " report to the node");
  }
  adapters_.push_back(std::make_unique<Adapter>());
  adapters_.back()->name = std::move(name);
  adapters_.back()->alive = std::move(alive);
  return {};
}

void NodeReporter::started() {
  started_ = true;
  bell_.ring();
}

Task<void> NodeReporter::run() {
  while (!closing_) {
    beat();
    const Duration wait = started_ ? options_.period : options_.activating_period;
    auto& woken = bell_.rest_until(deadline_after(env_.clock.now(), wait));
    (void)co_await woken;
  }
}

void NodeReporter::beat() {
  if (!started_) {
    if (process_.calling) {
      ++produced_;
      ++skipped_;
    } else {
      scope_.spawn(send_active());
    }
    return;
  }
  if (!version_reported_ && !version_calling_) scope_.spawn(send_version());
  if (std::exchange(first_, false)) scope_.spawn(send_alive(process_));
  for (const auto& adapter : adapters_) keep_alive(*adapter);
}

void NodeReporter::keep_alive(Adapter& adapter) {
  if (adapter.alive && !adapter.alive()) return;
  if (adapter.calling) {
    ++produced_;
    ++skipped_;
    return;
  }
  scope_.spawn(send_alive(adapter));
}

::tars::ServerInfo NodeReporter::info(std::string_view adapter) const {
  ::tars::ServerInfo info;
  info.application = identity_.app;
  info.serverName = identity_.server;
  info.pid = identity_.pid;
  info.adapter = adapter;
  return info;
}

void NodeReporter::account(const Result<>& result) {
  ++(result ? delivered_ : failed_);
  reachability_.note(result);
}

Task<void> NodeReporter::send_active() {
  ++produced_;
  process_.calling = true;
  auto calling = server_.keepActiving(info(""), options());
  const auto answer = co_await calling;
  process_.calling = false;
  account(outcome(answer));
}

Task<void> NodeReporter::send_alive(Adapter& adapter) {
  ++produced_;
  adapter.calling = true;
  auto calling = server_.keepAlive(info(adapter.name), options());
  const auto answer = co_await calling;
  adapter.calling = false;
  account(outcome(answer));
}

// Once, but until it arrives.
Task<void> NodeReporter::send_version() {
  ++produced_;
  version_calling_ = true;
  auto calling =
      server_.reportVersion(identity_.app, identity_.server, identity_.version, options());
  const auto answer = co_await calling;
  version_calling_ = false;
  const Result<> result = outcome(answer);
  version_reported_ = result.ok();
  account(result);
}

DeliveryCounters NodeReporter::counters() const {
  DeliveryCounters counters;
  counters.produced = produced_;
  counters.delivered = delivered_;
  counters.full = skipped_;
  counters.failed = failed_;
  counters.pending = produced_ - delivered_ - skipped_ - failed_;
  return counters;
}

Task<void> NodeReporter::close() {
  closing_ = true;
  bell_.ring();
  co_await scope_.join();
}

}  // namespace tarsier::application
