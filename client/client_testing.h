#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/fake_server_testing.h"
#include "transport/memory/memory_world.h"
#include "transport/scope.h"

namespace tarsier::testing {

struct Returned {
  std::string ret;
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "tars_ret", self.ret);
  }
};

// What the IDL compiler would write for `string ask(string text)`.
class AskClient : public Proxy {
 public:
  using Proxy::Proxy;
  Task<Result<Returned>> ask(const std::string& text, const CallOptions& options = {}) const {
    return tars_call<Returned>("ask", options, [&](auto&& visit) { visit(1, "text", text); });
  }
  void ask_callback(const std::string& text, UniqueFunction<void(Result<Returned>)> callback,
                    const CallOptions& options = {}) const {
    tars_call_then<Returned>(
        "ask", options, [&](auto&& visit) { visit(1, "text", text); }, std::move(callback));
  }
  void ask_oneway(const std::string& text, const CallOptions& options = {}) const {
    tars_call_oneway("ask", options, [&](auto&& visit) { visit(1, "text", text); });
  }
  Result<Returned> ask_blocking(const std::string& text) const {
    return tars_call_blocking<Returned>("ask", {}, [&](auto&& visit) { visit(1, "text", text); });
  }
};

// Endpoints in turn, every call sent once, waits without jitter: for tests of something else.
inline ClientOptions plain_options() {
  ClientOptions options;
  options.balance.policy = balance::Policy::round_robin;
  options.balance.reach.jitter_permille = 0;
  options.retry.attempts_max = 1;
  return options;
}

// Calls under way and what came of them, in order of their ends.
class ClientTest : public ::testing::Test {
 protected:
  ~ClientTest() override { close(); }

  AskClient connect_to(const std::vector<Endpoint>& endpoints,
                       const ClientOptions& options = plain_options()) {
    if (!client) client = std::make_unique<Client>(world.env(), options);
    std::string object = "App.Server.Obj@";
    for (const Endpoint& endpoint : endpoints) object += endpoint.to_string() + ":";
    return client->proxy<AskClient>(object).value();
  }
  void close() {
    if (!client) return;
    Scope closing;
    closing.spawn(client->close());
    EXPECT_TRUE(world.run_until([&] { return closing.empty() && calls.empty(); }));
    client.reset();
  }
  // Starts a call and lets everything happen that can.
  void ask(const AskClient& to, const std::string& text, const CallOptions& options = {}) {
    calls.spawn(store(to.ask(text, options)));
    world.run_until_idle();
  }
  Task<void> store(Task<Result<Returned>> call) { results.push_back(co_await call); }
  Task<void> note_failure(Task<Result<>> call, std::string what) {
    const Result<> result = co_await call;
    if (!result) failed.push_back(what + " " + std::to_string(result.error().wire_code));
  }
  std::int32_t id_of(std::size_t request) const { return server.requests()[request].request_id; }

  memory::World world;
  FakeServer server{world};
  std::unique_ptr<Client> client;
  Scope calls;
  std::vector<Result<Returned>> results;
  std::vector<std::string> failed;
};

}  // namespace tarsier::testing
