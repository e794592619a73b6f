#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "NotifyF.h"
#include "governance/application/bell.h"
#include "governance/application/delivery.h"
#include "governance/application/identity.h"
#include "governance/application/reachability.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::application {

enum class NoticeLevel : std::uint8_t { normal, warn, error };

struct NotifierOptions {
  NotifierOptions() {}
  Duration timeout = std::chrono::milliseconds(500);  // of a call
  Duration retry = std::chrono::seconds(2);           // of what could not be sent
  Duration age_max = std::chrono::seconds(60);        // then it is no news any more
};

// Tells people what happens to this process, through the notify service (spec §7.13): in order, one
// call at a time. Upstream sends one way and hopes; here an answer is asked for, so that a notice
// that could not be sent is sent again for a minute, and counters tell what arrived.
//
// Loop only. The client behind `server` lives until close(), which is awaited before the end.
class Notifier final {
 public:
  Notifier(Env& env, ::tars::NotifyClient server, Identity identity, NotifierOptions options = {});
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // An event of the framework: "restart", "[fail] get remote config:…". The service reads words in
  // brackets as its level.
  bool report(std::string_view message) {
    return add(::tars::REPORT, message, NoticeLevel::normal);
  }
  // What the service itself has to say.
  bool notify(NoticeLevel level, std::string_view message) {
    return add(::tars::NOTIFY, message, level);
  }
  // The same as report() before the process ends, with the answer.
  Task<Result<>> report_now(std::string message);

  DeliveryCounters counters() const;
  // Sends what waits, for at most `patience`.
  Task<void> close(Duration patience = std::chrono::seconds(1));

 private:
  struct Notice {
    ::tars::ReportInfo info;
    TimePoint expires{};
  };

  ::tars::ReportInfo info_of(::tars::ReportType type, std::string_view message,
                             NoticeLevel level) const;
  bool add(::tars::ReportType type, std::string_view message, NoticeLevel level);
  Task<void> send_all();
  Task<Result<>> send(const ::tars::ReportInfo& info);

  Env& env_;
  const ::tars::NotifyClient server_;
  const Identity identity_;
  const NotifierOptions options_;
  std::deque<Notice> waiting_;
  std::uint64_t produced_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t full_ = 0;
  std::uint64_t failed_ = 0;
  Reachability reachability_;
  Bell bell_;
  bool sending_ = false;
  bool closing_ = false;
  TimePoint give_up_at_ = no_deadline;
  Scope scope_;
};

}  // namespace tarsier::application
