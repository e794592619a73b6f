#include "transport/tls/tls_connection.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/memory/memory_world.h"
#include "transport/scope.h"
#include "transport/stream.h"
#include "transport/tls/tls_greeting.h"
#include "transport/tls/tls_testing.h"

namespace tarsier::tls {
namespace {

using std::chrono::seconds;
using testing::Authority;
using testing::Identity;
using testing::write_to;

// What an attacker on the way does to the bytes that one side receives.
struct Tampering {
  std::size_t flip_at = SIZE_MAX;
  std::size_t end_at = SIZE_MAX;  // the peer seems to finish there
};

class TamperedConnection final : public Connection {
 public:
  TamperedConnection(std::unique_ptr<Connection> below, Tampering how)
      : below_(std::move(below)), how_(how) {}
  void start_wait_readable(Completion<void>& done) override { below_->start_wait_readable(done); }
  Result<std::size_t> read_some(std::span<std::byte> into) override {
    const std::size_t most = std::min(into.size(), how_.end_at - std::min(how_.end_at, seen_));
    if (most == 0) return std::size_t{0};
    Result<std::size_t> taken = below_->read_some(into.first(most));
    if (!taken) return taken;
    if (how_.flip_at >= seen_ && how_.flip_at < seen_ + *taken)
      into[how_.flip_at - seen_] ^= std::byte{1};
    seen_ += *taken;
    return taken;
  }
  void send(Bytes bytes) override { below_->send(std::move(bytes)); }
  std::size_t unsent_bytes() const override { return below_->unsent_bytes(); }
  void start_wait_unsent(std::size_t bytes, Completion<void>& done) override {
    below_->start_wait_unsent(bytes, done);
  }
  void finish_sending() override { below_->finish_sending(); }
  void close() override { below_->close(); }
  void abort() override { below_->abort(); }
  const Endpoint& local() const override { return below_->local(); }
  const Endpoint& peer() const override { return below_->peer(); }

 private:
  std::unique_ptr<Connection> below_;
  const Tampering how_;
  std::size_t seen_ = 0;
};

// Stands between TLS and the network.
class Attacker final : public Greeting {
 public:
  bool covers(const Endpoint& at) const override { return at.type == EndpointType::tcp; }
  Endpoint below(const Endpoint& at) const override { return at; }
  Task<Result<std::unique_ptr<Connection>>> greet(std::unique_ptr<Connection> connection,
                                                  Endpoint) override {
    co_return std::unique_ptr<Connection>(
        std::make_unique<TamperedConnection>(std::move(connection), how));
  }
  Tampering how;
};

// A server and a client of one world, the attacker on the client's side.
class TlsConnectionTest : public ::testing::Test {
 protected:
  ~TlsConnectionTest() override {
    if (listener) listener->close();
    client.reset();
    server.reset();
    world.run_until_idle();
    listener.reset();
    world.run_until_idle();
  }

  Env& env() { return world.env(); }
  std::string ca() { return write_to(world.files(), "/tmp/ca.pem", authority.pem()); }
  TlsFiles files_of(const std::string& who, const Identity& identity) {
    TlsFiles files;
    files.certificate = write_to(world.files(), "/tmp/" + who + ".pem", identity.certificate);
    files.key = write_to(world.files(), "/tmp/" + who + ".key", identity.key);
    return files;
  }
  TlsFiles server_files() { return files_of("server", authority.issue(names)); }
  TlsFiles client_files() {
    TlsFiles files;
    files.ca = ca();
    return files;
  }

  static Endpoint at(std::uint16_t port = 443, EndpointType type = EndpointType::ssl) {
    Endpoint endpoint;
    endpoint.type = type;
    endpoint.host = "127.0.0.1";
    endpoint.port = port;
    return endpoint;
  }

  void listen(const TlsFiles& files) {
    server_side = TlsGreeting::make(env(), files, Side::server).value();
    serving.emplace(env(), env().transport, *server_side);
    listener = serving->listen(at(), {}).value();
  }
  void trust(const TlsFiles& files) {
    client_side = TlsGreeting::make(env(), files, Side::client).value();
    calling.emplace(env(), tampering, *client_side);
  }
  // Connects once; what came of it on both sides.
  void connect() {
    Completion<std::unique_ptr<Connection>> connected;
    Completion<std::unique_ptr<Connection>> accepted;
    listener->start_accept(accepted);
    Endpoint called = at();
    called.host = called_host;
    calling->start_connect(called, env().clock.now() + seconds(3), connected);
    world.run_until([&] { return !connected.pending() && !accepted.pending(); });
    Result<std::unique_ptr<Connection>> mine = connected.await_resume();
    Result<std::unique_ptr<Connection>> yours = accepted.await_resume();
    client_error = mine ? "" : std::string(code_name(mine.code())) + ": " + mine.error().detail;
    server_error = yours ? "" : std::string(code_name(yours.code())) + ": " + yours.error().detail;
    client = mine ? std::move(mine).value() : nullptr;
    server = yours ? std::move(yours).value() : nullptr;
  }
  void connect_well() {
    listen(server_files());
    trust(client_files());
    connect();
    ASSERT_EQ(client_error + server_error, "");
  }

  // All that can be read now, and how it ended.
  struct Reading {
    std::string text;
    Code code = Code::ok;  // ok: the end
  };
  Reading read_all(Connection& from, std::size_t at_once = 10'000) {
    world.run_until_idle();
    Reading reading;
    std::vector<std::byte> buffer(at_once);
    while (true) {
      const auto taken = from.read_some(buffer);
      reading.code = taken.code();
      if (!taken || *taken == 0) return reading;
      reading.text += as_text(std::span<const std::byte>(buffer).first(*taken));
    }
  }

  memory::World world;
  Authority authority{world.env().clock.wall_ms()};
  std::string names = "IP:127.0.0.1";
  std::string called_host = "127.0.0.1";
  Attacker attacker;
  GreetingTransport tampering{env(), env().transport, attacker};
  std::unique_ptr<TlsGreeting> server_side;
  std::unique_ptr<TlsGreeting> client_side;
  std::optional<GreetingTransport> serving;
  std::optional<GreetingTransport> calling;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Connection> client;
  std::unique_ptr<Connection> server;
  std::string client_error;
  std::string server_error;
};

TEST_F(TlsConnectionTest, CarriesBytesBothWaysAndEndsThemOneAfterTheOther) {
  connect_well();
  EXPECT_EQ(client->peer().type, EndpointType::ssl);
  EXPECT_EQ(listener->local().type, EndpointType::ssl);
  client->send(Bytes::copy_of("hello"));
  client->send(Bytes::copy_of(" server"));
  client->finish_sending();
  const Reading there = read_all(*server);
  EXPECT_EQ(there.text, "hello server");
  EXPECT_EQ(there.code, Code::ok) << "the end";
  server->send(Bytes::copy_of("hello client"));
  server->close();
  const Reading here = read_all(*client);
  EXPECT_EQ(here.text, "hello client");
  EXPECT_EQ(here.code, Code::ok);
}

TEST_F(TlsConnectionTest, NothingOfItCanBeReadOnTheWay) {
  listen(server_files());
  auto below = env().transport.listen(at(444, EndpointType::tcp)).value();
  trust(client_files());
  Completion<std::unique_ptr<Connection>> connected;
  Completion<std::unique_ptr<Connection>> accepted;
  below->start_accept(accepted);
  calling->start_connect(at(444), env().clock.now() + seconds(3), connected);
  world.run_until_idle();
  auto spy = accepted.await_resume().value();
  const Reading hello = read_all(*spy);
  EXPECT_EQ(hello.text.substr(0, 2), "\x16\x03") << "a TLS handshake";
  spy->send(Bytes::copy_of("SSH-2.0-OpenSSH_9.2p1 Debian"));
  world.run_until_idle();
  const auto refused = connected.await_resume();
  EXPECT_EQ(refused.code(), Code::malformed);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("does it speak TLS there"));
  below->close();
}

TEST_F(TlsConnectionTest, ANameThatTheCertificateIsNotForIsRefused) {
  names = "DNS:shop.example.com,IP:10.0.0.1";
  listen(server_files());
  trust(client_files());
  connect();
  EXPECT_THAT(client_error, ::testing::AllOf(::testing::StartsWith("denied"),
                                             ::testing::HasSubstr("not made for '127.0.0.1'")));
  EXPECT_THAT(server_error, ::testing::HasSubstr("the other side refuses"));
}

TEST_F(TlsConnectionTest, WhoIsCalledByNameIsCheckedByName) {
  called_host = "localhost";
  names = "DNS:localhost";
  listen(server_files());
  trust(client_files());
  connect();
  EXPECT_EQ(client_error, "");
}

TEST_F(TlsConnectionTest, AnotherNameIsRefusedThoughTheAddressIsRight) {
  called_host = "localhost";
  names = "DNS:shop.example.com,IP:127.0.0.1";
  listen(server_files());
  trust(client_files());
  connect();
  EXPECT_THAT(client_error, ::testing::AllOf(::testing::StartsWith("denied"),
                                             ::testing::HasSubstr("not made for 'localhost'")));
}

TEST_F(TlsConnectionTest, ACertificateOfAnUnknownAuthorityIsRefused) {
  listen(server_files());
  Authority another(env().clock.wall_ms(), "Another authority");
  TlsFiles files;
  files.ca = write_to(world.files(), "/tmp/another.pem", another.pem());
  trust(files);
  connect();
  EXPECT_THAT(client_error, ::testing::HasSubstr("nobody in our 'ca' vouches for it"));
  EXPECT_EQ(server, nullptr);
}

TEST_F(TlsConnectionTest, ACertificateThatExpiredMeanwhileIsRefused) {
  listen(server_files());
  trust(client_files());
  world.advance(std::chrono::hours(2));
  connect();
  EXPECT_THAT(client_error, ::testing::HasSubstr("expired"));
}

TEST_F(TlsConnectionTest, BothSidesMayBeChecked) {
  TlsFiles files = server_files();
  files.ca = ca();
  files.verify_client = true;
  listen(files);
  TlsFiles shown = files_of("client", authority.issue("DNS:client"));
  shown.ca = ca();
  trust(shown);
  connect();
  ASSERT_EQ(client_error + server_error, "");
  client->send(Bytes::copy_of("hello"));
  EXPECT_EQ(read_all(*server).text, "hello");
}

// With TLS 1.3 the client is done before the server has looked at what it shows.
TEST_F(TlsConnectionTest, AClientWithoutACertificateIsToldSo) {
  TlsFiles files = server_files();
  files.ca = ca();
  files.verify_client = true;
  listen(files);
  trust(client_files());
  connect();
  EXPECT_THAT(server_error, ::testing::HasSubstr("it shows no certificate"));
  ASSERT_NE(client, nullptr);
  std::array<std::byte, 1> byte{};
  world.run_until_idle();
  const auto told = client->read_some(byte);
  EXPECT_EQ(told.code(), Code::denied);
  EXPECT_THAT(told.error().detail, ::testing::HasSubstr("certificate required"));
}

// Whatever byte on the way is changed, what arrives is what was sent or nothing.
TEST_F(TlsConnectionTest, ChangedBytesAreNoticed) {
  listen(server_files());
  trust(client_files());
  bool inside_the_stream = false;
  for (std::size_t at = 0; at < 1'000; at += 7) {
    attacker.how.flip_at = at;
    connect();
    if (client == nullptr || server == nullptr) continue;
    server->send(Bytes::copy_of("the price is 100"));
    server->close();
    const Reading reading = read_all(*client);
    EXPECT_TRUE(reading.text.empty() || reading.text == "the price is 100") << at;
    if (reading.code == Code::ok) continue;  // nobody looks at that byte, or it comes behind
    inside_the_stream = true;
    EXPECT_EQ(reading.code, Code::reset) << at;
  }
  EXPECT_TRUE(inside_the_stream);
}

// Wherever the stream is cut, that shows.
TEST_F(TlsConnectionTest, AStreamThatIsCutShortIsNoEnd) {
  listen(server_files());
  trust(client_files());
  bool whole = false;
  for (std::size_t end = 0; end < 2'000 && !whole; end += 7) {
    attacker.how.end_at = end;
    connect();
    if (client == nullptr || server == nullptr) continue;
    server->send(Bytes::copy_of("the price is 100"));
    server->close();
    const Reading reading = read_all(*client);
    whole = reading.code == Code::ok;
    EXPECT_TRUE(whole || reading.code == Code::reset) << end;
    EXPECT_TRUE(!whole || reading.text == "the price is 100") << end;
  }
  EXPECT_TRUE(whole);
}

TEST_F(TlsConnectionTest, AnAbortIsAReset) {
  connect_well();
  server->abort();
  EXPECT_EQ(read_all(*client).code, Code::reset);
  EXPECT_EQ(read_all(*server).code, Code::closed);
}

// One record is read in many pieces: each wait ends, though the network has nothing new.
TEST_F(TlsConnectionTest, WhatIsDecipheredAlreadyIsReadable) {
  connect_well();
  server->send(Bytes::copy_of("abc"));
  std::string text;
  while (text.size() < 3) {
    Completion<void> readable;
    client->start_wait_readable(readable);
    EXPECT_TRUE(readable.pending()) << "on a later turn";
    world.run_until_idle();
    ASSERT_FALSE(readable.pending());
    std::array<std::byte, 1> byte{};
    ASSERT_EQ(client->read_some(byte).value(), 1u);
    text += static_cast<char>(byte[0]);
  }
  EXPECT_EQ(text, "abc");
}

// Somebody reads while he waits, and less than there is: his wait ends all the same, and the
// connection may go at once.
TEST_F(TlsConnectionTest, AWaitEndsForWhatAReadLeft) {
  connect_well();
  Completion<void> readable;
  client->start_wait_readable(readable);
  server->send(Bytes::copy_of("abc"));
  world.run_until([&] { return !readable.pending(); });
  std::array<std::byte, 1> byte{};
  client->start_wait_readable(readable);
  ASSERT_EQ(client->read_some(byte).value(), 1u);
  world.run_until_idle();
  ASSERT_FALSE(readable.pending());
  ASSERT_EQ(client->read_some(byte).value(), 1u);
  ASSERT_EQ(client->read_some(byte).value(), 1u);
  client->start_wait_readable(readable);
  world.run_until_idle();
  EXPECT_TRUE(readable.pending()) << "nothing is left";
  client->close();
  world.run_until_idle();
  EXPECT_FALSE(readable.pending());
  client.reset();
}

TEST_F(TlsConnectionTest, BackPressureIsCountedInWhatWasGiven) {
  connect_well();
  const std::size_t much = 8u << 20;
  client->send(Bytes::copy_of(std::string(much, 'x')));
  world.run_until_idle();
  const std::size_t unsent = client->unsent_bytes();
  EXPECT_GT(unsent, 0u);
  EXPECT_LT(unsent, much);
  Completion<void> drained;
  client->start_wait_unsent(0, drained);
  world.run_until_idle();
  EXPECT_TRUE(drained.pending());
  std::size_t read = 0;
  while (read < much) {
    const std::size_t more = read_all(*server).text.size();
    ASSERT_GT(more, 0u);
    read += more;
    EXPECT_LE(client->unsent_bytes(), much - read);
  }
  EXPECT_EQ(read, much);
  EXPECT_FALSE(drained.pending());
  EXPECT_EQ(client->unsent_bytes(), 0u);
}

TEST_F(TlsConnectionTest, NewConnectionsGetWhatWasReloaded) {
  connect_well();
  names = "DNS:elsewhere.example.com";
  server_files();
  connect();
  EXPECT_EQ(client_error, "") << "until it is told";
  ASSERT_TRUE(server_side->reload().ok());
  connect();
  EXPECT_THAT(client_error, ::testing::HasSubstr("not made for"));
  write_to(world.files(), "/tmp/server.pem", "half of a certif");
  EXPECT_EQ(server_side->reload().code(), Code::bad_config);
  connect();
  EXPECT_THAT(client_error, ::testing::HasSubstr("not made for")) << "as before";
}

TEST_F(TlsConnectionTest, OldVersionsAreNotSpoken) {
  listen(server_files());
  trust(client_files());
  connect();
  ASSERT_EQ(client_error, "");
  Completion<std::unique_ptr<Connection>> connected;
  Completion<std::unique_ptr<Connection>> accepted;
  env().transport.start_connect(at(443, EndpointType::tcp), no_deadline, connected);
  listener->start_accept(accepted);
  world.run_until_idle();
  auto old = connected.await_resume().value();
  // A ClientHello of TLS 1.0 with one cipher.
  std::string hello("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x01", 11);
  hello += std::string(32, 'r') + std::string("\x00\x00\x02\x00\x2f\x01\x00", 7);
  old->send(Bytes::copy_of(hello));
  world.run_until_idle();
  const auto refused = accepted.await_resume();
  EXPECT_EQ(refused.code(), Code::malformed);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("unsupported protocol"));
}

}  // namespace
}  // namespace tarsier::tls
