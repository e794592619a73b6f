#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/acceptor.h"
#include "server/datagram_port.h"
#include "server/servant.h"
#include "server/server_core.h"
#include "server/server_options.h"
#include "server/session.h"
#include "transport/endpoint.h"
#include "transport/env.h"
#include "transport/task.h"
#include "transport/timers.h"

namespace tarsier {

// Serves servants on the loop of an Env.
//
//   GreeterImpl greeter;
//   Server server(env);
//   TARSIER_TRY_VOID(server.add_servant("App.Server.GreeterObj", greeter));
//   TARSIER_TRY(Endpoint at, server.listen("tcp -h 0.0.0.0 -p 10000"));
//   …
//   co_await server.stop();
//
// Every servant answers on every endpoint; the name in the request picks it. Servants outlive the
// server, and a server that listened is stopped before it is destroyed. Loop only; before the loop
// runs, its thread-to-be counts as the loop.
class Server final : private Acceptor::Sink, private SessionOwner {
 public:
  explicit Server(Env& env, const ServerOptions& options = {});
  ~Server() override;

  // malformed: not an object name. exists: the name is taken.
  Result<> add_servant(std::string_view object, Servant& servant,
                       const ServantOptions& options = {});
  // On threads of its own (docs/overload.md). limit: so many are not to be had.
  //   server.add_servant("App.Server.GreeterObj", Handlers::threads(4, [] {
  //     return std::make_unique<GreeterImpl>();
  //   }));
  Result<> add_servant(std::string_view object, Handlers handlers,
                       const ServantOptions& options = {});

  // "tcp -h … -p … -t …" or udp; what is bound comes back, with the port that was picked for 0.
  // -t is the idle time of a connection in ms, 0 for ever; an endpoint without -t (3000, the
  // default of the grammar) takes ServerOptions::idle_wait, as no idle time that short is useful.
  // `limits` are those of this listener; a datagram is bounded by what UDP carries.
  // Errors: as Transport::listen, and malformed.
  Result<Endpoint> listen(std::string_view endpoint, const ListenOptions& options = {},
                          const ListenerLimits& limits = {});
  Result<Endpoint> listen(const Endpoint& endpoint, const ListenOptions& options = {},
                          const ListenerLimits& limits = {});

  // Serves a connection that somebody else accepted, and read `first` from; it counts among those
  // of the server, and none of its listeners has a say. A server that stops, or has as many as it
  // may, resets it.
  void adopt(std::unique_ptr<Connection> connection, std::span<const std::byte> first,
             const SessionLimits& limits = {});

  // Stops accepting, lets what is under way end, closes. Takes at most ServerOptions::drain_wait
  // and a turn or two; calls that are not answered by then lose their connection. Awaited once.
  //
  // A servant that hangs keeps neither stop() nor the destructor: its coroutine stays suspended,
  // and if what it waits for comes after the Server is gone it runs to its end (with the servant,
  // which must still exist as long as the loop runs) and its answer is dropped; if that never
  // comes, its frame is never freed. A Reply may be sent or dropped as late. SessionRefs that were
  // copied out of a call still end with the Server. A handler thread that hangs is abandoned, with
  // a line in the log: it ends when its servant returns.
  Task<void> stop();

  // Calls to which the rule applies count as dyed although their callers were not (spec §6.10).
  // Nothing: only those whose callers were.
  void set_dye_rule(std::optional<trace::DyeRule> rule) { core_.set_dye_rule(std::move(rule)); }

  // What is bound, in the order of listen().
  std::vector<Endpoint> endpoints() const;
  const ServerCounters& counters() const { return core_.counters(); }
  // With those that this side has ended and whose peers have not yet (transport/lingering_close.h).
  std::size_t connections() const { return sessions_.size(); }
  // Some of them: the oldest ones at first, in no order later.
  std::vector<ConnectionInfo> connection_list(std::size_t at_most) const;
  std::size_t calls_kept() const { return core_.calls_kept(); }
  // What ServerOptions::kept_bytes_total_max bounds.
  std::size_t kept_bytes() const { return core_.kept_bytes(); }
  // Of those calls, that wait for their servant.
  std::size_t calls_waiting() const { return core_.calls_waiting(); }
  // What ServerOptions::buffered_bytes_max bounds. What peers took without being heard of since
  // counts for up to a second more.
  std::size_t buffered_bytes() const { return core_.buffered_bytes(); }

 private:
  void accepted(std::unique_ptr<Connection> connection, const SessionLimits& limits,
                Admission& admission) override;
  void session_ended(Session& session) override;
  std::span<std::byte> read_buffer() override { return read_buffer_; }

  // Null: it was refused.
  Session* begin_session(std::unique_ptr<Connection> connection, const SessionLimits& limits,
                         std::span<const std::byte> first = {});
  void watch_sessions();
  void check_sessions();
  bool drained() const;
  void announce_stop();
  void close_everything();

  Env& env_;
  ServerCore core_;
  std::vector<std::byte> read_buffer_;
  std::deque<std::string> keys_of_;  // of the listeners, where sessions find them
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::unique_ptr<DatagramPort>> ports_;
  Timers::Id watch_ = 0;
  bool stopping_ = false;
};

}  // namespace tarsier
