#include "governance/application/secured_transport.h"

#include <utility>

namespace tarsier {

// Stands where there is no TLS.
class SecuredTransport::Nothing final : public Greeting {
 public:
  bool covers(const Endpoint&) const override { return false; }
  Endpoint below(const Endpoint& at) const override { return at; }
  Task<Result<std::unique_ptr<Connection>>> greet(std::unique_ptr<Connection> connection,
                                                  Endpoint) override {
    co_return std::move(connection);
  }
};

namespace {

// Null: there is nothing to it.
Result<std::unique_ptr<tls::TlsGreeting>> make_tls(Env& env, const TlsFiles& files,
                                                   tls::Side side) {
  if (!files.any()) return std::unique_ptr<tls::TlsGreeting>();
  return tls::TlsGreeting::make(env, files, side);
}

}  // namespace

SecuredTransport::SecuredTransport(Env& env, std::unique_ptr<tls::TlsGreeting> tls,
                                   std::unique_ptr<Greeting> keys)
    : tls_(std::move(tls)), keys_(std::move(keys)), nothing_(std::make_unique<Nothing>()) {
  Greeting& encrypts = tls_ != nullptr ? static_cast<Greeting&>(*tls_) : *nothing_;
  encrypted_.emplace(env, env.transport, encrypts);
  if (keys_ != nullptr) authenticated_.emplace(env, *encrypted_, *keys_);
}

Result<std::unique_ptr<SecuredTransport>> SecuredTransport::for_object(
    Env& env, const ObjectSettings& settings) {
  TARSIER_TRY(auto tls, make_tls(env, settings.tls, tls::Side::client));
  std::unique_ptr<Greeting> keys;
  if (!settings.access_key.empty()) {
    keys = std::make_unique<AccessKeyGreeting>(
        env.clock, auth::Credentials{settings.object, settings.access_key, settings.secret_key});
  }
  return std::unique_ptr<SecuredTransport>(
      new SecuredTransport(env, std::move(tls), std::move(keys)));
}

Result<std::unique_ptr<SecuredTransport>> SecuredTransport::for_adapter(
    Env& env, const AdapterSettings& settings) {
  TARSIER_TRY(auto tls, make_tls(env, settings.tls, tls::Side::server));
  std::unique_ptr<Greeting> keys;
  if (!settings.access_key.empty()) {
    keys = std::make_unique<AccessKeyCheck>(
        env.clock, auth::Credentials{settings.servant, settings.access_key, settings.secret_key});
  }
  return std::unique_ptr<SecuredTransport>(
      new SecuredTransport(env, std::move(tls), std::move(keys)));
}

Result<> SecuredTransport::reload() {
  if (tls_ == nullptr) return {};
  return tls_->reload();
}

}  // namespace tarsier
