// Raw connections and datagrams under every fault the network knows.
//
// Clients open a connection, say how much they will send, send it in pieces, and finish; servers
// check each byte as it comes, send the same amount back, and finish. A byte's value depends on its
// connection and its offset, so one that is lost, doubled, moved or mixed up shows.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "sim/scenarios/scenarios.h"
#include "transport/scope.h"
#include "transport/stream.h"
#include "transport/task.h"

namespace tarsier::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t port = 7000;
constexpr Duration transfer_timeout = seconds(20);

Endpoint at(EndpointType type, std::string host, std::uint16_t number) {
  Endpoint endpoint;
  endpoint.type = type;
  endpoint.host = std::move(host);
  endpoint.port = number;
  return endpoint;
}

// What every program of the run sees: the accounts, and the oracles' book.
struct Book {
  Verdict& verdict;
  bool stopping = false;
  std::uint64_t transfers = 0;
  std::uint64_t completed = 0;
  std::uint64_t broken = 0;
  std::uint64_t bytes = 0;
  std::uint64_t datagrams_sent = 0;
  std::uint64_t datagrams_received = 0;
};

std::byte pattern_byte(std::uint64_t key, std::uint64_t offset) {
  return static_cast<std::byte>((key + offset) * 0x9e3779b97f4a7c15u >> 56);
}

void write_pattern(std::uint64_t key, std::uint64_t offset, std::span<std::byte> into) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = pattern_byte(key, offset + i);
}

bool matches(std::uint64_t key, std::uint64_t offset, std::span<const std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != pattern_byte(key, offset + i)) return false;
  return true;
}

// Aborts a connection that takes too long.
class Alarm {
 public:
  Alarm(Env& env, Connection& connection)
      : env_(env), id_(env.timers.call_at(env.clock.now() + transfer_timeout, [&connection] {
          connection.abort();
        })) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() { env_.timers.cancel(id_); }

 private:
  Env& env_;
  Timers::Id id_;
};

struct Header {
  std::uint64_t key;
  std::uint64_t bytes;
};

// Reads until the end and checks every byte. How many came; the code says how it ended.
struct Checked {
  std::uint64_t bytes = 0;
  Code code = Code::ok;
};
Task<Checked> read_and_check(Connection& connection, std::uint64_t key, Book& book) {
  std::vector<std::byte> buffer(8 * 1024);
  Checked checked;
  while (true) {
    auto taken = co_await read(connection, buffer);
    checked.code = taken.code();
    if (!taken.ok() || *taken == 0) co_return checked;
    book.verdict.expect(matches(key, checked.bytes, std::span(buffer).first(*taken)),
                        "a connection delivered other bytes than were sent");
    checked.bytes += *taken;
    book.bytes += *taken;
  }
}

class StreamServer final : public Program {
 public:
  StreamServer(Env& env, Book& book) : env_(env), book_(book) {
    scope_.spawn(listen());
    scope_.spawn(receive_datagrams());
  }
  void stop() {
    stopping_ = true;
    if (listener_ != nullptr) listener_->close();
    if (datagrams_ != nullptr) datagrams_->close();
  }

 private:
  // Descriptors may be short when the node boots.
  Task<void> listen() {
    while (!stopping_) {
      auto listening = env_.transport.listen(at(EndpointType::tcp, "0.0.0.0", port), {});
      if (listening.ok()) {
        listener_ = std::move(listening).value();
        co_await serve();
        co_return;
      }
      co_await SleepUntil(env_.timers, env_.clock.now() + milliseconds(100));
    }
  }
  Task<void> serve() {
    while (true) {
      auto accepted = co_await tarsier::accept(*listener_);
      if (accepted.code() == Code::closed) break;
      if (accepted.ok()) scope_.spawn(answer(std::move(accepted).value()));
    }
    listener_.reset();
  }
  Task<void> answer(std::unique_ptr<Connection> connection) {
    const Alarm alarm(env_, *connection);
    Header header{};
    const auto room = std::as_writable_bytes(std::span<Header>(&header, 1));
    auto read_header = co_await read_exactly(*connection, room);
    if (!read_header.ok()) co_return;
    const Checked checked = co_await read_and_check(*connection, header.key, book_);
    if (checked.code != Code::ok) co_return;
    // An orderly end that comes too early is the mark of a killed peer; it gets no answer.
    book_.verdict.expect(checked.bytes <= header.bytes, "more bytes came than were sent");
    if (checked.bytes != header.bytes) co_return;
    ByteBuffer reply(header.bytes);
    write_pattern(~header.key, 0, std::span(reply.prepare(header.bytes), header.bytes));
    reply.commit(header.bytes);
    connection->send(reply.take());
    connection->finish_sending();
    const auto taken = co_await wait_unsent(*connection, 0);
    if (!taken.ok()) connection->abort();
  }

  Task<void> receive_datagrams() {
    while (!stopping_) {
      auto opened = env_.transport.open_datagram(at(EndpointType::udp, "0.0.0.0", port));
      if (opened.ok()) {
        datagrams_ = std::move(opened).value();
        break;
      }
      co_await SleepUntil(env_.timers, env_.clock.now() + milliseconds(100));
    }
    std::vector<std::byte> buffer(2048);
    while (!stopping_) {
      Endpoint from;
      auto taken = co_await receive(*datagrams_, buffer, from);
      if (!taken.ok()) break;
      std::uint64_t key = 0;
      book_.verdict.expect(*taken >= sizeof key, "a datagram came cut");
      std::memcpy(&key, buffer.data(), sizeof key);
      book_.verdict.expect(matches(key, 0, std::span(buffer).first(*taken).subspan(sizeof key)),
                           "a datagram came with other bytes than were sent");
      ++book_.datagrams_received;
    }
    datagrams_.reset();
  }

  Env& env_;
  Book& book_;
  bool stopping_ = false;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<DatagramSocket> datagrams_;
  Scope scope_;
};

class StreamClient final : public Program {
 public:
  StreamClient(Env& env, Book& book, std::uint64_t servers)
      : env_(env), book_(book), servers_(servers), random_(env.random.fork("client")) {
    scope_.spawn(transfers());
    scope_.spawn(send_datagrams());
  }

 private:
  std::string draw_server() { return "server" + std::to_string(1 + random_.below(servers_)); }

  Task<void> transfers() {
    while (!book_.stopping) {
      co_await transfer();
      const auto rest = milliseconds(static_cast<std::int64_t>(random_.below(900)));
      co_await SleepUntil(env_.timers, env_.clock.now() + rest);
    }
  }

  Task<void> transfer() {
    const Endpoint to = at(EndpointType::tcp, draw_server(), port);
    ++book_.transfers;
    auto connected = co_await connect(env_.transport, to, env_.clock.now() + seconds(5));
    if (!connected.ok()) {
      ++book_.broken;
      co_return;
    }
    const std::unique_ptr<Connection> connection = std::move(connected).value();
    const Alarm alarm(env_, *connection);
    Header header{};
    header.key = random_.next();
    const bool large = random_.one_in(10);
    header.bytes = 1 + random_.below(large ? 100'000 : 2'000);
    connection->send(Bytes::copy_of(std::as_bytes(std::span<const Header>(&header, 1))));
    for (std::uint64_t sent = 0; sent < header.bytes;) {
      const std::uint64_t part = std::min(header.bytes - sent, 1 + random_.below(30'000));
      ByteBuffer piece(part);
      write_pattern(header.key, sent, std::span(piece.prepare(part), part));
      piece.commit(part);
      connection->send(piece.take());
      sent += part;
      auto room = co_await wait_unsent(*connection, 10'000);
      if (!room.ok()) break;
      // A connection that lives for a while meets more.
      const auto rest = milliseconds(static_cast<std::int64_t>(random_.below(500)));
      co_await SleepUntil(env_.timers, env_.clock.now() + rest);
    }
    connection->finish_sending();
    const Checked checked = co_await read_and_check(*connection, ~header.key, book_);
    const bool whole = checked.code == Code::ok && checked.bytes == header.bytes;
    ++(whole ? book_.completed : book_.broken);
  }

  Task<void> send_datagrams() {
    auto opened = env_.transport.open_datagram(at(EndpointType::udp, "0.0.0.0", 0));
    if (!opened.ok()) co_return;
    const std::unique_ptr<DatagramSocket> socket = std::move(opened).value();
    while (!book_.stopping) {
      const std::uint64_t key = random_.next();
      std::vector<std::byte> datagram(sizeof key + random_.below(1'000));
      std::memcpy(datagram.data(), &key, sizeof key);
      write_pattern(key, 0, std::span(datagram).subspan(sizeof key));
      const Endpoint to = at(EndpointType::udp, draw_server(), port);
      if (socket->send(to, datagram).ok()) ++book_.datagrams_sent;
      const auto rest = milliseconds(static_cast<std::int64_t>(20 + random_.below(100)));
      co_await SleepUntil(env_.timers, env_.clock.now() + rest);
    }
  }

  Env& env_;
  Book& book_;
  const std::uint64_t servers_;
  Random random_;
  Scope scope_;
};

WorldOptions draw_options(std::uint64_t seed) {
  Random random = Random(seed).fork("options");
  WorldOptions options;
  if (random.one_in(2)) options.network = NetworkOptions::nasty();
  return options;
}

}  // namespace

RunReport run_streams(const RunPlan& plan) {
  Stage stage(plan, draw_options(plan.seed));
  World& world = stage.world();
  Book book{.verdict = stage.verdict()};
  Random random = world.random("topology");
  const std::uint64_t servers = 1 + random.below(3);
  const std::uint64_t clients = 1 + random.below(3);
  SwarmOptions swarm;
  swarm.duration = seconds(30);
  swarm.gap = milliseconds(1'200);
  std::vector<Node*> server_nodes;
  for (std::uint64_t i = 1; i <= servers; ++i) {
    Node& node = world.add_node("server" + std::to_string(i));
    server_nodes.push_back(&node);
    swarm.servers.push_back(node.name());
    node.run([&book](Env& env) { return std::make_unique<StreamServer>(env, book); });
  }
  for (std::uint64_t i = 1; i <= clients; ++i) {
    Node& node = world.add_node("client" + std::to_string(i));
    swarm.clients.push_back(node.name());
    node.run(
        [&book, servers](Env& env) { return std::make_unique<StreamClient>(env, book, servers); });
  }
  stage.start_faults(swarm);
  world.run_for(swarm.duration);

  // Peace: what begins from now on must succeed.
  stage.heal();
  world.run_for(transfer_timeout * 2);
  const std::uint64_t completed = book.completed;
  world.run_for(seconds(20));
  stage.verdict().expect(book.completed > completed, "no transfer completes after the faults");
  book.stopping = true;
  world.run_for(transfer_timeout * 2);
  for (Node* node : server_nodes)
    node->env().executor.post([node] { static_cast<StreamServer*>(node->program())->stop(); });
  stage.expect_settled(seconds(60));
  return stage.finish({{"transfers", book.transfers},
                       {"completed", book.completed},
                       {"broken", book.broken},
                       {"bytes", book.bytes},
                       {"datagrams sent", book.datagrams_sent},
                       {"datagrams received", book.datagrams_received}});
}

}  // namespace tarsier::sim
