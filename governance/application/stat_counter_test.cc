#include "governance/application/stat_counter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tarsier::application {
namespace {

using std::chrono::milliseconds;

class StatCounterTest : public ::testing::Test {
 protected:
  void ended(std::string_view function, Code code, int ms, ObserverNote& note) {
    const EndedCall call{"App.Callee.Obj", function, callee, code, 0, milliseconds(ms)};
    counter.call_ended(call, note);
  }
  void answered(std::string_view function, const std::string& host, std::int32_t ret, int ms) {
    Endpoint peer;
    peer.host = host;
    const AnsweredCall call{"App.Server.Obj", function, peer, ret, milliseconds(ms)};
    counter.call_answered(call);
  }

  Identity identity = [] {
    Identity own;
    own.app = "App";
    own.server = "Server";
    own.node_name = "node-1";
    return own;
  }();
  Endpoint callee = parse_endpoint("tcp -h 10.0.0.1 -p 10000 -s app.sz.1").value();
  StatTable as_client;
  StatTable as_server;
  StatCounter counter{identity, as_client, as_server};
};

TEST_F(StatCounterTest, CallsOfAClientHaveTheirCallee) {
  ObserverNote note;
  ended("add", Code::ok, 7, note);
  ended("add", Code::timeout, 3'000, note);
  ended("add", Code::application, 1, note);
  EXPECT_NE(note.entry, nullptr);
  const StatMap entries = as_client.take();
  ASSERT_EQ(entries.size(), 1u);
  const auto& [head, body] = *entries.begin();
  EXPECT_EQ(head.interfaceName, "add");
  EXPECT_EQ(head.slaveName, "App.Callee.appsz1");
  EXPECT_EQ(head.slaveIp, "10.0.0.1");
  EXPECT_EQ(head.slavePort, 10000);
  EXPECT_EQ(head.masterIp, "node-1");
  EXPECT_EQ(body.count, 1);
  EXPECT_EQ(body.timeoutCount, 1);
  EXPECT_EQ(body.execCount, 1);
  EXPECT_EQ(body.maxRspTime, 7);
  // The note is of a period that is over.
  ended("add", Code::ok, 9, note);
  EXPECT_EQ(as_client.take().begin()->second.maxRspTime, 9);
}

TEST_F(StatCounterTest, AnswersOfAServerHaveTheirCaller) {
  answered("add", "10.0.0.2", 0, 4);
  answered("add", "10.0.0.2", 0, 5);
  answered("add", "10.0.0.3", -6, 0);
  answered("add", "10.0.0.3", 1, 0);
  EXPECT_EQ(as_server.entries(), 2u);
  const StatMap entries = as_server.take();
  EXPECT_EQ(calls_of(entries), 4u);
  for (const auto& [head, body] : entries) {
    EXPECT_EQ(head.masterName, "stat_from_server");
    const bool first = head.masterIp == "10.0.0.2";
    EXPECT_EQ(body.count, first ? 2 : 0);
    EXPECT_EQ(body.timeoutCount, first ? 0 : 1);
    EXPECT_EQ(body.execCount, first ? 0 : 1);
  }
  answered("add", "10.0.0.2", 0, 1);
  EXPECT_EQ(as_server.entries(), 1u);
}

TEST_F(StatCounterTest, NamesThatNoServantHasShareAnEntry) {
  for (int i = 0; i < 100; ++i) answered("x" + std::to_string(i), "10.0.0.2", -3, 0);
  EXPECT_EQ(as_server.entries(), 1u);
  EXPECT_EQ(as_server.take().begin()->first.interfaceName, "(no function)");
}

TEST_F(StatCounterTest, MorePeersThanItRemembersAreCountedStill) {
  for (std::size_t i = 0; i < limits::stat_entries_max; ++i)
    answered("add", "10.0." + std::to_string(i), 0, 1);
  as_server.take();
  answered("add", "10.1.0.1", 0, 1);
  answered("add", "10.1.0.1", 0, 1);
  EXPECT_EQ(calls_of(as_server.take()), 2u);
}

}  // namespace
}  // namespace tarsier::application
