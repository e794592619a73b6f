#include "sim/sockets.h"

#include <algorithm>
#include <cstring>

#include "sim/network.h"
#include "sim/world.h"

namespace tarsier::sim {
namespace {

constexpr std::size_t datagram_bytes_max = 65'507;
constexpr std::size_t datagrams_queued_max = 1'024;  // empty ones cost memory too

}  // namespace

// ---------------------------------------------------------------------------------- listener

void ListenSocket::start_accept(Completion<std::unique_ptr<Connection>>& done) {
  done.arm();
  if (!life_.alive()) return;
  TARSIER_CHECK(accept_ == nullptr, "one accept at a time");
  accept_ = &done;
  notify();
}

void ListenSocket::handshake_ends(Stream::Id stream) {
  --handshakes_;
  if (closed_) {
    if (Stream* self = network_.find(stream)) self->refuse(Side::server);
    return;
  }
  if (stream == 0) return;
  queue_.push(stream);
  notify();
}

void ListenSocket::notify() {
  if (accept_ == nullptr || (queue_.empty() && !closed_)) return;
  life_.make_ready([&network = network_, id = id_] {
    if (ListenSocket* self = network.find_listener(id)) self->fire();
  });
}

void ListenSocket::fire() {
  if (accept_ == nullptr) return;
  if (closed_) {
    std::exchange(accept_, nullptr)->complete(Error(Code::closed, "the listener was closed"));
    return;
  }
  if (queue_.empty()) return;
  Stream& stream = *network_.find(queue_.pop());
  auto* done = std::exchange(accept_, nullptr);
  network_.world().record(&life_.node(), EventKind::accepted, stream.number(), 0);
  if (!network_.take_descriptor(life_)) {
    stream.refuse(Side::server);
    done->complete(
        Error(Code::no_descriptors, "a connection to " + at_.to_string() +
                                        " was refused: the process is out of file descriptors"));
    return;
  }
  done->complete(stream.make_handle(Side::server));
}

void ListenSocket::close() {
  if (closed_) return;
  closed_ = true;
  if (at_.is_unix()) life_.node().files().remove_socket(at_.host, id_);
  while (!queue_.empty()) network_.find(queue_.pop())->refuse(Side::server);
  notify();
}

void ListenSocket::die() {
  if (accept_ != nullptr) std::exchange(accept_, nullptr)->disarm();
  closed_ = true;
  queue_.clear();  // the streams die by themselves
}

namespace {

class SimListener final : public Listener {
 public:
  SimListener(Network& network, ListenSocket& socket) : network_(network), socket_(socket) {}
  ~SimListener() override {
    TARSIER_CHECK(!socket_.accepting(),
                  "a Listener was destroyed while an accept is pending: close it and let the "
                  "accept end with Code::closed first");
    socket_.close();
    network_.give_descriptor(socket_.life());
    network_.forget_listener(socket_.id());
  }

  void start_accept(Completion<std::unique_ptr<Connection>>& done) override {
    socket_.start_accept(done);
  }
  const Endpoint& local() const override { return socket_.local(); }
  void close() override { socket_.close(); }

 private:
  Network& network_;
  ListenSocket& socket_;
};

}  // namespace

std::unique_ptr<Listener> make_listener(Network& network, ListenSocket& socket) {
  return std::make_unique<SimListener>(network, socket);
}

// ---------------------------------------------------------------------------------- datagrams

void DatagramPort::start_wait_readable(Completion<void>& done) {
  done.arm();
  if (!life_.alive()) return;
  TARSIER_CHECK(waiter_ == nullptr, "one wait for readability at a time");
  waiter_ = &done;
  notify();
}

void DatagramPort::notify() {
  if (waiter_ == nullptr || (queue_.empty() && !closed_)) return;
  life_.make_ready([&network = network_, id = id_] {
    if (DatagramPort* self = network.find_datagram(id)) self->fire();
  });
}

void DatagramPort::fire() {
  if (waiter_ == nullptr) return;
  if (closed_) {
    std::exchange(waiter_, nullptr)
        ->complete(Error(Code::closed, "the datagram socket was closed"));
  } else if (!queue_.empty()) {
    std::exchange(waiter_, nullptr)->complete({});
  }
}

Result<std::size_t> DatagramPort::receive(std::span<std::byte> into, Endpoint& from) {
  if (closed_) return Error(Code::closed, "the datagram socket was closed");
  if (queue_.empty()) return Error(Code::would_block);
  const Datagram datagram = queue_.pop();
  queued_bytes_ -= datagram.bytes.size();
  from = datagram.from;
  const std::size_t part = std::min(into.size(), datagram.bytes.size());
  if (part > 0) std::memcpy(into.data(), datagram.bytes.data(), part);
  return part;
}

Result<> DatagramPort::send(const Endpoint& to, std::span<const std::byte> datagram) {
  if (closed_) return Error(Code::closed, "the datagram socket was closed");
  if (datagram.size() > datagram_bytes_max) {
    return Error(Code::limit, "a datagram of " + std::to_string(datagram.size()) +
                                  " bytes; at most 65507 fit: use tcp for more");
  }
  network_.send_datagram(*this, to, datagram);
  return {};
}

bool DatagramPort::deliver(const Endpoint& from, const Bytes& bytes) {
  if (queued_bytes_ + bytes.size() > network_.options().datagram_buffer_bytes ||
      queue_.size() >= datagrams_queued_max) {
    return false;
  }
  queued_bytes_ += bytes.size();
  queue_.push(Datagram{from, bytes});
  notify();
  return true;
}

void DatagramPort::close() {
  if (closed_) return;
  closed_ = true;
  notify();
}

void DatagramPort::die() {
  if (waiter_ != nullptr) std::exchange(waiter_, nullptr)->disarm();
  closed_ = true;
}

namespace {

class SimDatagramSocket final : public DatagramSocket {
 public:
  SimDatagramSocket(Network& network, DatagramPort& port) : network_(network), port_(port) {}
  ~SimDatagramSocket() override {
    TARSIER_CHECK(!port_.waiting(),
                  "a DatagramSocket was destroyed while a wait is pending: close it and let the "
                  "wait end with Code::closed first");
    network_.give_descriptor(port_.life());
    network_.forget_datagram(port_.id());
  }

  void start_wait_readable(Completion<void>& done) override { port_.start_wait_readable(done); }
  Result<std::size_t> receive(std::span<std::byte> into, Endpoint& from) override {
    return port_.receive(into, from);
  }
  Result<> send(const Endpoint& to, std::span<const std::byte> datagram) override {
    return port_.send(to, datagram);
  }
  const Endpoint& local() const override { return port_.local(); }
  void close() override { port_.close(); }

 private:
  Network& network_;
  DatagramPort& port_;
};

}  // namespace

std::unique_ptr<DatagramSocket> make_datagram_socket(Network& network, DatagramPort& port) {
  return std::make_unique<SimDatagramSocket>(network, port);
}

}  // namespace tarsier::sim
