#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "PropertyF.h"
#include "governance/application/bell.h"
#include "governance/application/delivery.h"
#include "governance/application/identity.h"
#include "governance/application/property.h"
#include "governance/application/reachability.h"
#include "governance/application/report_options.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::application {

// One property: numbers go in, and every interval a report of them goes out. Loop only; lives as
// long as the reporter that made it.
class Property final {
 public:
  Property(std::string name, PropertyKind kind)
      : name_(std::move(name)), kind_(std::move(kind)), sample_(kind_.empty()) {}

  const std::string& name() const { return name_; }
  const PropertyKind& kind() const { return kind_; }
  void report(std::int64_t value) {
    kind_.add(sample_, value);
    ++produced_;
  }

 private:
  friend class PropertyReporter;
  const std::string name_;
  const PropertyKind kind_;
  PropertySample sample_;
  std::uint64_t produced_ = 0;
};

// Reports properties to the property service (spec §7.12): all of them every interval, also those
// for which nothing came, in messages of bounded size. What could not be sent goes with the next
// report.
//
// Loop only. The client behind `server` lives until close(), which is awaited before the end.
class PropertyReporter final {
 public:
  PropertyReporter(Env& env, ::tars::PropertyFClient server, Identity identity,
                   ReportOptions options = {});
  PropertyReporter(const PropertyReporter&) = delete;
  PropertyReporter& operator=(const PropertyReporter&) = delete;

  // The property of that name, made if it is new. exists: it is of another kind. limit: too many.
  Result<Property*> property(std::string_view name, PropertyKind kind);

  // In values given to Property::report().
  DeliveryCounters counters() const;
  std::uint64_t messages() const { return messages_; }

  // Reports once more, for at most `patience`, and stops.
  Task<void> close(Duration patience = std::chrono::seconds(3));

 private:
  // What one message says, and of which properties.
  struct Message {
    PropertyMap entries;
    std::vector<std::pair<Property*, PropertySample>> samples;
    std::uint64_t values() const;
  };

  Task<void> run();
  Task<void> report();
  std::vector<Message> take_messages();
  Task<Result<>> send(const Message& message);
  void keep_or_drop(const Message& message, bool keep);

  Env& env_;
  const ::tars::PropertyFClient server_;
  const Identity identity_;
  const ReportOptions options_;
  std::map<std::string, std::unique_ptr<Property>, std::less<>> properties_;
  std::uint64_t delivered_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t messages_ = 0;
  Reachability reachability_;
  Bell bell_;
  bool closing_ = false;
  bool last_ = false;  // this report is
  TimePoint give_up_at_ = no_deadline;
  Scope scope_;
};

}  // namespace tarsier::application
