// What a service answers its node: AdminObj on the endpoint `local`.
#include <string>

#include "AdminF.h"
#include "governance/application/application_testing.h"
#include "governance/application/platform_commands.h"

namespace tarsier::application {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class AdminTest : public ::testing::Test {
 protected:
  AdminTest() { begin(); }
  ~AdminTest() override {
    finish(client.close());
    app.reset();
  }

  void begin() {
    ApplicationOptions options;
    options.version = "1.2.3";
    options.pid = 4711;
    options.allow_cores = [](bool allowed) {
      return std::string(allowed ? "before: 0\nafter: unlimited" : "before: unlimited\nafter: 0");
    };
    const auto setup = [](Application& application) -> Task<Result<>> {
      auto added = application.add_servant<EchoServant>("EchoObj");
      const auto greet = [](std::string name) -> Task<std::string> { co_return "hello " + name; };
      if (added) added = application.add_command("greet", "NAME", greet);
      co_return added;
    };
    app = std::make_unique<RunningApplication>(
        world,
        config_text("EchoServer", "local=tcp -h 127.0.0.1 -p 0 -t 10000\n" +
                                      adapter_text("EchoServer", "EchoObj", anywhere,
                                                   "secretkey=hush\naccesskey=me")),
        setup, options);
    ASSERT_TRUE((*app)->serving());
    admin =
        client
            .proxy<::tars::AdminFClient>("AdminObj@" + (*app)->admin_endpoint().value().to_string())
            .value();
  }
  template <class T>
  T finish(Task<T> task) {
    task.start();
    TARSIER_CHECK(world.run_until([&] { return task.done(); }), "the task ends within a minute");
    return task.take_result();
  }
  std::string notify(const std::string& command) {
    const auto answer = finish(admin.notify(command));
    return answer ? answer->ret : answer.error().to_string();
  }
  static std::string own(const std::string& text) {
    return "[notify prefix object num:1]\n[1]:" + text + "\n";
  }

  memory::World world;
  Client client{world.env()};
  std::unique_ptr<RunningApplication> app;
  ::tars::AdminFClient admin;
};

TEST_F(AdminTest, TellsItsPidAndItsVersion) {
  EXPECT_EQ(finish(admin.getPid()).value().ret, 4711);
  EXPECT_EQ(notify("tars.viewversion"), own("$1.2.3$"));
  EXPECT_EQ(notify("tars.bid"), own("$Demo.EchoServer-1.2.3$"));
}

TEST_F(AdminTest, ShowsWhatItDoesAndNoSecrets) {
  const std::string status = notify("tars.viewstatus");
  EXPECT_THAT(status, HasSubstr("Demo.EchoServer 1.2.3 (Tarsier 0."));
  EXPECT_THAT(status, HasSubstr("[adapter:EchoObjAdapter] [servant:Demo.EchoServer.EchoObj]"));
  EXPECT_THAT(status, HasSubstr("      server=EchoServer\n"));
  EXPECT_THAT(status, HasSubstr("secretkey=***"));
  EXPECT_THAT(status, Not(HasSubstr("hush")));
}

TEST_F(AdminTest, ListsConnectionsOfItsAdapters) {
  auto echo = client.proxy<RpcTest::EchoClient>(app->address()).value();
  EXPECT_TRUE(finish(echo.echo("x")).ok());
  const std::string text = notify("tars.connection");
  EXPECT_THAT(text, HasSubstr("[adapter:EchoObjAdapter] [connections:1]\n"));
  EXPECT_THAT(text, HasSubstr("  127.0.0.1:"));
  EXPECT_THAT(notify("tars.resource"), HasSubstr("[calls in flight:0] [bytes buffered:"));
}

TEST_F(AdminTest, ALevelThatWasSetOutlivesTheService) {
  EXPECT_EQ(notify("tars.setloglevel ERROR"), own("set log level [ERROR] ok"));
  EXPECT_EQ((*app)->logs().level(), LogLevel::error);
  EXPECT_THAT(notify("tars.setloglevel LOUD"), HasSubstr("set log level [LOUD] error: "));
  app->stop();
  app.reset();
  RunningApplication again(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)));
  EXPECT_EQ(again->logs().level(), LogLevel::error);
}

TEST_F(AdminTest, WhereItPrintsIsSetForTheNextStart) {
  EXPECT_TRUE((*app)->closes_stdout());
  EXPECT_EQ(notify("tars.closecout no"), own("set closeCout [no] ok, from the next start on"));
  EXPECT_FALSE((*app)->closes_stdout());
}

TEST_F(AdminTest, SetsWhereATimeLogGoesAndWhetherThereAreCores) {
  EXPECT_EQ(notify("tars.enabledaylog local|orders|false"), own("set local|orders|false ok"));
  EXPECT_THAT(notify("tars.enabledaylog orders"), HasSubstr("usage: "));
  EXPECT_THAT(notify("tars.enabledaylog local|../x|true"), HasSubstr("error: "));
  EXPECT_EQ(notify("tars.closecore yes"), own("before: unlimited\nafter: 0"));
  EXPECT_THAT(notify("tars.closecore"), HasSubstr("usage: "));
}

TEST_F(AdminTest, DyesTheCallsOfAKey) {
  EXPECT_EQ(notify("tars.setdyeing 42 Demo.EchoServer.EchoObj echo"),
            own("set dyeing: key 42, servant Demo.EchoServer.EchoObj, function echo"));
  EXPECT_THAT(notify("tars.setdyeing 42 Demo.Other.Obj"), HasSubstr("no adapter of this service"));
  EXPECT_THAT(notify("tars.setdyeing"), Not(HasSubstr("set dyeing")));
}

TEST_F(AdminTest, WithoutAConfigurationServiceThereIsNoFile) {
  EXPECT_THAT(notify("tars.loadconfig echo.conf"), HasSubstr("echo.conf"));
  EXPECT_THAT(notify("tars.loadconfig ../echo.conf"), HasSubstr("no name of a configuration file"));
  EXPECT_THAT(notify("tars.loadconfig"), HasSubstr("which file?"));
}

TEST_F(AdminTest, EveryCommandOfTheSpecAnswers) {
  const std::string names = notify("tars.help");
  for (const char* name : {"tars.viewstatus", "tars.setloglevel", "tars.loadconfig",
                           "tars.connection", "tars.viewversion", "tars.bid", "tars.loadproperty",
                           "tars.help", "tars.setdyeing", "tars.closecout", "tars.enabledaylog",
                           "tars.closecore", "tars.reloadlocator", "tars.resource", "greet"}) {
    EXPECT_THAT(names, HasSubstr(std::string(name) + "\r\n"));
    EXPECT_THAT(notify(name), HasSubstr("[1]:")) << name;
  }
  EXPECT_THAT(notify("tars.loadproperty"), HasSubstr("sync-invoke-timeout:3000\r\n"));
}

TEST_F(AdminTest, CommandsOfTheServiceAreItsOwn) {
  EXPECT_EQ(notify("greet Ann and Ben"), "[notify servant object num:1]\n[1]:hello Ann and Ben\n");
  EXPECT_EQ(notify("grete Ann"), "");
}

TEST_F(AdminTest, ShutdownIsAnsweredAndThenItEnds) {
  EXPECT_TRUE(finish(admin.shutdown()).ok());
  EXPECT_TRUE(world.run_until([&] { return app->ended().has_value(); }, seconds(3)));
  EXPECT_TRUE(app->ended()->ok());
}

// Customers of a service do not get to its administration.
TEST_F(AdminTest, IsNotServedByAdapters) {
  const std::string at = (*app)->endpoints()[0].to_string();
  auto wrong = client.proxy<::tars::AdminFClient>("AdminObj@" + at).value();
  EXPECT_EQ(finish(wrong.shutdown()).code(), Code::no_servant);
  EXPECT_TRUE((*app)->serving());
}

}  // namespace
}  // namespace tarsier::application
