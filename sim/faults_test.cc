#include "sim/faults.h"

#include "sim/nemesis.h"
#include "sim/scenario.h"

namespace tarsier::sim {
namespace {

TEST(Fault, IsOneLineOfText) {
  const std::string text =
      "500ms partition server1,server2 for 2.25s\n"
      "1.5s slow client1->server1 250 for 3s\n"
      "2s reset client1--server1\n"
      "3s kill server2 for 10us\n";
  const auto schedule = parse_fault_schedule("# comment\n\n" + text);
  ASSERT_TRUE(schedule.ok()) << schedule.error().detail;
  EXPECT_EQ(schedule->to_string(), text);
  EXPECT_EQ(schedule->faults[1].amount, 250);
  EXPECT_EQ(schedule->faults[0].duration, std::chrono::milliseconds(2250));
}

TEST(Fault, ErrorsSayWhatWouldBeRight) {
  const auto detail = [](std::string_view text) {
    return parse_fault_schedule(text).error().detail;
  };
  EXPECT_EQ(detail("\n1s partion a for 1s"),
            "line 2: no fault is called 'partion'; did you mean 'partition'?");
  EXPECT_EQ(detail("1 cut a->b for 1s"),
            "line 1: '1' is not a duration; write 1.5s, 250ms, 10us or 7ns");
  EXPECT_EQ(detail("1s cut a for 1s"), "line 1: cut needs a target like client1->server1, not 'a'");
  EXPECT_EQ(detail("1s cut a->b 1s"), "line 1: cut needs 'for <duration>', not '1s'");
  EXPECT_EQ(detail("1s datagram_loss a->b 1001 for 1s"),
            "line 1: datagram_loss needs a share of 0 to 1000 permille after its target, not "
            "'1001'");
  EXPECT_EQ(detail("1s reset a--b for 1s"), "line 1: 'for' is too much for reset");
}

TEST(Nemesis, NamesTheNearestNode) {
  World world(1);
  world.add_node("server1");
  Nemesis nemesis(world);
  const auto schedule = parse_fault_schedule("1s kill sevrer1 for 1s");
  EXPECT_EQ(nemesis.start(schedule.value()).error().detail,
            "'1s kill sevrer1 for 1s': the world has no node 'sevrer1'; did you mean 'server1'?");
}

RC_GTEST_PROP(FaultSchedule, WhatASwarmDrawsCanBeWrittenAndReadBack, (std::uint64_t seed)) {
  SwarmOptions options;
  options.servers = {"server1", "server2"};
  options.clients = {"client1"};
  const FaultSchedule schedule = draw_swarm(Random(seed), options);
  const auto read = parse_fault_schedule(schedule.to_string());
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == schedule);
}

RC_GTEST_PROP(Duration, IsWrittenAndReadBack, ()) {
  const auto ns = *rc::gen::resize(100, rc::gen::inRange<std::int64_t>(0, 100'000'000'000'000));
  const auto unit = *rc::gen::element<std::int64_t>(1, 1'000, 1'000'000, 1'000'000'000);
  const Duration duration(ns / unit * unit);
  RC_ASSERT(parse_duration(duration_text(duration)).value() == duration);
}

RC_GTEST_PROP(Duration, AnyTextIsReadOrRefused, (std::string text)) {
  (void)parse_duration(text);
  (void)parse_fault_schedule(text);
  (void)parse_sim_file(text);
}

TEST(SimFile, IsWrittenAndReadBack) {
  SimFile file;
  file.scenario = "echo";
  file.seed = 42;
  EXPECT_EQ(parse_sim_file(file.to_string()).value().to_string(), file.to_string());
  EXPECT_FALSE(parse_sim_file(file.to_string()).value().faults.has_value());
  file.faults = parse_fault_schedule("1s kill a for 1s\n").value();
  EXPECT_EQ(parse_sim_file(file.to_string()).value().to_string(), file.to_string());
}

TEST(SimFile, ErrorsSayWhatDiffers) {
  const auto detail = [](std::string_view text) { return parse_sim_file(text).error().detail; };
  EXPECT_EQ(detail("tarsier-sim 2\n"),
            "the first line is 'tarsier-sim 2'; this program reads files that begin with "
            "'tarsier-sim 1'");
  EXPECT_EQ(detail("tarsier-sim 1\nscenario x\nseed y\n"),
            "the third line must be 'seed <number>', not 'seed y'");
  EXPECT_EQ(detail("tarsier-sim 1\nscenario x\nseed 1\nfaults\nnow\n"),
            "after the line 'faults', line 1: 'now' is not a duration; write 1.5s, 250ms, 10us or "
            "7ns");
}

}  // namespace
}  // namespace tarsier::sim
