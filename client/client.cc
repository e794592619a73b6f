#include "client/client.h"

#include <algorithm>
#include <utility>

#include "client/channel.h"
#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/completion.h"
#include "transport/demolition.h"
#include "transport/endpoint.h"
#include "transport/executor.h"

namespace tarsier {
namespace {

// An impossible station or set is told here, once, instead of by every registry for ever.
Result<Lookup> lookup_of(const std::string& object, Lookup::Scope scope, const std::string& where) {
  const auto refused = [&](const std::string& why) {
    return Error(Code::malformed, "proxy of '" + object + "': " + why);
  };
  if (scope == Lookup::Scope::station && where.empty())
    return refused("ProxyOptions::where names no station");
  if (scope == Lookup::Scope::set) {
    const std::size_t first = where.find('.');
    const std::size_t second = first == std::string::npos ? first : where.find('.', first + 1);
    if (first == 0 || second == std::string::npos || second == first + 1 ||
        second + 1 == where.size() || where.find('.', second + 1) != std::string::npos) {
      return refused("'" + where + "' is no set: write name.area.group, as in app.sz.1");
    }
  }
  return Lookup{object, scope, where};
}

}  // namespace

Client::Client(Env& env, const ClientOptions& options, Resolver* resolver)
    : core_(env, options), resolver_(resolver) {}

Client::~Client() {
  if (closed_ || Demolition::under_way()) return;
  if (!core_.env().executor.in_loop()) {
    close_from_elsewhere();
    return;
  }
  TARSIER_CHECK(quiet(), "a Client was destroyed on its loop while connected: co_await close()");
}

Result<CallStarter*> Client::find_starter(std::string_view object, const ProxyOptions& options) {
  Key key{std::string(object), options.frame_bytes_max.value_or(core_.options().frame_bytes_max),
          options.scope, options.where, options.policy.value_or(core_.options().balance.policy)};
  TARSIER_CHECK(key.frame_bytes_max >= limits::frame_bytes_min &&
                    key.frame_bytes_max <= limits::frame_bytes_max,
                "the frame limit of a proxy lies between 5 bytes and 100 MiB");
  Result<CallStarter*> found = Error(Code::closed);
  run_on_loop(core_.env().executor,
              [&] { found = find_starter_here(std::move(key), options.filters); });
  return found;
}

Result<CallStarter*> Client::find_starter_here(Key key, ClientFilters* of_proxy) {
  TARSIER_TRY(CallStarter* const object, find_object(std::move(key)));
  return filtered(filtered(object, of_proxy), core_.options().filters);
}

CallStarter* Client::filtered(CallStarter* starter, ClientFilters* filters) {
  if (filters == nullptr) return starter;
  auto& made = filtered_[std::pair(starter, filters)];
  if (made == nullptr) made = std::make_unique<FilteredCalls>(core_, *starter, *filters);
  return made.get();
}

Result<CallStarter*> Client::find_object(Key key) {
  if (core_.closing()) return Error(Code::closed, "the client is closed");
  if (const auto known = objects_.find(key); known != objects_.end()) return known->second.get();
  TARSIER_TRY(const ObjectName name, parse_object_name(key.object));
  if (!name.direct() && resolver_ == nullptr) {
    return Error(Code::no_endpoint, "'" + name.servant +
                                        "' names no endpoint and this client has "
                                        "no registry to ask: write '" +
                                        name.servant + "@tcp -h <host> -p <port>'");
  }
  if (objects_.size() >= core_.options().objects_max) {
    return Error(Code::limit, "this client knows " + std::to_string(objects_.size()) +
                                  " objects already, and keeps each until it is closed: call '" +
                                  name.servant +
                                  "' with another Client, or raise ClientOptions::objects_max");
  }
  for (const Endpoint& endpoint : name.endpoints) {
    if (auto fits = check_channel_to(endpoint, core_.transport_to(name.servant)); !fits)
      return std::move(fits).error();
    for (const std::string& unknown : endpoint.unknown_options) {
      TARSIER_LOG(
          core_.env().log, warn, "client",
          "object '" + key.object + "': the option '" + unknown + "' is not known and ignored");
    }
  }
  std::unique_ptr<EndpointSet> made;
  if (name.direct()) {
    made = std::make_unique<EndpointSet>(core_, name, key.frame_bytes_max, key.policy);
  } else {
    TARSIER_TRY(const Lookup lookup, lookup_of(name.servant, key.scope, key.where));
    made =
        std::make_unique<EndpointSet>(core_, *resolver_, lookup, key.frame_bytes_max, key.policy);
  }
  return objects_.emplace(std::move(key), std::move(made)).first->second.get();
}

void Client::start_closing(Callback closed) {
  core_.close([this] { return quiet(); }, std::move(closed));
  for (const auto& [key, object] : objects_) object->close();
  for (const auto& [key, calls] : filtered_) calls->close();
}

bool Client::quiet() const {
  return core_.running_beside() == 0 &&
         std::all_of(objects_.begin(), objects_.end(),
                     [](const auto& entry) { return entry.second->quiet(); }) &&
         std::all_of(filtered_.begin(), filtered_.end(),
                     [](const auto& entry) { return entry.second->quiet(); });
}

Task<void> Client::close() {
  Completion<void> closed;
  closed.arm();
  start_closing([&closed] { closed.complete({}); });
  (void)co_await closed;
  closed_ = true;
}

void Client::close_from_elsewhere() {
  Executor& executor = core_.env().executor;
  run_on_loop_to_end(executor, [this](Callback closed) { start_closing(std::move(closed)); });
  run_on_loop(executor, [this] {
    filtered_.clear();
    objects_.clear();
  });
}

}  // namespace tarsier
