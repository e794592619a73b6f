#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/clock.h"
#include "transport/epoll/loop.h"
#include "transport/executor.h"
#include "transport/scope.h"
#include "transport/stream.h"
#include "transport/timers.h"

namespace tarsier::epoll {

// A loop with a watchdog and the few moves that the tests of this folder share.
class EpollTest : public ::testing::Test {
 protected:
  explicit EpollTest(LoopOptions options = {}) : loop(std::move(options)) {}

  Env& env() { return loop.env(); }

  // Whether done() held within ten seconds.
  template <class Done>
  bool run_until(Done done) {
    bool late = false;
    const auto watchdog = env().timers.call_at(env().clock.now() + std::chrono::seconds(10),
                                               [&late] { late = true; });
    loop.run_until([&] { return late || done(); });
    env().timers.cancel(watchdog);
    return done();
  }

  static Endpoint loopback(std::uint16_t port = 0) {
    Endpoint at;
    at.host = "127.0.0.1";
    at.port = port;
    return at;
  }
  std::unique_ptr<Listener> listen(const Endpoint& at = loopback()) {
    return env().transport.listen(at, {}).value();
  }
  // What a task returned, or nothing if it did not end in time.
  template <class T>
  std::optional<T> finish(Task<T> task) {
    std::optional<T> result;
    Scope scope;
    scope.spawn(store(std::move(task), result));
    EXPECT_TRUE(run_until([&] { return scope.empty(); })) << "a task did not end in time";
    if (!scope.empty()) scope.abandon();
    return result;
  }
  struct Pair {
    std::unique_ptr<Connection> client;
    std::unique_ptr<Connection> server;
  };
  Pair connect_pair(Listener& listener) {
    Pair pair;
    auto connected = finish(connect(env().transport, listener.local(), no_deadline));
    auto accepted = finish(accept(listener));
    pair.client = std::move(*connected).value();
    pair.server = std::move(*accepted).value();
    return pair;
  }

  Loop loop;

 private:
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await task);
  }
};

}  // namespace tarsier::epoll
