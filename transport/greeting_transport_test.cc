#include "transport/greeting_transport.h"

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "transport/memory/memory_world.h"
#include "transport/stream.h"

namespace tarsier {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Endpoint at_port(std::uint16_t port, std::uint32_t auth_type = 1) {
  Endpoint at;
  at.host = "127.0.0.1";
  at.port = port;
  at.auth_type = auth_type;
  return at;
}

// Both ends say one letter and expect that of the other.
class Letters final : public Greeting {
 public:
  Letters(char own, char expected) : own_(own), expected_(expected) {}
  bool covers(const Endpoint& at) const override { return at.auth_type != 0; }
  Endpoint below(const Endpoint& at) const override {
    Endpoint below = at;
    below.auth_type = 0;
    return below;
  }
  Task<Result<std::unique_ptr<Connection>>> greet(std::unique_ptr<Connection> connection,
                                                  Endpoint) override {
    connection->send(Bytes::copy_of(std::string_view(&own_, 1)));
    std::array<std::byte, 1> letter{};
    Result<> got = co_await read_exactly(*connection, letter);
    if (!got) co_return std::move(got).error();
    if (static_cast<char>(letter[0]) != expected_)
      co_return Error(Code::denied, "another letter was expected");
    co_return std::move(connection);
  }

 private:
  const char own_;
  const char expected_;
};

// Accepts whatever comes, for as long as its listener is open.
struct Accepting {
  explicit Accepting(std::unique_ptr<Listener> from)
      : listener(std::move(from)), accepted(&Accepting::on_accept, this) {
    listener->start_accept(accepted);
  }
  static void on_accept(void* self, Result<std::unique_ptr<Connection>> result) {
    auto& accepting = *static_cast<Accepting*>(self);
    const bool closed = result.code() == Code::closed;
    accepting.results.push_back(std::move(result));
    if (!closed) accepting.listener->start_accept(accepting.accepted);
  }

  std::unique_ptr<Listener> listener;
  Completion<std::unique_ptr<Connection>> accepted;
  std::vector<Result<std::unique_ptr<Connection>>> results;
};

class GreetingTest : public ::testing::Test {
 protected:
  ~GreetingTest() override {
    for (auto& one : accepting) {
      one->listener->close();
      world.run_until_idle();
      EXPECT_EQ(one->results.back().code(), Code::closed);
    }
    accepting.clear();
    connected.clear();
    world.run_until_idle();
  }

  Env& env() { return world.env(); }
  Accepting& listen(GreetingTransport& through) {
    return *accepting.emplace_back(
        std::make_unique<Accepting>(through.listen(at_port(80), {}).value()));
  }
  // What came of it, once it has ended.
  using Connecting = Completion<std::unique_ptr<Connection>>;
  Connecting& start_connect(Transport& through, Duration timeout = seconds(3)) {
    auto& one = connected.emplace_back(std::make_unique<Connecting>());
    through.start_connect(at_port(80), env().clock.now() + timeout, *one);
    return *one;
  }
  std::unique_ptr<Connection> plain() {
    Connecting one;
    env().transport.start_connect(at_port(80, 0), no_deadline, one);
    world.run_until_idle();
    return one.await_resume().value();
  }

  memory::World world;
  Letters friendly_client{'c', 's'};
  Letters friendly_server{'s', 'c'};
  GreetingOptions options{.client_wait = seconds(5), .clients_max = 4};
  GreetingTransport client{env(), env().transport, friendly_client};
  GreetingTransport server{env(), env().transport, friendly_server, options};
  std::vector<std::unique_ptr<Accepting>> accepting;
  std::vector<std::unique_ptr<Connecting>> connected;
};

TEST_F(GreetingTest, BothGetTheirConnectionWhenBothHaveGreeted) {
  Accepting& one = listen(server);
  EXPECT_EQ(one.listener->local().auth_type, 1u) << "as it was asked for";
  Connecting& connecting = start_connect(client);
  world.run_until_idle();
  ASSERT_EQ(one.results.size(), 1u);
  auto connection = connecting.await_resume();
  ASSERT_TRUE(connection.ok());
  (*connection)->send(Bytes::copy_of("hello"));
  world.run_until_idle();
  std::array<std::byte, 9> buffer{};
  EXPECT_EQ(one.results[0].value()->read_some(buffer).value(), 5u) << "nothing of it is left over";
}

TEST_F(GreetingTest, WhoGreetsWronglyIsRefusedAndTheNextIsNot) {
  Accepting& one = listen(server);
  auto stranger = plain();
  stranger->send(Bytes::copy_of("x"));
  start_connect(client);
  world.run_until_idle();
  ASSERT_EQ(one.results.size(), 2u);
  const bool first = !one.results[0].ok();
  const auto& refused = one.results[first ? 0 : 1];
  EXPECT_EQ(refused.code(), Code::denied);
  EXPECT_THAT(refused.error().detail, testing::StartsWith("a connection from 127.0.0.1:"));
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("another letter"));
  EXPECT_TRUE(one.results[first ? 1 : 0].ok());
}

// A slow one holds up nobody, and not itself for ever.
TEST_F(GreetingTest, WhoSaysNothingIsHungUpOnInTime) {
  Accepting& one = listen(server);
  auto silent = plain();
  Connecting& connecting = start_connect(client);
  world.run_until_idle();
  EXPECT_TRUE(connecting.await_resume().ok());
  EXPECT_EQ(one.results.size(), 1u);
  world.advance(milliseconds(4'999));
  EXPECT_EQ(one.results.size(), 1u);
  world.advance(milliseconds(1));
  ASSERT_EQ(one.results.size(), 2u);
  EXPECT_EQ(one.results[1].code(), Code::timeout);
}

TEST_F(GreetingTest, TheOneThatTookLongestMakesRoom) {
  Accepting& one = listen(server);
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 6; ++i) silent.push_back(plain());
  ASSERT_EQ(one.results.size(), 2u) << "4 may greet at once";
  EXPECT_EQ(one.results[0].code(), Code::limit);
  std::array<std::byte, 2> buffer{};
  EXPECT_EQ(silent[0]->read_some(buffer).code(), Code::ok) << "the server's letter";
  EXPECT_EQ(silent[0]->read_some(buffer).code(), Code::reset);
  EXPECT_EQ(silent[5]->read_some(buffer).code(), Code::ok);
  EXPECT_EQ(silent[5]->read_some(buffer).code(), Code::would_block);
}

TEST_F(GreetingTest, AConnectEndsAtItsDeadlineInsideTheGreetingToo) {
  auto silent = env().transport.listen(at_port(80, 0)).value();
  Connecting& connecting = start_connect(client, seconds(1));
  world.run_until_idle();
  EXPECT_TRUE(connecting.pending());
  world.advance(seconds(1));
  ASSERT_FALSE(connecting.pending());
  auto result = connecting.await_resume();
  EXPECT_EQ(result.code(), Code::timeout);
  silent->close();
}

TEST_F(GreetingTest, ClosingEndsThoseWhoGreet) {
  {
    Accepting& one = listen(server);
    auto silent = plain();
    one.listener->close();
    EXPECT_TRUE(one.results.empty()) << "on a later turn";
    world.run_until_idle();
    ASSERT_EQ(one.results.size(), 1u);
    EXPECT_EQ(one.results[0].code(), Code::closed);
    Completion<std::unique_ptr<Connection>> again;
    one.listener->start_accept(again);
    world.run_until_idle();
    EXPECT_EQ(again.await_resume().code(), Code::closed);
  }
  EXPECT_EQ(env().transport.listen(at_port(80, 0)).code(), Code::ok) << "the port is free";
}

TEST_F(GreetingTest, AHandleThatNobodyAcceptsOnMayGoAtAnyTime) {
  auto listener = server.listen(at_port(80), {}).value();
  start_connect(client);
  world.run_until_idle();
  listener.reset();
  world.run_until_idle();
  EXPECT_EQ(env().transport.listen(at_port(80, 0)).code(), Code::ok);
}

TEST_F(GreetingTest, EndpointsThatAreNotCoveredPassBy) {
  auto listener = server.listen(at_port(80, 0), {}).value();
  Connecting one;
  client.start_connect(at_port(80, 0), no_deadline, one);
  world.run_until_idle();
  auto connection = one.await_resume();
  ASSERT_TRUE(connection.ok());
  std::array<std::byte, 2> buffer{};
  EXPECT_EQ((*connection)->read_some(buffer).code(), Code::would_block);
  listener->close();
}

TEST_F(GreetingTest, SaysWhatItTakesToConnect) {
  EXPECT_EQ(check_ungreeted(at_port(80)).code(), Code::unsupported);
  EXPECT_TRUE(client.check(at_port(80)).ok());
  Endpoint tls = at_port(80);
  tls.type = EndpointType::ssl;
  EXPECT_EQ(client.check(tls).code(), Code::unsupported) << "that is another greeting's";
  EXPECT_THAT(client.check(tls).error().detail, testing::HasSubstr("'ca'"));
}

}  // namespace
}  // namespace tarsier
