#include <signal.h>
#include <sys/time.h>

#include <string>
#include <vector>

#include "transport/base/random.h"
#include "transport/epoll/epoll_testing.h"

namespace tarsier::epoll {
namespace {

LoopOptions small_buffers() {
  LoopOptions options;
  options.send_buffer_bytes = 4096;
  return options;
}

Task<Result<std::string>> read_everything(Connection& connection) {
  std::string text;
  std::vector<std::byte> chunk(7919);
  while (true) {
    Result<std::size_t> taken = co_await read(connection, chunk);
    if (!taken) co_return std::move(taken).error();
    if (*taken == 0) co_return text;
    text += as_text(std::span<const std::byte>(chunk).first(*taken));
  }
}

std::string numbers(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i) + ' ';
  return text;
}

// Signals that arrive in the middle of system calls, a thousand a second.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction action{};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval often{{0, 1000}, {0, 1000}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~Interruptions() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_{};
};

class SmallBuffers : public EpollTest {
 protected:
  SmallBuffers() : EpollTest(small_buffers()) {}

  // Sends `text` in the given cuts and says what arrives.
  std::string through(const std::string& text, Random random, std::size_t piece_bytes_max) {
    auto listener = listen();
    Pair pair = connect_pair(*listener);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t piece = std::min(text.size() - at, 1 + random.below(piece_bytes_max));
      pair.client->send(Bytes::copy_of(std::string_view(text).substr(at, piece)));
      at += piece;
    }
    pair.client->finish_sending();
    return finish(read_everything(*pair.server))->value();
  }
};

TEST_F(SmallBuffers, PartialWritesLoseAndRepeatNothing) {
  const std::string text = numbers(1'000'000);
  for (const std::size_t piece_bytes_max : {40u, 3'000u, 100'000u})
    EXPECT_TRUE(through(text, Random(piece_bytes_max), piece_bytes_max) == text);
}

TEST_F(SmallBuffers, InterruptedCallsLoseAndRepeatNothing) {
  const Interruptions interruptions;
  const std::string text = numbers(1'000'000);
  EXPECT_TRUE(through(text, Random(5), 5'000) == text);
}

// The handle is gone, the bytes are not.
TEST_F(SmallBuffers, ADestroyedConnectionStillDelivers) {
  const std::string text = numbers(300'000);
  auto listener = listen();
  Pair pair = connect_pair(*listener);
  pair.client->send(Bytes::copy_of(text));
  pair.client.reset();
  EXPECT_TRUE(finish(read_everything(*pair.server))->value() == text);
}

TEST_F(SmallBuffers, TheLoopMayEndWhileBytesAreUndelivered) {
  auto listener = listen();
  Pair pair = connect_pair(*listener);
  pair.client->send(Bytes::copy_of(numbers(2'000'000)));
  pair.client.reset();
  loop.run_turn();
}

class EpollStream : public EpollTest {};

Task<void> echo(std::unique_ptr<Connection> connection) {
  std::vector<std::byte> chunk(256);
  while (true) {
    const Result<std::size_t> taken = co_await read(*connection, chunk);
    if (!taken || *taken == 0) co_return;
    connection->send(Bytes::copy_of(std::span<const std::byte>(chunk).first(*taken)));
  }
}

Task<void> serve(Listener& listener, Scope& sessions) {
  while (true) {
    auto connection = co_await accept(listener);
    if (!connection) co_return;
    sessions.spawn(echo(std::move(connection).value()));
  }
}

Task<void> call(Env& env, const Endpoint& to, int rounds, int& answers) {
  auto connection = co_await connect(env.transport, to, no_deadline);
  if (!connection) co_return;
  std::vector<std::byte> chunk(256);
  for (int i = 0; i < rounds; ++i) {
    connection->get()->send(Bytes::copy_of("hello"));
    const Result<std::size_t> taken = co_await read(**connection, chunk);
    if (!taken || *taken != 5) co_return;
    ++answers;
  }
}

TEST_F(EpollStream, FiveHundredConnectionsTalkAtOnce) {
  auto listener = listen();
  Scope sessions;
  Scope calls;
  int answers = 0;
  sessions.spawn(serve(*listener, sessions));
  for (int i = 0; i < 500; ++i) calls.spawn(call(env(), listener->local(), 20, answers));
  EXPECT_TRUE(run_until([&] { return calls.empty(); }));
  EXPECT_EQ(answers, 500 * 20);
  listener->close();
  EXPECT_TRUE(run_until([&] { return sessions.empty(); }));
}

TEST_F(EpollStream, ANameIsResolvedBesideTheLoop) {
  auto listener = listen();
  Endpoint named = listener->local();
  named.host = "localhost";
  auto connected = finish(connect(env().transport, named, no_deadline));
  ASSERT_TRUE(connected.has_value());
  EXPECT_TRUE(connected->ok()) << connected->error().to_string();
}

TEST_F(EpollStream, ANameThatCannotExistIsAnInvalidAddress) {
  Endpoint nobody = loopback(80);
  nobody.host = "no_such_host.invalid";
  const TimePoint deadline = env().clock.now() + std::chrono::seconds(5);
  auto connected = finish(connect(env().transport, nobody, deadline));
  ASSERT_TRUE(connected.has_value());
  // Without a name server the answer is that nobody could be asked.
  EXPECT_THAT(connected->code(),
              ::testing::AnyOf(Code::address_invalid, Code::unreachable, Code::timeout));
}

TEST_F(EpollStream, TlsAnswersUnsupportedWithASentence) {
  Endpoint tls = loopback(443);
  tls.type = EndpointType::ssl;
  auto connected = finish(connect(env().transport, tls, no_deadline));
  EXPECT_EQ(connected->code(), Code::unsupported);
  auto listener = env().transport.listen(tls, {});
  EXPECT_EQ(listener.code(), Code::unsupported);
  EXPECT_THAT(listener.error().detail, ::testing::HasSubstr("TLS"));
}

}  // namespace
}  // namespace tarsier::epoll
