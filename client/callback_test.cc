#include "client/client_testing.h"

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
    EXPECT_EQ(result.code(), Code::timeout);
    order.push_back("failed");
  });
  world.run_until_idle();
  server.reset();
  EXPECT_EQ(order.back(), "failed");
}

}  // namespace
}  // namespace tarsier::testing
