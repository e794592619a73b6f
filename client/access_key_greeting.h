#pragma once

#include <memory>

#include "protocol/auth/auth.h"
#include "transport/clock.h"
#include "transport/greeting_transport.h"

namespace tarsier {

// Authenticates the connections to one object: the client's side of spec §6.14, at endpoints with
// -e 1. docs/security.md shows it in use.
class AccessKeyGreeting final : public Greeting {
 public:
  // The clock outlives it.
  AccessKeyGreeting(const Clock& clock, auth::Credentials credentials);

  bool covers(const Endpoint& at) const override;
  Endpoint below(const Endpoint& at) const override;
  // denied: the server does not know these credentials, or knows no authentication.
  Task<Result<std::unique_ptr<Connection>>> greet(std::unique_ptr<Connection> connection,
                                                  Endpoint at) override;

 private:
  const Clock& clock_;
  const auth::Credentials credentials_;
};

}  // namespace tarsier
