#pragma once

#include <memory>

#include "protocol/auth/auth.h"
#include "transport/clock.h"
#include "transport/greeting_transport.h"

namespace tarsier {

// Lets in who knows the keys of an adapter: the server's side of spec §6.14, at endpoints with
// -e 1. Everybody else is hung up on without an answer, and the reason logged. docs/security.md
// shows it in use.
class AccessKeyCheck final : public Greeting {
 public:
  // The clock outlives it.
  AccessKeyCheck(const Clock& clock, auth::Credentials expected);

  bool covers(const Endpoint& at) const override;
  Endpoint below(const Endpoint& at) const override;
  // denied: says what was wrong, without telling what would be right.
  Task<Result<std::unique_ptr<Connection>>> greet(std::unique_ptr<Connection> connection,
                                                  Endpoint at) override;

 private:
  const Clock& clock_;
  const auth::Credentials expected_;
};

}  // namespace tarsier
