#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "sim/fifo.h"
#include "sim/node.h"
#include "sim/stream.h"
#include "transport/completion.h"
#include "transport/transport.h"

namespace tarsier::sim {

class Network;

// The kernel's half of a listener. Found by id, like a Stream.
class ListenSocket final {
 public:
  ListenSocket(Network& network, std::uint64_t id, Life& life, Endpoint at, ListenOptions options)
      : network_(network), id_(id), life_(life), at_(std::move(at)), options_(options) {}

  std::uint64_t id() const { return id_; }
  Life& life() const { return life_; }
  const Endpoint& local() const { return at_; }
  const ListenOptions& options() const { return options_; }
  bool closed() const { return closed_; }
  bool accepting() const { return accept_ != nullptr; }
  // As Linux counts: one more than the backlog may wait.
  bool full() const {
    return queue_.size() + handshakes_ > static_cast<std::size_t>(std::max(options_.backlog, 0));
  }

  void start_accept(Completion<std::unique_ptr<Connection>>& done);
  // A handshake that would end at `when` ends then, or with the one before it if that is later:
  // connections are accepted in the order of connecting.
  TimePoint handshake_starts(TimePoint when) {
    ++handshakes_;
    return last_handshake_end_ = std::max(last_handshake_end_, when);
  }
  // 0: the stream is gone already.
  void handshake_ends(Stream::Id stream);
  void close();
  void die();
  void fire();

 private:
  void notify();

  Network& network_;
  const std::uint64_t id_;
  Life& life_;
  const Endpoint at_;
  const ListenOptions options_;
  bool closed_ = false;
  std::size_t handshakes_ = 0;
  TimePoint last_handshake_end_{};
  Fifo<Stream::Id> queue_;
  Completion<std::unique_ptr<Connection>>* accept_ = nullptr;
};

// The kernel's half of a datagram socket.
class DatagramPort final {
 public:
  DatagramPort(Network& network, std::uint64_t id, Life& life, Endpoint at,
               const DatagramOptions& options)
      : network_(network), id_(id), life_(life), at_(std::move(at)), options_(options) {}

  std::uint64_t id() const { return id_; }
  Life& life() const { return life_; }
  const Endpoint& local() const { return at_; }
  const DatagramOptions& options() const { return options_; }
  bool closed() const { return closed_; }
  bool waiting() const { return waiter_ != nullptr; }

  void start_wait_readable(Completion<void>& done);
  Result<std::size_t> receive(std::span<std::byte> into, Endpoint& from);
  Result<> send(const Endpoint& to, std::span<const std::byte> datagram);
  // False: the buffer is full and the datagram is lost.
  bool deliver(const Endpoint& from, const Bytes& bytes);
  void close();
  void die();
  void fire();

 private:
  struct Datagram {
    Endpoint from;
    Bytes bytes;
  };
  void notify();

  Network& network_;
  const std::uint64_t id_;
  Life& life_;
  const Endpoint at_;
  const DatagramOptions options_;
  bool closed_ = false;
  Fifo<Datagram> queue_;
  std::size_t queued_bytes_ = 0;
  Completion<void>* waiter_ = nullptr;
};

std::unique_ptr<Listener> make_listener(Network& network, ListenSocket& socket);
std::unique_ptr<DatagramSocket> make_datagram_socket(Network& network, DatagramPort& port);

}  // namespace tarsier::sim
