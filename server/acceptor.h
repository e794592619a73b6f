#pragma once

#include <memory>
#include <string>

#include "server/admission.h"
#include "server/server_options.h"
#include "transport/base/log_throttle.h"
#include "transport/completion.h"
#include "transport/env.h"
#include "transport/transport.h"

namespace tarsier {

// Takes the connections of one listener, for as long as it is open, and lets in whom its rules let
// in. Running out of descriptors is counted, and logged once a second at most, and accepting goes
// on: the transport refuses the connection that found none.
class Acceptor final {
 public:
  // Who takes them over.
  class Sink {
   public:
    virtual ~Sink() = default;
    // It entered `admission`, which it leaves when it ends.
    virtual void accepted(std::unique_ptr<Connection> connection, const SessionLimits& limits,
                          Admission& admission) = 0;
  };

  Acceptor(Env& env, ServerCounters& counters, Sink& sink, std::unique_ptr<Listener> listener,
           const SessionLimits& limits, AdmissionRules rules);

  void start() { listener_->start_accept(accepted_); }
  void close() { listener_->close(); }
  // Closed, and nothing waits any more.
  bool ended() const { return ended_; }
  const Endpoint& local() const { return listener_->local(); }

 private:
  static void on_accept(void* self, Result<std::unique_ptr<Connection>> result);
  void admit(std::unique_ptr<Connection> connection);
  void log_sometimes(LogThrottle& throttle, const std::string& message);

  Env& env_;
  ServerCounters& counters_;
  Sink& sink_;
  std::unique_ptr<Listener> listener_;
  Completion<std::unique_ptr<Connection>> accepted_;
  LogThrottle failures_;
  LogThrottle refusals_;
  SessionLimits limits_;
  Admission admission_;
  bool ended_ = false;
};

}  // namespace tarsier
