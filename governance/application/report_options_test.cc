#include "governance/application/report_options.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tarsier::application {
namespace {

using std::chrono::seconds;

TEST(ReportOptions, StayWithinTheBoundsOfTheConfiguration) {
  ReportOptions options;
  options.interval = seconds(1);
  options.timeout = seconds(1);
  options.message_bytes_max = 499;
  EXPECT_EQ(bounded(options).interval, seconds(10));
  EXPECT_EQ(bounded(options).timeout, seconds(5));
  EXPECT_EQ(bounded(options).message_bytes_max, 1'400u);
  options.interval = seconds(300);
  options.message_bytes_max = 500;
  EXPECT_EQ(bounded(options).interval, seconds(300));
  EXPECT_EQ(bounded(options).message_bytes_max, 500u);
  options.message_bytes_max = 1'401;
  EXPECT_EQ(bounded(options).message_bytes_max, 1'400u);
}

TEST(ReportOptions, ProcessesReportAtDifferentMoments) {
  const ReportOptions options;
  Random random(1);
  Duration earliest = seconds(1'000);
  Duration latest{};
  for (int i = 0; i < 1'000; ++i) {
    const Duration first = report_wait(options, random, true);
    earliest = std::min(earliest, first);
    latest = std::max(latest, first);
    EXPECT_LE(first, seconds(60));
    const Duration later = report_wait(options, random, false);
    EXPECT_GE(later, seconds(54));
    EXPECT_LE(later, seconds(66));
  }
  EXPECT_LT(earliest, seconds(6));
  EXPECT_GT(latest, seconds(54));
}

TEST(ReportOptions, OnlyWhatWasNotServedMayBeSentAgain) {
  for (const Code code : {Code::connect, Code::overload, Code::queue_timeout, Code::no_endpoint})
    EXPECT_TRUE(never_served(code)) << code_name(code);
  for (const Code code : {Code::timeout, Code::application, Code::closed, Code::server_decode})
    EXPECT_FALSE(never_served(code)) << code_name(code);
}

}  // namespace
}  // namespace tarsier::application
