#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/http/http.h"
#include "server/server.h"
#include "transport/base/result.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/task.h"
#include "transport/transport.h"

namespace tarsier::application {

// One endpoint for two kinds of visitors: programs that speak TARS, who go to a server, and people
// with a browser or curl, who get pages. The first byte tells them apart: a TARS frame begins with
// its length, which would be over 1 GiB if that byte were a letter.
//
// Loop only. Closed before it is destroyed, if it listened; the server is stopped beside it.
class AdminPort final {
 public:
  using Pages = std::function<http::Response(const http::Request& request)>;

  AdminPort(Env& env, Server& server, Pages pages)
      : env_(env), server_(server), pages_(std::move(pages)) {}
  AdminPort(const AdminPort&) = delete;
  AdminPort& operator=(const AdminPort&) = delete;

  // What is bound. Errors: as Transport::listen; unsupported: udp.
  Result<Endpoint> listen(const Endpoint& at);
  Task<void> close();

 private:
  Task<void> accept_all();
  Task<void> receive(std::unique_ptr<Connection> connection);
  Task<void> serve_page(Connection& connection, std::span<std::byte> buffer, std::size_t first);
  void answer(Connection& connection, const http::Request& request);

  Env& env_;
  Server& server_;
  const Pages pages_;
  SessionLimits limits_;
  std::unique_ptr<Listener> listener_;
  std::vector<Connection*> guests_;  // who have not been handed over
  Scope scope_;
};

}  // namespace tarsier::application
