// Making connections: the handshake, message by message.
//
//   client                     server
//     | --- SYN ----------------> |   no listener: reset; backlog full or path cut: no answer
//     | <-------------- SYN+ACK - |   the client is connected
//     | --- ACK ----------------> |   the connection can be accepted

#include <utility>

#include "sim/network.h"
#include "sim/world.h"
#include "transport/memory/memory_address.h"
#include "transport/memory/memory_files.h"

namespace tarsier::sim {

void Network::fail_connect_later(Life& life, Completion<std::unique_ptr<Connection>>& done,
                                 Error error) {
  // Through connects_, so that a crash in between finds it.
  const std::uint64_t id = next_id_++;
  connects_.emplace(id,
                    Connect{&life, Endpoint(), nullptr, Endpoint(), Endpoint(), &done, random_});
  life.make_ready([this, id, error = std::move(error)]() mutable {
    auto* waiting = connects_.at(id).done;
    connects_.erase(id);
    waiting->complete(std::move(error));
  });
}

void Network::start_connect(Life& life, const Endpoint& to, TimePoint deadline,
                            Completion<std::unique_ptr<Connection>>& done) {
  done.arm();
  if (!life.alive()) return;
  Node& node = life.node();
  const std::string where = endpoint_text(to);
  if (to.type != EndpointType::tcp) {
    return fail_connect_later(
        life, done,
        Error(Code::unsupported, "the simulated network connects to tcp and unix sockets only"));
  }
  Target target{&node, to.host, false};
  if (to.is_unix()) {
    if (auto fits = check_unix_path(to.host); !fits)
      return fail_connect_later(life, done, std::move(fits).error());
  } else {
    const auto found = resolve(node, to.host);
    if (!found) {
      return fail_connect_later(
          life, done,
          Error(Code::address_invalid, "'" + to.host +
                                           "' is neither an address nor the name of a "
                                           "node"));
    }
    if (found->node == nullptr)
      return fail_connect_later(life, done, Error(Code::unreachable, "no route to " + where));
    target = *found;
  }
  if (deadline <= life.now()) {
    return fail_connect_later(life, done,
                              Error(Code::timeout, "no time was left to connect to " + where));
  }
  if (!take_descriptor(life)) {
    return fail_connect_later(life, done, Error(Code::no_descriptors, "out of file descriptors"));
  }

  Host& own = host(node);
  const std::uint64_t ordinal = own.connects_to[where]++;
  Connect connect{&life,
                  to,
                  target.node,
                  Endpoint(),
                  to,
                  &done,
                  random_.fork("connection").fork(node.name()).fork(where).fork(ordinal)};
  if (!to.is_unix()) {
    connect.server_at = Endpoint();
    connect.server_at.host = target.address;
    connect.server_at.port = to.port;
    connect.client_at.host =
        target.node != &node
            ? (target.v6 ? "fd00::" + std::to_string(node.index() + 1) : node.address())
            : target.address;
    connect.client_at.port = own.next_client_port;
    own.next_client_port = own.next_client_port == 65535
                               ? std::uint16_t{49152}
                               : static_cast<std::uint16_t>(own.next_client_port + 1);
  }
  const std::uint64_t id = next_id_++;
  world_.record(&node, EventKind::connect, id, target.node->index());
  if (deadline != no_deadline) {
    connect.deadline_event = world_.schedule(life.to_world(deadline), [this, id, where] {
      connects_.at(id).deadline_event = 0;
      end_connect(id, Error(Code::timeout, where + " did not take the connection in time"));
    });
  }
  connects_.emplace(id, std::move(connect));
  try_connect(id);
}

void Network::try_connect(std::uint64_t id) {
  const auto found = connects_.find(id);
  if (found == connects_.end()) return;
  Connect& connect = found->second;
  Random random = connect.draws.fork("attempt").fork(static_cast<std::uint64_t>(connect.attempts));
  const Duration wait = delay(connect.life->node(), *connect.target, random);
  world_.after(wait, [this, id] { handshake_arrives(id); });
}

// The most exact address wins; listeners that share an address (reuse_port) share by connection.
ListenSocket* Network::listener_for(const Connect& connect) {
  const Host& target = host(*connect.target);
  if (connect.to.is_unix()) {
    ListenSocket* listener = find_listener(connect.target->files().socket_at(connect.to.host));
    return listener != nullptr && !listener->closed() && listener->life().alive() ? listener
                                                                                  : nullptr;
  }
  std::vector<ListenSocket*> exact;
  std::vector<ListenSocket*> wildcard;
  const bool v6 = memory::parse_address(connect.server_at.host)->v6;
  for (ListenSocket* listener : target.listeners) {
    const Endpoint& at = listener->local();
    if (listener->closed() || at.is_unix() || at.port != connect.server_at.port) continue;
    const auto bound = memory::parse_address(at.host);
    if (at.host == connect.server_at.host) exact.push_back(listener);
    if (bound->wildcard() && bound->v6 == v6) wildcard.push_back(listener);
  }
  const auto& matches = exact.empty() ? wildcard : exact;
  if (matches.empty()) return nullptr;
  return matches[connect.draws.fork("reuse_port").key() % matches.size()];
}

void Network::handshake_arrives(std::uint64_t id) {
  const auto found = connects_.find(id);
  if (found == connects_.end()) return;
  const Connect& connect = found->second;
  const Node& client = connect.life->node();
  const HostFaults& faults = host(*connect.target).faults;
  if (path(client, *connect.target) != Path::open || path(*connect.target, client) != Path::open ||
      faults.deaf > 0) {
    return handshake_lost(id);
  }
  ListenSocket* listener = faults.refuses > 0 ? nullptr : listener_for(connect);
  if (listener == nullptr) {
    Random random = connect.draws.fork("refused");
    world_.after(delay(*connect.target, client, random), [this, id] { refuse_connect(id); });
    return;
  }
  if (listener->full()) return handshake_lost(id);
  establish(id, *listener);
}

void Network::handshake_lost(std::uint64_t id) {
  Connect& connect = connects_.at(id);
  const Node& client = connect.life->node();
  world_.record(connect.target, EventKind::lost, id, 0);
  if (connect.attempts == options_.connect_retries) {
    return end_connect(id, Error(Code::unreachable,
                                 endpoint_text(connect.to) + " did not answer; is the host up?"));
  }
  // A unix socket has no handshake to lose: the kernel lets the caller wait for room.
  const Duration gap = &client == connect.target
                           ? std::chrono::milliseconds(1)
                           : options_.connect_retry_first * (1 << connect.attempts);
  if (&client != connect.target) ++connect.attempts;
  world_.after(gap, [this, id] { try_connect(id); });
}

void Network::establish(std::uint64_t id, ListenSocket& listener) {
  Connect& connect = connects_.at(id);
  const Node& client = connect.life->node();
  Stream& stream = new_stream(Stream::Half{connect.life, connect.client_at},
                              Stream::Half{&listener.life(), connect.server_at}, connect.draws);
  connect.stream = stream.id();
  Random random = connect.draws.fork("handshake");
  const TimePoint answered = world_.now() + delay(*connect.target, client, random);
  const TimePoint ended =
      listener.handshake_starts(answered + delay(client, *connect.target, random));
  stream.not_before(Side::server, answered);
  stream.not_before(Side::client, ended);
  world_.schedule(answered, [this, id] { handshake_answered(id); });
  world_.schedule(ended, [this, listener_id = listener.id(), stream_id = stream.id()] {
    handshake_ends(listener_id, stream_id);
  });
}

void Network::handshake_answered(std::uint64_t id) {
  const auto found = connects_.find(id);
  if (found == connects_.end()) return;
  Connect& connect = found->second;
  Stream* stream = find(connect.stream);
  // The other side died, or the connection was reset, before it had begun.
  if (stream == nullptr || stream->broken(Side::client)) return refuse_connect(id);
  world_.record(&connect.life->node(), EventKind::connected, stream->number(), 0);
  if (connect.deadline_event != 0) world_.queue().cancel(std::exchange(connect.deadline_event, 0));
  // The handle is made when it can be handed over: a crash in between finds none.
  connect.life->make_ready([this, id] {
    const auto ready = connects_.find(id);
    auto* done = ready->second.done;
    Stream* made = find(ready->second.stream);
    Life& life = *ready->second.life;
    connects_.erase(ready);
    if (made == nullptr) {
      give_descriptor(life);
      done->complete(Error(Code::refused, "the connection was reset before it was made"));
    } else {
      done->complete(made->make_handle(Side::client));
    }
  });
}

void Network::handshake_ends(std::uint64_t listener_id, Stream::Id stream_id) {
  Stream* stream = find(stream_id);
  ListenSocket* listener = find_listener(listener_id);
  if (listener == nullptr) {
    // Closed meanwhile: what it had not accepted is reset.
    if (stream != nullptr) stream->refuse(Side::server);
    return;
  }
  if (!listener->life().alive()) return;
  listener->handshake_ends(stream == nullptr ? 0 : stream_id);
}

void Network::refuse_connect(std::uint64_t id) {
  const auto found = connects_.find(id);
  if (found == connects_.end()) return;
  end_connect(id, Error(Code::refused, "nobody listens on " + endpoint_text(found->second.to)));
}

void Network::end_connect(std::uint64_t id, Result<std::unique_ptr<Connection>> result) {
  Connect& connect = connects_.at(id);
  Life& life = *connect.life;
  world_.record(&life.node(), EventKind::connect_failed, id,
                static_cast<std::uint64_t>(result.code()));
  if (connect.deadline_event != 0) world_.queue().cancel(std::exchange(connect.deadline_event, 0));
  // The server may believe in the connection already.
  if (Stream* stream = find(connect.stream)) stream->refuse(Side::client);
  give_descriptor(life);
  auto& done = *connect.done;
  connects_.erase(id);
  fail_connect_later(life, done, std::move(result).error());
}

}  // namespace tarsier::sim
