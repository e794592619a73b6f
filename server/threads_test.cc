#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "Rpc.h"
#include "client/client.h"
#include "server/server.h"
#include "transport/epoll/loop_group.h"
#include "transport/scope.h"

// Programs with threads: a client whose loop runs beside main(), and servants that answer from
// elsewhere.
namespace tarsier {
namespace {

using RpcTest::EchoApi;
using RpcTest::EchoClient;

// Answers from a thread of its own.
class Elsewhere final : public RpcTest::EchoAsyncServant {
 public:
  ~Elsewhere() override {
    for (auto& thread : threads_) thread.join();
  }
  void echo(const std::string& text, Reply<EchoApi::echoResult> reply) override {
    threads_.emplace_back([text, owed = std::move(reply)]() mutable {
      EchoApi::echoResult result;
      result.ret = text;
      owed.send(result);
    });
  }
  // Dropped on another thread.
  void slow(const std::string&, std::int32_t, Reply<EchoApi::slowResult> reply) override {
    threads_.emplace_back([owed = std::move(reply)] {});
  }
  void transform(const RpcTest::Item&, std::int64_t, Reply<EchoApi::transformResult>) override {}
  void fail(std::int32_t how, Reply<EchoApi::failResult> reply) override {
    threads_.emplace_back([how, owed = std::move(reply)]() mutable {
      owed.send(application_error(how, "from a thread"));
    });
  }
  void note(const std::string&, Reply<EchoApi::noteResult>) override { ++notes; }
  void route(const std::string&, const std::string&, Reply<EchoApi::routeResult>) override {}
  void push_me(const std::string&, Reply<EchoApi::push_meResult>) override {}
  void big(std::int32_t, Reply<EchoApi::bigResult>) override {}

  std::atomic<int> notes = 0;

 private:
  std::vector<std::thread> threads_;
};

class Threads : public ::testing::Test {
 protected:
  Threads() {
    server_loop_.run([this](Env& env) {
      server_ = std::make_unique<Server>(env);
      EXPECT_TRUE(server_->add_servant("Test.Threads.Obj", servant_).ok());
      object_ = "Test.Threads.Obj@" + server_->listen("tcp -h 127.0.0.1 -p 0")->to_string();
    });
  }
  ~Threads() override {
    std::atomic<bool> stopped = false;
    Scope scope;
    server_loop_.run([&](Env&) { scope.spawn(stop(stopped)); });
    while (!stopped) std::this_thread::yield();
    server_loop_.run([this](Env&) { server_.reset(); });
  }
  Task<void> stop(std::atomic<bool>& stopped) {
    co_await server_->stop();
    stopped = true;
  }

  Elsewhere servant_;
  epoll::LoopThread server_loop_;
  epoll::LoopThread client_loop_;
  std::unique_ptr<Server> server_;
  std::string object_;
};

TEST_F(Threads, APlainMainCallsAndIsAnswered) {
  Client client(client_loop_.env());
  const auto echo = client.proxy<EchoClient>(object_).value();
  const auto answer = echo.echo_blocking("from main");
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  EXPECT_EQ(answer->ret, "from main");
  EXPECT_EQ(echo.fail_blocking(77).error().wire_code, 77);
  const auto dropped = echo.slow_blocking("x", 1);
  EXPECT_EQ(dropped.error().wire_code, -99);
}

TEST_F(Threads, ManyThreadsShareAProxy) {
  Client client(client_loop_.env());
  const auto echo = client.proxy<EchoClient>(object_).value();
  std::atomic<int> good = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string text = std::to_string(t) + "." + std::to_string(i);
        const auto answer = echo.echo_blocking(text);
        if (answer.ok() && answer->ret == text) ++good;
        echo.note_oneway(text);
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(good, 100);
  while (servant_.notes < 100) std::this_thread::yield();
}

TEST_F(Threads, FuturesAndCallbacksWorkFromAnyThread) {
  Client client(client_loop_.env());
  const auto echo = client.proxy<EchoClient>(object_).value();
  auto first = echo.echo_future("one");
  auto second = echo.echo_future("two");
  EXPECT_EQ(second.get()->ret, "two");
  EXPECT_EQ(first.get()->ret, "one");
  std::promise<std::thread::id> ran_on;
  echo.echo_callback("three", [&](Result<EchoApi::echoResult> result) {
    EXPECT_EQ(result->ret, "three");
    // It may block: a call from a callback is no deadlock.
    EXPECT_EQ(echo.echo_blocking("nested")->ret, "nested");
    ran_on.set_value(std::this_thread::get_id());
  });
  const auto thread = ran_on.get_future().get();
  EXPECT_NE(thread, std::this_thread::get_id());
  std::thread::id loop;
  client_loop_.run([&](Env&) { loop = std::this_thread::get_id(); });
  EXPECT_NE(thread, loop);
}

TEST_F(Threads, ACallbackThatThrowsEndsNeitherItsThreadNorTheProgram) {
  Client client(client_loop_.env());
  const auto echo = client.proxy<EchoClient>(object_).value();
  // As many as there are threads for callbacks, and one that needs such a thread.
  for (int i = 0; i < 8; ++i)
    echo.echo_callback("x", [](Result<EchoApi::echoResult>) { throw std::runtime_error("cup"); });
  std::promise<std::string> heard;
  echo.echo_callback("last",
                     [&](Result<EchoApi::echoResult> result) { heard.set_value(result->ret); });
  EXPECT_EQ(heard.get_future().get(), "last");
}

TEST_F(Threads, AClientMayBeMadeAndDestroyedOften) {
  for (int i = 0; i < 20; ++i) {
    Client client(client_loop_.env());
    const auto echo = client.proxy<EchoClient>(object_).value();
    EXPECT_TRUE(echo.tars_object() == "Test.Threads.Obj");
    EXPECT_TRUE(i % 2 == 0 || echo.echo_blocking("x").ok());
  }
}

}  // namespace
}  // namespace tarsier
