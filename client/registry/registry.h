#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/registry/endpoint_cache.h"
#include "client/registry/refresh.h"
#include "client/resolver.h"
#include "transport/base/result.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/timers.h"

namespace tarsier {

class Client;
struct EndpointAnswer;

struct RegistryOptions {
  RefreshOptions refresh;
  Duration query_timeout = std::chrono::seconds(5);
  std::string node_name;  // of the caller: travels as context "node_name" (spec §6.4)
  // Where lists outlive the process, see endpoint_cache.h; empty: nowhere. Read once by open(),
  // written beside the loop when a list changes. A file that cannot be read or written is told in
  // the log and otherwise does no harm.
  std::string cache_file;
  std::string set;  // of the caller, "name.area.group", or empty: sets keep their lists apart
};

// What happened, since the start.
struct RegistryCounters {
  std::uint64_t queries = 0;
  std::uint64_t failures = 0;  // no answer, a refusal, or garbage
  std::uint64_t empty_answers = 0;
  std::uint64_t endpoints_refused = 0;  // that nobody could call
  std::uint64_t changes = 0;            // of a list
  std::uint64_t cache_failures = 0;     // the file could not be read or written
};

// Resolves objects by asking a TARS registry, `tars.tarsregistry.QueryObj` (spec §8.2), when calls
// are made: an object that nobody calls is not asked about. A list that was got once outlives the
// registry, and with a cache file this process too.
//
//   Client asking(env);
//   auto registry =
//       Registry::open(env, asking, "tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890").value();
//   Client client(env, {}, registry.get());
//
// Loop only. Closed in the order of need: client, registry, asking.
class Registry final : public Resolver {
 public:
  // `locator`: the object with all its endpoints, which are asked in turn. malformed: says what is
  // wrong with it.
  static Result<std::unique_ptr<Registry>> open(Env& env, Client& asking, std::string_view locator,
                                                const RegistryOptions& options = {});
  ~Registry() override;

  void watch(const Lookup& lookup, Watcher& watcher) override;
  void unwatch(Watcher& watcher) override;
  void used(Watcher& watcher) override { note(watcher, RefreshEvent::Kind::used); }
  void doubted(Watcher& watcher) override { note(watcher, RefreshEvent::Kind::doubted); }

  // Starts nothing more and waits for the questions under way. Watchers hear nothing after it.
  Task<void> close();

  const RegistryCounters& counters() const { return counters_; }
  // What is known of an object, or null.
  const ResolvedObject* find(const Lookup& lookup) const;

 private:
  struct Query;  // the generated client
  struct Watch {
    Watcher* watcher;
    std::uint64_t told;  // version
  };
  struct Object {
    Lookup lookup;
    ResolvedObject state;
    std::vector<Watch> watches;
    Timers::Id retry = 0;
  };

  Registry(Env& env, std::unique_ptr<Query> query, std::string_view locator,
           const RegistryOptions& options);
  void load_cache();
  void store(const Object& object);
  Task<void> save();
  void note(Watcher& watcher, RefreshEvent::Kind kind);
  void apply(Object& object, RefreshEvent event, const Error& why);
  RefreshEvent event_of(RefreshEvent::Kind kind);
  Task<void> ask(Object& object);
  Task<void> tell_later(Object& object);
  void tell_lists(Object& object);
  void tell_unresolved(Object& object, const Error& why, bool settled);
  void judge(Object& object, EndpointAnswer answer);

  Env& env_;
  const std::unique_ptr<Query> query_;
  const RegistryOptions options_;
  RegistryCounters counters_;
  std::map<Lookup, std::unique_ptr<Object>> objects_;
  std::map<Watcher*, Object*> watched_;
  EndpointCache cache_;
  bool unsaved_ = false;
  bool saving_ = false;
  Scope tasks_;
  bool closing_ = false;
};

}  // namespace tarsier
