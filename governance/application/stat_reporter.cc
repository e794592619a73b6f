#include "governance/application/stat_reporter.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "transport/clock.h"

namespace tarsier::application {
StatReporter::StatReporter(Env& env, ::tars::StatFClient server, Identity identity,
                           ReportOptions options)
    : env_(env),
      server_(server),
      identity_(std::move(identity)),
      options_(bounded(options)),
      reachability_(env.log, "the stat service"),
      bell_(env) {
  scope_.spawn(run());
}

Task<void> StatReporter::run() {
  for (bool first = true; !last_; first = false) {
    if (!closing_) {
      const Duration wait = report_wait(options_, env_.random, first);
      auto& woken = bell_.rest_until(deadline_after(env_.clock.now(), wait));
      (void)co_await woken;
    }
    last_ = closing_;
    auto reporting = report();
    co_await reporting;
  }
}

Task<void> StatReporter::report() {
  auto clients = report_table(as_client_, true);
  const bool reachable = co_await clients;
  if (!reachable && !last_) co_return;
  auto servers = report_table(as_server_, false);
  (void)co_await servers;
}

// False: the service is away, and what was not sent is in the table again, or given up if this was
// the last report.
Task<bool> StatReporter::report_table(StatTable& table, bool from_client) {
  std::vector<StatMap> messages = split(table.take(), options_.message_bytes_max);
  std::size_t next = 0;
  bool reachable = true;
  for (; reachable && next < messages.size(); ++next) {
    const StatMap& message = messages[next];
    auto sending = send(message, from_client);
    const Result<> sent = co_await sending;
    reachability_.note(sent);
    if (sent) {
      table.delivered(calls_of(message));
      continue;
    }
    reachable = false;
    if (never_served(sent.code()) && !last_) break;
    table.failed(calls_of(message));
  }
  for (; next < messages.size(); ++next) {
    if (last_) {
      table.failed(calls_of(messages[next]));
    } else {
      table.put_back(messages[next]);
    }
  }
  co_return reachable;
}

Task<Result<>> StatReporter::send(const StatMap& message, bool from_client) {
  const Duration left = give_up_at_ - env_.clock.now();
  if (left <= Duration::zero())
    co_return Error(Code::closed, "the reports ended before all of it was sent");
  ++messages_;
  const CallOptions options = report_options(identity_, std::min(options_.timeout, left));
  auto calling = server_.reportMicMsg(message, from_client, options);
  const auto answer = co_await calling;
  if (!answer) co_return answer.error();
  if (answer->ret != 0) {
    co_return Error(Code::application, "the stat service answered " + std::to_string(answer->ret));
  }
  co_return Result<>();
}

Task<void> StatReporter::close(Duration patience) {
  closing_ = true;
  give_up_at_ = deadline_after(env_.clock.now(), patience);
  bell_.ring();
  co_await scope_.join();
}

}  // namespace tarsier::application
