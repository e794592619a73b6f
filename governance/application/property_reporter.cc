#include "governance/application/property_reporter.h"

#include <algorithm>

#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier::application {

PropertyReporter::PropertyReporter(Env& env, ::tars::PropertyFClient server, Identity identity,
                                   ReportOptions options)
    : env_(env),
      server_(server),
      identity_(std::move(identity)),
      options_(bounded(options)),
      reachability_(env.log, "the property service"),
      bell_(env) {
  scope_.spawn(run());
}

Result<Property*> PropertyReporter::property(std::string_view name, PropertyKind kind) {
  const auto known = properties_.find(name);
  if (known != properties_.end()) {
    if (known->second->kind() == kind) return known->second.get();
    return Error(Code::exists, "the property '" + std::string(name) +
                                   "' is reported with other policies or bins already; give one "
                                   "of the two another name");
  }
  if (properties_.size() >= limits::properties_max) {
    return Error(Code::limit, "there are " + std::to_string(limits::properties_max) +
                                  " properties already; '" + std::string(name) +
                                  "' is one too many");
  }
  auto made = std::make_unique<Property>(std::string(name), std::move(kind));
  return properties_.emplace(name, std::move(made)).first->second.get();
}

Task<void> PropertyReporter::run() {
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

std::uint64_t PropertyReporter::Message::values() const {
  std::uint64_t values = 0;
  for (const auto& [property, sample] : samples) values += sample.count;
  return values;
}

std::vector<PropertyReporter::Message> PropertyReporter::take_messages() {
  std::vector<Message> messages;
  std::size_t bytes = 0;
  for (const auto& [name, property] : properties_) {
    PropertySample sample = std::exchange(property->sample_, property->kind_.empty());
    const auto head = property_head(identity_, name);
    ::tars::StatPropMsgBody body;
    body.vInfo = property->kind_.texts(sample);
    const std::size_t next = report_bytes(head, body);
    // Two names that are cut to one head cannot share a message.
    const bool taken = !messages.empty() && messages.back().entries.count(head) > 0;
    if (messages.empty() || taken || next > options_.message_bytes_max ||
        bytes > options_.message_bytes_max - next) {
      messages.emplace_back();
      bytes = 0;
    }
    bytes += next;
    messages.back().entries.emplace(head, std::move(body));
    messages.back().samples.emplace_back(property.get(), std::move(sample));
  }
  return messages;
}

void PropertyReporter::keep_or_drop(const Message& message, bool keep) {
  if (!keep) {
    failed_ += message.values();
    return;
  }
  for (const auto& [property, sample] : message.samples)
    property->kind_.merge(property->sample_, sample);
}

Task<void> PropertyReporter::report() {
  const std::vector<Message> messages = take_messages();
  std::size_t next = 0;
  bool reachable = true;
  for (; reachable && next < messages.size(); ++next) {
    auto sending = send(messages[next]);
    const Result<> sent = co_await sending;
    reachability_.note(sent);
    reachable = sent.ok();
    if (reachable) {
      delivered_ += messages[next].values();
    } else {
      keep_or_drop(messages[next], never_served(sent.code()) && !last_);
    }
  }
  for (; next < messages.size(); ++next) keep_or_drop(messages[next], !last_);
}

Task<Result<>> PropertyReporter::send(const Message& message) {
  const Duration left = give_up_at_ - env_.clock.now();
  if (left <= Duration::zero())
    co_return Error(Code::closed, "the reports ended before all of it was sent");
  ++messages_;
  const CallOptions options = report_options(identity_, std::min(options_.timeout, left));
  auto calling = server_.reportPropMsg(message.entries, options);
  const auto answer = co_await calling;
  if (!answer) co_return answer.error();
  if (answer->ret != 0) {
    co_return Error(Code::application,
                    "the property service answered " + std::to_string(answer->ret));
  }
  co_return Result<>();
}

DeliveryCounters PropertyReporter::counters() const {
  DeliveryCounters counters;
  for (const auto& [name, property] : properties_) counters.produced += property->produced_;
  counters.delivered = delivered_;
  counters.failed = failed_;
  counters.pending = counters.produced - delivered_ - failed_;
  return counters;
}

Task<void> PropertyReporter::close(Duration patience) {
  closing_ = true;
  give_up_at_ = deadline_after(env_.clock.now(), patience);
  bell_.ring();
  co_await scope_.join();
}

}  // namespace tarsier::application
