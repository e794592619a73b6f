#include "governance/application/service_loop.h"

#include <algorithm>

#include "transport/base/log.h"
#include "transport/base/words.h"
#include "transport/clock.h"
#include "transport/scope.h"
#include "transport/timers.h"

namespace tarsier::application {
namespace {

ClientOptions client_options(const ClientSettings& settings) {
  ClientOptions options;
  options.call_timeout = settings.sync_timeout;
  options.connect_timeout = settings.connect_timeout;
  options.pending_calls_max = settings.send_queue_max;
  options.set_division = settings.set_division;
  options.balance.policy = settings.policy;
  return options;
}

RegistryOptions registry_options(const ApplicationSettings& settings, std::size_t loop) {
  RegistryOptions options;
  options.refresh.interval = settings.client.refresh_interval;
  options.node_name = settings.server.node_name;
  options.set = settings.client.set_division;
  // One writer a file: the first loop's list is the one that outlives the process.
  if (loop == 0)
    options.cache_file = settings.server.data_path + settings.server.server + ".tarsdat";
  return options;
}

ServerOptions server_options(const ServerSettings& settings, const AdapterSettings& adapter,
                             std::size_t shares) {
  ServerOptions options;
  options.connections_max = adapter.connections_max;
  options.unsent_bytes_max = settings.unsent_bytes_max;
  options.unsent_bytes_pause = std::min(options.unsent_bytes_pause, settings.unsent_bytes_max);
  options.buffered_bytes_max = std::max(options.buffered_bytes_max / shares, limits::mib);
  options.kept_bytes_total_max = std::max(options.kept_bytes_total_max / shares, limits::mib);
  options.drain_wait = settings.drain_wait;
  options.push_reconnect = true;
  if (settings.check_set) options.set_division = settings.set_division;
  return options;
}

ListenerLimits listener_limits(const ServerSettings& settings, const AdapterSettings& adapter,
                               std::size_t loops) {
  const auto part = [loops](std::uint32_t whole) {
    return static_cast<std::uint32_t>((whole + loops - 1) / loops);
  };
  ListenerLimits limits;
  limits.admission.connections_max = part(adapter.connections_max);
  limits.admission.connections_per_ip_max = part(adapter.connections_per_ip_max);
  limits.admission.deny_first = adapter.deny_first;
  limits.admission.allow = adapter.allow;
  limits.admission.deny = adapter.deny;
  limits.first_packet_wait = settings.empty_connection_wait;
  return limits;
}

std::string short_name(const std::string& object) { return object.substr(object.rfind('.') + 1); }

}  // namespace

Result<> match_servants(const ServerSettings& settings, std::span<const ServantEntry> servants) {
  std::string adapters;
  for (const AdapterSettings& adapter : settings.adapters) {
    adapters += (adapters.empty() ? "" : ", ") + in_quotes(adapter.name) + " for " +
                in_quotes(adapter.servant);
    const bool added =
        std::any_of(servants.begin(), servants.end(),
                    [&](const ServantEntry& entry) { return entry.object == adapter.servant; });
    if (added) continue;
    return Error(Code::bad_config,
                 "the adapter " + in_quotes(adapter.name) + " serves " +
                     in_quotes(adapter.servant) + ", which was never added: call add_servant(\"" +
                     short_name(adapter.servant) +
                     "\", …) while the service is set up, or take the adapter out of the "
                     "configuration");
  }
  for (const ServantEntry& entry : servants) {
    const bool served = std::any_of(
        settings.adapters.begin(), settings.adapters.end(),
        [&](const AdapterSettings& adapter) { return adapter.servant == entry.object; });
    if (served) continue;
    return Error(Code::bad_config,
                 "the servant " + in_quotes(entry.object) +
                     " was added, and no adapter of the configuration serves it (" +
                     (adapters.empty() ? "it has no adapter" : "it has " + adapters) +
                     "): give it an adapter, or do not add it");
  }
  return {};
}

ServiceLoop::ServiceLoop(Env& env, const ApplicationSettings& settings, std::size_t number,
                         std::size_t loops)
    : env_(env),
      settings_(settings),
      number_(number),
      loops_(loops),
      asking_(env, client_options(settings.client)) {}

Result<> ServiceLoop::open() {
  TARSIER_TRY_VOID(secure_objects());
  if (settings_.client.locator) {
    TARSIER_TRY(registry_, Registry::open(env_, asking_, object_text(*settings_.client.locator),
                                          registry_options(settings_, number_)));
  }
  platform_client_ = std::make_unique<Client>(env_, options_of_clients(), registry_.get());
  return {};
}

// What reaches objects that have keys or certificates of their own, and all others.
Result<> ServiceLoop::secure_objects() {
  const ClientSettings& client = settings_.client;
  std::vector<ObjectSettings> all = client.objects;
  for (ObjectSettings& object : all) {
    if (!object.tls.any()) object.tls = client.tls;
  }
  ObjectSettings others;
  others.tls = client.tls;
  all.push_back(std::move(others));
  for (const ObjectSettings& object : all) {
    if (!object.tls.any() && object.access_key.empty()) continue;
    TARSIER_TRY(auto secured, SecuredTransport::for_object(env_, object));
    secured_objects_[object.object] = std::move(secured);
  }
  return {};
}

ClientOptions ServiceLoop::options_of_clients() const {
  ClientOptions options = client_options(settings_.client);
  for (const auto& [object, secured] : secured_objects_)
    options.transports[object] = &secured->transport();
  return options;
}

void ServiceLoop::open_client(StatCounter* counter) {
  counter_ = counter;
  ClientOptions options = options_of_clients();
  options.observer = counter;
  options.filters = client_filters_;
  client_ = std::make_unique<Client>(env_, options, registry_.get());
}

ProxyOptions ServiceLoop::in_own_set(ProxyOptions options) const {
  if (options.scope == Lookup::Scope::same_group && !settings_.client.set_division.empty()) {
    options.scope = Lookup::Scope::set;
    options.where = settings_.client.set_division;
  }
  return options;
}

Result<> ServiceLoop::make_servants(std::span<const ServantEntry> servants) {
  ServantPlace place{env_, *client_, number_};
  const bool no_threads = runs_on_loops(settings_.server.thread_model);
  for (const ServantEntry& entry : servants) {
    const bool on_loop = no_threads || !entry.blocks;
    servants_.emplace_back(entry.object, on_loop ? entry.make(place) : nullptr);
  }
  for (const AdapterSettings& adapter : settings_.server.adapters) {
    TARSIER_TRY_VOID(add_adapter(adapter, settings_.server.adapters.size()));
    for (std::size_t i = 0; i < servants.size(); ++i) {
      if (servants[i].object != adapter.servant) continue;
      TARSIER_TRY_VOID(serve(*adapters_.back(), servants[i], servants_[i].second.get()));
    }
  }
  return {};
}

// `servant`: null for one that runs on handler threads.
Result<> ServiceLoop::serve(Adapter& adapter, const ServantEntry& entry, Servant* servant) {
  ServantOptions options = entry.options;
  options.queue.capacity = adapter.settings.queue_max;
  options.queue.wait_max = adapter.settings.queue_wait_max;
  if (servant != nullptr) return adapter.server.add_servant(entry.object, *servant, options);
  const std::size_t threads = (adapter.settings.threads + loops_ - 1) / loops_;
  const ServantPlace place{env_, *client_, number_};
  Handlers handlers = Handlers::threads(threads, [make = entry.make, place] {
    ServantPlace here = place;
    return make(here);
  });
  return adapter.server.add_servant(entry.object, std::move(handlers), options);
}

Result<> ServiceLoop::add_adapter(const AdapterSettings& adapter, std::size_t adapters) {
  if (adapter.protocol != "tars") {
    return Error(Code::unsupported, "the adapter " + in_quotes(adapter.name) +
                                        " has protocol=" + adapter.protocol +
                                        ": only 'tars' is served; servants that split the stream "
                                        "themselves are still to come");
  }
  ServerOptions options = server_options(settings_.server, adapter, adapters * loops_);
  options.observer = counter_;
  options.filters = server_filters_;
  adapters_.emplace_back(new Adapter{adapter, Server(env_, options)});
  if (adapter.endpoint.type == EndpointType::ssl || adapter.endpoint.auth_type != 0) {
    TARSIER_TRY(auto secured, SecuredTransport::for_adapter(env_, adapter));
    secured_adapters_[adapter.name] = std::move(secured);
  }
  return {};
}

Result<> ServiceLoop::listen(std::span<const Endpoint> at) {
  ListenOptions options;
  options.reuse_port = loops_ > 1;
  for (std::size_t i = 0; i < adapters_.size(); ++i) {
    Adapter& adapter = *adapters_[i];
    const Endpoint& endpoint = i < at.size() ? at[i] : adapter.settings.endpoint;
    ListenerLimits limits = listener_limits(settings_.server, adapter.settings, loops_);
    if (const auto found = secured_adapters_.find(adapter.settings.name);
        found != secured_adapters_.end()) {
      limits.through = &found->second->transport();
      limits.keys_of = adapter.settings.servant;
    }
    auto bound = adapter.server.listen(endpoint, options, limits);
    if (!bound) {
      return Error(bound.code(), "the adapter " + in_quotes(adapter.settings.name) +
                                     " cannot listen at " + endpoint.to_string() + ": " +
                                     bound.error().detail);
    }
    adapter.at = std::move(bound).value();
  }
  return {};
}

std::vector<Endpoint> ServiceLoop::endpoints() const {
  std::vector<Endpoint> all;
  for (const auto& adapter : adapters_) all.push_back(adapter->at);
  return all;
}

Task<void> ServiceLoop::stop_serving() {
  Scope scope;
  for (const auto& adapter : adapters_) scope.spawn(adapter->server.stop());
  co_await scope.join();
}

void ServiceLoop::reload_certificates() {
  for (const auto* all : {&secured_objects_, &secured_adapters_}) {
    for (const auto& [name, secured] : *all) {
      const Result<> reloaded = secured->reload();
      if (!reloaded) TARSIER_LOG(env_.log, error, "application", reloaded.error().detail);
    }
  }
}

Task<void> ServiceLoop::close() {
  adapters_.clear();
  // What listened through them is gone a turn before they are.
  SleepUntil turn(env_.timers, env_.clock.now());
  co_await turn;
  secured_adapters_.clear();
  servants_.clear();
  if (client_ != nullptr) co_await client_->close();
  if (platform_client_ != nullptr) co_await platform_client_->close();
  if (registry_ != nullptr) co_await registry_->close();
  co_await asking_.close();
}

}  // namespace tarsier::application
