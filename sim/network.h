#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/options.h"
#include "sim/sockets.h"
#include "sim/stream.h"
#include "transport/base/random.h"
#include "transport/transport.h"

namespace tarsier::sim {

class World;
struct Leaks;

// "10.0.0.1:80", or the path of a unix socket.
std::string endpoint_text(const Endpoint& at);

Result<> check_unix_path(std::string_view path);

enum class Path : std::uint8_t { open, clogged, cut };

// What is wrong with one direction between two nodes, on top of the options. Counters, because
// faults overlap.
struct Link {
  std::uint32_t cuts = 0;   // everything is lost
  std::uint32_t clogs = 0;  // everything waits
  Duration delay_extra{};
  std::uint32_t tiny_segments = 0;  // segments of 1 to 16 bytes
  std::uint32_t datagram_loss_permille = 0;
  std::uint32_t datagram_duplicate_permille = 0;
  std::uint32_t datagram_reorder_permille = 0;
};

// What is wrong with the kernel of a node.
struct HostFaults {
  std::uint32_t refuses = 0;       // connection attempts are answered with a reset
  std::uint32_t deaf = 0;          // the backlog is full: attempts get no answer
  std::uint32_t tiny_writes = 0;   // write calls take 1 to 16 bytes
  std::uint32_t tiny_buffers = 0;  // 2 KiB of send buffer
  std::uint32_t no_descriptors = 0;
};

// The wires and the kernels' half of all sockets of a world. Names: a node is reached as its
// address (10.0.0.N, fd00::N), as its name, and by itself as localhost.
class Network final {
 public:
  Network(World& world, const NetworkOptions& options, Random random);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  World& world() const { return world_; }
  const NetworkOptions& options() const { return options_; }

  void add_node(Node& node);
  Link& link(const Node& from, const Node& to);
  const Link& link(const Node& from, const Node& to) const;
  HostFaults& host_faults(const Node& node) { return hosts_[node.index()].faults; }
  // After links were changed or a node was switched on: moves what can move again.
  void paths_changed();
  // Every living connection between the two nodes. Returns how many were hit.
  std::size_t reset_connections(const Node& a, const Node& b);
  std::size_t silence_connections(const Node& a, const Node& b);
  // The life is over: its sockets go the way its node went.
  void end_life(Life& life, CrashKind kind);

  // What a Transport does, for one life.
  Result<std::unique_ptr<Listener>> listen(Life& life, const Endpoint& at,
                                           const ListenOptions& options);
  void start_connect(Life& life, const Endpoint& to, TimePoint deadline,
                     Completion<std::unique_ptr<Connection>>& done);
  Result<std::unique_ptr<DatagramSocket>> open_datagram(Life& life, const Endpoint& at,
                                                        const DatagramOptions& options);

  // For the sockets.
  Path path(const Node& from, const Node& to) const;
  Duration delay(const Node& from, const Node& to, Random& random) const;
  std::size_t segment_bytes(const Node& from, const Node& to, std::size_t available,
                            Random& random) const;
  std::size_t write_bytes(const Node& node, std::size_t offered, const Random& draws,
                          std::uint64_t offset) const;
  std::size_t send_buffer_bytes(const Node& node) const;
  TimePoint next_resend(TimePoint lost_at, TimePoint now) const;
  Stream* find(Stream::Id id) const {
    const std::size_t slot = id & 0xffffffff;
    return slot < streams_.size() && streams_[slot] != nullptr && streams_[slot]->id() == id
               ? streams_[slot].get()
               : nullptr;
  }
  // Destroys the stream if nothing can be seen of it any more.
  void forget_if_over(Stream::Id id);
  ListenSocket* find_listener(std::uint64_t id);
  DatagramPort* find_datagram(std::uint64_t id);
  void forget_listener(std::uint64_t id);
  void forget_datagram(std::uint64_t id);
  bool take_descriptor(Life& life);
  void give_descriptor(Life& life);
  void send_datagram(DatagramPort& from, const Endpoint& to, std::span<const std::byte> bytes);

  // What is open, of one life or (null) of all.
  Leaks leaks(const Life* life) const;
  std::string waiting() const;

 private:
  struct Host {
    Node* node = nullptr;
    HostFaults faults;
    std::uint16_t next_listen_port = 32768;
    std::uint16_t next_client_port = 49152;
    std::vector<ListenSocket*> listeners;
    std::vector<DatagramPort*> datagrams;
    std::map<std::string, std::uint64_t> connects_to;  // how many so far: names the connection
    std::uint64_t datagrams_sent = 0;
  };
  // Where a host name leads to, seen from a node.
  struct Target {
    Node* node = nullptr;
    std::string address;  // as the other side calls it
    bool v6 = false;
  };
  // One start_connect under way.
  struct Connect {
    Life* life;
    Endpoint to;
    Node* target;
    Endpoint client_at;
    Endpoint server_at;
    Completion<std::unique_ptr<Connection>>* done;
    Random draws;
    EventQueue::Id deadline_event = 0;
    int attempts = 0;
    Stream::Id stream = 0;  // once the listener answered
  };

  Host& host(const Node& node) { return hosts_[node.index()]; }
  const Host& host(const Node& node) const { return hosts_[node.index()]; }
  std::optional<Target> resolve(const Node& from, std::string_view name) const;
  bool port_taken(const Host& host, const std::string& address, bool v6, std::uint16_t port,
                  bool reuse_port, bool datagram) const;
  Result<Endpoint> bind_port(Life& life, const Endpoint& at, bool reuse_port, bool datagram);
  ListenSocket* listener_for(const Connect& connect);
  Stream& new_stream(Stream::Half client, Stream::Half server, Random draws);

  void fail_connect_later(Life& life, Completion<std::unique_ptr<Connection>>& done, Error error);
  void try_connect(std::uint64_t id);
  void handshake_arrives(std::uint64_t id);
  void handshake_lost(std::uint64_t id);
  void establish(std::uint64_t id, ListenSocket& listener);
  void handshake_answered(std::uint64_t id);
  void handshake_ends(std::uint64_t listener, Stream::Id stream);
  void refuse_connect(std::uint64_t id);
  void end_connect(std::uint64_t id, Result<std::unique_ptr<Connection>> result);
  DatagramPort* datagram_port_for(Node& to, const Endpoint& source, const Endpoint& at);
  void datagram_arrives(const Node& from, Node& to, const Endpoint& source, const Endpoint& at,
                        const Bytes& bytes);

  World& world_;
  const NetworkOptions options_;
  const Random random_;
  std::vector<Host> hosts_;
  std::vector<Link> links_;  // hosts x hosts
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::uint32_t> free_streams_;
  std::uint64_t streams_made_ = 0;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, std::unique_ptr<ListenSocket>> listeners_;
  std::map<std::uint64_t, std::unique_ptr<DatagramPort>> datagrams_;
  std::map<std::uint64_t, Connect> connects_;
};

}  // namespace tarsier::sim
