#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/client.h"
#include "client/registry/registry.h"
#include "governance/application/application_settings.h"
#include "governance/application/secured_transport.h"
#include "governance/application/stat_counter.h"
#include "server/server.h"
#include "transport/base/result.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier::application {

// Where a servant is made and destroyed: one for each loop of the service, or for each handler
// thread of such a loop.
struct ServantPlace {
  Env& env;
  Client& client;  // of this loop
  std::size_t loop;
};
using MakeServant = std::function<std::unique_ptr<Servant>(ServantPlace& place)>;

// A servant that was added: "App.Server.Obj", and how to make it.
struct ServantEntry {
  std::string object;
  MakeServant make;
  ServantOptions options{};
  bool blocks = false;  // it runs on the `threads` of its adapter, each with one of its own
};

// Whether each adapter serves a servant that was added, and each servant has an adapter.
// bad_config: names those that miss each other.
Result<> match_servants(const ServerSettings& settings, std::span<const ServantEntry> servants);

// What one loop of a service is made of: its clients, its servants, and for each adapter of the
// configuration a Server of its own, so that an adapter answers for nothing but its servant and has
// its limits for itself. Limits of memory and connections are divided by the number of loops.
//
//   ServiceLoop loop(env, settings, 0, 1);
//   TARSIER_TRY_VOID(loop.open());
//   loop.open_client(nullptr);
//   TARSIER_TRY_VOID(loop.make_servants(servants));
//   TARSIER_TRY_VOID(loop.listen());
//   …
//   co_await loop.stop_serving();
//   co_await loop.close();
//
// Loop only. `settings` outlive it.
class ServiceLoop final {
 public:
  struct Adapter {
    const AdapterSettings& settings;
    Server server;
    Endpoint at{};  // once it listens
  };

  ServiceLoop(Env& env, const ApplicationSettings& settings, std::size_t number, std::size_t loops);
  ServiceLoop(const ServiceLoop&) = delete;
  ServiceLoop& operator=(const ServiceLoop&) = delete;

  // The registry, where the configuration names a locator, and a client for the services of the
  // platform, whose calls nobody counts. Errors: as tls::Context::load(), of the certificates of
  // clients.
  Result<> open();
  Client& platform_client() const { return *platform_client_; }
  // The client of the service. `counter`, if there is one, hears of every call that is made or
  // served here, and outlives it all.
  void open_client(StatCounter* counter);
  // What calls pass through, of that client and of the servers. Before they are made.
  void filter(ClientFilters* of_client, ServerFilters* of_servers) {
    client_filters_ = of_client;
    server_filters_ = of_servers;
  }
  Client& client() const { return *client_; }
  // As Client::proxy(); where nothing else is asked for, objects are looked up in the set that the
  // process belongs to.
  template <class P>
  Result<P> proxy(std::string_view object, ProxyOptions options = {}) {
    return client_->proxy<P>(object, in_own_set(std::move(options)));
  }
  ProxyOptions in_own_set(ProxyOptions options) const;
  const Registry* registry() const { return registry_.get(); }

  // The servants that were added, and the servers of all adapters. unsupported: an adapter wants
  // what is not there yet.
  Result<> make_servants(std::span<const ServantEntry> servants);
  // Every adapter, at its endpoint or at that of `at`, which are in the order of the adapters.
  Result<> listen(std::span<const Endpoint> at = {});
  std::span<const std::unique_ptr<Adapter>> adapters() const { return adapters_; }
  // The files of certificates again, for connections to come. What cannot be read is told in the
  // log, and everything stays as it was. Blocks like the disk.
  void reload_certificates();
  std::vector<Endpoint> endpoints() const;
  // By their objects, while there are any; null for one that runs on handler threads.
  std::span<const std::pair<std::string, std::unique_ptr<Servant>>> servants() const {
    return servants_;
  }

  // Lets calls under way end, for at most the drain_wait of the settings.
  Task<void> stop_serving();
  // Destroys the servants, then ends the clients.
  Task<void> close();

 private:
  Result<> add_adapter(const AdapterSettings& adapter, std::size_t adapters);
  Result<> serve(Adapter& adapter, const ServantEntry& entry, Servant* servant);
  Result<> secure_objects();
  ClientOptions options_of_clients() const;

  Env& env_;
  const ApplicationSettings& settings_;
  const std::size_t number_;
  const std::size_t loops_;
  std::map<std::string, std::unique_ptr<SecuredTransport>> secured_objects_;
  Client asking_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Client> platform_client_;
  StatCounter* counter_ = nullptr;
  ClientFilters* client_filters_ = nullptr;
  ServerFilters* server_filters_ = nullptr;
  std::unique_ptr<Client> client_;
  std::vector<std::pair<std::string, std::unique_ptr<Servant>>> servants_;
  std::map<std::string, std::unique_ptr<SecuredTransport>> secured_adapters_;
  std::vector<std::unique_ptr<Adapter>> adapters_;
};

}  // namespace tarsier::application
