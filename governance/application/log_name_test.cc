#include "governance/application/log_name.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "governance/application/local_time.h"

namespace tarsier::application {
namespace {

const LogPlace place{.log_path = "/data/log", .app = "App", .server = "Srv"};
constexpr std::int64_t afternoon = 1'767'281'625;  // 2026-01-01 15:33:45

std::string file_of(const TimeLogName& name) {
  return time_log_file(time_log_path(place, name), name, afternoon);
}

TEST(LogName, TimeLogsAreNamedAsUpstreamNamesThem) {
  EXPECT_EQ(file_of({}), "/data/log/App/Srv/App.Srv_20260101.log");
  EXPECT_EQ(file_of({.file = "orders"}), "/data/log/App/Srv/App.Srv_orders_20260101.log");
  EXPECT_EQ(file_of({.file = "orders", .format = "%Y-%m"}),
            "/data/log/App/Srv/App.Srv_orders_2026-01.log");
  EXPECT_EQ(file_of({.file = "o", .has_suffix = false, .has_app_prefix = false}),
            "/data/log/App/Srv/o_20260101");
  EXPECT_EQ(file_of({.has_app_prefix = false}), "/data/log/App/Srv/20260101.log");
  EXPECT_EQ(file_of({.file = "o", .concat = "."}), "/data/log/App/Srv/App.Srv.o.20260101.log");
  const LogPlace here{.log_path = "", .app = "A", .server = "S"};
  EXPECT_EQ(time_log_path(here, {.file = "x"}), "./A/S/A.S_x");
}

TEST(LogName, PeriodsBeginWhereTheirNamesSay) {
  const auto name = [](const char* type) {
    const TimeLogName timed{.file = "x", .period = parse_log_period(type).value()};
    return file_of(timed).substr(std::string("/data/log/App/Srv/App.Srv_x_").size());
  };
  EXPECT_EQ(name("hour"), "2026010115.log");
  EXPECT_EQ(name("2hour"), "2026010114.log");
  EXPECT_EQ(name("minute"), "202601011533.log");
  EXPECT_EQ(name("10minute"), "202601011530.log");
  EXPECT_EQ(name("7hour"), "2026010114.log");
  EXPECT_EQ(name("1day"), "20260101.log");
  EXPECT_EQ(name(""), "20260101.log");
}

TEST(LogName, WrongPeriodsAreRefusedWithWhatIsRight) {
  for (const char* wrong : {"0day", "3", "2weeks", "day2", "-1day", "25hour", "1441minute", " day",
                            "99999999999999999999day"}) {
    EXPECT_EQ(parse_log_period(wrong).code(), Code::malformed) << wrong;
    EXPECT_NE(parse_log_period(wrong).error().detail.find("1day"), std::string::npos);
  }
}

RC_GTEST_PROP(LogPeriod, EveryMomentLiesInItsPeriod, ()) {
  LogPeriod period;
  period.unit =
      *rc::gen::element(LogPeriod::Unit::day, LogPeriod::Unit::hour, LogPeriod::Unit::minute);
  period.every = *rc::gen::inRange(1, 25);
  RC_ASSERT(parse_log_period(period.to_string()).value() == period);
  const auto moment = *rc::gen::inRange<std::int64_t>(-5'000'000'000, 5'000'000'000);
  const std::int64_t start = period.start(moment);
  RC_ASSERT(start <= moment && moment < start + period.seconds());
  RC_ASSERT(period.start(start) == start);
  const LocalTime begin = local_time(start);
  RC_ASSERT(begin.second == 0);
  if (period.unit == LogPeriod::Unit::day) RC_ASSERT(begin.hour == 0 && begin.minute == 0);
  if (period.unit == LogPeriod::Unit::hour)
    RC_ASSERT(begin.minute == 0 && begin.hour % period.every == 0);
}

TEST(LogName, KnowsWhatMayBePartOfAPath) {
  for (const char* good : {"a", "orders.conf", "..a", "a b"}) EXPECT_TRUE(is_file_name(good));
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("../x"),
        std::string("a\nb"), std::string("a\0b", 3), std::string(201, 'x')}) {
    EXPECT_FALSE(is_file_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace tarsier::application
