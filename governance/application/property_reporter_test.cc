#include "governance/application/property_reporter.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "PropertyF_mock.h"
#include "governance/application/report_testing.h"

namespace tarsier::application {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::NiceMock;
using Api = ::tars::PropertyFApi;
using enum PropertyPolicy;

class PropertyReporterTest : public ReportTest {
 protected:
  PropertyReporterTest() {
    proxy = serve<::tars::PropertyFClient>("tars.tarsproperty.PropertyObj", servant);
    ON_CALL(servant, reportPropMsg)
        .WillByDefault([this](const PropertyMap& entries,
                              ServerCall& call) -> Result<Api::reportPropMsgResult> {
          EXPECT_EQ(call.context().find("node_name"), "node-1");
          if (error.code != Code::ok) return error;
          ++messages;
          for (const auto& [head, body] : entries) {
            for (const auto& info : body.vInfo)
              received[head.propertyName] += info.policy + "=" + info.value + " ";
          }
          Api::reportPropMsgResult result;
          result.ret = answer;
          return result;
        });
    error.code = Code::ok;
    reporter = std::make_unique<PropertyReporter>(world.env(), proxy, identity);
  }
  ~PropertyReporterTest() override {
    if (!closed) finish(reporter->close());
  }
  Property& make(std::string_view name, std::vector<PropertyPolicy> policies) {
    return *reporter->property(name, make_property_kind(std::move(policies)).value()).value();
  }
  void pass_an_interval() { world.advance(seconds(67)); }

  NiceMock<::tars::MockPropertyFSyncServant> servant;
  ::tars::PropertyFClient proxy;
  std::unique_ptr<PropertyReporter> reporter;
  std::map<std::string, std::string> received;
  int messages = 0;
  Error error;
  std::int32_t answer = 0;
  bool closed = false;
};

TEST_F(PropertyReporterTest, ReportsEachIntervalAndBeginsAgain) {
  Property& queue = make("queue", {avg, max});
  queue.report(3);
  queue.report(4);
  pass_an_interval();
  EXPECT_EQ(received["queue"], "Avg=3.5 Max=4 ");
  EXPECT_EQ(reporter->counters().delivered, 2u);
  received.clear();
  pass_an_interval();
  EXPECT_EQ(received["queue"], "Avg=0 Max=0 ") << "silence is a value too";
  expect_sum(reporter->counters());
}

TEST_F(PropertyReporterTest, ANameHasOneKind) {
  Property& first = make("queue", {sum});
  EXPECT_EQ(&make("queue", {sum}), &first);
  const auto other = reporter->property("queue", make_property_kind({avg}).value());
  EXPECT_EQ(other.code(), Code::exists);
  Code code = Code::ok;
  int made = 1;
  for (; code == Code::ok; ++made)
    code = reporter->property("p" + std::to_string(made), PropertyKind()).code();
  EXPECT_EQ(code, Code::limit);
  EXPECT_EQ(made, 1'001);
}

TEST_F(PropertyReporterTest, LongNamesMakeMoreMessages) {
  for (int i = 0; i < 20; ++i) make(std::string(120, 'p') + std::to_string(i), {count}).report(1);
  pass_an_interval();
  EXPECT_GE(messages, 3);
  EXPECT_EQ(received.size(), 20u);
  EXPECT_EQ(reporter->messages(), static_cast<std::uint64_t>(messages));
}

TEST_F(PropertyReporterTest, NamesThatAreCutToOneStayTwoReports) {
  make(std::string(200, 'p') + "1", {sum}).report(1);
  make(std::string(200, 'p') + "2", {sum}).report(2);
  pass_an_interval();
  EXPECT_EQ(received.begin()->second, "Sum=1 Sum=2 ");
}

TEST_F(PropertyReporterTest, WhatCouldNotBeSentIsAddedToTheNextReport) {
  error = Error(Code::overload, "busy");
  Property& orders = make("orders", {sum, min});
  orders.report(5);
  pass_an_interval();
  EXPECT_EQ(reporter->counters().pending, 1u);
  error.code = Code::ok;
  orders.report(3);
  pass_an_interval();
  EXPECT_EQ(received["orders"], "Sum=8 Min=3 ");
  EXPECT_EQ(reporter->counters().delivered, 2u);
}

TEST_F(PropertyReporterTest, WhatMayHaveArrivedIsNotSentTwice) {
  answer = -1;
  make("orders", {sum}).report(5);
  pass_an_interval();
  EXPECT_EQ(reporter->counters().failed, 1u);
  answer = 0;
  received.clear();
  pass_an_interval();
  EXPECT_EQ(received["orders"], "Sum=0 ");
  expect_sum(reporter->counters());
}

TEST_F(PropertyReporterTest, ClosingReportsOnceMoreAndHasAnEnd) {
  make("orders", {sum}).report(5);
  finish(reporter->close());
  closed = true;
  EXPECT_EQ(received["orders"], "Sum=5 ");
  expect_sum(reporter->counters());
}

TEST_F(PropertyReporterTest, WhatNobodyTookAtTheEndIsCounted) {
  stop_server();
  make("orders", {sum}).report(5);
  pass_an_interval();
  EXPECT_EQ(reporter->counters().pending, 1u);
  finish(reporter->close(milliseconds(100)));
  closed = true;
  EXPECT_EQ(reporter->counters().failed, 1u);
  expect_sum(reporter->counters());
}

}  // namespace
}  // namespace tarsier::application
