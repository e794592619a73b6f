#pragma once

#include <memory>

#include "transport/env.h"
#include "transport/greeting_transport.h"
#include "transport/tls/tls_context.h"

namespace tarsier::tls {

// The handshake of `ssl` endpoints, as one of the two sides:
//
//   TARSIER_TRY(auto greeting, TlsGreeting::make(env, files, tls::Side::server));
//   GreetingTransport secure(env, env.transport, *greeting);
//
// A connection keeps what it began with; reload() is for those to come.
class TlsGreeting final : public Greeting {
 public:
  // Errors: as Context::load(). The Env outlives it.
  static Result<std::unique_ptr<TlsGreeting>> make(Env& env, const TlsFiles& paths, Side side);

  // Reads the files again. After an error everything is as before.
  Result<> reload();

  bool covers(const Endpoint& at) const override { return at.type == EndpointType::ssl; }
  Endpoint below(const Endpoint& at) const override;
  Task<Result<std::unique_ptr<Connection>>> greet(std::unique_ptr<Connection> connection,
                                                  Endpoint at) override;

 private:
  TlsGreeting(Env& env, TlsFiles paths, Context context);

  Env& env_;
  const TlsFiles paths_;
  Context context_;
};

}  // namespace tarsier::tls
