#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/resolver.h"
#include "protocol/config/config.h"
#include "transport/base/result.h"

namespace tarsier {

// The file in which a server keeps the endpoints it was told, `<datapath><Server>.tarsdat`, in the
// format of TarsCpp (spec §6.4), so that a program that changes its framework finds what the other
// one knew:
//
//   tarsversion=…
//   <cache>
//     <locator>
//       App.Server.Obj = tcp -h 10.0.0.1 -p 80 -t 3000:tcp -h 10.0.0.2 -p 80 -t 3000 -s app.sz.1
//       inactive_App.Server.Obj = …
//
// Text in, text out: the Registry reads and writes the file. What other locators left there stays.
class EndpointCache {
 public:
  // `locator` as given to Registry::open; `set`: the set of this program, or empty.
  EndpointCache(std::string_view locator, std::string_view set);

  // What a file holds. A broken one, or one of another kind, is malformed and leaves the cache
  // empty: it is worth nothing but what the registry says again.
  Result<> load(std::string_view text, std::string_view file);
  std::string text(std::int64_t wall_ms) const;

  // Nothing: not known, or what is known makes no sense.
  std::optional<EndpointLists> find(const Lookup& lookup) const;
  // limit: more than a file may hold; the cache is as it was.
  Result<> put(const Lookup& lookup, const EndpointLists& lists);

 private:
  std::string path(std::string_view prefix, const Lookup& lookup) const;

  std::string section_;
  config::Config config_;
};

}  // namespace tarsier
