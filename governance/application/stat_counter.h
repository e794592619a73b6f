#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "client/call_observer.h"
#include "governance/application/identity.h"
#include "governance/application/stat_table.h"
#include "server/answer_observer.h"

namespace tarsier::application {

// Counts the calls of clients and of servers for the stat service (spec §7.11):
//
//   StatReporter reporter(env, stat, identity);
//   StatCounter counter(reporter.identity(), reporter.as_client(), reporter.as_server());
//   ClientOptions client_options;
//   client_options.observer = &counter;
//   ServerOptions server_options;
//   server_options.observer = &counter;
//
// Belongs to the loop of its tables. All that it is given outlives it; it outlives clients and
// servers.
class StatCounter final : public CallObserver, public AnswerObserver {
 public:
  StatCounter(const Identity& identity, StatTable& as_client, StatTable& as_server)
      : identity_(identity), as_client_(as_client), as_server_(as_server) {}

  void call_ended(const EndedCall& call, ObserverNote& note) override;
  void call_answered(const AnsweredCall& call) override;

 private:
  using Answered = std::pair<std::string_view, std::string_view>;  // function, host
  struct Before {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return Answered(a.first, a.second) < Answered(b.first, b.second);
    }
  };

  const Identity& identity_;
  StatTable& as_client_;
  StatTable& as_server_;
  std::map<std::pair<std::string, std::string>, StatSlot, Before> answered_;  // bounded
};

}  // namespace tarsier::application
