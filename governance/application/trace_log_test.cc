#include "governance/application/trace_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "transport/memory/memory_world.h"

namespace tarsier::application {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Outcome = Result<tars::EncodedAnswer>;

// What is called or served: the test says how it ends.
template <class Filters, class Call>
class Ended final : public Filters::Operation {
 public:
  Task<Outcome> perform(Call& call) override {
    status = status_of(call);
    co_return outcome;
  }
  void ending(Call&) override {}
  void filter_failed(const Call&, const std::string&, const Error&) override {}

  Outcome outcome = tars::EncodedAnswer();
  tars::StringMap status;

 private:
  static tars::StringMap status_of(const OutgoingCall& call) { return call.options.status; }
  static tars::StringMap status_of(const IncomingCall& call) { return call.status; }
};
using Called = Ended<ClientFilters, OutgoingCall>;
using Served = Ended<ServerFilters, IncomingCall>;

class TraceLogTest : public ::testing::Test {
 protected:
  TraceLogTest() {
    identity.app = "App";
    identity.server = "Srv";
    log.add_to(of_client);
    log.add_to(of_server);
  }
  template <class Filters, class Call, class Operation>
  void run(Filters& filters, Call& call, Operation& operation) {
    auto task = filters.run(call, operation);
    task.start();
    ASSERT_TRUE(task.done());
    (void)task.take_result();
  }

  memory::World world;
  Identity identity;
  std::vector<std::string> lines;
  TraceLog log{world.env(), identity, [this](std::string_view line) { lines.emplace_back(line); }};
  ClientFilters of_client;
  ServerFilters of_server;
};

TEST_F(TraceLogTest, ACallIsTracedOnBothItsSides) {
  OutgoingCall call;
  call.object = "App.Other.Obj";
  call.function = "add";
  call.options.trace(trace::Span::root("0-t", "first"));
  Called called;
  run(of_client, call, called);
  const std::string key = called.status.at("STATUS_TRACE_KEY");
  EXPECT_THAT(key, StartsWith("0-t|"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0],
              AllOf(StartsWith(key + "|first|cs|App.Srv|App.Other.Obj|add|"), HasSubstr("|0||")));
  EXPECT_THAT(lines[1], StartsWith(key + "|first|cr|App.Srv|App.Other.Obj|add|"));

  IncomingCall served;
  served.function = "add";
  served.message_type = 0x100;
  served.status = called.status;
  Served operation;
  operation.outcome = Error(Code::overload, "busy");
  run(of_server, served, operation);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[2], StartsWith(key + "|*|sr||App.Srv|add|"));
  EXPECT_THAT(lines[3], AllOf(StartsWith(key + "|*|ss||App.Srv|add|"), HasSubstr("|-9||busy")));
}

TEST_F(TraceLogTest, FailuresHaveTheirCode) {
  Called called;
  const auto ret_of = [&](Error error) {
    OutgoingCall call;
    call.options.trace(trace::Span::root("0-t", "first"));
    called.outcome = std::move(error);
    run(of_client, call, called);
    return lines.back();
  };
  Error own(Code::application, "no such order");
  own.wire_code = 1001;
  EXPECT_THAT(ret_of(own), HasSubstr("|1001||no such order"));
  EXPECT_THAT(ret_of(Error(Code::timeout, "late")), HasSubstr("|-7||late"));
  EXPECT_THAT(ret_of(Error(Code::closed, "gone")), HasSubstr("|-99||gone"));
}

TEST_F(TraceLogTest, OthersAreLeftAlone) {
  OutgoingCall call;
  Called called;
  run(of_client, call, called);
  call.options.dye("10001");
  run(of_client, call, called);
  EXPECT_TRUE(called.status.empty());
  IncomingCall served;
  Served operation;
  run(of_server, served, operation);
  served.status["STATUS_TRACE_KEY"] = "f-t|a";
  run(of_server, served, operation);
  served.message_type = 0x100;
  served.status["STATUS_TRACE_KEY"] = "nonsense";
  run(of_server, served, operation);
  EXPECT_TRUE(lines.empty());
}

TEST_F(TraceLogTest, AOneWayCallIsOnlySent) {
  OutgoingCall call;
  call.one_way = true;
  call.options.trace(trace::Span::root("0-t", "first"));
  Called called;
  run(of_client, call, called);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("|cs|"));
}

}  // namespace
}  // namespace tarsier::application
