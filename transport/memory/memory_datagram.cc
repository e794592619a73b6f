#include <algorithm>
#include <cstring>

#include "transport/memory/memory_network.h"
#include "transport/memory/memory_sockets.h"

namespace tarsier::memory {
namespace {

constexpr std::size_t datagram_bytes_max = 65'507;

}  // namespace

void DatagramPort::start_wait_readable(Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(waiter_ == nullptr, "one wait for readability at a time");
  waiter_ = &done;
  notify();
}

void DatagramPort::notify() {
  if (waiter_ == nullptr || (queue_.empty() && !closed_)) return;
  network_.loop().post([&network = network_, id = id_] {
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
  const auto datagram = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= datagram.second.size();
  from = datagram.first;
  const std::size_t part = std::min(into.size(), datagram.second.size());
  if (part > 0) std::memcpy(into.data(), datagram.second.data(), part);
  return part;
}

Result<> DatagramPort::send(const Endpoint& to, std::span<const std::byte> datagram) {
  if (closed_) return Error(Code::closed, "the datagram socket was closed");
  if (datagram.size() > datagram_bytes_max) {
    return Error(Code::limit, "a datagram of " + std::to_string(datagram.size()) +
                                  " bytes; at most 65507 fit: use tcp for more");
  }
  Endpoint from = at_;
  const auto local = parse_address(at_.host);
  const auto target = parse_address(to.host);
  if (!target || local->v6 != target->v6) return {};
  if (local->wildcard()) from.host = MemoryNetwork::source_address_for(*target);
  if (DatagramPort* receiver = network_.find_datagram_at(to, from))
    receiver->deliver(from, datagram);
  return {};
}

// Beyond the buffer, datagrams are lost, as in the kernel.
void DatagramPort::deliver(const Endpoint& from, std::span<const std::byte> datagram) {
  constexpr std::size_t queued_max = 1024;  // empty ones cost memory too
  if (queued_bytes_ + datagram.size() > network_.options().receive_buffer_bytes ||
      queue_.size() >= queued_max) {
    return;
  }
  queued_bytes_ += datagram.size();
  queue_.emplace_back(from, Bytes::copy_of(datagram));
  notify();
}

void DatagramPort::close() {
  if (closed_) return;
  closed_ = true;
  notify();
}

namespace {

class MemoryDatagramSocket final : public DatagramSocket {
 public:
  MemoryDatagramSocket(MemoryNetwork& network, DatagramPort& port)
      : network_(network), port_(port) {}
  ~MemoryDatagramSocket() override {
    TARSIER_CHECK(!port_.waiting(),
                  "a DatagramSocket was destroyed while a wait is pending: close it and let the "
                  "wait end with Code::closed first");
    network_.give_descriptor();
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
  MemoryNetwork& network_;
  DatagramPort& port_;
};

}  // namespace

std::unique_ptr<DatagramSocket> make_datagram_socket(MemoryNetwork& network, DatagramPort& port) {
  return std::make_unique<MemoryDatagramSocket>(network, port);
}

}  // namespace tarsier::memory
