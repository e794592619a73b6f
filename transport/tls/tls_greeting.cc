#include "transport/tls/tls_greeting.h"

#include <utility>

#include "transport/tls/tls_connection.h"

namespace tarsier::tls {

Result<std::unique_ptr<TlsGreeting>> TlsGreeting::make(Env& env, const TlsFiles& paths, Side side) {
  TARSIER_TRY(Context context, Context::load(env.files, env.clock, paths, side));
  return std::unique_ptr<TlsGreeting>(new TlsGreeting(env, paths, std::move(context)));
}

TlsGreeting::TlsGreeting(Env& env, TlsFiles paths, Context context)
    : env_(env), paths_(std::move(paths)), context_(std::move(context)) {}

Result<> TlsGreeting::reload() {
  TARSIER_TRY(context_, Context::load(env_.files, env_.clock, paths_, context_.side()));
  return {};
}

Endpoint TlsGreeting::below(const Endpoint& at) const {
  Endpoint below = at;
  below.type = EndpointType::tcp;
  return below;
}

Task<Result<std::unique_ptr<Connection>>> TlsGreeting::greet(std::unique_ptr<Connection> connection,
                                                             Endpoint at) {
  auto secure = std::make_unique<TlsConnection>(env_.executor, env_.clock, context_,
                                                std::move(connection), at.host);
  Result<> shaken = co_await secure->handshake();
  if (!shaken) co_return std::move(shaken).error();
  co_return std::unique_ptr<Connection>(std::move(secure));
}

}  // namespace tarsier::tls
