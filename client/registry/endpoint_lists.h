#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "EndpointF.h"
#include "client/resolver.h"
#include "transport/base/result.h"

namespace tarsier {

// Of the wire, as TarsCpp reads it (spec §8.1): weights as in an endpoint string (-w with -v).
// malformed: an endpoint that nobody can call, with the field and its value.
Result<Endpoint> endpoint_of_wire(const ::tars::EndpointF& wire);
::tars::EndpointF endpoint_to_wire(const Endpoint& endpoint);

// Both lists of an answer, ordered and each endpoint once; one that is active is not inactive too.
struct EndpointAnswer {
  EndpointLists lists;
  std::size_t refused = 0;    // endpoints that nobody can call, and those beyond the limit
  std::string first_refused;  // why, for the log
};
EndpointAnswer lists_of_wire(const std::vector<::tars::EndpointF>& active,
                             const std::vector<::tars::EndpointF>& inactive);

}  // namespace tarsier
