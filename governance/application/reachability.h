#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "transport/base/log.h"
#include "transport/base/result.h"

namespace tarsier::application {

// Tells the log when a service goes away and when it is back, and nothing in between: a reporter
// whose service is away fails every few seconds.
class Reachability {
 public:
  // `service`: "the stat service".
  Reachability(Log& log, std::string service) : log_(log), service_(std::move(service)) {}

  void note(const Result<>& result) {
    if (result.ok() == reachable_) return;
    reachable_ = result.ok();
    if (reachable_) {
      TARSIER_LOG(log_, info, "report", service_ + " answers again");
    } else {
      TARSIER_LOG(log_, warn, "report",
                  service_ + " does not take reports: " + result.error().to_string());
    }
  }

 private:
  Log& log_;
  const std::string service_;
  bool reachable_ = true;
};

}  // namespace tarsier::application
