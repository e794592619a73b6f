#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "transport/epoll/directory_testing.h"
#include "transport/epoll/epoll_testing.h"
#include "transport/epoll/socket_address.h"

namespace tarsier::epoll {
namespace {

// Takes every descriptor that the process may have, under a limit of 128.
class Exhaustion {
 public:
  Exhaustion() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 128;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) taken_.push_back(taken);
  }
  ~Exhaustion() {
    release();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  void release() {
    for (const int descriptor : taken_) ::close(descriptor);
    taken_.clear();
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

class EpollListener : public EpollTest {
 protected:
  // UBSan checks an object's type with the help of a pipe when it sees it for the first time, and
  // fails without descriptors: everything is seen once before.
  void SetUp() override {
    auto listener = listen();
    const Pair pair = connect_pair(*listener);
    std::vector<std::byte> chunk(1);
    pair.client->finish_sending();
    EXPECT_EQ(finish(read(*pair.server, chunk))->value(), 0u);
  }

  // Blocking sockets that the kernel has connected and nobody has accepted.
  std::vector<int> connect_clients(const Listener& listener, int count) {
    const SocketAddress address = SocketAddress::of(listener.local()).value();
    std::vector<int> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
      EXPECT_EQ(::connect(clients.back(), address.get(), address.size()), 0);
    }
    return clients;
  }
};

TEST_F(EpollListener, SurvivesWantOfDescriptorsAndRecoversWithoutANewConnection) {
  auto listener = listen();
  const std::vector<int> clients = connect_clients(*listener, 8);
  {
    Exhaustion exhaustion;
    for (std::size_t i = 0; i < 3; ++i) {
      auto accepted = finish(accept(*listener));
      ASSERT_TRUE(accepted.has_value());
      EXPECT_EQ(accepted->code(), Code::no_descriptors);
      char byte = 0;
      EXPECT_LE(::recv(clients[i], &byte, 1, 0), 0) << "the client is told at once";
    }
    exhaustion.release();
    for (int i = 0; i < 5; ++i) {
      auto accepted = finish(accept(*listener));
      ASSERT_TRUE(accepted.has_value());
      EXPECT_TRUE(accepted->ok());
    }
  }
  for (const int client : clients) ::close(client);
}

TEST_F(EpollListener, TakesOverTheUnixSocketOfADeadServer) {
  const TestDirectory directory;
  Endpoint at;
  at.host = directory.path() + "/socket";
  const SocketAddress address = SocketAddress::of(at).value();
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(dead, address.get(), address.size()), 0);
  ASSERT_EQ(::listen(dead, 1), 0);
  EXPECT_EQ(env().transport.listen(at, {}).code(), Code::address_in_use) << "it lives";
  ::close(dead);
  auto listener = env().transport.listen(at, {});
  ASSERT_TRUE(listener.ok()) << listener.error().detail;
  const Pair pair = connect_pair(**listener);
  EXPECT_NE(pair.server, nullptr);
}

// The refused one is gone from the kernel's queue: nothing is left to wake the loop.
TEST_F(EpollListener, DoesNotSpinWithoutDescriptors) {
  auto listener = listen();
  const std::vector<int> clients = connect_clients(*listener, 1);
  Completion<std::unique_ptr<Connection>> next;
  {
    const Exhaustion exhaustion;
    EXPECT_EQ(finish(accept(*listener))->code(), Code::no_descriptors);
    listener->start_accept(next);
    bool rested = false;
    int turns = 0;
    env().timers.call_at(env().clock.now() + std::chrono::milliseconds(50), [&] { rested = true; });
    loop.run_until([&] {
      ++turns;
      return rested;
    });
    EXPECT_LT(turns, 20);
  }
  listener->close();
  EXPECT_TRUE(run_until([&] { return !next.pending(); }));
  for (const int client : clients) ::close(client);
}

TEST_F(EpollListener, ConnectingWithoutDescriptorsSaysSo) {
  auto listener = listen();
  const Exhaustion exhaustion;
  auto connected = finish(connect(env().transport, listener->local(), no_deadline));
  EXPECT_EQ(connected->code(), Code::no_descriptors);
}

// Connections that are reset before, while and after they are accepted: nothing leaks.
TEST_F(EpollListener, AStormOfResetsLeavesNoDescriptorBehind) {
  auto listener = listen();
  const int before = ::dup(0);
  ::close(before);
  for (int round = 0; round < 20; ++round) {
    for (const int client : connect_clients(*listener, 50)) {
      const linger now{1, 0};
      ::setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
      ::close(client);
    }
    for (int i = 0; i < 50; ++i) {
      auto accepted = finish(accept(*listener));
      ASSERT_TRUE(accepted.has_value() && accepted->ok());
      std::vector<std::byte> chunk(10);
      auto taken = finish(read(**accepted.value(), chunk));
      EXPECT_EQ(taken->code(), Code::reset);
    }
  }
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace tarsier::epoll
