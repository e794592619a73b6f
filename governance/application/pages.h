#pragma once

#include <string>

#include "governance/application/platform_commands.h"
#include "governance/application/reports.h"
#include "protocol/http/http.h"

namespace tarsier::application {

// What the pages of a service show.
struct PageContext {
  const CommandContext& service;
  Reports& reports;
  bool serving = false;
};

// The pages that every service serves about itself, on the endpoint of its commands: /-/health,
// /-/ready, /-/status, /-/vars, /metrics and others, which "/" lists. Text for curl, and the same
// as HTML for who asks for it. Nothing can be changed through them.
http::Response page(const PageContext& context, const http::Request& request);

// The numbers of /metrics and /-/vars. Labels are the names of the adapters, which the
// configuration bounds, and of the kinds of reports.
std::string metrics(const PageContext& context);

}  // namespace tarsier::application
