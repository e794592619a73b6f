#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "transport/base/time.h"
#include "transport/env.h"
#include "transport/scope.h"
#include "transport/task.h"
#include "transport/transport.h"

namespace tarsier {

// What this end does with a connection before it is used: a TLS handshake (tls/tls_greeting.h), an
// authentication (client/access_key_greeting.h, server/access_key_check.h).
class Greeting {
 public:
  virtual ~Greeting() = default;
  // Whether connections to, or listeners at, such an endpoint are greeted; the others pass by.
  virtual bool covers(const Endpoint& at) const = 0;
  // What the transport below is asked for instead: one that does without.
  virtual Endpoint below(const Endpoint& at) const = 0;
  // The connection as it is used from then on, or why it is not. `at` is what was connected to, or
  // listened at. It need not watch the time: whoever is late has its connection aborted, and ends
  // with what that shows.
  virtual Task<Result<std::unique_ptr<Connection>>> greet(std::unique_ptr<Connection> connection,
                                                          Endpoint at) = 0;
};

// Whether a transport without greetings can connect to, and listen at, such endpoints. unsupported:
// why not, and what it takes.
Result<> check_ungreeted(const Endpoint& at);

struct GreetingOptions {
  // How long who connects to a listener may take for its part.
  Duration client_wait = std::chrono::seconds(5);
  // Connections of one listener that greet, or that nobody has accepted yet. The one that has taken
  // longest makes room for one more.
  std::size_t clients_max = 1024;
};

// A transport whose connections are greeted before anybody gets them, over one whose are not: over
// the real one, the one in memory, the simulated one or another GreetingTransport. Greetings go on
// side by side; one that fails shows where an accept or a connect does.
//
// Destroy it when what was connected and accepted through it is gone, the listeners a turn before.
class GreetingTransport final : public Transport {
 public:
  // All of them outlive it.
  GreetingTransport(Env& env, Transport& below, Greeting& greeting,
                    const GreetingOptions& options = {});
  // The other one greets first: TLS, then an authentication inside of it.
  GreetingTransport(Env& env, GreetingTransport& below, Greeting& greeting,
                    const GreetingOptions& options = {});
  ~GreetingTransport() override;

  // As check_ungreeted(), but for those that it greets.
  Result<> check(const Endpoint& at) const;
  Result<std::unique_ptr<Listener>> listen(const Endpoint& at,
                                           const ListenOptions& options) override;
  // The greeting ends by `deadline` too.
  void start_connect(const Endpoint& to, TimePoint deadline,
                     Completion<std::unique_ptr<Connection>>& done) override;
  Result<std::unique_ptr<DatagramSocket>> open_datagram(const Endpoint& at,
                                                        const DatagramOptions& options) override;

 private:
  class Port;
  class Handle;

  Task<void> connect(Endpoint to, TimePoint deadline,
                     Completion<std::unique_ptr<Connection>>& done);
  Port* find_port(std::uint64_t id);
  void drop_if_over(std::uint64_t id);

  Env& env_;
  Transport& below_;
  const GreetingTransport* const greeted_below_ = nullptr;
  Greeting& greeting_;
  const GreetingOptions options_;
  std::map<std::uint64_t, std::unique_ptr<Port>> ports_;
  std::uint64_t next_port_ = 1;
  Scope scope_;
};

}  // namespace tarsier
