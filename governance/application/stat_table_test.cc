#include "governance/application/stat_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "protocol/tars/writer.h"
#include "transport/base/bytes.h"

namespace tarsier::application {
namespace {

struct Call {
  StatOutcome outcome;
  std::int64_t ms;
};

std::vector<Call> some_calls() {
  return *rc::gen::container<std::vector<Call>>(
      rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 6),
                                 rc::gen::oneOf(rc::gen::inRange<std::int64_t>(-5, 6'000),
                                                rc::gen::element<std::int64_t>(
                                                    0, 4, 5, 2'999, 3'000, std::int64_t{1} << 40))),
                   [](const auto& made) {
                     const auto outcome = made.first < 2 ? static_cast<StatOutcome>(made.first + 1)
                                                         : StatOutcome::success;
                     return Call{outcome, made.second};
                   }));
}

StatBody body_of(const std::vector<Call>& calls) {
  StatBody body;
  for (const Call& call : calls) add_call(body, call.outcome, call.ms);
  return body;
}

TEST(StatBody, CountsByOutcomeAndTime) {
  const StatBody body = body_of({{StatOutcome::success, 4},
                                 {StatOutcome::success, 5},
                                 {StatOutcome::success, 2'999},
                                 {StatOutcome::success, 3'000},
                                 {StatOutcome::timeout, 1},
                                 {StatOutcome::failure, 1}});
  EXPECT_EQ(body.count, 4);
  EXPECT_EQ(body.timeoutCount, 1);
  EXPECT_EQ(body.execCount, 1);
  EXPECT_EQ(body.totalRspTime, 6'008);
  EXPECT_EQ(body.minRspTime, 4);
  EXPECT_EQ(body.maxRspTime, 3'000);
  const std::map<std::int32_t, std::int32_t> expected = {
      {5, 1}, {10, 1}, {50, 0}, {100, 0}, {200, 0}, {500, 0}, {1000, 0}, {2000, 0}, {3000, 1}};
  EXPECT_EQ(body.intervalCount, expected) << "t < bin; 3 s and failures are in none";
}

TEST(StatBody, OutcomesFollowTheCode) {
  EXPECT_EQ(client_outcome(Code::ok), StatOutcome::success);
  EXPECT_EQ(client_outcome(Code::timeout), StatOutcome::timeout);
  EXPECT_EQ(client_outcome(Code::queue_timeout), StatOutcome::failure);
  EXPECT_EQ(client_outcome(Code::application), StatOutcome::failure);
  EXPECT_EQ(server_outcome(Code::queue_timeout), StatOutcome::timeout);
  EXPECT_EQ(server_outcome(Code::application), StatOutcome::failure) << "iRet 1 is no timeout";
}

// Against sorting and counting the whole list.
RC_GTEST_PROP(StatBody, IsWhatTheListOfCallsSays, ()) {
  const std::vector<Call> calls = some_calls();
  const StatBody body = body_of(calls);
  std::vector<std::int64_t> times;
  std::int32_t timeouts = 0;
  for (const Call& call : calls) {
    timeouts += call.outcome == StatOutcome::timeout ? 1 : 0;
    if (call.outcome == StatOutcome::success)
      times.push_back(std::clamp<std::int64_t>(call.ms, 0, INT32_MAX));
  }
  std::sort(times.begin(), times.end());
  RC_ASSERT(calls_of(body) == calls.size());
  RC_ASSERT(static_cast<std::size_t>(body.count) == times.size());
  RC_ASSERT(body.timeoutCount == timeouts);
  RC_ASSERT(body.minRspTime == (times.empty() ? 0 : times.front()));
  RC_ASSERT(body.maxRspTime == (times.empty() ? 0 : times.back()));
  std::int64_t total = 0;
  for (const std::int64_t time : times) total += time;
  RC_ASSERT(body.totalRspTime == total);
  std::int32_t below = 0;
  for (const auto& [bin, count] : body.intervalCount) {
    const std::int32_t bound = bin;
    below += count;
    RC_ASSERT(below == std::count_if(times.begin(), times.end(),
                                     [bound](std::int64_t time) { return time < bound; }));
  }
}

// Reports that are combined say what one report of all calls would have said.
RC_GTEST_PROP(StatBody, MergingIsAddingAllCalls, ()) {
  const std::vector<Call> a = some_calls();
  const std::vector<Call> b = some_calls();
  const std::vector<Call> c = some_calls();
  std::vector<Call> all = a;
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), c.begin(), c.end());
  StatBody left = body_of(a);
  merge(left, body_of(b));
  merge(left, body_of(c));
  StatBody right = body_of(c);
  merge(right, body_of(b));
  merge(right, body_of(a));
  RC_ASSERT(left == body_of(all));
  RC_ASSERT(right == left);
}

TEST(StatBody, CountsStopAtTheirLargestValue) {
  StatBody body = body_of({{StatOutcome::success, 1}});
  body.count = body.timeoutCount = INT32_MAX;
  body.totalRspTime = INT64_MAX;
  body.intervalCount[5] = INT32_MAX;
  add_call(body, StatOutcome::success, 1);
  add_call(body, StatOutcome::timeout, 1);
  const StatBody same = body;
  merge(body, same);
  EXPECT_EQ(body.count, INT32_MAX);
  EXPECT_EQ(body.timeoutCount, INT32_MAX);
  EXPECT_EQ(body.totalRspTime, INT64_MAX);
  EXPECT_EQ(body.intervalCount[5], INT32_MAX);
}

Identity someone() {
  Identity identity;
  identity.app = "App";
  identity.server = "Srv";
  identity.node_name = "node-1";
  identity.runtime_version = "0.1";
  return identity;
}

TEST(StatHead, AClientNamesItselfAndWhomItCalls) {
  const StatCallee callee{.object = "Shop.Cart.CartObj",
                          .function = "add",
                          .host = "10.0.0.9",
                          .port = 10'001,
                          .set_division = "shop.south.2"};
  const StatHead head = client_head(someone(), callee);
  EXPECT_EQ(head.masterName, "App.Srv@0.1");
  EXPECT_EQ(head.slaveName, "Shop.Cart.shopsouth2");
  EXPECT_EQ(head.interfaceName, "add");
  EXPECT_EQ(head.masterIp, "node-1");
  EXPECT_EQ(head.slaveIp, "10.0.0.9");
  EXPECT_EQ(head.slavePort, 10'001);
  EXPECT_EQ(head.returnValue, 0);
  EXPECT_EQ(head.slaveSetName, "shop");
  EXPECT_EQ(head.slaveSetArea, "south");
  EXPECT_EQ(head.slaveSetID, "2");
  EXPECT_EQ(head.tarsVersion, "");
}

TEST(StatHead, AServerReportsAsStatFromServer) {
  Identity identity = someone();
  identity.set_division = "shop.south.2";
  const StatHead head = server_head(identity, "add", "10.0.0.1");
  EXPECT_EQ(head.masterName, "stat_from_server");
  EXPECT_EQ(head.slaveName, "App.Srv.shopsouth2");
  EXPECT_EQ(head.masterIp, "10.0.0.1");
  EXPECT_EQ(head.slavePort, 0);
  EXPECT_EQ(head.slaveSetArea, "south");
  EXPECT_EQ(client_head(identity, {.object = "Plain"}).masterName, "App.Srv.shopsouth2@0.1");
}

TEST(StatHead, NamesAreCut) {
  Identity identity = someone();
  identity.app = std::string(200, 'a');
  const std::string function(200, 'f');
  const std::string host(200, 'h');
  const StatHead head =
      client_head(identity, {.object = "A.B.C", .function = function, .host = host});
  EXPECT_EQ(head.masterName.size(), 127u);
  EXPECT_EQ(head.interfaceName.size(), 127u);
  EXPECT_EQ(head.slaveIp.size(), 50u);
}

StatHead some_head() {
  StatHead head;
  const auto word = [](int most) {
    return std::string(*rc::gen::inRange<std::size_t>(0, static_cast<std::size_t>(most)), 'x');
  };
  head.masterName = word(127);
  head.slaveName = word(127);
  head.interfaceName = word(127) + std::to_string(*rc::gen::inRange(0, 1000));
  head.slaveIp = word(50);
  head.slavePort = *rc::gen::inRange(0, 65'536);
  head.slaveSetName = word(5);
  return head;
}

RC_GTEST_PROP(StatSplit, LosesNothingAndKeepsTheSize, ()) {
  StatMap entries;
  const auto count = *rc::gen::inRange(0, 30);
  for (int i = 0; i < count; ++i) entries[some_head()] = body_of(some_calls());
  const auto bytes_max = *rc::gen::inRange<std::size_t>(0, 1'400);
  StatMap together;
  for (const StatMap& message : split(entries, bytes_max)) {
    RC_ASSERT(!message.empty());
    std::size_t bytes = 0;
    for (const auto& [head, body] : message) bytes += report_bytes(head);
    RC_ASSERT(bytes <= bytes_max || message.size() == 1);
    for (const auto& entry : message) RC_ASSERT(together.insert(entry).second);
  }
  RC_ASSERT(together == entries);
}

// What is computed from names alone is enough for the numbers too.
RC_GTEST_PROP(StatSplit, AnEntryTakesNoMoreThanIsReckoned, ()) {
  const StatHead head = some_head();
  StatBody body = body_of(some_calls());
  const auto millions = *rc::gen::element(1, 40'000, INT32_MAX);
  body.count = millions;
  body.totalRspTime = std::int64_t{millions} * INT32_MAX;
  body.timeoutCount = body.execCount = body.maxRspTime = body.minRspTime = millions;
  for (auto& [bin, calls] : body.intervalCount) calls = millions;
  ByteBuffer bytes;
  tars::Writer writer(bytes);
  writer.write(0, StatMap{{head, body}});
  RC_ASSERT(writer.finish().ok());
  RC_ASSERT(bytes.size() <= report_bytes(head));
}

TEST(StatTable, IsBounded) {
  StatTable table(2);
  StatHead head;
  for (const char* name : {"a", "b", "c", "a", "c"}) {
    head.interfaceName = name;
    table.add(head, StatOutcome::success, 1);
  }
  EXPECT_EQ(table.entries(), 2u);
  EXPECT_EQ(table.counters().full, 2u);
  EXPECT_EQ(table.counters().pending, 3u);
}

TEST(StatTable, ASlotIsGoodForOnePeriod) {
  StatTable table;
  StatSlot slot;
  int asked = 0;
  const auto head = [&] {
    ++asked;
    return StatHead();
  };
  for (int i = 0; i < 3; ++i) table.add(slot, head, StatOutcome::success, 1);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(table.take().begin()->second.count, 3);
  table.add(slot, head, StatOutcome::success, 1);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(table.take().begin()->second.count, 1) << "nothing went into the report that left";
}

// However reports fare, every call is somewhere.
RC_GTEST_PROP(StatTable, LosesNoCallUncounted, ()) {
  StatTable table(*rc::gen::inRange<std::size_t>(0, 5));
  std::vector<StatSlot> slots(8);
  std::vector<StatMap> under_way;
  std::uint64_t made = 0;
  const auto steps = *rc::gen::inRange(1, 80);
  for (int step = 0; step < steps; ++step) {
    const auto dice = *rc::gen::inRange(0, 10);
    if (dice == 0) {
      under_way.push_back(table.take());
    } else if (dice <= 3 && !under_way.empty()) {
      const StatMap report = under_way.back();
      under_way.pop_back();
      if (dice == 1) table.delivered(calls_of(report));
      if (dice == 2) table.failed(calls_of(report));
      if (dice == 3) table.put_back(report);
    } else {
      const auto which = *rc::gen::inRange<std::size_t>(0, slots.size());
      StatHead head;
      head.interfaceName = std::to_string(which);
      table.add(slots[which], [&] { return head; }, StatOutcome::success, 7);
      ++made;
    }
    const DeliveryCounters counters = table.counters();
    RC_ASSERT(counters.produced == made);
    std::uint64_t outside = 0;
    for (const StatMap& report : under_way) outside += calls_of(report);
    StatTable copy = table;
    RC_ASSERT(counters.pending == calls_of(copy.take()) + outside);
  }
}

}  // namespace
}  // namespace tarsier::application
