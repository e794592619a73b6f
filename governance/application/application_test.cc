#include "governance/application/application.h"

#include <map>
#include <string>
#include <vector>

#include "ConfigF_mock.h"
#include "NodeF_mock.h"
#include "NotifyF_mock.h"
#include "PropertyF_mock.h"
#include "StatF_mock.h"
#include "governance/application/application_testing.h"
#include "protocol/config/stock_testing.h"
#include "server/server.h"

namespace tarsier::application {
namespace {

using RpcTest::EchoClient;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::NiceMock;

TEST_F(ApplicationTest, ServesWhatItsConfigurationSays) {
  RunningApplication app(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)));
  ASSERT_TRUE(app->serving());
  EXPECT_EQ(echo(app.address(), "hello").value(), "hello");
  app.stop();
  ASSERT_TRUE(app.ended().has_value());
  EXPECT_TRUE(app.ended()->ok());
  const std::string log = file_text("/log/Demo/EchoServer/Demo.EchoServer.log");
  EXPECT_THAT(log, HasSubstr("Demo.EchoServer.EchoObj is served at tcp -h 127.0.0.1"));
  EXPECT_THAT(log, HasSubstr("stops: the test is over")) << "written before the end";
}

TEST_F(ApplicationTest, AnAdapterAnswersForItsServantAlone) {
  const auto two = [](Application& app) -> Task<Result<>> {
    auto added = app.add_servant<EchoServant>("EchoObj");
    if (added) added = app.add_servant<EchoServant>("Demo.EchoServer.OtherObj");
    co_return added;
  };
  RunningApplication app(
      world,
      config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere) +
                                    adapter_text("EchoServer", "OtherObj", anywhere)),
      two);
  ASSERT_TRUE(app->serving());
  const auto at = app->endpoints();
  ASSERT_EQ(at.size(), 2u);
  const auto call = [&](const char* object, const Endpoint& endpoint) {
    return echo("Demo.EchoServer." + std::string(object) + "@" + endpoint.to_string(), "x").code();
  };
  EXPECT_EQ(call("EchoObj", at[0]), Code::ok);
  EXPECT_EQ(call("OtherObj", at[1]), Code::ok);
  EXPECT_EQ(call("OtherObj", at[0]), Code::no_servant);
  EXPECT_EQ(call("EchoObj", at[1]), Code::no_servant);
}

TEST_F(ApplicationTest, TheLimitsOfAnAdapterAreThoseOfTheFile) {
  RunningApplication app(
      world,
      config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere,
                                             "maxconns=1\norder=deny,allow\ndeny=10.*.*.*")));
  ASSERT_TRUE(app->serving());
  EXPECT_EQ(echo(app.address(), "hello").code(), Code::ok);
  Client second(world.env());
  auto proxy = second.proxy<EchoClient>(app.address()).value();
  EXPECT_FALSE(finish(proxy.echo("one too many")).ok());
  finish(second.close());
  EXPECT_GE(app->home().adapters()[0]->server.counters().refused_connections_max, 1u);
}

TEST_F(ApplicationTest, AnAdapterAndAServantThatMissEachOtherEndIt) {
  const auto nothing = [](Application&) -> Task<Result<>> { co_return Result<>(); };
  const std::string config =
      config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere));
  RunningApplication without(world, config, nothing);
  ASSERT_TRUE(without.ended().has_value());
  EXPECT_EQ(without.ended()->error().detail,
            "the adapter 'EchoObjAdapter' serves 'Demo.EchoServer.EchoObj', which was never added: "
            "call add_servant(\"EchoObj\", …) while the service is set up, or take the adapter out "
            "of the configuration");
  const auto one_more = [](Application& app) -> Task<Result<>> {
    auto added = app.add_servant<EchoServant>("EchoObj");
    if (added) added = app.add_servant<EchoServant>("LostObj");
    co_return added;
  };
  RunningApplication lost(world, config, one_more);
  ASSERT_TRUE(lost.ended().has_value());
  EXPECT_EQ(
      lost.ended()->error().detail,
      "the servant 'Demo.EchoServer.LostObj' was added, and no adapter of the configuration "
      "serves it (it has 'EchoObjAdapter' for 'Demo.EchoServer.EchoObj'): give it an adapter, "
      "or do not add it");
  EXPECT_EQ(lost.ended()->code(), Code::bad_config);
}

TEST_F(ApplicationTest, RefusesServantsThatAreNone) {
  std::vector<Code> codes;
  const auto odd = [&codes](Application& app) -> Task<Result<>> {
    codes.push_back(app.add_servant<EchoServant>("EchoObj").code());
    codes.push_back(app.add_servant<EchoServant>("EchoObj").code());
    codes.push_back(app.add_servant<EchoServant>("Other#1").code());
    co_return Result<>();
  };
  RunningApplication app(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)), odd);
  EXPECT_EQ(codes, (std::vector<Code>{Code::ok, Code::exists, Code::malformed}));
  EXPECT_TRUE(app->serving());
}

TEST_F(ApplicationTest, APlaceThatIsTakenIsNamed) {
  const std::string text =
      adapter_text("EchoServer", "EchoObj", "tcp -h 127.0.0.1 -p 4000 -t 60000");
  RunningApplication first(world, config_text("EchoServer", text));
  RunningApplication second(world, config_text("EchoServer", text));
  ASSERT_TRUE(second.ended().has_value());
  EXPECT_EQ(second.ended()->code(), Code::address_in_use);
  EXPECT_THAT(second.ended()->error().detail,
              HasSubstr("the adapter 'EchoObjAdapter' cannot listen at tcp -h 127.0.0.1 -p 4000"));
  EXPECT_EQ(echo(first.address(), "still there").value(), "still there");
}

TEST_F(ApplicationTest, WhatIsNotServedYetIsSaid) {
  const auto setup = [](Application& app) -> Task<Result<>> {
    co_return app.add_servant<EchoServant>("EchoObj");
  };
  RunningApplication app(world,
                         config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere,
                                                                "protocol=not_tars")),
                         setup);
  ASSERT_TRUE(app.ended().has_value());
  EXPECT_EQ(app.ended()->code(), Code::unsupported);
}

// No global state: they share a process, a loop, and nothing else.
TEST_F(ApplicationTest, TwoInOneProcess) {
  RunningApplication one(world, config_text("One", adapter_text("One", "EchoObj", anywhere)));
  RunningApplication two(world, config_text("Two", adapter_text("Two", "EchoObj", anywhere)));
  EXPECT_EQ(echo(one.address(), "1").value(), "1");
  EXPECT_EQ(echo(two.address(), "2").value(), "2");
  one.stop();
  EXPECT_EQ(echo(two.address(), "2").value(), "2");
}

TEST_F(ApplicationTest, ListensWhenTheServiceSaysSo) {
  RunningApplication app(
      world, config_text("EchoServer", "manuallisten=1\n" + adapter_text("EchoServer", "EchoObj",
                                                                         "tcp -h 127.0.0.1 -p 4000"
                                                                         " -t 60000")));
  ASSERT_TRUE(app->serving());
  const std::string object = "Demo.EchoServer.EchoObj@tcp -h 127.0.0.1 -p 4000";
  EXPECT_EQ(echo(object, "too early").code(), Code::connect);
  world.advance(seconds(2));  // after a refusal the client lets some time pass
  ASSERT_TRUE(finish(app->listen()).ok());
  EXPECT_EQ(echo(object, "now").value(), "now");
}

// ------------------------------------------------------------------------------------ its end

TEST_F(ApplicationTest, CallsUnderWayEndBeforeItDoes) {
  RunningApplication app(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)));
  auto proxy = client.proxy<EchoClient>(app.address()).value();
  auto call = proxy.slow("patience", 1500);
  world.advance(milliseconds(100));
  app->ask_stop("enough");
  EXPECT_EQ(finish(std::move(call)).value().ret, "patience");
  EXPECT_TRUE(world.run_until([&] { return app.ended().has_value(); }, seconds(1)));
}

TEST_F(ApplicationTest, ItEndsInTheTimeThatTheNodeGives) {
  RunningApplication app(
      world, config_text("EchoServer", "deactivating-timeout=3000\n" +
                                           adapter_text("EchoServer", "EchoObj", anywhere)));
  auto proxy = client.proxy<EchoClient>(app.address()).value();
  auto call = proxy.slow("too long", 6'000);
  world.advance(milliseconds(100));
  app->ask_stop("enough");
  EXPECT_FALSE(world.run_until([&] { return app.ended().has_value(); }, milliseconds(2400)));
  EXPECT_TRUE(world.run_until([&] { return app.ended().has_value(); }, milliseconds(600)));
  EXPECT_EQ(finish(std::move(call)).code(), Code::closed);
  world.advance(seconds(10));  // the coroutine of the servant ends, unheard
}

TEST_F(ApplicationTest, AsksPeersToGoElsewhere) {
  RunningApplication app(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)));
  EXPECT_EQ(echo(app.address(), "hello").code(), Code::ok);
  app.stop();
  EXPECT_EQ(client.counters().reconnects_asked, 1u);
}

TEST_F(ApplicationTest, WorkOfTheServiceEndsBeforeItsServants) {
  std::string order;
  const auto setup = [&order](Application& app) -> Task<Result<>> {
    Application* const self = &app;
    app.at_stop([self, &order]() -> Task<void> {
      order += self->serving() ? "served " : "ended ";
      co_return;
    });
    co_return app.add_servant<EchoServant>("EchoObj");
  };
  RunningApplication app(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)), setup);
  app.stop();
  EXPECT_EQ(order, "ended ");
}

TEST_F(ApplicationTest, AStopThatComesWhileItStartsIsHeard) {
  const auto slow = [](Application& app) -> Task<Result<>> {
    SleepUntil pause(app.env().timers, app.env().clock.now() + seconds(5));
    co_await pause;
    co_return app.add_servant<EchoServant>("EchoObj");
  };
  RunningApplication app(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)), slow);
  EXPECT_FALSE(app->serving());
  app->ask_stop("changed my mind");
  EXPECT_TRUE(world.run_until([&] { return app.ended().has_value(); }, seconds(10)));
  EXPECT_TRUE(app.ended()->ok());
}

TEST_F(ApplicationTest, LogsAreOpenedByNameAgain) {
  RunningApplication app(
      world, config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)));
  const std::string path = "/log/Demo/EchoServer/Demo.EchoServer.log";
  world.advance(seconds(1));
  ASSERT_TRUE(world.files().rename(path, "/log/old.log").ok());
  app->reopen_logs();
  TARSIER_LOG(app->log(), info, "test", "a new file");
  world.advance(seconds(1));
  EXPECT_THAT(file_text(path), HasSubstr("a new file"));
  EXPECT_THAT(file_text("/log/old.log"), testing::Not(HasSubstr("a new file")));
}

// ----------------------------------------------------------------------------- the platform

// The services of a platform, at one address.
class Platform {
 public:
  explicit Platform(memory::World& world) : world_(world), server_(world.env()) {
    server_.add_servant("tars.tarsnode.ServerObj", node).value();
    server_.add_servant("tars.tarsnotify.NotifyObj", notify).value();
    server_.add_servant("tars.tarsconfig.ConfigObj", config).value();
    server_.add_servant("tars.tarsstat.StatObj", stat).value();
    server_.add_servant("tars.tarsproperty.PropertyObj", property).value();
    at_ = server_.listen("tcp -h 127.0.0.1 -p 0 -t 60000").value().to_string();
    ON_CALL(notify, reportNotifyInfo).WillByDefault([this](const ::tars::ReportInfo& info, auto&) {
      notices.push_back(info.sMessage);
      return ::tars::NotifyApi::reportNotifyInfoResult();
    });
    ON_CALL(config, loadConfig).WillByDefault([](auto&, auto&, auto& file, auto&) {
      ::tars::ConfigApi::loadConfigResult result;
      result.config = "content of " + file;
      return result;
    });
  }
  ~Platform() {
    auto stopping = server_.stop();
    stopping.start();
    EXPECT_TRUE(world_.run_until([&] { return stopping.done(); }));
  }
  std::string in_server() const {
    return "node=tars.tarsnode.ServerObj@" + at_ + "\nnotify=tars.tarsnotify.NotifyObj@" + at_ +
           "\nconfig=tars.tarsconfig.ConfigObj@" + at_ + "\n";
  }
  std::string in_client() const {
    return "stat=tars.tarsstat.StatObj@" + at_ + "\nproperty=tars.tarsproperty.PropertyObj@" + at_ +
           "\n";
  }

  NiceMock<::tars::MockServerFSyncServant> node;
  NiceMock<::tars::MockNotifySyncServant> notify;
  NiceMock<::tars::MockConfigSyncServant> config;
  NiceMock<::tars::MockStatFSyncServant> stat;
  NiceMock<::tars::MockPropertyFSyncServant> property;
  std::vector<std::string> notices;

 private:
  memory::World& world_;
  Server server_;
  std::string at_;
};

class ApplicationOnPlatform : public ApplicationTest {
 protected:
  std::string config() const {
    return config_text("EchoServer",
                       platform.in_server() + adapter_text("EchoServer", "EchoObj", anywhere),
                       platform.in_client());
  }
  ApplicationOnPlatform() { world.files().make_directory("/base").value(); }
  Platform platform{world};
};

TEST_F(ApplicationOnPlatform, TheNodeHearsThatItStartsAndThatItLives) {
  ApplicationOptions options;
  options.version = "1.2.3";
  options.pid = 4711;
  std::vector<std::string> heard;
  ON_CALL(platform.node, keepActiving).WillByDefault([&](const ::tars::ServerInfo& info, auto&) {
    heard.push_back("starts " + std::to_string(info.pid));
    return ::tars::ServerFApi::keepActivingResult();
  });
  ON_CALL(platform.node, keepAlive).WillByDefault([&](const ::tars::ServerInfo& info, auto&) {
    heard.push_back("lives " + info.adapter);
    return ::tars::ServerFApi::keepAliveResult();
  });
  ON_CALL(platform.node, reportVersion).WillByDefault([&](auto&, auto& name, auto& version, auto&) {
    heard.push_back(name + " " + version);
    return ::tars::ServerFApi::reportVersionResult();
  });
  const auto slow = [](Application& app) -> Task<Result<>> {
    SleepUntil pause(app.env().timers, app.env().clock.now() + seconds(7));
    co_await pause;
    co_return app.add_servant<EchoServant>("EchoObj");
  };
  RunningApplication app(world, config(), slow, options);
  world.advance(seconds(8));
  EXPECT_EQ(heard,
            (std::vector<std::string>{"starts 4711", "starts 4711", "EchoServer 1.2.3", "lives ",
                                      "lives AdminAdapter", "lives EchoObjAdapter"}));
  app.stop();
  EXPECT_EQ(platform.notices, (std::vector<std::string>{"restart", "stop"}));
}

TEST_F(ApplicationOnPlatform, AFailureToStartIsNotified) {
  const auto nothing = [](Application&) -> Task<Result<>> { co_return Result<>(); };
  RunningApplication app(world, config(), nothing);
  EXPECT_TRUE(world.run_until([&] { return app.ended().has_value(); }));
  ASSERT_EQ(platform.notices.size(), 1u);
  EXPECT_THAT(platform.notices[0], HasSubstr("exit: the adapter 'EchoObjAdapter' serves "
                                             "'Demo.EchoServer.EchoObj', which was never added"));
}

TEST_F(ApplicationOnPlatform, SetupLoadsFilesOfTheConfigurationService) {
  std::string path;
  const auto setup = [&path](Application& app) -> Task<Result<>> {
    auto loading = app.config_files().add_config("echo.conf");
    auto loaded = co_await loading;
    if (!loaded) co_return loaded.error();
    path = loaded->path;
    co_return app.add_servant<EchoServant>("EchoObj");
  };
  RunningApplication app(world, config(), setup);
  ASSERT_TRUE(world.run_until([&] { return app->serving(); }));
  EXPECT_EQ(file_text(path), "content of echo.conf");
  EXPECT_EQ(path, "/base/echo.conf");
  EXPECT_EQ(platform.notices[0], "[succ] get remote config:echo.conf");
}

TEST_F(ApplicationOnPlatform, CallsAreCountedAndReportedBeforeItEnds) {
  std::map<bool, std::uint64_t> calls;  // by who says so: the caller or the server
  ON_CALL(platform.stat, reportMicMsg)
      .WillByDefault([&](const StatMap& entries, bool from_client, auto&) {
        calls[from_client] += calls_of(entries);
        return ::tars::StatFApi::reportMicMsgResult();
      });
  RunningApplication app(world, config());
  EXPECT_EQ(echo(app.address(), "from outside").code(), Code::ok);
  auto own = app->proxy<EchoClient>(app.address()).value();
  EXPECT_TRUE(finish(own.echo("from inside")).ok());
  EXPECT_NE(app->reports().properties(), nullptr);
  app.stop();
  EXPECT_EQ(calls[true], 1u) << "its own calls to the platform are not counted";
  EXPECT_EQ(calls[false], 2u);
}

// Nothing that a platform's template says keeps a service from starting, though nobody is there.
TEST_F(ApplicationTest, StartsWithAPlatformThatIsAway) {
  const auto both = [](Application& app) -> Task<Result<>> {
    auto added = app.add_servant<EchoServant>("HelloObj");
    co_return added;
  };
  std::string text(config::stock_template);
  const std::string address = "10.0.0.7";
  for (std::size_t at = 0; (at = text.find(address, at)) != text.npos;)
    text.replace(at, address.size(), "127.0.0.1");
  const std::size_t web = text.find("<Demo.HelloServer.WebObjAdapter>");
  const std::string web_end = "</Demo.HelloServer.WebObjAdapter>";
  text.erase(web, text.find(web_end) + web_end.size() - web);
  RunningApplication app(world, text, both);
  EXPECT_TRUE(world.run_until([&] { return app->serving() || app.ended().has_value(); }));
  ASSERT_TRUE(app->serving()) << app.ended()->error().detail;
  world.advance(seconds(100));
  app.stop();
  EXPECT_TRUE(app.ended()->ok());
}

}  // namespace
}  // namespace tarsier::application
