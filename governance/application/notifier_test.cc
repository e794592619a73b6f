#include "governance/application/notifier.h"

#include <string>
#include <vector>

#include "NotifyF_mock.h"
#include "governance/application/report_testing.h"

namespace tarsier::application {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::NiceMock;
using Api = ::tars::NotifyApi;

class NotifierTest : public ReportTest {
 protected:
  NotifierTest() {
    proxy = serve<::tars::NotifyClient>("tars.tarsnotify.NotifyObj", servant);
    ON_CALL(servant, reportNotifyInfo)
        .WillByDefault([this](const ::tars::ReportInfo& info,
                              ServerCall& call) -> Result<Api::reportNotifyInfoResult> {
          EXPECT_EQ(call.context().find("node_name"), "node-1");
          if (error.code != Code::ok) return error;
          received.push_back(info);
          return Api::reportNotifyInfoResult();
        });
    error.code = Code::ok;
    notifier = std::make_unique<Notifier>(world.env(), proxy, identity);
  }
  ~NotifierTest() override {
    if (!closed) close();
  }
  void close(Duration patience = seconds(1)) {
    closed = true;
    finish(notifier->close(patience));
  }

  NiceMock<::tars::MockNotifySyncServant> servant;
  ::tars::NotifyClient proxy;
  std::unique_ptr<Notifier> notifier;
  std::vector<::tars::ReportInfo> received;
  Error error;
  bool closed = false;
};

TEST_F(NotifierTest, SaysWhoItIs) {
  notifier->report("restart");
  notifier->notify(NoticeLevel::error, "the stock is gone");
  world.run_until_idle();
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].eType, ::tars::REPORT);
  EXPECT_EQ(received[0].sApp, "App");
  EXPECT_EQ(received[0].sServer, "Srv");
  EXPECT_EQ(received[0].sSet, "shop.south.2");
  EXPECT_EQ(received[0].sContainer, "");
  EXPECT_EQ(received[0].sMessage, "restart");
  EXPECT_EQ(received[0].sThreadId, "0");
  EXPECT_EQ(received[0].sNodeName, "node-1");
  EXPECT_EQ(received[0].eLevel, ::tars::NOTIFYNORMAL);
  EXPECT_EQ(received[1].eType, ::tars::NOTIFY);
  EXPECT_EQ(received[1].eLevel, ::tars::NOTIFYERROR);
  EXPECT_EQ(notifier->counters().delivered, 2u);
}

TEST_F(NotifierTest, WhatCouldNotBeSentIsSentLaterInOrder) {
  error = Error(Code::overload, "busy");
  notifier->report("first");
  notifier->report("second");
  world.advance(seconds(10));
  EXPECT_EQ(notifier->counters().pending, 2u);
  EXPECT_EQ(world.log().count("the notify service does not take reports"), 1u) << "said once";
  error.code = Code::ok;
  world.advance(seconds(3));
  ASSERT_EQ(received.size(), 2u);
  EXPECT_EQ(received[0].sMessage, "first");
  EXPECT_EQ(world.log().count("answers again"), 1u);
  expect_sum(notifier->counters());
}

TEST_F(NotifierTest, OldNewsIsDropped) {
  stop_server();
  notifier->report("long ago");
  world.advance(seconds(30));
  EXPECT_EQ(notifier->counters().pending, 1u);
  world.advance(seconds(31));
  EXPECT_EQ(notifier->counters().failed, 1u);
  EXPECT_EQ(notifier->counters().pending, 0u);
}

TEST_F(NotifierTest, WhatIsRefusedIsNotRepeated) {
  error = Error(Code::no_space, "the table is full");
  notifier->report("x");
  world.run_until_idle();
  EXPECT_EQ(notifier->counters().failed, 1u);
}

TEST_F(NotifierTest, AFloodIsBoundedAndSoIsAMessage) {
  stop_server();
  for (int i = 0; i < 1'500; ++i) notifier->report("x");
  EXPECT_EQ(notifier->counters().pending, 1'000u);
  EXPECT_EQ(notifier->counters().full, 500u);
  close(milliseconds(10));
  EXPECT_EQ(notifier->counters().failed, 1'000u);
  expect_sum(notifier->counters());
}

TEST_F(NotifierTest, MessagesHaveALength) {
  notifier->report(std::string(100'000, 'x'));
  world.run_until_idle();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].sMessage.size(), 16u * 1024);
}

TEST_F(NotifierTest, TheLastWordWaitsForItsAnswer) {
  EXPECT_TRUE(finish(notifier->report_now("exit: no configuration")).ok());
  EXPECT_EQ(received.at(0).sMessage, "exit: no configuration");
  stop_server();
  auto silent = world.env().transport.listen(endpoint).value();
  const TimePoint before = world.loop().now();
  EXPECT_FALSE(finish(notifier->report_now("exit")).ok());
  EXPECT_LE(world.loop().now() - before, milliseconds(510));
  expect_sum(notifier->counters());
  silent->close();
}

TEST_F(NotifierTest, ClosingSendsWhatWaits) {
  notifier->report("stop");
  close();
  EXPECT_EQ(received.at(0).sMessage, "stop");
  EXPECT_FALSE(notifier->report("too late"));
  expect_sum(notifier->counters());
}

}  // namespace
}  // namespace tarsier::application
