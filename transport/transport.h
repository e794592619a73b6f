#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "transport/base/bytes.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/completion.h"
#include "transport/endpoint.h"

// Sockets as Tarsier sees them. Three backends implement this page (epoll/, memory/, and the
// simulator in sim/) and pass one suite, transport_contract.h, which is the exact specification.
namespace tarsier {

// A byte stream to one peer. Bytes arrive whole, in order, split anywhere.
//
// Reading is by readiness: wait, then read into a buffer of the caller's choice. A pending wait
// therefore holds no buffer, and one read buffer serves all idle connections of a loop.
//
// Destroying a connection closes it; no wait may be pending then (see Completion).
class Connection {
 public:
  virtual ~Connection() = default;

  // Completes when read_some() would not answer would_block: bytes, the end, or an error. Its own
  // only error is closed; a reset shows in read_some().
  virtual void start_wait_readable(Completion<void>& done) = 0;
  // Takes what has arrived, at most into.size() >= 1 bytes. 0: the peer finished sending.
  // would_block: nothing yet. reset: after the bytes that arrived before it, and from then on.
  // closed: by this side.
  virtual Result<std::size_t> read_some(std::span<std::byte> into) = 0;

  // Queues bytes; all that is queued in a turn leaves in one gathered write at its end. Never
  // fails: a broken connection shows when reading. Without effect after finish_sending() or
  // close().
  virtual void send(Bytes bytes) = 0;
  // Queued and not yet taken by the kernel.
  virtual std::size_t unsent_bytes() const = 0;
  // Completes when unsent_bytes() <= bytes, or with what broke the connection: reset or closed.
  virtual void start_wait_unsent(std::size_t bytes, Completion<void>& done) = 0;

  // Half-close: after the queued bytes the peer reads 0; this side may go on reading.
  virtual void finish_sending() = 0;
  // Both directions. Queued bytes are still delivered where the peer reads them; unread received
  // bytes make the peer see a reset, as with a kernel socket, and a reset may overtake what was
  // sent: lingering_close.h is for those who mind.
  virtual void close() = 0;
  // Both directions, at once: queued bytes are dropped and the peer sees a reset (over a unix
  // socket the end, because there is no such thing there).
  virtual void abort() = 0;

  virtual const Endpoint& local() const = 0;
  virtual const Endpoint& peer() const = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  // Completes with the next connection. no_descriptors: one was refused for want of descriptors;
  // the listener goes on. closed: the listener is closed.
  virtual void start_accept(Completion<std::unique_ptr<Connection>>& done) = 0;
  // What is bound: a port 0 that was asked for shows as the one that was given.
  virtual const Endpoint& local() const = 0;
  virtual void close() = 0;
};

// Datagrams of at most 65,507 bytes; lost, duplicated and reordered at will.
class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;
  virtual void start_wait_readable(Completion<void>& done) = 0;
  // One datagram; the part that does not fit is dropped. would_block, closed. An empty datagram
  // is a valid one of 0 bytes.
  virtual Result<std::size_t> receive(std::span<std::byte> into, Endpoint& from) = 0;
  // limit: too long; address_invalid: `to` is a name and this backend resolves none here.
  // Everything else that goes wrong is a lost datagram.
  virtual Result<> send(const Endpoint& to, std::span<const std::byte> datagram) = 0;
  virtual const Endpoint& local() const = 0;
  virtual void close() = 0;
};

struct ListenOptions {
  int backlog = 1024;
  bool reuse_port = false;  // several loops accept on one address; the kernel spreads connections
};

struct DatagramOptions {
  // Several sockets receive on one address, if all of them ask for it; the kernel spreads senders:
  // what comes from one address and port goes to one socket, as long as none comes or goes.
  bool reuse_port = false;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // tcp, or a unix path with port 0; port 0 with a host picks a free port. A unix socket's file
  // goes with its listener, and is taken over from a server that left it (otherwise
  // address_in_use). Errors: address_in_use, address_invalid, denied, no_descriptors, unsupported.
  virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& at,
                                                   const ListenOptions& options = {}) = 0;

  // Completes with a connection, or refused (also: no such unix socket), unreachable, timeout (at
  // `deadline`), address_invalid, no_descriptors, unsupported. Ends by `deadline` at the latest.
  virtual void start_connect(const Endpoint& to, TimePoint deadline,
                             Completion<std::unique_ptr<Connection>>& done) = 0;

  // udp. Errors as of listen().
  virtual Result<std::unique_ptr<DatagramSocket>> open_datagram(
      const Endpoint& at, const DatagramOptions& options = {}) = 0;
};

}  // namespace tarsier
