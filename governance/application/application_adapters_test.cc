#include <memory>
#include <string>
#include <vector>

#include "governance/application/application.h"
#include "governance/application/application_testing.h"

// What an application makes of its servants and of the adapters that its configuration gives them.
namespace tarsier::application {
namespace {

using RpcTest::EchoClient;
using testing::HasSubstr;

TEST_F(ApplicationTest, CallsPassThroughItsFilters) {
  std::vector<std::string> seen;
  ServerFilters of_server;
  of_server.before([&seen](IncomingCall& call) -> Result<> {
    seen.push_back("served " + call.function);
    return {};
  });
  ClientFilters of_client;
  of_client.before([&seen](OutgoingCall& call) -> Result<> {
    seen.push_back("called " + call.function);
    return {};
  });
  ApplicationOptions options;
  options.server_filters = &of_server;
  options.client_filters = &of_client;
  RunningApplication app(world,
                         config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere)),
                         add_echo, options);
  auto itself = app->proxy<EchoClient>(app.address()).value();
  EXPECT_EQ(finish(itself.echo("hello")).value().ret, "hello");
  EXPECT_EQ(seen, (std::vector<std::string>{"called echo", "served echo"}));
}

// Plain, as servants are that block.
class PlainEcho final : public Servant {
 public:
  std::string_view tars_interface() const override { return "RpcTest.Echo"; }
  void tars_dispatch(ServerCall& call) override {
    using Api = RpcTest::EchoApi;
    serve_sync<Api::echoArguments>(call, [](Api::echoArguments& in) -> Result<Api::echoResult> {
      Api::echoResult result;
      result.ret = in.text;
      return result;
    });
  }
};

TEST_F(ApplicationTest, AServantThatBlocksHasTheThreadsOfItsAdapter) {
  int made = 0;
  const auto setup = [&made](Application& app) -> Task<Result<>> {
    const auto make = [&made](ServantPlace&) {
      ++made;
      return std::make_unique<PlainEcho>();
    };
    co_return app.add_blocking_servant("EchoObj", make);
  };
  const std::string adapter =
      adapter_text("EchoServer", "EchoObj", anywhere, "threads=3\nqueuecap=100");
  {
    RunningApplication app(world, config_text("EchoServer", adapter), setup);
    ASSERT_TRUE(app->serving());
    EXPECT_EQ(made, 3);
    EXPECT_EQ(echo(app.address(), "on a thread").value(), "on a thread");
  }
  RunningApplication inlined(world, config_text("EchoServer", "opencoroutine=2\n" + adapter),
                             setup);
  ASSERT_TRUE(inlined->serving());
  EXPECT_EQ(made, 4) << "on the loop";
  EXPECT_EQ(echo(inlined.address(), "on the loop").value(), "on the loop");
}

TEST_F(ApplicationTest, AnAdapterAsksForTheKeysOfTheFile) {
  const std::string keys = "accesskey=me\nsecretkey=hush\n";
  RunningApplication app(
      world,
      config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere + " -e 1", keys),
                  "<Demo.EchoServer.EchoObj>\n" + keys + "</Demo.EchoServer.EchoObj>\n"));
  ASSERT_TRUE(app->serving()) << app.ended()->error().detail;
  auto own = app->proxy<EchoClient>(app.address());
  ASSERT_TRUE(own.ok()) << own.error().detail;
  EXPECT_EQ(finish(own->echo("with keys")).value().ret, "with keys");
  EXPECT_FALSE(client.proxy<EchoClient>(app.address()).ok()) << "this client has no keys";
  std::string without = app.address();
  without.resize(without.find(" -e 1"));
  EXPECT_FALSE(echo(without, "without").ok());
}

TEST_F(ApplicationTest, ACertificateThatIsNotThereEndsIt) {
  RunningApplication app(
      world, config_text("EchoServer",
                         adapter_text("EchoServer", "EchoObj", "ssl -h 127.0.0.1 -p 0 -t 60000",
                                      "cert=/nowhere/cert.pem\nkey=/nowhere/key.pem")));
  ASSERT_TRUE(app.ended().has_value());
  EXPECT_THAT(app.ended()->error().detail, HasSubstr("/nowhere/cert.pem"));
}

TEST_F(ApplicationTest, CallersOfAnotherSetAreRefused) {
  std::string text = config_text("EchoServer", adapter_text("EchoServer", "EchoObj", anywhere),
                                 "enableset=y\nsetdivision=shop.south.1\n");
  RunningApplication app(world, text);
  ASSERT_TRUE(app->serving());
  EXPECT_EQ(echo(app.address(), "of no set").code(), Code::ok);
  ClientOptions other;
  other.set_division = "shop.north.1";
  Client stranger(world.env(), other);
  auto proxy = stranger.proxy<EchoClient>(app.address()).value();
  EXPECT_EQ(finish(proxy.echo("x")).code(), Code::invalid_set);
  finish(stranger.close());
}

}  // namespace
}  // namespace tarsier::application
