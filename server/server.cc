#include "server/server.h"

#include <algorithm>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/executor.h"
#include "transport/greeting_transport.h"

namespace tarsier {
namespace {

// How often sessions are asked for their time-outs: often enough that none is late by more than a
// second, seldom enough that a thousand of them cost nothing.
constexpr Duration watch_period_min = std::chrono::milliseconds(50);
constexpr Duration watch_period_max = std::chrono::seconds(1);
constexpr Duration stop_poll = std::chrono::milliseconds(20);

Result<std::string> servant_name(std::string_view object) {
  TARSIER_TRY(ObjectName name, parse_object_name(object));
  if (!name.direct() && name.hash.empty()) return std::move(name.servant);
  return Error(Code::malformed,
               "a servant is added by its name alone, without '#' and '@': '" + name.servant + "'");
}

}  // namespace

Server::Server(Env& env, const ServerOptions& options)
    : env_(env), core_(env, options), read_buffer_(limits::read_chunk_bytes) {}

Server::~Server() {
  if (watch_ != 0 && !Demolition::under_way()) env_.timers.cancel(watch_);
  TARSIER_CHECK(Demolition::under_way() || (sessions_.empty() && core_.actions_pending() == 0 &&
                                            core_.handlers_running() == 0),
                "a Server was destroyed while it serves: co_await stop() first");
}

Result<> Server::add_servant(std::string_view object, Servant& servant,
                             const ServantOptions& options) {
  TARSIER_TRY(std::string name, servant_name(object));
  return core_.add_servant(std::move(name), servant, options);
}

Result<> Server::add_servant(std::string_view object, Handlers handlers,
                             const ServantOptions& options) {
  TARSIER_TRY(std::string name, servant_name(object));
  return core_.add_servant(std::move(name), std::move(handlers), options);
}

Result<Endpoint> Server::listen(std::string_view endpoint, const ListenOptions& options,
                                const ListenerLimits& limits) {
  TARSIER_TRY(const Endpoint at, parse_endpoint(endpoint));
  for (const std::string& unknown : at.unknown_options) {
    TARSIER_LOG(env_.log, warn, "server",
                "endpoint '" + std::string(endpoint) + "': the option '" + unknown +
                    "' is not known and ignored");
  }
  return listen(at, options, limits);
}

Result<Endpoint> Server::listen(const Endpoint& endpoint, const ListenOptions& options,
                                const ListenerLimits& own_limits) {
  TARSIER_CHECK(!stopping_, "listen() on a server that stops");
  GreetingTransport* const through = own_limits.through;
  TARSIER_TRY_VOID(through != nullptr ? through->check(endpoint) : check_ungreeted(endpoint));
  if (endpoint.type == EndpointType::udp) {
    DatagramOptions datagram;
    datagram.reuse_port = options.reuse_port;
    TARSIER_TRY(auto socket, env_.transport.open_datagram(endpoint, datagram));
    SessionOwner& owner = *this;
    auto& port = ports_.emplace_back(
        std::make_unique<DatagramPort>(core_, owner, std::move(socket), own_limits.admission));
    port->start();
    return port->local();
  }
  SessionLimits session;
  session.idle_wait = endpoint.timeout_ms == Endpoint().timeout_ms
                          ? core_.options().idle_wait
                          : Duration(std::chrono::milliseconds(endpoint.timeout_ms));
  session.frame_bytes_max = own_limits.frame_bytes_max.value_or(core_.options().frame_bytes_max);
  session.first_packet_wait = own_limits.first_packet_wait;
  TARSIER_CHECK(session.frame_bytes_max >= limits::frame_bytes_min &&
                    session.frame_bytes_max <= limits::frame_bytes_max,
                "the frame limit of a listener lies between 5 bytes and 100 MiB");
  if (through != nullptr && endpoint.auth_type != 0)
    session.keys_of = keys_of_.emplace_back(own_limits.keys_of);
  Transport& transport = through != nullptr ? *through : env_.transport;
  TARSIER_TRY(auto listener, transport.listen(endpoint, options));
  Acceptor::Sink& sink = *this;
  auto& acceptor = acceptors_.emplace_back(std::make_unique<Acceptor>(
      env_, core_.counters(), sink, std::move(listener), session, own_limits.admission));
  acceptor->start();
  return acceptor->local();
}

std::vector<Endpoint> Server::endpoints() const {
  std::vector<Endpoint> all;
  for (const auto& acceptor : acceptors_) all.push_back(acceptor->local());
  for (const auto& port : ports_) all.push_back(port->local());
  return all;
}

void Server::accepted(std::unique_ptr<Connection> connection, const SessionLimits& limits,
                      Admission& admission) {
  const Endpoint peer = connection->peer();
  if (Session* session = begin_session(std::move(connection), limits)) {
    session->admission = &admission;
  } else {
    admission.leave(peer);
  }
}

void Server::adopt(std::unique_ptr<Connection> connection, std::span<const std::byte> first,
                   const SessionLimits& limits) {
  ++core_.counters().accepted;
  begin_session(std::move(connection), limits, first);
}

Session* Server::begin_session(std::unique_ptr<Connection> connection, const SessionLimits& limits,
                               std::span<const std::byte> first) {
  if (stopping_ || sessions_.size() >= core_.options().connections_max) {
    ++core_.counters().refused_connections_max;
    connection->abort();
    return nullptr;
  }
  SessionOwner& owner = *this;
  auto& session = sessions_.emplace_back(
      std::make_unique<Session>(core_, owner, std::move(connection), limits));
  session->index = sessions_.size() - 1;
  session->start(first);
  watch_sessions();
  return session.get();
}

std::vector<ConnectionInfo> Server::connection_list(std::size_t at_most) const {
  std::vector<ConnectionInfo> list;
  const TimePoint now = env_.clock.now();
  for (const auto& session : sessions_) {
    if (list.size() >= at_most) break;
    list.push_back(session->info(now));
  }
  return list;
}

void Server::session_ended(Session& session) {
  if (session.admission != nullptr) session.admission->leave(session.peer());
  const std::size_t index = session.index;
  std::swap(sessions_[index], sessions_.back());
  sessions_[index]->index = index;
  sessions_.pop_back();
}

void Server::watch_sessions() {
  if (watch_ != 0 || sessions_.empty()) return;
  const TimePoint now = env_.clock.now();
  watch_ = env_.timers.call_at(now + (stopping_ ? watch_period_min : watch_period_max), [this] {
    watch_ = 0;
    check_sessions();
    watch_sessions();
  });
}

void Server::check_sessions() {
  // Ending a session never removes it at once, so the list stays as it is meanwhile.
  const TimePoint now = env_.clock.now();
  for (const auto& session : sessions_) session->check_time(now);
}

bool Server::drained() const {
  return sessions_.empty() && core_.calls_kept() == 0 && core_.actions_pending() == 0;
}

void Server::announce_stop() {
  for (const auto& acceptor : acceptors_) acceptor->close();
  for (const auto& session : sessions_) {
    session->drain();
    if (core_.options().push_reconnect && !session->tup) {
      // A session that ends right now needs no push.
      (void)core_.push(session->id(), {}, "_reconnect_", {}, {});
    }
  }
  if (watch_ != 0) env_.timers.cancel(std::exchange(watch_, 0));
  watch_sessions();
}

void Server::close_everything() {
  for (const auto& session : sessions_) session->abort();
  for (const auto& port : ports_) port->close();
}

Task<void> Server::stop() {
  TARSIER_CHECK(!stopping_, "a server is stopped once");
  stopping_ = true;
  announce_stop();
  const TimePoint deadline = deadline_after(env_.clock.now(), core_.options().drain_wait);
  while (!drained() && env_.clock.now() < deadline) {
    SleepUntil pause(env_.timers, env_.clock.now() + stop_poll);
    co_await pause;
  }
  core_.close_handlers();
  close_everything();
  const auto quiet = [this] {
    return sessions_.empty() && core_.actions_pending() == 0 && core_.handlers_running() == 0 &&
           std::all_of(acceptors_.begin(), acceptors_.end(), [](auto& a) { return a->ended(); }) &&
           std::all_of(ports_.begin(), ports_.end(), [](auto& p) { return p->ended(); });
  };
  while (!quiet()) {
    SleepUntil pause(env_.timers, env_.clock.now() + stop_poll);
    co_await pause;
  }
}

}  // namespace tarsier
