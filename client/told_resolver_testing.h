#pragma once

#include <utility>
#include <vector>

#include "client/resolver.h"

namespace tarsier::testing {

// Knows of one object what the test tells it.
class ToldResolver final : public Resolver {
 public:
  Watcher* watcher = nullptr;
  Lookup asked;
  int uses = 0;
  int doubts = 0;

  void watch(const Lookup& lookup, Watcher& who) override {
    asked = lookup;
    watcher = &who;
  }
  void unwatch(Watcher&) override { watcher = nullptr; }
  void used(Watcher&) override { ++uses; }
  void doubted(Watcher&) override { ++doubts; }

  void tell(std::vector<Endpoint> active, std::vector<Endpoint> inactive = {}) {
    EndpointLists lists;
    lists.active = std::move(active);
    lists.inactive = std::move(inactive);
    watcher->on_endpoints(lists);
  }
};

}  // namespace tarsier::testing
