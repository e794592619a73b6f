#include "governance/application/node_reporter.h"

#include <string>
#include <vector>

#include "NodeF_mock.h"
#include "governance/application/report_testing.h"

namespace tarsier::application {
namespace {

using std::chrono::seconds;
using testing::NiceMock;
using Api = ::tars::ServerFApi;

class NodeReporterTest : public ReportTest {
 protected:
  NodeReporterTest() {
    proxy = serve<::tars::ServerFClient>("tars.tarsnode.ServerObj", servant);
    ON_CALL(servant, keepActiving)
        .WillByDefault([this](const ::tars::ServerInfo& info, ServerCall&) {
          note("active", info);
          Api::keepActivingResult result;
          result.ret = answer;
          return result;
        });
    ON_CALL(servant, keepAlive).WillByDefault([this](const ::tars::ServerInfo& info, ServerCall&) {
      note("alive", info);
      Api::keepAliveResult result;
      result.ret = answer;
      return result;
    });
    ON_CALL(servant, reportVersion)
        .WillByDefault([this](auto& app, auto& name, auto& version, ServerCall&) {
          calls.push_back("version " + app + "." + name + " " + version);
          Api::reportVersionResult result;
          result.ret = answer;
          return result;
        });
    node = std::make_unique<NodeReporter>(world.env(), proxy, identity);
  }
  ~NodeReporterTest() override {
    if (node != nullptr) finish(node->close());
  }
  void note(const std::string& what, const ::tars::ServerInfo& info) {
    EXPECT_EQ(info.application + "." + info.serverName, "App.Srv");
    EXPECT_EQ(info.pid, 4711);
    calls.push_back(what + " " + info.adapter);
  }
  std::vector<std::string> take_calls() { return std::exchange(calls, {}); }

  NiceMock<::tars::MockServerFSyncServant> servant;
  ::tars::ServerFClient proxy;
  std::unique_ptr<NodeReporter> node;
  std::vector<std::string> calls;
  std::int32_t answer = 0;
};

using Calls = std::vector<std::string>;

TEST_F(NodeReporterTest, InitializingThenServing) {
  world.run_until_idle();
  EXPECT_EQ(take_calls(), Calls{"active "});
  world.advance(seconds(12));
  EXPECT_EQ(take_calls(), (Calls{"active ", "active "}));
  ASSERT_TRUE(node->add_adapter("ObjAdapter").ok());
  node->started();
  world.run_until_idle();
  EXPECT_EQ(take_calls(),
            (Calls{"version App.Srv 1.2.3", "alive ", "alive AdminAdapter", "alive ObjAdapter"}));
  EXPECT_TRUE(node->version_reported());
  world.advance(seconds(9));
  EXPECT_TRUE(calls.empty());
  world.advance(seconds(1));
  EXPECT_EQ(take_calls(), (Calls{"alive AdminAdapter", "alive ObjAdapter"}));
  world.advance(seconds(60));
  EXPECT_EQ(calls.size(), 12u);
  expect_sum(node->counters());
}

TEST_F(NodeReporterTest, AnAdapterThatIsStuckIsNotReported) {
  bool well = true;
  ASSERT_TRUE(node->add_adapter("ObjAdapter", [&] { return well; }).ok());
  node->started();
  world.run_until_idle();
  take_calls();
  well = false;
  world.advance(seconds(20));
  EXPECT_EQ(take_calls(), (Calls{"alive AdminAdapter", "alive AdminAdapter"}));
  well = true;
  world.advance(seconds(10));
  EXPECT_EQ(take_calls().size(), 2u);
}

TEST_F(NodeReporterTest, TheVersionIsRepeatedUntilItArrives) {
  node->started();
  answer = -1;
  world.advance(seconds(25));
  EXPECT_FALSE(node->version_reported());
  EXPECT_EQ(world.log().count("started by hand"), 1u);
  answer = 0;
  world.advance(seconds(10));
  EXPECT_TRUE(node->version_reported());
  take_calls();
  world.advance(seconds(100));
  for (const std::string& call : calls) EXPECT_EQ(call, "alive AdminAdapter");
}

TEST_F(NodeReporterTest, ANodeThatIsAwayIsAskedAtTheSamePace) {
  node->started();
  world.advance(seconds(1));
  stop_server();
  world.advance(seconds(100));
  EXPECT_EQ(node->counters().failed, 10u);
  EXPECT_EQ(world.log().count("the node does not take reports"), 1u);
  start_server();
  server->add_servant("tars.tarsnode.ServerObj", servant).value();
  world.advance(seconds(11));
  EXPECT_EQ(world.log().count("the node answers again"), 1u);
  expect_sum(node->counters());
}

TEST_F(NodeReporterTest, AdaptersAreBounded) {
  Code code = Code::ok;
  int added = 0;
  for (; code == Code::ok; ++added) code = node->add_adapter("a").code();
  EXPECT_EQ(code, Code::limit);
  EXPECT_EQ(added, 256);
}

TEST_F(NodeReporterTest, ANodeThatNeverAnswersHoldsNothingUp) {
  world.run_until_idle();
  take_calls();
  finish(node->close());
  stop_server();
  auto silent = world.env().transport.listen(endpoint).value();
  NodeReportOptions slow;
  slow.timeout = seconds(25);
  node = std::make_unique<NodeReporter>(world.env(), proxy, identity, slow);
  node->started();
  world.advance(seconds(21));
  const DeliveryCounters counters = node->counters();
  EXPECT_EQ(counters.full, 2u) << "AdminAdapter, twice";
  EXPECT_EQ(counters.pending, 4u);
  expect_sum(counters);
  finish(node->close());
  expect_sum(node->counters());
  EXPECT_EQ(node->counters().pending, 0u);
  node.reset();
  silent->close();
}

}  // namespace
}  // namespace tarsier::application
