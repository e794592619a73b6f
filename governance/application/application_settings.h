#pragma once

#include <string>
#include <string_view>

#include "client/client_settings.h"
#include "protocol/config/config.h"
#include "server/server_settings.h"
#include "transport/base/result.h"
#include "transport/files.h"

namespace tarsier::application {

// What a configuration file says of a service.
struct ApplicationSettings {
  config::Config config{};  // the whole text: domains that nobody reads are the service's own
  ClientSettings client{};
  ServerSettings server{};
};

// Reads it all. Where usable() of the notes is false, the service cannot start.
Checked<ApplicationSettings> application_settings(config::Config config, const HostFacts& facts);

// The same of a file. Errors: those of the file system; malformed and limit say where in the text.
Result<Checked<ApplicationSettings>> read_settings(FileSystem& files, std::string_view path,
                                                   const HostFacts& facts);

// "tars.tarsnode.ServerObj@tcp -h 10.0.0.7 -p 19386", as a client wants it.
std::string object_text(const ObjectName& object);

}  // namespace tarsier::application
