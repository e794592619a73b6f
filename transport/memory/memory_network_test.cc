#include "transport/memory/memory_network.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/memory/memory_world.h"
#include "transport/scope.h"
#include "transport/stream.h"

namespace tarsier::memory {
namespace {

using namespace std::chrono_literals;

Endpoint tcp(std::string host, std::uint16_t port = 0) {
  Endpoint at;
  at.host = std::move(host);
  at.port = port;
  return at;
}

// The result of an operation that ends without further help.
template <class T, class Start>
Result<T> run(World& world, Start&& start) {
  std::optional<Result<T>> result;
  struct Context {
    std::optional<Result<T>>& result;
  } context{result};
  Completion<T> done(
      [](void* self, Result<T> value) {
        static_cast<Context*>(self)->result.emplace(std::move(value));
      },
      &context);
  start(done);
  world.run_until([&] { return result.has_value(); });
  return std::move(result).value();
}

Result<std::unique_ptr<Connection>> connect_to(World& world, const Endpoint& to) {
  return run<std::unique_ptr<Connection>>(
      world, [&](auto& done) { world.env().transport.start_connect(to, no_deadline, done); });
}

Result<std::unique_ptr<Connection>> accept_from(World& world, Listener& listener) {
  return run<std::unique_ptr<Connection>>(world, [&](auto& done) { listener.start_accept(done); });
}

TEST(MemoryNetwork, AWildcardListensOnEveryAddressOfTheMachine) {
  WorldOptions options;
  options.network.addresses = {"10.0.0.1"};
  World world(options);
  auto listener = world.env().transport.listen(tcp("0.0.0.0")).value();
  const std::uint16_t port = listener->local().port;
  for (const char* host : {"127.0.0.1", "127.9.9.9", "10.0.0.1", "localhost"}) {
    auto client = connect_to(world, tcp(host, port));
    ASSERT_TRUE(client.ok()) << host;
    auto server = accept_from(world, *listener).value();
    EXPECT_EQ((*client)->peer().host, server->local().host);
  }
  EXPECT_EQ(connect_to(world, tcp("10.0.0.2", port)).code(), Code::unreachable);
  EXPECT_EQ(connect_to(world, tcp("::1", port)).code(), Code::refused);
  EXPECT_EQ(connect_to(world, tcp("example", port)).code(), Code::address_invalid);
}

TEST(MemoryNetwork, AWildcardAndAnAddressShareNoPort) {
  World world;
  auto& transport = world.env().transport;
  auto one = transport.listen(tcp("127.0.0.1")).value();
  const std::uint16_t port = one->local().port;
  EXPECT_EQ(transport.listen(tcp("0.0.0.0", port)).code(), Code::address_in_use);
  auto other = transport.listen(tcp("127.0.0.2", port));
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(connect_to(world, tcp("127.0.0.2", port)).ok());
  EXPECT_TRUE(accept_from(world, **other).ok()) << "the exact address is the one connected to";
}

TEST(MemoryNetwork, AFreePortIsOneThatNobodyNamed) {
  World world;
  auto& transport = world.env().transport;
  std::vector<std::unique_ptr<DatagramSocket>> sockets;
  Endpoint at = tcp("127.0.0.1");
  at.type = EndpointType::udp;
  // Every second port is taken by name: the search steps over them.
  for (std::uint16_t i = 0; i < 64; ++i) {
    at.port = static_cast<std::uint16_t>(32768 + 2 * i);
    sockets.push_back(transport.open_datagram(at).value());
  }
  at.port = 0;
  for (int i = 0; i < 64; ++i) {
    sockets.push_back(transport.open_datagram(at).value());
    EXPECT_EQ(sockets.back()->local().port % 2, 1);
  }
}

TEST(MemoryNetwork, AWildcardReceivesDatagramsForEveryAddress) {
  WorldOptions options;
  options.network.addresses = {"10.0.0.1"};
  World world(options);
  auto& transport = world.env().transport;
  Endpoint at = tcp("0.0.0.0");
  at.type = EndpointType::udp;
  auto server = transport.open_datagram(at).value();
  auto client = transport.open_datagram(at).value();
  std::array<std::byte, 8> into;
  Endpoint from;
  for (const auto& [host, source] :
       {std::pair("10.0.0.1", "10.0.0.1"), std::pair("127.0.0.5", "127.0.0.1")}) {
    Endpoint to = server->local();
    to.host = host;
    EXPECT_TRUE(client->send(to, as_bytes("x")).ok());
    ASSERT_EQ(server->receive(into, from).value(), 1u) << host;
    EXPECT_EQ(from.host, source);
    EXPECT_EQ(from.port, client->local().port);
  }
  for (const char* host : {"10.0.0.2", "::1", "name"}) {
    Endpoint to = server->local();
    to.host = host;
    EXPECT_TRUE(client->send(to, as_bytes("x")).ok());
    EXPECT_EQ(server->receive(into, from).code(), Code::would_block) << host;
  }
}

TEST(MemoryNetwork, WithoutADeadlineAConnectWaitsForTheBacklogAsLongAsItTakes) {
  World world;
  ListenOptions options;
  options.backlog = 0;
  auto listener = world.env().transport.listen(tcp("127.0.0.1"), options).value();
  auto first = connect_to(world, listener->local()).value();
  std::unique_ptr<Connection> second;
  Completion<std::unique_ptr<Connection>> done(
      [](void* out, Result<std::unique_ptr<Connection>> result) {
        *static_cast<std::unique_ptr<Connection>*>(out) = std::move(result).value();
      },
      &second);
  world.env().transport.start_connect(listener->local(), no_deadline, done);
  world.advance(24h);
  EXPECT_TRUE(done.pending());
  ASSERT_TRUE(accept_from(world, *listener).ok());
  world.run_until_idle();
  EXPECT_NE(second, nullptr);
}

TEST(MemoryNetwork, TakesOverTheUnixSocketOfADeadServer) {
  World world;
  ASSERT_TRUE(world.files().make_socket("/tmp/left", 999).ok());
  Endpoint at;
  at.host = "/tmp/left";
  auto listener = world.env().transport.listen(at);
  ASSERT_TRUE(listener.ok()) << listener.error().detail;
  (*listener)->close();
}

TEST(MemoryNetwork, NumericAddressesOnly) {
  for (const char* good : {"127.0.0.1", "255.255.255.255", "::1", "fe80::1:2", "localhost"})
    EXPECT_TRUE(parse_address(good).has_value()) << good;
  for (const char* bad : {"", "127.0.0", "127.0.0.256", "1.2.3.4.5", "1..2.3", "1.2.3.4x",
                          "0001.2.3.4", "host", "a:b", "::g"})
    EXPECT_FALSE(parse_address(bad).has_value()) << bad;
}

TEST(MemoryNetwork, ListenersOfOnePortTakeTurns) {
  World world;
  ListenOptions options;
  options.reuse_port = true;
  auto& transport = world.env().transport;
  auto one = transport.listen(tcp("127.0.0.1"), options).value();
  auto two = transport.listen(one->local(), options).value();
  std::vector<std::unique_ptr<Connection>> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(connect_to(world, one->local()).value());
  for (Listener* listener : {one.get(), two.get(), one.get(), two.get()})
    EXPECT_TRUE(accept_from(world, *listener).ok());
}

TEST(MemoryNetwork, WantOfDescriptorsRefusesAndRecovers) {
  World world;
  auto listener = world.env().transport.listen(tcp("127.0.0.1")).value();
  world.network().options().descriptors_max = 2;
  auto client = connect_to(world, listener->local()).value();
  EXPECT_EQ(connect_to(world, listener->local()).code(), Code::no_descriptors);
  EXPECT_EQ(world.env().transport.listen(tcp("127.0.0.1")).code(), Code::no_descriptors);
  EXPECT_EQ(accept_from(world, *listener).code(), Code::no_descriptors);
  std::array<std::byte, 4> chunk;
  EXPECT_EQ(client->read_some(chunk).code(), Code::reset) << "it was refused";
  client.reset();
  world.network().options().descriptors_max = 3;
  client = connect_to(world, listener->local()).value();
  auto server = accept_from(world, *listener);
  EXPECT_TRUE(server.ok());
  EXPECT_EQ(world.network().descriptors(), 3u);
}

TEST(MemoryNetwork, ReadsMayBeKeptSmall) {
  WorldOptions options;
  options.network.read_bytes_max = 3;
  World world(options);
  auto listener = world.env().transport.listen(tcp("127.0.0.1")).value();
  auto client = connect_to(world, listener->local()).value();
  auto server = accept_from(world, *listener).value();
  client->send(Bytes::copy_of("abcdefg"));
  world.run_until_idle();
  std::array<std::byte, 100> chunk;
  for (const std::size_t expected : {3u, 3u, 1u})
    EXPECT_EQ(server->read_some(chunk).value(), expected);
}

TEST(MemoryNetwork, NothingIsLeftWhenAllIsClosedAndDelivered) {
  World world;
  auto listener = world.env().transport.listen(tcp("127.0.0.1")).value();
  auto client = connect_to(world, listener->local()).value();
  auto server = accept_from(world, *listener).value();
  client->send(Bytes::copy_of(std::string(1'000'000, 'x')));
  client.reset();
  world.run_until_idle();
  EXPECT_EQ(world.network().streams(), 2u) << "the sender stays until its bytes have left";
  server.reset();
  world.run_until_idle();
  EXPECT_EQ(world.network().streams(), 0u);
  listener.reset();
  EXPECT_EQ(world.network().descriptors(), 0u);
}

Task<void> read_twelve(Connection& connection, std::string& text, Code& code) {
  std::array<std::byte, 12> into;
  const auto filled = co_await read_exactly(connection, into);
  code = filled.code();
  if (filled) text = as_text(into);
}

TEST(Stream, ReadsExactlyOrSaysWhatIsMissing) {
  World world;
  auto listener = world.env().transport.listen(tcp("127.0.0.1")).value();
  auto client = connect_to(world, listener->local()).value();
  auto server = accept_from(world, *listener).value();
  Scope scope;
  std::string text;
  Code code = Code::unknown;
  scope.spawn(read_twelve(*server, text, code));
  for (const char* piece : {"hello ", "wor", "ld!"}) {
    EXPECT_EQ(text, "");
    client->send(Bytes::copy_of(piece));
    world.run_until_idle();
  }
  EXPECT_EQ(text, "hello world!");
  scope.spawn(read_twelve(*server, text, code));
  client->send(Bytes::copy_of("too short"));
  client->finish_sending();
  world.run_until_idle();
  EXPECT_EQ(code, Code::reset);
  EXPECT_TRUE(scope.empty());
}

Task<void> greet(World& world, std::vector<std::string>& log) {
  Endpoint at = tcp("127.0.0.1");
  at.type = EndpointType::udp;
  auto one = world.env().transport.open_datagram(at).value();
  auto two = world.env().transport.open_datagram(at).value();
  const auto sent = one->send(two->local(), as_bytes("hello"));
  EXPECT_TRUE(sent.ok());
  std::array<std::byte, 16> into;
  Endpoint from;
  const auto taken = co_await receive(*two, into, from);
  log.emplace_back(as_text(std::span(into).first(taken.value())));
  Callback work = [&log] { log.emplace_back("worked"); };
  const auto worked = co_await run_blocking(world.env().blocking, std::move(work));
  EXPECT_TRUE(worked.ok());
}

TEST(Stream, ReceivesDatagramsAndRunsWork) {
  World world;
  Scope scope;
  std::vector<std::string> log;
  scope.spawn(greet(world, log));
  world.run_until_idle();
  EXPECT_TRUE(scope.empty());
  EXPECT_EQ(log, (std::vector<std::string>{"hello", "worked"}));
}

TEST(MemoryBlocking, TakesItsTime) {
  WorldOptions options;
  options.blocking_delay = 5ms;
  World world(options);
  Completion<void> done([](void*, Result<>) {}, nullptr);
  bool worked = false;
  world.env().blocking.start([&] { worked = true; }, done);
  world.advance(4ms);
  EXPECT_FALSE(worked);
  world.advance(1ms);
  EXPECT_TRUE(worked);
  EXPECT_FALSE(done.pending());
}

TEST(MemoryProcesses, AreUnsupported) {
  World world;
  EXPECT_EQ(world.env().processes.spawn(SpawnOptions()).code(), Code::unsupported);
  EXPECT_EQ(world.env().processes.adopt(ProcessId()).code(), Code::unsupported);
}

// ---------------------------------------------------------------------------------- model

// What one side did and saw. Together with the other's it says what a kernel may show.
struct Side {
  Connection* connection = nullptr;
  std::string sent;
  std::string got;
  bool finished = false;
  bool closed = false;
  bool aborted = false;
  bool closed_gently = false;  // perhaps aborted later
  bool saw_end = false;
  bool saw_reset = false;
};

void act(Side& self, World& world) {
  const int action = *rc::gen::resize(100, rc::gen::inRange(0, 100));
  const auto amount = *rc::gen::resize(100, rc::gen::inRange<std::size_t>(1, 400));
  if (action < 40) {
    std::string piece(amount, '\0');
    for (char& c : piece) c = static_cast<char>('a' + (self.sent.size() + amount) % 26);
    self.connection->send(Bytes::copy_of(piece));
    if (!self.finished && !self.closed) self.sent += piece;
  } else if (action < 75) {
    std::vector<std::byte> chunk(amount);
    const auto taken = self.connection->read_some(chunk);
    RC_ASSERT(self.closed == (taken.code() == Code::closed));
    if (!taken.ok()) {
      self.saw_reset = self.saw_reset || taken.code() == Code::reset;
    } else if (*taken == 0) {
      self.saw_end = true;
    } else {
      RC_ASSERT(!self.saw_end && !self.saw_reset);
      self.got += as_text(std::span<const std::byte>(chunk).first(*taken));
    }
  } else if (action < 90) {
    world.loop().turn();
  } else if (action < 94) {
    self.connection->finish_sending();
    self.finished = true;
  } else if (action < 97) {
    self.connection->close();
    self.closed_gently = self.closed_gently || !self.closed;
    self.closed = true;
  } else if (action < 98) {
    self.connection->abort();
    self.aborted = self.closed = true;
  } else {
    world.run_until_idle();
  }
}

void drain(Side& self, World& world) {
  std::array<std::byte, 64> chunk;
  while (!self.closed && !self.saw_end && !self.saw_reset) {
    const auto taken = self.connection->read_some(chunk);
    if (taken.code() == Code::would_block) {
      if (!world.loop().ready()) return;
      world.run_until_idle();
    } else if (!taken.ok()) {
      self.saw_reset = true;
    } else if (*taken == 0) {
      self.saw_end = true;
    } else {
      self.got += as_text(std::span<const std::byte>(chunk).first(*taken));
    }
  }
}

void check(const Side& self, const Side& other) {
  RC_ASSERT(other.sent.starts_with(self.got));
  if (self.closed) return;
  const bool broken = other.aborted || (other.closed && self.sent.size() > other.got.size());
  if (self.saw_end) RC_ASSERT(self.got == other.sent);
  if (broken) {
    // What comes after the end of what the peer sends cannot be seen by reading.
    RC_ASSERT(self.saw_reset || self.saw_end);
    RC_ASSERT(!self.saw_end || other.finished || other.closed_gently);
  } else {
    RC_ASSERT(!self.saw_reset);
    RC_ASSERT(self.got == other.sent);
    RC_ASSERT(self.saw_end == (other.finished || other.closed));
  }
}

RC_GTEST_PROP(MemoryNetwork, StreamsBehaveAsTwoQueuesOfBytes, ()) {
  WorldOptions options;
  options.network.send_buffer_bytes = *rc::gen::element<std::size_t>(1, 100, 1000);
  options.network.receive_buffer_bytes = *rc::gen::element<std::size_t>(1, 150, 1000);
  options.network.read_bytes_max = *rc::gen::element<std::size_t>(0, 1, 50);
  World world(options);
  auto listener = world.env().transport.listen(tcp("127.0.0.1")).value();
  auto client = connect_to(world, listener->local()).value();
  auto server = accept_from(world, *listener).value();
  std::array<Side, 2> sides;
  sides[0].connection = client.get();
  sides[1].connection = server.get();
  const int steps = *rc::gen::resize(100, rc::gen::inRange(1, 80));
  for (int step = 0; step < steps; ++step) act(sides[*rc::gen::inRange<std::size_t>(0, 2)], world);
  world.run_until_idle();
  drain(sides[0], world);
  drain(sides[1], world);
  check(sides[0], sides[1]);
  check(sides[1], sides[0]);
  client.reset();
  server.reset();
  listener.reset();
  world.run_until_idle();
  RC_ASSERT(world.network().streams() == 0u);
}

}  // namespace
}  // namespace tarsier::memory
