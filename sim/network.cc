#include "sim/network.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/world.h"
#include "transport/memory/memory_address.h"
#include "transport/memory/memory_files.h"

namespace tarsier::sim {
namespace {

constexpr std::size_t tiny_bytes_max = 16;
constexpr std::size_t unix_path_bytes_max = 107;  // sockaddr_un
constexpr std::size_t tiny_buffer_bytes = 2'048;
// Linux never waits longer than this between two attempts to send a segment.
constexpr Duration resend_gap_max = std::chrono::seconds(120);

std::string v6_address(std::uint32_t index) { return "fd00::" + std::to_string(index + 1); }

}  // namespace

std::string endpoint_text(const Endpoint& at) {
  return at.is_unix() || at.port == 0 ? at.host : at.host + ":" + std::to_string(at.port);
}

Result<> check_unix_path(std::string_view path) {
  if (path.size() <= unix_path_bytes_max) return {};
  return Error(Code::address_invalid,
               "the path of a unix socket has at most 107 bytes: " + std::string(path));
}

Network::Network(World& world, const NetworkOptions& options, Random random)
    : world_(world), options_(options), random_(random) {}

Network::~Network() = default;

void Network::add_node(Node& node) {
  const std::size_t before = hosts_.size();
  std::vector<Link> links((before + 1) * (before + 1));
  for (std::size_t from = 0; from < before; ++from)
    for (std::size_t to = 0; to < before; ++to)
      links[from * (before + 1) + to] = links_[from * before + to];
  links_ = std::move(links);
  hosts_.emplace_back().node = &node;
}

Link& Network::link(const Node& from, const Node& to) {
  return links_[from.index() * hosts_.size() + to.index()];
}
const Link& Network::link(const Node& from, const Node& to) const {
  return links_[from.index() * hosts_.size() + to.index()];
}

// ---------------------------------------------------------------------------------- the wires

Path Network::path(const Node& from, const Node& to) const {
  if (!to.powered()) return Path::cut;
  const Link& state = link(from, to);
  if (state.cuts > 0) return Path::cut;
  return state.clogs > 0 ? Path::clogged : Path::open;
}

Duration Network::delay(const Node& from, const Node& to, Random& random) const {
  if (&from == &to) return options_.loopback.draw(random);
  return options_.delay.draw(random) + link(from, to).delay_extra;
}

std::size_t Network::segment_bytes(const Node& from, const Node& to, std::size_t available,
                                   Random& random) const {
  std::size_t most = std::min(available, options_.segment_bytes_max);
  if (link(from, to).tiny_segments > 0) {
    most = std::min(most, tiny_bytes_max);
    return 1 + random.below(most);
  }
  if (options_.cut_permille > 0 && random.permille(options_.cut_permille))
    most = 1 + random.below(most);
  return most;
}

std::size_t Network::write_bytes(const Node& node, std::size_t offered, const Random& draws,
                                 std::uint64_t offset) const {
  const bool tiny = host(node).faults.tiny_writes > 0;
  if (!tiny && options_.short_write_permille == 0) return offered;
  Random random = draws.fork("write").fork(offset);
  if (tiny) return 1 + random.below(std::min(offered, tiny_bytes_max));
  return random.permille(options_.short_write_permille) ? 1 + random.below(offered) : offered;
}

std::size_t Network::send_buffer_bytes(const Node& node) const {
  return host(node).faults.tiny_buffers > 0
             ? std::min(tiny_buffer_bytes, options_.send_buffer_bytes)
             : options_.send_buffer_bytes;
}

// The first time after `now` at which a kernel sends again what it sent first at `lost_at`.
TimePoint Network::next_resend(TimePoint lost_at, TimePoint now) const {
  Duration gap = options_.resend_first;
  TimePoint next = lost_at + gap;
  while (next < now) {
    gap = std::min(gap * 2, resend_gap_max);
    next += gap;
  }
  return next;
}

void Network::paths_changed() {
  for (std::size_t i = 0; i < streams_.size(); ++i)
    if (streams_[i] != nullptr) streams_[i]->path_changed();
}

std::size_t Network::reset_connections(const Node& a, const Node& b) {
  std::size_t hit = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Stream* stream = streams_[i].get();
    if (stream == nullptr) continue;
    const Node& client = stream->life(Side::client).node();
    const Node& server = stream->life(Side::server).node();
    if ((&client != &a || &server != &b) && (&client != &b || &server != &a)) continue;
    stream->inject_reset();
    ++hit;
  }
  return hit;
}

std::size_t Network::silence_connections(const Node& a, const Node& b) {
  std::size_t hit = 0;
  for (const auto& stream : streams_) {
    if (stream == nullptr || stream->silent()) continue;
    const Node& client = stream->life(Side::client).node();
    const Node& server = stream->life(Side::server).node();
    if ((&client != &a || &server != &b) && (&client != &b || &server != &a)) continue;
    stream->silence();
    ++hit;
  }
  return hit;
}

// ---------------------------------------------------------------------------------- names, ports

std::optional<Network::Target> Network::resolve(const Node& from, std::string_view name) const {
  const auto self = &const_cast<Node&>(from);
  if (const auto address = memory::parse_address(name)) {
    if (address->loopback() || address->wildcard())
      return Target{self, address->v6 ? "::1" : "127.0.0.1", address->v6};
    for (const Host& host : hosts_) {
      const std::string own = address->v6 ? v6_address(host.node->index()) : host.node->address();
      if (own == address->text) return Target{host.node, own, address->v6};
    }
    return Target{nullptr, address->text, address->v6};
  }
  for (const Host& host : hosts_)
    if (host.node->name() == name) return Target{host.node, host.node->address(), false};
  return std::nullopt;
}

bool Network::port_taken(const Host& host, const std::string& address, bool v6, std::uint16_t port,
                         bool reuse_port, bool datagram) const {
  const auto overlaps = [&](const Endpoint& bound) {
    if (bound.port != port || bound.is_unix()) return false;
    const auto other = memory::parse_address(bound.host);
    const bool wildcard = address == "0.0.0.0" || address == "::";
    return other->v6 == v6 && (other->text == address || other->wildcard() || wildcard);
  };
  if (datagram) {
    return std::any_of(host.datagrams.begin(), host.datagrams.end(), [&](DatagramPort* port_of) {
      return !port_of->closed() && !(reuse_port && port_of->options().reuse_port) &&
             overlaps(port_of->local());
    });
  }
  return std::any_of(host.listeners.begin(), host.listeners.end(), [&](ListenSocket* listener) {
    return !listener->closed() && !(reuse_port && listener->options().reuse_port) &&
           overlaps(listener->local());
  });
}

Result<Endpoint> Network::bind_port(Life& life, const Endpoint& at, bool reuse_port,
                                    bool datagram) {
  Host& own = host(life.node());
  const auto target = resolve(life.node(), at.host);
  if (!target) {
    return Error(Code::address_invalid,
                 "'" + at.host + "' is neither an address nor the name of a node");
  }
  if (target->node != &life.node())
    return Error(Code::address_invalid, at.host + " is not an address of this machine");
  Endpoint bound = at;
  const auto literal = memory::parse_address(at.host);
  bound.host = literal && literal->wildcard() ? literal->text : target->address;
  if (bound.port != 0) {
    if (port_taken(own, bound.host, target->v6, bound.port, reuse_port, datagram))
      return Error(Code::address_in_use, endpoint_text(bound) + " is in use");
    return bound;
  }
  constexpr std::uint16_t first = 32768;
  constexpr std::uint16_t last = 49151;
  for (int tries = 0; tries <= last - first; ++tries) {
    bound.port = own.next_listen_port;
    own.next_listen_port = bound.port == last ? first : static_cast<std::uint16_t>(bound.port + 1);
    if (!port_taken(own, bound.host, target->v6, bound.port, false, datagram)) return bound;
  }
  return Error(Code::address_in_use, "no free port is left on " + bound.host);
}

bool Network::take_descriptor(Life& life) {
  Node& node = life.node();
  if (host(node).faults.no_descriptors > 0) return false;
  if (node.descriptors_in_use_ >= node.descriptors_max_) return false;
  ++node.descriptors_in_use_;
  return true;
}

void Network::give_descriptor(Life& life) {
  if (life.alive()) --life.node().descriptors_in_use_;
}

Result<std::unique_ptr<Listener>> Network::listen(Life& life, const Endpoint& at,
                                                  const ListenOptions& options) {
  if (!life.alive()) return Error(Code::closed, "the node is down");
  if (at.type != EndpointType::tcp) {
    return Error(Code::unsupported, "the simulated network listens on tcp and unix sockets only");
  }
  const std::uint64_t id = next_id_++;
  Endpoint bound = at;
  if (at.is_unix()) {
    TARSIER_TRY_VOID(check_unix_path(at.host));
    if (!take_descriptor(life)) return Error(Code::no_descriptors, "out of file descriptors");
    const auto alive = [this](std::uint64_t old) {
      const ListenSocket* listener = find_listener(old);
      return listener != nullptr && !listener->closed() && listener->life().alive();
    };
    if (auto bind = life.node().files().bind_socket(at.host, id, alive); !bind) {
      give_descriptor(life);
      return std::move(bind).error();
    }
  } else {
    TARSIER_TRY(bound, bind_port(life, at, options.reuse_port, false));
    if (!take_descriptor(life)) return Error(Code::no_descriptors, "out of file descriptors");
  }
  auto socket = std::make_unique<ListenSocket>(*this, id, life, std::move(bound), options);
  auto listener = make_listener(*this, *socket);
  host(life.node()).listeners.push_back(socket.get());
  listeners_.emplace(id, std::move(socket));
  return listener;
}

// ---------------------------------------------------------------------------------- streams

Stream& Network::new_stream(Stream::Half client, Stream::Half server, Random draws) {
  std::uint32_t slot;
  if (free_streams_.empty()) {
    slot = static_cast<std::uint32_t>(streams_.size());
    streams_.emplace_back();
  } else {
    slot = free_streams_.back();
    free_streams_.pop_back();
  }
  const std::uint64_t number = ++streams_made_;
  const Stream::Id id = (number << 32) | slot;
  streams_[slot] =
      std::make_unique<Stream>(*this, id, number, std::move(client), std::move(server), draws);
  return *streams_[slot];
}

void Network::forget_if_over(Stream::Id id) {
  const Stream* stream = find(id);
  if (stream == nullptr || !stream->forgettable()) return;
  const auto slot = static_cast<std::uint32_t>(id);
  streams_[slot].reset();
  free_streams_.push_back(slot);
}

ListenSocket* Network::find_listener(std::uint64_t id) {
  const auto found = listeners_.find(id);
  return found == listeners_.end() ? nullptr : found->second.get();
}

DatagramPort* Network::find_datagram(std::uint64_t id) {
  const auto found = datagrams_.find(id);
  return found == datagrams_.end() ? nullptr : found->second.get();
}

void Network::forget_listener(std::uint64_t id) {
  ListenSocket* socket = find_listener(id);
  std::erase(host(socket->life().node()).listeners, socket);
  listeners_.erase(id);
}

void Network::forget_datagram(std::uint64_t id) {
  DatagramPort* port = find_datagram(id);
  std::erase(host(port->life().node()).datagrams, port);
  datagrams_.erase(id);
}

void Network::end_life(Life& life, CrashKind kind) {
  Host& own = host(life.node());
  for (ListenSocket* listener : own.listeners)
    if (&listener->life() == &life) listener->die();
  for (DatagramPort* port : own.datagrams)
    if (&port->life() == &life) port->die();
  for (auto it = connects_.begin(); it != connects_.end();) {
    Connect& connect = it->second;
    if (connect.life != &life) {
      ++it;
      continue;
    }
    connect.done->disarm();
    if (connect.deadline_event != 0) world_.queue().cancel(connect.deadline_event);
    it = connects_.erase(it);
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    for (const Side side : {Side::client, Side::server}) {
      if (streams_[i] == nullptr || &streams_[i]->life(side) != &life) continue;
      const Stream::Id id = streams_[i]->id();
      streams_[i]->die(side, kind);
      forget_if_over(id);
    }
  }
}

Leaks Network::leaks(const Life* life) const {
  Leaks leaks;
  const auto counts = [life](const Life& of) { return life == nullptr || life == &of; };
  for (const auto& stream : streams_) {
    if (stream == nullptr) continue;
    for (const Side side : {Side::client, Side::server})
      if (stream->has_handle(side) && counts(stream->life(side))) ++leaks.connections;
  }
  for (const auto& [id, listener] : listeners_)
    if (counts(listener->life()) && !listener->closed()) ++leaks.listeners;
  for (const auto& [id, port] : datagrams_)
    if (counts(port->life()) && !port->closed()) ++leaks.datagram_sockets;
  for (const auto& [id, connect] : connects_)
    if (counts(*connect.life)) ++leaks.connects;
  return leaks;
}

std::string Network::waiting() const {
  std::string text;
  for (const auto& [id, listener] : listeners_) {
    if (listener->accepting()) {
      text += listener->life().node().name() + ": connections on " +
              endpoint_text(listener->local()) + "\n";
    }
  }
  for (const auto& [id, port] : datagrams_) {
    if (port->waiting())
      text += port->life().node().name() + ": datagrams on " + endpoint_text(port->local()) + "\n";
  }
  for (const auto& [id, connect] : connects_)
    text += connect.life->node().name() + ": an answer from " + endpoint_text(connect.to) + "\n";
  for (const auto& stream : streams_) {
    if (stream == nullptr) continue;
    text += stream->waiting(Side::client) + stream->waiting(Side::server);
  }
  return text;
}

// ---------------------------------------------------------------------------------- datagrams

Result<std::unique_ptr<DatagramSocket>> Network::open_datagram(Life& life, const Endpoint& at,
                                                               const DatagramOptions& options) {
  if (!life.alive()) return Error(Code::closed, "the node is down");
  if (at.type != EndpointType::udp || at.is_unix()) {
    return Error(Code::unsupported, "datagrams travel on udp endpoints only");
  }
  TARSIER_TRY(Endpoint bound, bind_port(life, at, options.reuse_port, true));
  if (!take_descriptor(life)) return Error(Code::no_descriptors, "out of file descriptors");
  const std::uint64_t id = next_id_++;
  auto port = std::make_unique<DatagramPort>(*this, id, life, std::move(bound), options);
  auto socket = make_datagram_socket(*this, *port);
  host(life.node()).datagrams.push_back(port.get());
  datagrams_.emplace(id, std::move(port));
  return socket;
}

void Network::send_datagram(DatagramPort& from, const Endpoint& to,
                            std::span<const std::byte> bytes) {
  Node& sender = from.life().node();
  if (!from.life().alive()) return;
  const auto target = resolve(sender, to.host);
  const auto bound = memory::parse_address(from.local().host);
  if (!target || target->node == nullptr || target->v6 != bound->v6) return;
  Endpoint source = from.local();
  if (bound->wildcard()) {
    source.host = target->node == &sender ? target->address
                  : target->v6            ? v6_address(sender.index())
                                          : sender.address();
  }
  Endpoint at = to;
  at.host = target->address;

  Node& receiver = *target->node;
  const std::uint64_t number = host(sender).datagrams_sent++;
  world_.record(&sender, EventKind::datagram_sent, number, hash_payload(bytes));
  Random random = random_.fork("datagram").fork(sender.name()).fork(number);
  const Link& state = link(sender, receiver);
  const std::uint32_t loss = options_.datagram_loss_permille + state.datagram_loss_permille;
  const std::uint32_t twice =
      options_.datagram_duplicate_permille + state.datagram_duplicate_permille;
  const std::uint32_t late = options_.datagram_reorder_permille + state.datagram_reorder_permille;
  const bool lost = random.permille(loss);
  const int copies = random.permille(twice) ? 2 : 1;
  if (lost) {
    world_.record(&receiver, EventKind::lost, number, 0);
    return;
  }
  const Bytes copy = Bytes::copy_of(bytes);
  for (int i = 0; i < copies; ++i) {
    Duration wait = delay(sender, receiver, random);
    if (random.permille(late)) wait += options_.reorder_delay + delay(sender, receiver, random);
    struct Arrival {
      Endpoint source, at;
      Bytes bytes;
    };
    world_.schedule(world_.now() + wait,
                    [this, &sender, &receiver, arrival = Arrival{source, at, copy}] {
                      datagram_arrives(sender, receiver, arrival.source, arrival.at, arrival.bytes);
                    });
  }
}

// The most exact address wins; sockets that share an address (reuse_port) share by sender.
DatagramPort* Network::datagram_port_for(Node& to, const Endpoint& source, const Endpoint& at) {
  std::vector<DatagramPort*> exact;
  std::vector<DatagramPort*> wildcard;
  const auto wanted = memory::parse_address(at.host);
  for (DatagramPort* port : host(to).datagrams) {
    if (port->closed() || port->local().port != at.port) continue;
    const auto bound = memory::parse_address(port->local().host);
    if (bound->text == wanted->text) exact.push_back(port);
    if (bound->wildcard() && bound->v6 == wanted->v6) wildcard.push_back(port);
  }
  const auto& matches = exact.empty() ? wildcard : exact;
  if (matches.empty()) return nullptr;
  const Random spread = random_.fork("reuse_port").fork(source.host).fork(source.port);
  return matches[spread.key() % matches.size()];
}

void Network::datagram_arrives(const Node& from, Node& to, const Endpoint& source,
                               const Endpoint& at, const Bytes& bytes) {
  DatagramPort* found = datagram_port_for(to, source, at);
  const bool arrives =
      found != nullptr && path(from, to) == Path::open && found->deliver(source, bytes);
  world_.record(&to, arrives ? EventKind::datagram : EventKind::lost, 0, bytes.size());
}

}  // namespace tarsier::sim
