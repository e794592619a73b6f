#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "Rpc.h"
#include "client/client.h"
#include "server/server.h"
#include "sim/world.h"
#include "transport/clock.h"
#include "transport/epoll/loop.h"
#include "transport/memory/memory_world.h"
#include "transport/scope.h"
#include "transport/timers.h"

// The three worlds in which the tests of client/ and server/ run, and what those tests share.
namespace tarsier::testing {

class InMemory {
 public:
  Env& server() { return world_.env(); }
  Env& client() { return world_.env(); }
  template <class Done>
  bool run_until(Done done) {
    return world_.run_until(std::move(done), std::chrono::seconds(100));
  }
  std::string address() const { return "127.0.0.1"; }

 private:
  memory::World world_;
};

class Simulated {
 public:
  Env& server() { return server_.env(); }
  Env& client() { return client_.env(); }
  template <class Done>
  bool run_until(Done done) {
    return world_.run_until(std::move(done), std::chrono::seconds(100));
  }
  std::string address() const { return server_.address(); }

 private:
  sim::World world_{1};
  sim::Node& server_ = world_.add_node("server");
  sim::Node& client_ = world_.add_node("client");
};

class OnEpoll {
 public:
  Env& server() { return loop_.env(); }
  Env& client() { return loop_.env(); }
  template <class Done>
  bool run_until(Done done) {
    bool late = false;
    Timers& timers = loop_.env().timers;
    const auto watchdog = timers.call_at(loop_.env().clock.now() + std::chrono::seconds(20),
                                         [&late] { late = true; });
    loop_.run_until([&] { return late || done(); });
    timers.cancel(watchdog);
    return done();
  }
  std::string address() const { return "127.0.0.1"; }

 private:
  epoll::Loop loop_;
};

// Serves RpcTest.Echo with coroutines.
class EchoImpl : public RpcTest::EchoServant {
 public:
  using Api = RpcTest::EchoApi;

  explicit EchoImpl(Env& env) : env_(env) {}

  Task<Result<Api::echoResult>> echo(const std::string& text, ServerCall& call) override {
    Api::echoResult result;
    result.ret = text;
    peers.push_back(call.peer());
    co_return result;
  }
  Task<Result<Api::transformResult>> transform(const RpcTest::Item& item, std::int64_t factor,
                                               ServerCall& call) override {
    Api::transformResult result;
    result.result = item;
    for (auto& [name, numbers] : result.result.groups) {
      result.log.push_back(name);
      for (auto& number : numbers) number = static_cast<std::int32_t>(number * factor);
    }
    result.ret = static_cast<std::int32_t>(item.groups.size());
    call.set_reply_context(call.context().to_map());
    co_return result;
  }
  Task<Result<Api::slowResult>> slow(const std::string& text, std::int32_t wait_ms,
                                     ServerCall&) override {
    SleepUntil pause(env_.timers, env_.clock.now() + std::chrono::milliseconds(wait_ms));
    co_await pause;
    Api::slowResult result;
    result.ret = text;
    co_return result;
  }
  Task<Result<Api::failResult>> fail(std::int32_t how, ServerCall&) override {
    if (how == 1) co_return application_error(1001, "no such order");
    if (how == 2) co_return application_error(-500, "below what is legal");
    if (how == 3) throw std::runtime_error("the disk is on fire");
    if (how == 4) co_return Error(Code::no_space, "the disk is full");
    if (how == 5) throw 7;
    co_return Api::failResult();
  }
  Task<Result<Api::noteResult>> note(const std::string& text, ServerCall& call) override {
    EXPECT_TRUE(call.one_way());
    notes.push_back(text);
    co_return Api::noteResult();
  }
  Task<Result<Api::routeResult>> route(const std::string& where, const std::string&,
                                       ServerCall& call) override {
    EXPECT_EQ(call.status().find("STATUS_GRID_KEY"), where);
    co_return Api::routeResult();
  }
  Task<Result<Api::push_meResult>> push_me(const std::string& text, ServerCall& call) override {
    Api::echoResult push;
    push.ret = text;
    last_session = call.session();
    auto pushed = last_session.push("echo", push);
    if (!pushed) co_return pushed.error();
    co_return Api::push_meResult();
  }
  Task<Result<Api::bigResult>> big(std::int32_t bytes, ServerCall&) override {
    Api::bigResult result;
    result.ret.assign(static_cast<std::size_t>(bytes), 7);
    co_return result;
  }

  std::vector<std::string> notes;
  std::vector<Endpoint> peers;
  SessionRef last_session;

 private:
  Env& env_;
};

inline constexpr const char* echo_object = "Test.Rpc.EchoObj";

// A server with an EchoImpl and a client, ended in order.
template <class W>
class RpcFixture : public ::testing::Test {
 protected:
  ~RpcFixture() override { end(); }

  // For tests whose own members are used by client or server.
  void end() {
    if (client_) wait(client_->close());
    client_.reset();
    if (server_ && !stopped_) stop();
    server_.reset();
  }

  Env& env() { return world.client(); }
  bool run_until(std::function<bool()> done) { return world.run_until(std::move(done)); }
  void rest(Duration duration) {
    bool rested = false;
    env().timers.call_at(env().clock.now() + duration, [&] { rested = true; });
    run_until([&] { return rested; });
  }

  template <class T>
  T wait(Task<T> task) {
    std::optional<T> result;
    Scope scope;
    scope.spawn(store(std::move(task), result));
    EXPECT_TRUE(run_until([&] { return scope.empty(); })) << "a task did not end";
    if (!scope.empty()) scope.abandon();
    return std::move(result.value());
  }
  void wait(Task<void> task) {
    Scope scope;
    scope.spawn(std::move(task));
    EXPECT_TRUE(run_until([&] { return scope.empty(); })) << "a task did not end";
    if (!scope.empty()) scope.abandon();
  }

  Server& start_server(const ServerOptions& options = {}, const char* protocol = "tcp") {
    server_ = std::make_unique<Server>(world.server(), options);
    EXPECT_TRUE(server_->add_servant(echo_object, servant).ok());
    const auto at =
        server_->listen(std::string(protocol) + " -h " + world.address() + " -p 0 -t 60000");
    EXPECT_TRUE(at.ok()) << at.error().to_string();
    endpoint = at.value();
    return *server_;
  }
  Server& server() { return *server_; }
  void stop() { wait(stopping()); }
  Task<void> stopping() {
    stopped_ = true;
    return server_->stop();
  }

  Client& client(const ClientOptions& options = {}) {
    if (!client_) client_ = std::make_unique<Client>(world.client(), options);
    return *client_;
  }
  std::string object_at(const Endpoint& at) {
    return std::string(echo_object) + "@" + at.to_string();
  }
  RpcTest::EchoClient proxy() {
    return client().template proxy<RpcTest::EchoClient>(object_at(endpoint)).value();
  }

  W world;
  EchoImpl servant{world.server()};
  Endpoint endpoint;

 private:
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& into) {
    into.emplace(co_await task);
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
  bool stopped_ = false;
};

}  // namespace tarsier::testing
