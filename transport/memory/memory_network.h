#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "transport/endpoint.h"
#include "transport/memory/manual_loop.h"
#include "transport/memory/memory_address.h"
#include "transport/memory/memory_files.h"
#include "transport/memory/memory_sockets.h"
#include "transport/transport.h"

namespace tarsier::memory {

// The network and the kernel's half of the sockets of one memory world. A socket lives here, under
// a number, like a descriptor: it may outlive the handle (a Connection that was closed still
// delivers what it had queued), and a callback that was posted for it finds it by number or not at
// all.
//
// Nothing is lost, delayed or split on purpose: bytes arrive on the next turn. What is modelled is
// what a program can run into on one quiet Linux machine: bounded buffers and back pressure,
// half-close, resets, backlog, ports, unix paths, descriptor limits. The simulator (sim/) has the
// unquiet network.
class MemoryNetwork final : public Transport {
 public:
  MemoryNetwork(ManualLoop& loop, MemoryFiles& files, NetworkOptions options);
  ~MemoryNetwork() override;

  Result<std::unique_ptr<Listener>> listen(const Endpoint& at,
                                           const ListenOptions& options) override;
  void start_connect(const Endpoint& to, TimePoint deadline,
                     Completion<std::unique_ptr<Connection>>& done) override;
  Result<std::unique_ptr<DatagramSocket>> open_datagram(const Endpoint& at,
                                                        const DatagramOptions& options) override;

  // Open sockets: 0 when everything was closed and delivered.
  std::size_t streams() const { return streams_.size(); }
  std::size_t descriptors() const { return descriptors_; }
  // May be changed at any time; a new limit counts for the next descriptor.
  NetworkOptions& options() { return options_; }

  // For the socket objects of memory_sockets.h.
  ManualLoop& loop() { return loop_; }
  MemoryFiles& files() { return files_; }
  Stream* find_stream(SocketId id);
  ListenSocket* find_listener(SocketId id);
  DatagramPort* find_datagram(SocketId id);
  // Who receives what `from` sends to `to`.
  DatagramPort* find_datagram_at(const Endpoint& to, const Endpoint& from);
  void forget_stream(SocketId id) { streams_.erase(id); }
  void forget_listener(SocketId id) { listeners_.erase(id); }
  void forget_datagram(SocketId id) { datagrams_.erase(id); }
  bool take_descriptor();
  void give_descriptor() { --descriptors_; }
  // Connects those that wait for room in the backlog of the listener.
  void admit_waiting(ListenSocket& listener);
  // Ends them with `error`.
  void refuse_waiting(ListenSocket& listener);
  // Where a datagram or connection to `to` seems to come from.
  static std::string source_address_for(const Address& to);

 private:
  using ConnectDone = Completion<std::unique_ptr<Connection>>;
  struct WaitingConnect {
    Endpoint to;
    ConnectDone* done;
    Timers::Id timer = 0;  // 0: waits without a deadline
  };

  bool is_local(const Address& address) const;
  ListenSocket* listener_for(const Endpoint& to);
  Result<Endpoint> bind_port(const Endpoint& at, bool reuse_port, bool datagram);
  bool port_taken(const Address& address, std::uint16_t port, bool reuse_port, bool datagram);
  void complete_later(ConnectDone& done, Error error);
  // Both ends of a new connection: the client's completes `done`, the server's is queued.
  void establish(ListenSocket& listener, const Endpoint& to, ConnectDone& done);
  void end_waiting(ListenSocket& listener, SocketId id, Error error);

  ManualLoop& loop_;
  MemoryFiles& files_;
  NetworkOptions options_;
  SocketId next_id_ = 1;
  std::size_t descriptors_ = 0;
  std::uint16_t next_client_port_ = 49152;
  std::uint16_t next_free_port_ = 32768;
  std::size_t spread_ = 0;  // turns round the listeners that share an address
  std::map<SocketId, std::unique_ptr<Stream>> streams_;
  std::map<SocketId, std::unique_ptr<ListenSocket>> listeners_;
  std::map<SocketId, std::unique_ptr<DatagramPort>> datagrams_;
  std::map<SocketId, WaitingConnect> connecting_;
};

}  // namespace tarsier::memory
