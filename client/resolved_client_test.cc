#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "client/client_testing.h"
#include "client/told_resolver_testing.h"

// Calls to objects whose endpoints a Resolver knows, told by the test.
namespace tarsier::testing {
namespace {

class ResolvedClientTest : public ClientTest {
 protected:
  ~ResolvedClientTest() override { close(); }  // while the resolver is there

  AskClient connect(const ProxyOptions& options = {}) {
    client = std::make_unique<Client>(world.env(), plain_options(), &resolver);
    return client->proxy<AskClient>("App.Server.Obj", options).value();
  }

  ToldResolver resolver;
  FakeServer other{world};
};

TEST_F(ResolvedClientTest, CallsWaitForTheRegistryAndArriveInOrder) {
  const auto proxy = connect();
  CallOptions options;
  options.context = {{"a", "1"}};
  ask(proxy, "first", options);
  proxy.ask_oneway("second");
  ask(proxy, "third");
  EXPECT_TRUE(server.requests().empty());
  resolver.tell({server.endpoint()});
  world.run_until_idle();
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(server.requests()[0].context, options.context);
  EXPECT_EQ(server.requests()[1].packet_type, tars::packet_one_way);
  server.answer(id_of(0), "1");
  server.answer(id_of(2), "3");
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0]->ret, "1");
  EXPECT_EQ(results[1]->ret, "3");
  EXPECT_EQ(resolver.uses, 3);
}

TEST_F(ResolvedClientTest, ACallThatWaitsTooLongSaysWhy) {
  const auto proxy = connect();
  CallOptions options;
  options.timeout = std::chrono::milliseconds(50);
  ask(proxy, "x", options);
  EXPECT_TRUE(resolver.watcher->on_unresolved(Error(Code::timeout, "no answer"), false));
  world.run_until([&] { return !results.empty(); }, std::chrono::seconds(1));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::no_endpoint);
  EXPECT_NE(results[0].error().detail.find("no answer"), std::string::npos);
  EXPECT_FALSE(resolver.watcher->on_unresolved(Error(Code::timeout), false)) << "nobody waits";
  resolver.tell({server.endpoint()});
  world.run_until_idle();
  EXPECT_TRUE(server.requests().empty()) << "a call that ended is not sent";
}

TEST_F(ResolvedClientTest, WhatTheRegistryDoesNotKnowFailsAtOnceUntilItDoes) {
  const auto proxy = connect();
  ask(proxy, "waits");
  resolver.watcher->on_unresolved(Error(Code::no_endpoint, "the registry knows none"), true);
  world.run_until_idle();
  ask(proxy, "x");
  ASSERT_EQ(results.size(), 2u);
  for (const auto& result : results) {
    EXPECT_EQ(result.code(), Code::no_endpoint);
    EXPECT_EQ(result.error().detail, "the registry knows none");
  }
  resolver.tell({server.endpoint()});
  ask(proxy, "y");
  server.answer(id_of(0), "fine");
  EXPECT_EQ(results[2]->ret, "fine");
}

TEST_F(ResolvedClientTest, AnEndpointThatGoesFinishesItsCallsAndOneThatStaysKeepsItsConnection) {
  const auto proxy = connect();
  resolver.tell({server.endpoint()});
  ask(proxy, "old");
  resolver.tell({server.endpoint(), other.endpoint()});
  for (int i = 0; i < 4; ++i) ask(proxy, "both");
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(other.requests().size(), 2u);
  resolver.tell({other.endpoint()});
  for (int i = 0; i < 2; ++i) ask(proxy, "new");
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(other.requests().size(), 4u);
  EXPECT_FALSE(server.ended()) << "calls are under way there";
  for (std::size_t i = 0; i < 3; ++i) server.answer(id_of(i), "late");
  EXPECT_EQ(results.size(), 3u);
  EXPECT_TRUE(server.ended());
}

TEST_F(ResolvedClientTest, AnEndpointThatCannotBeReachedRaisesADoubt) {
  const auto proxy = connect();
  const Endpoint gone = other.endpoint();
  other.close();
  resolver.tell({gone});
  ask(proxy, "x");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::connect);
  EXPECT_EQ(resolver.doubts, 1);
}

TEST_F(ResolvedClientTest, AForgottenCallIsNotSent) {
  const auto proxy = connect();
  {
    const auto forgotten = proxy.ask("x");
  }
  ask(proxy, "y");
  resolver.tell({server.endpoint()});
  world.run_until_idle();
  ASSERT_EQ(server.requests().size(), 1u);
}

TEST_F(ResolvedClientTest, AForgottenCallTakesItsHashAlong) {
  const auto proxy = connect();
  CallOptions even;
  even.hash = 0;
  CallOptions odd;
  odd.hash = 1;
  {
    const auto forgotten = proxy.ask("x", even);
  }
  for (int i = 0; i < 3; ++i) ask(proxy, "y", odd);
  resolver.tell({server.endpoint(), other.endpoint()});
  world.run_until_idle();
  EXPECT_EQ(server.requests().size(), 0u);
  EXPECT_EQ(other.requests().size(), 3u);
}

TEST_F(ResolvedClientTest, EndpointsWithoutAChannelArePassedOver) {
  const auto proxy = connect();
  Endpoint tls = other.endpoint();
  tls.type = EndpointType::ssl;
  ask(proxy, "x");
  resolver.tell({tls});
  world.run_until_idle();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::no_endpoint);
  EXPECT_THAT(results[0].error().detail, ::testing::HasSubstr("TLS has to be told whom to trust"));
  resolver.tell({server.endpoint(), tls});
  for (int i = 0; i < 3; ++i) ask(proxy, "y");
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_EQ(world.log().count("TLS has to be told whom to trust"), 2u);
}

TEST_F(ResolvedClientTest, WaitingCallsAreBounded) {
  ClientOptions options;
  options.pending_calls_max = 2;
  client = std::make_unique<Client>(world.env(), options, &resolver);
  const auto proxy = client->proxy<AskClient>("App.Server.Obj").value();
  for (int i = 0; i < 3; ++i) ask(proxy, "x");
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::send);
  EXPECT_NE(results[0].error().detail.find("2 calls wait for an endpoint of this object"),
            std::string::npos);
}

TEST_F(ResolvedClientTest, ARequestThatNoServerTakesFailsAlone) {
  const auto proxy = connect();
  CallOptions options;
  for (int i = 0; i < 200; ++i) options.context.emplace("key " + std::to_string(i), "x");
  ask(proxy, "too much context", options);
  ask(proxy, "fine");
  resolver.tell({server.endpoint()});
  world.run_until_idle();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::send);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ResolvedClientTest, ClosingFailsThoseWhoWait) {
  const auto proxy = connect();
  ask(proxy, "x");
  close();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].code(), Code::closed);
  EXPECT_EQ(resolver.watcher, nullptr);
}

TEST_F(ResolvedClientTest, AScopeReachesTheRegistryAndAnImpossibleSetDoesNot) {
  ProxyOptions options;
  options.scope = Lookup::Scope::set;
  options.where = "app.sz.1";
  connect(options);
  EXPECT_EQ(resolver.asked, (Lookup{"App.Server.Obj", Lookup::Scope::set, "app.sz.1"}));
  for (const char* wrong : {"", "app", "app.sz", "app..1", ".sz.1", "app.sz.", "a.b.c.d"}) {
    options.where = wrong;
    const auto refused = client->proxy<AskClient>("App.Server.Obj", options);
    ASSERT_FALSE(refused.ok()) << wrong;
    EXPECT_EQ(refused.error().detail, "proxy of 'App.Server.Obj': '" + std::string(wrong) +
                                          "' is no set: write name.area.group, as in app.sz.1");
  }
}

}  // namespace
}  // namespace tarsier::testing
