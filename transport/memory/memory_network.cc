#include "transport/memory/memory_network.h"

#include <algorithm>
#include <utility>

#include "transport/base/random.h"

namespace tarsier::memory {
namespace {

std::string address_text(const Endpoint& at) {
  return at.is_unix() ? at.host : at.host + ":" + std::to_string(at.port);
}

Endpoint tcp_endpoint(std::string host, std::uint16_t port) {
  Endpoint endpoint;
  endpoint.host = std::move(host);
  endpoint.port = port;
  return endpoint;
}

// sockaddr_un has 108 bytes, the last of them zero.
constexpr std::size_t unix_path_bytes_max = 107;

Error path_too_long(const std::string& path) {
  return Error(Code::address_invalid,
               "the path of a unix socket has at most 107 bytes, '" + path + "' is longer");
}

template <class Map>
auto* find_in(Map& map, SocketId id) {
  const auto found = map.find(id);
  return found == map.end() ? nullptr : found->second.get();
}

}  // namespace

MemoryNetwork::MemoryNetwork(ManualLoop& loop, MemoryFiles& files, NetworkOptions options)
    : loop_(loop), files_(files), options_(std::move(options)) {}

MemoryNetwork::~MemoryNetwork() {
  TARSIER_CHECK(descriptors_ == 0,
                "a memory world was destroyed before the connections, listeners or datagram "
                "sockets that came from it");
}

Stream* MemoryNetwork::find_stream(SocketId id) { return find_in(streams_, id); }
ListenSocket* MemoryNetwork::find_listener(SocketId id) { return find_in(listeners_, id); }
DatagramPort* MemoryNetwork::find_datagram(SocketId id) { return find_in(datagrams_, id); }

bool MemoryNetwork::take_descriptor() {
  if (descriptors_ >= options_.descriptors_max) return false;
  ++descriptors_;
  return true;
}

bool MemoryNetwork::is_local(const Address& address) const {
  return address.wildcard() || address.loopback() ||
         std::find(options_.addresses.begin(), options_.addresses.end(), address.text) !=
             options_.addresses.end();
}

std::string MemoryNetwork::source_address_for(const Address& to) {
  if (to.v6) return to.loopback() || to.wildcard() ? "::1" : to.text;
  return to.loopback() || to.wildcard() ? "127.0.0.1" : to.text;
}

// ---------------------------------------------------------------------------------- binding

bool MemoryNetwork::port_taken(const Address& address, std::uint16_t port, bool reuse_port,
                               bool datagram) {
  const auto overlaps = [&](const Endpoint& bound) {
    if (bound.port != port || bound.is_unix()) return false;
    const auto other = parse_address(bound.host);
    return other->v6 == address.v6 &&
           (other->text == address.text || other->wildcard() || address.wildcard());
  };
  if (datagram) {
    return std::any_of(datagrams_.begin(), datagrams_.end(), [&](const auto& entry) {
      const DatagramPort& port_of = *entry.second;
      return !port_of.closed() && !(reuse_port && port_of.options().reuse_port) &&
             overlaps(port_of.local());
    });
  }
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const auto& entry) {
    const ListenSocket& listener = *entry.second;
    return !listener.closed_ && !(reuse_port && listener.options_.reuse_port) &&
           overlaps(listener.at_);
  });
}

Result<Endpoint> MemoryNetwork::bind_port(const Endpoint& at, bool reuse_port, bool datagram) {
  const auto address = parse_address(at.host);
  if (!address) {
    return Error(Code::address_invalid, "'" + at.host +
                                            "' is not a numeric IPv4 or IPv6 address; the memory "
                                            "network knows no names but localhost");
  }
  if (!is_local(*address)) {
    return Error(Code::address_invalid, at.host + " is not an address of this machine");
  }
  Endpoint bound = at;
  bound.host = address->text;
  if (bound.port != 0) {
    if (port_taken(*address, bound.port, reuse_port, datagram))
      return Error(Code::address_in_use, address_text(bound) + " is in use");
    return bound;
  }
  constexpr std::uint16_t first = 32768;
  constexpr std::uint16_t last = 49151;
  for (int tries = 0; tries <= last - first; ++tries) {
    bound.port = next_free_port_;
    next_free_port_ = next_free_port_ == last ? first : static_cast<std::uint16_t>(bound.port + 1);
    if (!port_taken(*address, bound.port, false, datagram)) return bound;
  }
  return Error(Code::address_in_use, "no free port is left on " + bound.host);
}

Result<std::unique_ptr<Listener>> MemoryNetwork::listen(const Endpoint& at,
                                                        const ListenOptions& options) {
  if (at.type != EndpointType::tcp) {
    return Error(Code::unsupported, "the memory network listens on tcp and unix sockets only");
  }
  const SocketId id = next_id_++;
  Endpoint bound = at;
  if (at.is_unix()) {
    if (at.host.size() > unix_path_bytes_max) return path_too_long(at.host);
    if (!take_descriptor()) return Error(Code::no_descriptors, "out of file descriptors");
    const auto alive = [this](SocketId old) {
      const ListenSocket* listener = find_listener(old);
      return listener != nullptr && !listener->closed_;
    };
    if (auto bind = files_.bind_socket(at.host, id, alive); !bind) {
      give_descriptor();
      return std::move(bind).error();
    }
  } else {
    TARSIER_TRY(bound, bind_port(at, options.reuse_port, false));
    if (!take_descriptor()) return Error(Code::no_descriptors, "out of file descriptors");
  }
  auto socket = std::make_unique<ListenSocket>(*this, id, std::move(bound), options);
  auto listener = make_listener(*this, *socket);
  listeners_.emplace(id, std::move(socket));
  return listener;
}

Result<std::unique_ptr<DatagramSocket>> MemoryNetwork::open_datagram(
    const Endpoint& at, const DatagramOptions& options) {
  if (at.type != EndpointType::udp || at.is_unix()) {
    return Error(Code::unsupported, "datagrams travel on udp endpoints only");
  }
  TARSIER_TRY(Endpoint bound, bind_port(at, options.reuse_port, true));
  if (!take_descriptor()) return Error(Code::no_descriptors, "out of file descriptors");
  const SocketId id = next_id_++;
  auto port = std::make_unique<DatagramPort>(*this, id, std::move(bound), options);
  auto socket = make_datagram_socket(*this, *port);
  datagrams_.emplace(id, std::move(port));
  return socket;
}

// The most exact address wins; sockets that share an address (reuse_port) share by sender.
DatagramPort* MemoryNetwork::find_datagram_at(const Endpoint& to, const Endpoint& from) {
  const auto address = parse_address(to.host);
  if (!address) return nullptr;
  std::vector<DatagramPort*> exact;
  std::vector<DatagramPort*> wildcard;
  for (const auto& [id, port] : datagrams_) {
    const Endpoint& at = port->local();
    if (port->closed() || at.port != to.port) continue;
    const auto bound = parse_address(at.host);
    if (at.host == address->text) exact.push_back(port.get());
    if (bound->wildcard() && bound->v6 == address->v6 && is_local(*address))
      wildcard.push_back(port.get());
  }
  const auto& matches = exact.empty() ? wildcard : exact;
  if (matches.empty()) return nullptr;
  return matches[Random(0).fork(from.host).fork(from.port).key() % matches.size()];
}

// ---------------------------------------------------------------------------------- connecting

// The most exact address wins; several listeners of one address (reuse_port) take turns.
ListenSocket* MemoryNetwork::listener_for(const Endpoint& to) {
  if (to.is_unix()) {
    ListenSocket* listener = find_listener(files_.socket_at(to.host));
    return listener != nullptr && !listener->closed_ ? listener : nullptr;
  }
  const auto address = parse_address(to.host);
  const std::string exact = address->wildcard() ? source_address_for(*address) : address->text;
  std::vector<ListenSocket*> exact_matches;
  std::vector<ListenSocket*> wildcard_matches;
  for (const auto& [id, listener] : listeners_) {
    const Endpoint& at = listener->local();
    if (listener->closed_ || at.port != to.port || at.is_unix()) continue;
    const auto bound = parse_address(at.host);
    if (at.host == exact) exact_matches.push_back(listener.get());
    if (bound->wildcard() && bound->v6 == address->v6) wildcard_matches.push_back(listener.get());
  }
  const auto& matches = exact_matches.empty() ? wildcard_matches : exact_matches;
  return matches.empty() ? nullptr : matches[spread_++ % matches.size()];
}

void MemoryNetwork::complete_later(ConnectDone& done, Error error) {
  loop_.post([&done, error = std::move(error)]() mutable { done.complete(std::move(error)); });
}

void MemoryNetwork::start_connect(const Endpoint& to, TimePoint deadline, ConnectDone& done) {
  done.arm();
  const std::string where = address_text(to);
  if (to.type != EndpointType::tcp) {
    return complete_later(
        done, Error(Code::unsupported, "the memory network connects to tcp and unix sockets only"));
  }
  if (to.is_unix() && to.host.size() > unix_path_bytes_max)
    return complete_later(done, path_too_long(to.host));
  if (!to.is_unix()) {
    const auto address = parse_address(to.host);
    if (!address) {
      return complete_later(
          done, Error(Code::address_invalid, "'" + to.host + "' is not a numeric address"));
    }
    if (!is_local(*address))
      return complete_later(done, Error(Code::unreachable, "no route to " + where));
  }
  if (deadline <= loop_.now())
    return complete_later(done, Error(Code::timeout, "no time was left to connect to " + where));
  ListenSocket* listener = listener_for(to);
  if (listener == nullptr)
    return complete_later(done, Error(Code::refused, "nobody listens on " + where));
  if (!take_descriptor())
    return complete_later(done, Error(Code::no_descriptors, "out of file descriptors"));
  if (!listener->full() && listener->waiting_.empty()) return establish(*listener, to, done);

  const SocketId id = next_id_++;
  WaitingConnect waiting{to, &done};
  if (deadline != no_deadline) {
    waiting.timer = loop_.call_at(deadline, [this, id, listener_id = listener->id(), where] {
      ListenSocket& full = *find_listener(listener_id);
      connecting_.at(id).timer = 0;
      end_waiting(full, id, Error(Code::timeout, where + " did not take the connection in time"));
    });
  }
  connecting_.emplace(id, std::move(waiting));
  listener->waiting_.push_back(id);
}

void MemoryNetwork::establish(ListenSocket& listener, const Endpoint& to, ConnectDone& done) {
  Endpoint client;
  Endpoint server = to;
  if (!to.is_unix()) {
    const auto address = parse_address(to.host);
    client = tcp_endpoint(source_address_for(*address), next_client_port_);
    next_client_port_ = next_client_port_ == 65535
                            ? std::uint16_t{49152}
                            : static_cast<std::uint16_t>(next_client_port_ + 1);
    server =
        tcp_endpoint(address->wildcard() ? source_address_for(*address) : address->text, to.port);
  }
  const SocketId client_id = next_id_++;
  const SocketId server_id = next_id_++;
  streams_.emplace(client_id,
                   std::make_unique<Stream>(*this, client_id, server_id, client, server));
  streams_.emplace(server_id,
                   std::make_unique<Stream>(*this, server_id, client_id, server, client));
  listener.queue_.push_back(server_id);
  listener.notify();
  loop_.post([this, client_id, &done] { done.complete(make_connection(*find_stream(client_id))); });
}

void MemoryNetwork::admit_waiting(ListenSocket& listener) {
  while (!listener.full() && !listener.waiting_.empty()) {
    const SocketId id = listener.waiting_.front();
    listener.waiting_.pop_front();
    const WaitingConnect waiting = std::move(connecting_.at(id));
    connecting_.erase(id);
    if (waiting.timer != 0) loop_.cancel(waiting.timer);
    establish(listener, waiting.to, *waiting.done);
  }
}

void MemoryNetwork::refuse_waiting(ListenSocket& listener) {
  while (!listener.waiting_.empty()) {
    const SocketId id = listener.waiting_.front();
    end_waiting(listener, id, Error(Code::refused, "the listener was closed"));
  }
}

void MemoryNetwork::end_waiting(ListenSocket& listener, SocketId id, Error error) {
  const WaitingConnect waiting = std::move(connecting_.at(id));
  connecting_.erase(id);
  std::erase(listener.waiting_, id);
  if (waiting.timer != 0) loop_.cancel(waiting.timer);
  give_descriptor();
  complete_later(*waiting.done, std::move(error));
}

}  // namespace tarsier::memory
