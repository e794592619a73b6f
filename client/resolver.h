#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transport/base/error.h"
#include "transport/base/function.h"
#include "transport/endpoint.h"

namespace tarsier {

// Which endpoints of an object a client wants to see (spec §6.4).
struct Lookup {
  enum class Scope : std::uint8_t {
    same_group,  // those of the caller's IDC group: what most callers want
    all,         // wherever they run
    station,     // those of one station; `where` is its name
    set,         // those of one set; `where` is "name.area.group"
  };
  std::string object;  // "App.Server.Obj"
  Scope scope = Scope::same_group;
  std::string where{};

  auto operator<=>(const Lookup&) const = default;
};

// What a registry knows of one object. Both lists are ordered by Endpoint::identity() and name no
// endpoint twice.
struct EndpointLists {
  std::vector<Endpoint> active;
  std::vector<Endpoint> inactive;  // known, but not to be called

  bool operator==(const EndpointLists&) const = default;
};

// Where the endpoints of an object without '@' come from: a registry, or a table in a test. Loop
// only.
class Resolver {
 public:
  // Hears of one object.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    // The lists changed: they are what to call from now on. Never during watch().
    virtual void on_endpoints(const EndpointLists& lists) = 0;
    // There is still no list. `settled`: it is no use to wait, because the registry said that there
    // is none or has not answered for too long. Said after each question that was in vain, never
    // once there was a list. Returns whether calls wait: then it is asked again when it is time,
    // otherwise with the next call.
    virtual bool on_unresolved(const Error& why, bool settled) = 0;
  };

  virtual ~Resolver() = default;
  // Until unwatch(). What is known already is told on a later turn.
  virtual void watch(const Lookup& lookup, Watcher& watcher) = 0;
  virtual void unwatch(Watcher& watcher) = 0;
  // A call of that object is made now: a list that is old enough is asked for again beside it.
  // Costs one comparison of time when there is nothing to do.
  virtual void used(Watcher& watcher) = 0;
  // An endpoint of the list could not be reached: the list may be out of date.
  virtual void doubted(Watcher& watcher) = 0;
};

}  // namespace tarsier
