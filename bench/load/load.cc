// The raw load generator: pre-encoded frames whose request ids are patched, sent and read in
// batches, so that it costs a fraction of what any server costs and the server is what is measured.
//
// Closed loop: a new request for every reply, `--in-flight` of them on each connection. Open loop
// (--rate): requests leave at their appointed times whether or not replies came, and latency counts
// from the appointed time, so that a stall of the server shows in every call that it delayed
// ("coordinated omission" corrected). Prints one line of JSON (usage.h).
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "bench/load/frames.h"
#include "bench/load/histogram.h"
#include "bench/load/options.h"
#include "bench/load/usage.h"

namespace tarsier::bench {
namespace {

constexpr std::size_t read_bytes = 256 * 1024;
constexpr std::size_t open_loop_in_flight_max = 65'536;  // over all connections
constexpr std::size_t warm_connections = 100;            // before memory is first looked at

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "load: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) fail("connect");
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

class Generator {
 public:
  explicit Generator(const Options& options)
      : options_(options),
        request_(echo_request(options.payload)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        latency_(std::make_unique<Histogram>()) {
    if (epoll_ < 0) fail("epoll_create1");
    const std::size_t slots =
        options.rate > 0 ? open_loop_in_flight_max / options.connections : options.in_flight;
    for (std::size_t i = 0; i < options.connections; ++i) {
      connections_.emplace_back().socket = connect_to(options.port);
      connections_.back().begun_at.resize(slots);
      for (std::size_t slot = slots; slot > 0; --slot)
        connections_.back().free_slots.push_back(static_cast<std::uint32_t>(slot - 1));
      watch(i, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  std::string run() {
    const std::uint64_t start = now_ns();
    const std::uint64_t measure_at = start + static_cast<std::uint64_t>(options_.warmup * 1e9);
    const std::uint64_t end_at = measure_at + static_cast<std::uint64_t>(options_.seconds * 1e9);
    std::unique_ptr<Stretch> stretch;
    now_ = start;
    next_at_ = static_cast<double>(start);
    if (options_.rate == 0)
      for (auto& connection : connections_) fill(connection);
    while (now_ < end_at) {
      if (!stretch && now_ >= measure_at) {
        stretch = std::make_unique<Stretch>(options_.server);
        latency_->clear();
        replies_ = errors_ = 0;
      }
      if (options_.rate > 0) send_what_is_due();
      turn(options_.rate > 0 ? next_at_ : static_cast<double>(now_) + 1e8);
    }
    if (!stretch) stretch = std::make_unique<Stretch>(options_.server);
    return stretch->report(replies_, errors_, *latency_);
  }

 private:
  struct Connection {
    int socket = -1;
    std::string partial;                    // the beginning of a reply whose rest has not come
    std::string unsent;                     // requests that the kernel did not take
    std::vector<std::uint64_t> begun_at;    // by slot: when the call was due, 0: not in flight
    std::vector<std::uint32_t> free_slots;  // the last one is next
  };

  void watch(std::size_t index, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = index;
    if (epoll_ctl(epoll_, operation, connections_[index].socket, &event) < 0) fail("epoll_ctl");
  }

  void begin_call(Connection& connection, std::uint64_t at) {
    const std::uint32_t slot = connection.free_slots.back();
    connection.free_slots.pop_back();
    connection.begun_at[slot] = at;
    append_request(connection.unsent, request_, slot);
  }

  void fill(Connection& connection) {
    while (!connection.free_slots.empty()) begin_call(connection, now_);
    flush(connection);
  }

  // Everything whose time has come, spread over the connections in turn; one write each.
  void send_what_is_due() {
    const double interval = 1e9 / options_.rate;
    std::size_t skipped = 0;
    while (next_at_ <= static_cast<double>(now_) && skipped < connections_.size()) {
      Connection& connection = connections_[next_connection_];
      next_connection_ = (next_connection_ + 1) % connections_.size();
      if (connection.free_slots.empty()) {
        ++skipped;
        continue;
      }
      begin_call(connection, static_cast<std::uint64_t>(next_at_));
      next_at_ += interval;
    }
    for (auto& connection : connections_)
      if (!connection.unsent.empty()) flush(connection);
  }

  void flush(Connection& connection) {
    const ssize_t sent = send(connection.socket, connection.unsent.data(), connection.unsent.size(),
                              MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send");
    connection.unsent.erase(0, sent < 0 ? 0 : static_cast<std::size_t>(sent));
    const auto index = static_cast<std::size_t>(&connection - connections_.data());
    if (!connection.unsent.empty()) watch(index, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  }

  void turn(double wake_at) {
    const double wait_ns = wake_at - static_cast<double>(now_ns());
    timespec wait{};
    if (wait_ns > 0) {
      wait.tv_sec = static_cast<time_t>(wait_ns / 1e9);
      wait.tv_nsec = static_cast<long>(wait_ns - static_cast<double>(wait.tv_sec) * 1e9);
    }
    epoll_event events[256];
    const int ready = epoll_pwait2(epoll_, events, 256, &wait, nullptr);
    now_ = now_ns();
    for (int i = 0; i < ready; ++i) {
      const auto index = static_cast<std::size_t>(events[i].data.u64);
      Connection& connection = connections_[index];
      if (events[i].events & EPOLLOUT) {
        watch(index, EPOLLIN, EPOLL_CTL_MOD);
        flush(connection);
      }
      if (events[i].events & ~EPOLLOUT) on_readable(connection);
    }
  }

  // One read, all whole replies in it, and in the closed loop one write with the calls that follow.
  void on_readable(Connection& connection) {
    const std::size_t kept = connection.partial.size();
    if (buffer_.size() < kept + read_bytes) buffer_.resize(kept + read_bytes);
    const ssize_t got = recv(connection.socket, buffer_.data() + kept, read_bytes, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("the server closed a connection");
    std::memcpy(buffer_.data(), connection.partial.data(), kept);
    const std::size_t size = kept + static_cast<std::size_t>(got);
    now_ = now_ns();
    std::size_t at = 0;
    while (size - at >= 4) {
      const std::size_t length = frame_length(buffer_.data() + at);
      if (size - at < length) break;
      on_reply(connection, buffer_.data() + at, length);
      at += length < 4 ? 4 : length;
    }
    connection.partial.assign(buffer_, at, size - at);
    if (!connection.unsent.empty()) flush(connection);
  }

  void on_reply(Connection& connection, const char* frame, std::size_t length) {
    const std::uint32_t slot = reply_slot(frame, length);
    if (slot >= connection.begun_at.size() || connection.begun_at[slot] == 0 ||
        length < options_.payload) {
      ++errors_;
      return;
    }
    latency_->record(now_ - connection.begun_at[slot]);
    connection.begun_at[slot] = 0;
    connection.free_slots.push_back(slot);
    ++replies_;
    if (options_.rate == 0) begin_call(connection, now_);
  }

  const Options options_;
  const std::string request_;
  int epoll_;
  std::vector<Connection> connections_;
  std::string buffer_;
  std::unique_ptr<Histogram> latency_;
  std::uint64_t now_ = 0;
  double next_at_ = 0;  // open loop: when the next call is due
  std::size_t next_connection_ = 0;
  std::uint64_t replies_ = 0;
  std::uint64_t errors_ = 0;
};

// Opens a connection and makes one call on it, so that what a connection keeps after use counts.
int used_connection(const Options& options, const std::string& request) {
  const int socket = connect_to(options.port);
  if (send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail("send");
  char reply[4096];
  if (recv(socket, reply, sizeof reply, 0) <= 0) fail("no reply");
  return socket;
}

std::string idle_report(const Options& options) {
  const std::string request = echo_request(options.payload);
  std::vector<int> sockets;
  while (sockets.size() < warm_connections) sockets.push_back(used_connection(options, request));
  const Memory before = memory_of(options.server);
  for (std::size_t i = 0; i < options.idle; ++i)
    sockets.push_back(used_connection(options, request));
  const Memory after = memory_of(options.server);
  char text[256];
  std::snprintf(
      text, sizeof text,
      "{\"connections\": %zu, \"kib_per_connection\": %.4f, \"server_rss_kib\": %llu}",
      options.idle,
      (static_cast<double>(after.anonymous_kib) - static_cast<double>(before.anonymous_kib)) /
          static_cast<double>(options.idle),
      static_cast<unsigned long long>(after.resident_kib));
  for (const int socket : sockets) close(socket);
  return text;
}

}  // namespace
}  // namespace tarsier::bench

int main(int count, char** arguments) {
  using namespace tarsier::bench;
  const Options options = parse_options(count, arguments);
  const std::string report = options.idle > 0 ? idle_report(options) : Generator(options).run();
  std::printf("%s\n", report.c_str());
}
