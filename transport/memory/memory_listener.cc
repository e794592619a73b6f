#include "transport/memory/memory_network.h"
#include "transport/memory/memory_sockets.h"

namespace tarsier::memory {

void ListenSocket::start_accept(Completion<std::unique_ptr<Connection>>& done) {
  done.arm();
  TARSIER_CHECK(accept_ == nullptr, "one accept at a time");
  accept_ = &done;
  notify();
}

void ListenSocket::notify() {
  if (accept_ == nullptr || (queue_.empty() && !closed_)) return;
  network_.loop().post([&network = network_, id = id_] {
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
  Stream* stream = network_.find_stream(queue_.front());
  queue_.pop_front();
  network_.admit_waiting(*this);
  auto* done = std::exchange(accept_, nullptr);
  if (!network_.take_descriptor()) {
    stream->refuse_unaccepted();
    done->complete(
        Error(Code::no_descriptors, "a connection to " + at_.to_string() +
                                        " was refused: the process is out of file descriptors"));
    return;
  }
  done->complete(make_connection(*stream));
}

void ListenSocket::close() {
  if (closed_) return;
  closed_ = true;
  if (at_.is_unix()) network_.files().remove_socket(at_.host, id_);
  for (const SocketId id : std::exchange(queue_, {})) network_.find_stream(id)->refuse_unaccepted();
  network_.refuse_waiting(*this);
  notify();
}

namespace {

class MemoryListener final : public Listener {
 public:
  MemoryListener(MemoryNetwork& network, ListenSocket& socket)
      : network_(network), socket_(socket) {}
  ~MemoryListener() override {
    TARSIER_CHECK(!socket_.accepting(),
                  "a Listener was destroyed while an accept is pending: close it and let the "
                  "accept end with Code::closed first");
    socket_.close();
    network_.give_descriptor();
    network_.forget_listener(socket_.id());
  }

  void start_accept(Completion<std::unique_ptr<Connection>>& done) override {
    socket_.start_accept(done);
  }
  const Endpoint& local() const override { return socket_.local(); }
  void close() override { socket_.close(); }

 private:
  MemoryNetwork& network_;
  ListenSocket& socket_;
};

}  // namespace

std::unique_ptr<Listener> make_listener(MemoryNetwork& network, ListenSocket& socket) {
  return std::make_unique<MemoryListener>(network, socket);
}

}  // namespace tarsier::memory
