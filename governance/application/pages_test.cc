#include "governance/application/pages.h"

#include <array>
#include <string>

#include "AdminF.h"
#include "governance/application/application_testing.h"
#include "governance/application/metrics_text.h"
#include "transport/stream.h"

namespace tarsier::application {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(MetricsText, IsWhatPrometheusReads) {
  MetricsText text;
  text.family("a_total", MetricsText::Type::counter, "Of \"things\"\nthat\\are.");
  text.sample({{"adapter", "a\"b\\c\nd"}, {"kind", "x"}}, 7);
  text.family("b", MetricsText::Type::gauge, "One.");
  text.sample({}, 1);
  EXPECT_EQ(text.text(),
            "# HELP a_total Of \"things\"\\nthat\\\\are.\n"
            "# TYPE a_total counter\n"
            "a_total{adapter=\"a\\\"b\\\\c\\nd\",kind=\"x\"} 7\n"
            "# HELP b One.\n"
            "# TYPE b gauge\n"
            "b 1\n");
}

class PagesTest : public ::testing::Test {
 protected:
  ~PagesTest() override { finish(client.close()); }

  template <class T>
  T finish(Task<T> task) {
    task.start();
    TARSIER_CHECK(world.run_until([&] { return task.done(); }), "the task ends within a minute");
    return task.take_result();
  }
  // What comes for these bytes, until the end.
  Task<std::string> exchange(std::string request) {
    const TimePoint soon = world.env().clock.now() + seconds(5);
    auto connecting = connect(world.env().transport, *app->admin_endpoint(), soon);
    auto connected = co_await connecting;
    if (!connected) co_return connected.error().to_string();
    Connection& connection = **connected;
    if (!request.empty()) connection.send(Bytes::copy_of(request));
    std::string all;
    std::array<std::byte, 1000> buffer;
    for (;;) {
      auto reading = read(connection, buffer);
      const Result<std::size_t> came = co_await reading;
      if (!came || *came == 0) break;
      all.append(reinterpret_cast<const char*>(buffer.data()), *came);
    }
    connection.close();
    co_return all;
  }
  std::string get(const std::string& path, const std::string& fields = "") {
    return finish(exchange("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"));
  }

  memory::World world;
  Client client{world.env()};
  RunningApplication app{
      world, config_text("EchoServer", "local=tcp -h 127.0.0.1 -p 0 -t 10000\n" +
                                           adapter_text("EchoServer", "EchoObj", anywhere,
                                                        "secretkey=hush\naccesskey=me"))};
};

TEST_F(PagesTest, EveryPageThatIsListedIsThere) {
  const std::string list = get("/");
  ASSERT_THAT(list, StartsWith("HTTP/1.1 200 OK\r\n"));
  for (const char* path :
       {"/-/health", "/-/ready", "/-/status", "/-/vars", "/metrics", "/-/connections", "/-/config",
        "/-/loglevel", "/-/threads", "/-/version", "/-/idl"}) {
    EXPECT_THAT(list, HasSubstr(std::string("\n") + path + "  "));
    EXPECT_THAT(get(path), StartsWith("HTTP/1.1 200 OK\r\n")) << path;
  }
  EXPECT_THAT(get("/-/idl"), HasSubstr("Demo.EchoServer.EchoObj  RpcTest.Echo\n"));
  EXPECT_THAT(get("/-/config"), Not(HasSubstr("hush")));
}

TEST_F(PagesTest, NumbersAreForPrometheus) {
  auto echo = client.proxy<RpcTest::EchoClient>(app.address()).value();
  ASSERT_TRUE(finish(echo.echo("x")).ok());
  const std::string metrics = get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(metrics, HasSubstr("\ntarsier_server_calls_total{adapter=\"EchoObjAdapter\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\ntarsier_serving 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\ntarsier_reports_dropped_total{kind=\"log\"} 0\n"));
  EXPECT_THAT(get("/-/vars"), Not(HasSubstr("# HELP")));
}

TEST_F(PagesTest, ABrowserGetsThemAsHtml) {
  const std::string page = get("/-/config", "Accept: text/html,*/*\r\n");
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page, HasSubstr("&lt;EchoObjAdapter&gt;"));
  EXPECT_THAT(page, HasSubstr("<a href=\"/-/status\">"));
}

TEST_F(PagesTest, WhatIsNoPageIsRefused) {
  EXPECT_THAT(get("/etc/passwd"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(finish(exchange("POST /-/loglevel HTTP/1.1\r\nContent-Length: 5\r\n\r\nDEBUG")),
              StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(finish(exchange("HELO there\r\n\r\n")), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(finish(exchange("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(PagesTest, ProgramsGetToTheCommandsOverTheSamePort) {
  auto admin =
      client.proxy<::tars::AdminFClient>("AdminObj@" + app->admin_endpoint()->to_string()).value();
  EXPECT_TRUE(finish(admin.getPid()).ok());
  EXPECT_THAT(get("/-/health"), HasSubstr("\r\n\r\nok\n"));
  EXPECT_TRUE(finish(admin.getPid()).ok());
}

TEST_F(PagesTest, AVisitorWhoSaysNothingIsShownOut) {
  auto silent = exchange("");
  silent.start();
  auto half = exchange("GET / HT");
  half.start();
  EXPECT_TRUE(world.run_until([&] { return silent.done() && half.done(); }, seconds(11)));
  EXPECT_EQ(silent.take_result(), "");
}

TEST_F(PagesTest, VisitorsDoNotKeepAServiceFromStopping) {
  auto silent = exchange("");
  silent.start();
  world.run_until_idle();
  app.stop();
  EXPECT_TRUE(app.ended()->ok());
  EXPECT_TRUE(world.run_until([&] { return silent.done(); }));
}

}  // namespace
}  // namespace tarsier::application
