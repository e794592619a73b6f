#pragma once

#include "server/filter.h"

namespace tarsier {

class Servant;
class ServerCall;
class ServerCore;

// Serves a call through filters, which outlive it, as the servant does.
void serve_filtered(ServerCore& core, ServerFilters& filters, Servant& servant, ServerCall& call);

}  // namespace tarsier
