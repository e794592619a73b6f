#include <memory>
#include <stdexcept>

#include "client/client_testing.h"
#include "transport/blocking.h"

namespace tarsier::testing {
namespace {

TEST_F(ClientTest, PushesGoBesideTheLoopOneByOne) {
  const auto proxy = connect_to({server.endpoint()});
  std::vector<std::string> seen;
  proxy.tars_set_push_callback([&](Push push) { seen.push_back(push.read<Returned>()->ret); });
  ask(proxy, "a");
  for (const char* text : {"one", "two", "three"}) server.push("ask", "", text);
  world.run_until_idle();
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(client->counters().pushes, 3u);
}

TEST_F(ClientTest, APushCallbackMayReplaceItself) {
  for (const CallbackOn on : {CallbackOn::loop, CallbackOn::executor}) {
    FakeServer pushing(world);
    const auto proxy = connect_to({pushing.endpoint()});
    std::vector<std::string> seen;
    const std::string first(100, 'f');  // what the callback holds is used after it was replaced
    proxy.tars_set_push_callback(
        [&seen, &proxy, first, on](Push) {
          proxy.tars_set_push_callback([&seen](Push) { seen.push_back("second"); }, on);
          seen.push_back(first);
        },
        on);
    ask(proxy, "a");
    pushing.push("ask", "", "one");
    pushing.push("ask", "", "two");
    world.run_until_idle();
    EXPECT_EQ(seen, (std::vector<std::string>{first, "second"}));
    close();
  }
}

TEST_F(ClientTest, CallbacksAreNotCalledFromTheAnswerUnlessAsked) {
  const auto proxy = connect_to({server.endpoint()});
  std::vector<std::string> order;
  proxy.ask_callback("a",
                     [&](Result<Returned> result) { order.push_back("beside " + result->ret); });
  CallOptions on_loop;
  on_loop.callback_on = CallbackOn::loop;
  proxy.ask_callback(
      "b", [&](Result<Returned> result) { order.push_back("loop " + result->ret); }, on_loop);
  world.run_until_idle();
  server.answer(id_of(0), "a");
  server.answer(id_of(1), "b");
  EXPECT_EQ(order.size(), 2u);
  proxy.ask_callback("c", [&](Result<Returned> result) {
    EXPECT_EQ(result.code(), Code::closed);
    order.push_back("failed");
  });
  world.run_until_idle();
  server.reset();
  EXPECT_EQ(order.back(), "failed");
}

TEST_F(ClientTest, ACallbackThatThrowsEndsNothing) {
  const auto proxy = connect_to({server.endpoint()});
  for (const CallbackOn on : {CallbackOn::loop, CallbackOn::executor}) {
    CallOptions options;
    options.callback_on = on;
    for (int i = 0; i < 2; ++i) {
      proxy.ask_callback(
          "a", [](Result<Returned>) { throw std::runtime_error("the cup is empty"); }, options);
      world.run_until_idle();
      server.answer(server.requests().back().request_id, "b");
    }
  }
  EXPECT_EQ(client->counters().callbacks_threw, 4u);
  EXPECT_EQ(world.log().count("App.Server.Obj.ask threw 'the cup is empty'"), 1u);
  ask(proxy, "goes on");
  server.answer(server.requests().back().request_id, "yes");
  EXPECT_EQ(results.at(0)->ret, "yes");
}

TEST_F(ClientTest, APushCallbackThatThrowsHearsTheNextPush) {
  const auto proxy = connect_to({server.endpoint()});
  ask(proxy, "a");
  std::vector<std::string> seen;
  for (const CallbackOn on : {CallbackOn::loop, CallbackOn::executor}) {
    proxy.tars_set_push_callback(
        [&](Push push) {
          seen.push_back(push.read<Returned>()->ret);
          throw 7;
        },
        on);
    server.push("ask", "", "one");
    server.push("ask", "", "two");
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two", "one", "two"}));
  EXPECT_EQ(client->counters().callbacks_threw, 4u);
  EXPECT_EQ(world.log().count("App.Server.Obj.(push) threw something that is no"), 1u);
}

// A pool that ends while work waits for it.
class EndedPool final : public Blocking {
 public:
  explicit EndedPool(Executor& executor) : executor_(executor) {}
  void start(Callback, Completion<void>& done) override {
    done.arm();
    executor_.post([&done] { done.complete(Error(Code::cancelled, "the pool ended")); });
  }
  Result<std::unique_ptr<Workers>> make_workers(std::size_t) override {
    return Error(Code::unsupported, "an ended pool has no workers");
  }

 private:
  Executor& executor_;
};

TEST_F(ClientTest, CallbacksWithoutAPoolAreDroppedWithALineNotRunOnTheLoop) {
  Env& whole = world.env();
  EndedPool pool(whole.executor);
  Env env{whole.executor, whole.clock,     whole.timers, whole.random, whole.transport,
          whole.files,    whole.processes, pool,         whole.log};
  client = std::make_unique<Client>(env);
  const auto proxy = connect_to({server.endpoint()});
  const auto held = std::make_shared<int>(0);
  proxy.ask_callback("a", [held](Result<Returned>) { ADD_FAILURE() << "ran on the loop"; });
  proxy.tars_set_push_callback([](Push) { ADD_FAILURE() << "ran on the loop"; });
  world.run_until_idle();
  server.answer(id_of(0), "b");
  server.push("ask", "", "one");
  server.push("ask", "", "two");
  EXPECT_EQ(held.use_count(), 1) << "what it holds is released";
  EXPECT_EQ(client->counters().callbacks_dropped, 3u);
  EXPECT_EQ(world.log().count("App.Server.Obj.ask did not run: the pool ended"), 1u);
  EXPECT_EQ(world.log().count("App.Server.Obj.(push) did not run"), 1u);
  close();
}

}  // namespace
}  // namespace tarsier::testing
