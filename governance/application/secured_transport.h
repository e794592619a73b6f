#pragma once

#include <memory>
#include <optional>
#include <string>

#include "client/access_key_greeting.h"
#include "client/client_settings.h"
#include "server/access_key_check.h"
#include "server/server_settings.h"
#include "transport/greeting_transport.h"
#include "transport/tls/tls_greeting.h"

namespace tarsier {

// What reaches an object, or listens for an adapter, as the configuration says: with TLS, with an
// authentication inside of it, or with one of the two (docs/security.md).
//
//   TARSIER_TRY(auto secured, SecuredTransport::for_object(env, settings));
//   options.transports[settings.object] = &secured->transport();
//
// It outlives the client or server that uses it.
class SecuredTransport {
 public:
  // Errors: as tls::Context::load(). Of an object: its keys and its TLS files, if it has them.
  static Result<std::unique_ptr<SecuredTransport>> for_object(Env& env,
                                                              const ObjectSettings& settings);
  // Of an adapter: the same, on the other side.
  static Result<std::unique_ptr<SecuredTransport>> for_adapter(Env& env,
                                                               const AdapterSettings& settings);
  SecuredTransport(const SecuredTransport&) = delete;
  SecuredTransport& operator=(const SecuredTransport&) = delete;

  GreetingTransport& transport() { return keys_ != nullptr ? *authenticated_ : *encrypted_; }
  // The TLS files again, for connections to come. After an error everything is as before.
  Result<> reload();

 private:
  class Nothing;

  SecuredTransport(Env& env, std::unique_ptr<tls::TlsGreeting> tls, std::unique_ptr<Greeting> keys);

  std::unique_ptr<tls::TlsGreeting> tls_;  // null: no TLS
  std::unique_ptr<Greeting> keys_;         // null: no authentication
  std::unique_ptr<Greeting> nothing_;      // greets nobody
  std::optional<GreetingTransport> encrypted_;
  std::optional<GreetingTransport> authenticated_;
};

}  // namespace tarsier
