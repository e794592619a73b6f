#pragma once

#include <string_view>

#include "transport/base/error.h"

namespace tarsier::epoll {

// What an errno means to a caller of transport/transport.h or transport/files.h. `what` says what
// was tried, with its object: "connect to 10.0.0.1:80". The detail reads "<what>: <text of errno>",
// and for the network "; <what to look at or do>" where there is something.
Error network_error(int number, std::string_view what);
Error file_error(int number, std::string_view what);

}  // namespace tarsier::epoll
