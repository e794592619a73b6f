#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "client/client.h"
#include "server/servant.h"
#include "server/server.h"
#include "transport/base/check.h"
#include "transport/env.h"
#include "transport/memory/memory_world.h"
#include "transport/task.h"

namespace tarsier {

// A world in memory with services in it, for tests of code that calls services. The code under test
// uses the client as it is, bytes and deadlines included; the servants are the test's, mostly mocks
// (tars2cpp --mock).
//
//   MockGreeterSyncServant greeter;
//   ServedWorld world;
//   Shop shop(world.serve<GreeterClient>(greeter));
//   EXPECT_CALL(greeter, SayHello).WillOnce(Return(…));
//   EXPECT_EQ(world.wait(shop.welcome("Ann")), "…");
//
// What a mock answers reaches the caller: unlike with a client of its own, no call is sent again.
// Declare servants before it: they outlive it. There is one thread, and time passes only while the
// test waits, so that a deadline of an hour costs nothing. Callbacks and futures work; blocking
// calls do not, because the thread that would wait is the one that answers: for those take an
// epoll::LoopThread.
class ServedWorld final {
 public:
  ServedWorld();
  ServedWorld(const ServedWorld&) = delete;
  ServedWorld& operator=(const ServedWorld&) = delete;
  // Ends its client and its server. Clients of the code under test have ended before.
  ~ServedWorld();

  // Serves the servant, and calls it.
  template <class P>
  P serve(Servant& servant) {
    return client_.proxy<P>(serve_as("Test.Served.Obj" + std::to_string(++served_), servant))
        .value();
  }
  // For code that makes its own Client from env(): serves the servant as "App.Server.Obj" and
  // returns what to ask a client for, "App.Server.Obj@tcp -h …".
  std::string serve_as(std::string_view object, Servant& servant);

  // Runs the world until the task is done, for at most an hour of its time.
  template <class T>
  T wait(Task<T> task) {
    task.start();
    const bool ended = world_.run_until([&] { return task.done(); }, std::chrono::hours(1));
    TARSIER_CHECK(ended, "the task that ServedWorld waits for did not end within an hour");
    return task.take_result();
  }

  Env& env() { return world_.env(); }
  Client& client() { return client_; }
  memory::World& world() { return world_; }

 private:
  memory::World world_;
  Server server_;
  Client client_;
  std::string address_;
  std::size_t served_ = 0;
};

}  // namespace tarsier
