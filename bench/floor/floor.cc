// The floor of every RPC figure: a bare epoll echo of length-prefixed frames on one thread. It
// reads what has come, cuts whole frames and sends them back; there is no protocol and no dispatch.
// By default all frames of a read leave in one write; with --unbatched each frame has its own.
//
// Usage: floor [--unbatched]. Prints "listening <port>" and serves until it is killed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>

namespace {

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::size_t frame_bytes_max = 64 * 1024 * 1024;

struct Connection {
  std::string partial;  // the beginning of a frame whose rest has not come
  std::string unsent;   // what the kernel did not take
};

bool batched = true;
int epoll = -1;
std::string buffer;  // one for all connections
std::unordered_map<int, Connection> connections;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "floor: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

std::size_t frame_length(const char* at) {
  std::uint32_t length = 0;
  std::memcpy(&length, at, sizeof length);
  return ntohl(length);
}

// Whole frames at the front of `size` bytes; SIZE_MAX when a length cannot be right.
std::size_t whole_frames(const char* bytes, std::size_t size) {
  std::size_t used = 0;
  while (size - used >= 4) {
    const std::size_t length = frame_length(bytes + used);
    if (length < 4 || length > frame_bytes_max) return SIZE_MAX;
    if (size - used < length) break;
    used += length;
  }
  return used;
}

void watch(int socket, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  if (epoll_ctl(epoll, operation, socket, &event) < 0) fail("epoll_ctl");
}

// False: the connection is broken.
bool send_bytes(int socket, Connection& connection, const char* bytes, std::size_t size) {
  if (connection.unsent.empty()) {
    const ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    if (taken == size) return true;
    bytes += taken;
    size -= taken;
    watch(socket, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  }
  connection.unsent.append(bytes, size);
  return true;
}

bool send_frames(int socket, Connection& connection, const char* bytes, std::size_t size) {
  if (batched) return send_bytes(socket, connection, bytes, size);
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = frame_length(bytes + at);
    if (!send_bytes(socket, connection, bytes + at, length)) return false;
    at += length;
  }
  return true;
}

// The beginning of a frame goes back to the front of the shared buffer before the next read, so
// that a batch is never copied.
bool on_readable(int socket, Connection& connection) {
  const std::size_t kept = connection.partial.size();
  if (buffer.size() < kept + read_bytes) buffer.resize(kept + read_bytes);
  const ssize_t got = recv(socket, buffer.data() + kept, read_bytes, 0);
  if (got < 0) return errno == EAGAIN;
  if (got == 0) return false;
  std::memcpy(buffer.data(), connection.partial.data(), kept);
  const std::size_t size = kept + static_cast<std::size_t>(got);
  const std::size_t whole = whole_frames(buffer.data(), size);
  if (whole == SIZE_MAX) return false;
  if (whole > 0 && !send_frames(socket, connection, buffer.data(), whole)) return false;
  connection.partial.assign(buffer, whole, size - whole);
  return true;
}

bool on_writable(int socket, Connection& connection) {
  const ssize_t sent =
      send(socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  connection.unsent.erase(0, static_cast<std::size_t>(sent));
  if (connection.unsent.empty()) watch(socket, EPOLLIN, EPOLL_CTL_MOD);
  return true;
}

void on_connect(int listener) {
  const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) return;
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connections.try_emplace(socket);
  watch(socket, EPOLLIN, EPOLL_CTL_ADD);
}

int listen_on_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* at = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  if (bind(listener, at, length) < 0) fail("bind");
  if (listen(listener, 4096) < 0) fail("listen");
  if (getsockname(listener, at, &length) < 0) fail("getsockname");
  std::printf("listening %u\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--unbatched") != 0) {
      std::fprintf(stderr, "usage: floor [--unbatched]\n");
      return 2;
    }
    batched = false;
  }
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1");
  const int listener = listen_on_loopback();
  watch(listener, EPOLLIN, EPOLL_CTL_ADD);
  epoll_event events[256];
  for (;;) {
    const int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[i].data.fd;
      if (socket == listener) {
        on_connect(listener);
        continue;
      }
      Connection& connection = connections.at(socket);
      bool alive = true;
      if (events[i].events & EPOLLOUT) alive = on_writable(socket, connection);
      if (alive && (events[i].events & ~EPOLLOUT)) alive = on_readable(socket, connection);
      if (!alive) {
        close(socket);
        connections.erase(socket);
      }
    }
  }
}
