#include "client/registry/registry.h"

#include <algorithm>
#include <span>
#include <utility>

#include "QueryF.h"
#include "client/client.h"
#include "client/registry/endpoint_lists.h"
#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/base/random.h"
#include "transport/blocking.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/endpoint.h"
#include "transport/files.h"

namespace tarsier {
namespace {

// The answers of the four findObjectById… that tell active and inactive endpoints apart.
struct Found {
  Found() = default;
  template <class R>
  Found(R result) : ret(result.ret), answer(lists_of_wire(result.activeEp, result.inactiveEp)) {}
  std::int32_t ret = 0;
  EndpointAnswer answer;
};

template <class R>
Result<Found> found(Result<R> result) {
  if (!result) return std::move(result).error();
  return Found(std::move(result).value());
}

Task<Result<Found>> find(const ::tars::QueryFClient& query, const Lookup& lookup,
                         const CallOptions& options) {
  switch (lookup.scope) {
    case Lookup::Scope::same_group:
      co_return found(co_await query.findObjectByIdInSameGroup(lookup.object, options));
    case Lookup::Scope::all:
      co_return found(co_await query.findObjectById4Any(lookup.object, options));
    case Lookup::Scope::station:
      co_return found(
          co_await query.findObjectByIdInSameStation(lookup.object, lookup.where, options));
    case Lookup::Scope::set:
      co_return found(co_await query.findObjectByIdInSameSet(lookup.object, lookup.where, options));
  }
  co_return Error(Code::malformed, "no such scope");
}

}  // namespace

struct Registry::Query {
  ::tars::QueryFClient client;
};

Result<std::unique_ptr<Registry>> Registry::open(Env& env, Client& asking, std::string_view locator,
                                                 const RegistryOptions& options) {
  TARSIER_TRY(const ObjectName name, parse_object_name(locator));
  if (!name.direct()) {
    return Error(Code::malformed, "the locator '" + std::string(locator) +
                                      "' says no address: write '" + name.servant +
                                      "@tcp -h <host> -p 17890'");
  }
  TARSIER_TRY(::tars::QueryFClient client, asking.proxy<::tars::QueryFClient>(locator));
  auto query = std::make_unique<Query>(Query{std::move(client)});
  auto registry = std::unique_ptr<Registry>(new Registry(env, std::move(query), locator, options));
  registry->load_cache();
  return registry;
}

Registry::Registry(Env& env, std::unique_ptr<Query> query, std::string_view locator,
                   const RegistryOptions& options)
    : env_(env), query_(std::move(query)), options_(options), cache_(locator, options.set) {}

void Registry::load_cache() {
  if (options_.cache_file.empty()) return;
  Result<> loaded = Error(Code::not_found);
  const auto content = read_file(env_.files, options_.cache_file, limits::config_bytes_max);
  if (content) {
    loaded = cache_.load(content->text(), options_.cache_file);
  } else if (content.code() != Code::not_found) {
    loaded = content.error();
  } else {
    return;
  }
  if (loaded) return;
  ++counters_.cache_failures;
  TARSIER_LOG(
      env_.log, warn, "registry",
      "the cache of endpoints is not used and will be written anew: " + loaded.error().to_string());
}

Registry::~Registry() {
  if (Demolition::under_way()) return;
  for (const auto& [lookup, object] : objects_)
    if (object->retry != 0) env_.timers.cancel(object->retry);
}

void Registry::watch(const Lookup& lookup, Watcher& watcher) {
  TARSIER_CHECK(!watched_.contains(&watcher), "a watcher watches one object");
  std::unique_ptr<Object>& object = objects_[lookup];
  if (object == nullptr) {
    object = std::make_unique<Object>();
    object->lookup = lookup;
    if (auto known = cache_.find(lookup)) {
      RefreshEvent event = event_of(RefreshEvent::Kind::cached);
      event.lists = std::move(*known);
      apply(*object, std::move(event), Error());
    }
  }
  object->watches.push_back({&watcher, 0});
  watched_.emplace(&watcher, object.get());
  if (object->state.version != 0 && !closing_) tasks_.spawn(tell_later(*object));
  used(watcher);
}

void Registry::unwatch(Watcher& watcher) {
  const auto place = watched_.find(&watcher);
  if (place == watched_.end()) return;
  std::erase_if(place->second->watches,
                [&](const Watch& each) { return each.watcher == &watcher; });
  watched_.erase(place);
}

const ResolvedObject* Registry::find(const Lookup& lookup) const {
  const auto place = objects_.find(lookup);
  return place == objects_.end() ? nullptr : &place->second->state;
}

RefreshEvent Registry::event_of(RefreshEvent::Kind kind) {
  RefreshEvent event;
  event.kind = kind;
  event.now = env_.clock.now();
  event.chance = env_.random.next();
  return event;
}

void Registry::note(Watcher& watcher, RefreshEvent::Kind kind) {
  const auto place = watched_.find(&watcher);
  if (place == watched_.end() || closing_) return;
  Object& object = *place->second;
  if (object.state.asking) return;
  if (kind == RefreshEvent::Kind::used && env_.clock.now() < object.state.ask_at) return;
  RefreshEvent event;
  event.kind = kind;
  event.now = env_.clock.now();
  apply(object, std::move(event), Error());
}

void Registry::apply(Object& object, RefreshEvent event, const Error& why) {
  const RefreshEffects effects = step(object.state, std::move(event), options_.refresh);
  if (effects.ask) {
    if (object.retry != 0) env_.timers.cancel(std::exchange(object.retry, 0));
    tasks_.spawn(ask(object));
  }
  if (effects.tell_lists) {
    ++counters_.changes;
    tell_lists(object);
  }
  if (effects.tell_unresolved) tell_unresolved(object, why, effects.settled);
  if (effects.store) store(object);
}

void Registry::store(const Object& object) {
  if (options_.cache_file.empty()) return;
  if (const auto kept = cache_.put(object.lookup, object.state.lists); !kept) {
    ++counters_.cache_failures;
    TARSIER_LOG(env_.log, warn, "registry", "not cached: " + kept.error().to_string());
    return;
  }
  unsaved_ = true;
  if (!saving_ && !closing_) tasks_.spawn(save());
}

Task<void> Registry::save() {
  saving_ = true;
  while (std::exchange(unsaved_, false)) {
    const std::string text = cache_.text(env_.clock.wall_ms());
    Result<> written;
    Completion<void> done;
    env_.blocking.start(
        [&] {
          written = write_file_atomically(env_.files, options_.cache_file,
                                          std::as_bytes(std::span(text)));
        },
        done);
    const Result<void> ran = co_await done;
    if (ran && written) continue;
    ++counters_.cache_failures;
    TARSIER_LOG(env_.log, warn, "registry",
                "the cache of endpoints was not written to " + options_.cache_file + ": " +
                    (ran ? written : ran).error().to_string());
  }
  saving_ = false;
}

Task<void> Registry::ask(Object& object) {
  ++counters_.queries;
  CallOptions options;
  options.timeout = options_.query_timeout;
  if (!options_.node_name.empty()) options.context.emplace("node_name", options_.node_name);
  Result<Found> result = co_await tarsier::find(query_->client, object.lookup, options);
  if (closing_) co_return;
  if (result && result->ret != 0) {
    result = Error(Code::application, "the registry refused to look up '" + object.lookup.object +
                                          "' with code " + std::to_string(result->ret));
  }
  if (!result) {
    ++counters_.failures;
    TARSIER_LOG(env_.log, warn, "registry",
                "no endpoints of '" + object.lookup.object + "': " + result.error().to_string() +
                    (object.state.version == 0 ? "" : "; the last list stays in use"));
    apply(object, event_of(RefreshEvent::Kind::failed), result.error());
    co_return;
  }
  judge(object, std::move(result->answer));
}

void Registry::judge(Object& object, EndpointAnswer answer) {
  if (answer.refused != 0) {
    counters_.endpoints_refused += answer.refused;
    TARSIER_LOG(env_.log, warn, "registry",
                "of the endpoints of '" + object.lookup.object + "' " +
                    std::to_string(answer.refused) +
                    " cannot be called and are passed over, the first: " + answer.first_refused);
  }
  const std::size_t inactive = answer.lists.inactive.size();
  if (answer.lists.active.empty()) ++counters_.empty_answers;
  RefreshEvent event = event_of(RefreshEvent::Kind::answered);
  event.lists = std::move(answer.lists);
  const std::string known = inactive == 0 ? "knows no endpoint of '"
                                          : "knows " + std::to_string(inactive) +
                                                " inactive endpoints and no active one of '";
  apply(object, std::move(event),
        Error(Code::no_endpoint, "the registry " + known + object.lookup.object +
                                     "': is the server started, and its name right?"));
}

Task<void> Registry::tell_later(Object& object) {
  SleepUntil later(env_.timers, env_.clock.now());
  co_await later;
  if (!closing_) tell_lists(object);
}

void Registry::tell_lists(Object& object) {
  // Who hears may watch or unwatch.
  for (std::size_t i = 0; i < object.watches.size(); ++i) {
    Watch& watch = object.watches[i];
    if (watch.told == object.state.version) continue;
    watch.told = object.state.version;
    watch.watcher->on_endpoints(object.state.lists);
  }
}

void Registry::tell_unresolved(Object& object, const Error& why, bool settled) {
  bool waited_for = false;
  for (std::size_t i = 0; i < object.watches.size(); ++i)
    waited_for |= object.watches[i].watcher->on_unresolved(why, settled);
  if (!waited_for || closing_ || object.state.asking || object.retry != 0) return;
  object.retry = env_.timers.call_at(object.state.ask_at, [this, &object] {
    object.retry = 0;
    if (!object.watches.empty()) note(*object.watches.front().watcher, RefreshEvent::Kind::used);
  });
}

Task<void> Registry::close() {
  closing_ = true;
  for (const auto& [lookup, object] : objects_)
    if (object->retry != 0) env_.timers.cancel(std::exchange(object->retry, 0));
  co_await tasks_.join();
}

}  // namespace tarsier
