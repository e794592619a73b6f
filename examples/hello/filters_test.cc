// Filters around calls, and what a served call hands on to the calls it makes. docs/filters.md
// shows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "Hello_mock.h"
#include "sim/testing/served_world.h"

using namespace tarsier;
using namespace helloworld;
using ::testing::ElementsAre;
using ::testing::Return;

namespace {

// Says on every call who makes it.
void name_the_caller(ClientFilters& filters, std::string name) {
  filters.before([name](OutgoingCall& call) -> Result<> {
    call.options.context["caller"] = name;
    return {};
  });
}

// Notes every call that did not return 0, with the code that the caller gets.
void note_failures(ClientFilters& filters, std::vector<std::string>& log) {
  filters.after([&log](const OutgoingCall& call, const Result<tars::EncodedAnswer>& outcome) {
    if (!outcome) {
      log.push_back(std::string(call.object) + "." + call.function + " after " +
                    std::to_string(to_ms(call.elapsed)) + " ms: " + outcome.error().to_string());
    }
    return Result<>();
  });
}

// Sends a call once more if its server was too busy to run it.
void ask_busy_servers_twice(ClientFilters& filters) {
  filters.around([](OutgoingCall& call, NextCall next) -> Task<Result<tars::EncodedAnswer>> {
    auto outcome = co_await next(call);
    if (outcome || outcome.code() != Code::overload) co_return outcome;
    co_return co_await next(call);
  });
}

// Serves nobody who does not say who he is.
void refuse_the_nameless(ServerFilters& filters) {
  filters.around([](IncomingCall& call, NextServe next) -> Task<Result<tars::EncodedAnswer>> {
    if (call.context["caller"].empty()) co_return application_error(401, "say who you are");
    co_return co_await next(call);
  });
}

class Filters : public ::testing::Test {
 protected:
  // A client with filters, asked for the greeter.
  GreeterClient greeter_with(ClientFilters& filters) {
    const std::string object = world.serve_as("Test.Filters.GreeterObj", servant);
    ClientOptions options;
    options.filters = &filters;
    client = std::make_unique<Client>(world.env(), options);
    return client->proxy<GreeterClient>(object).value();
  }
  ~Filters() override {
    if (client) close();
  }
  void close() {
    auto closing = client->close();
    closing.start();
    world.world().run_until([&] { return closing.done(); }, std::chrono::seconds(10));
  }
  Result<GreeterApi::SayHelloResult> ask(GreeterClient greeter) {
    HelloRequest request;
    request.name = "Ann";
    return world.wait(greeter.SayHello(request));
  }

  MockGreeterSyncServant servant;
  ServedWorld world;
  std::unique_ptr<Client> client;
};

TEST_F(Filters, TheCallerIsNamedInEveryCall) {
  ClientFilters filters;
  name_the_caller(filters, "billing");
  const GreeterClient greeter = greeter_with(filters);
  EXPECT_CALL(servant, SayHello).WillOnce([](const HelloRequest&, ServerCall& call) {
    EXPECT_EQ(call.context().find("caller"), "billing");
    return Result<GreeterApi::SayHelloResult>(GreeterApi::SayHelloResult());
  });
  EXPECT_TRUE(ask(greeter).ok());
}

TEST_F(Filters, FailuresAreNoted) {
  ClientFilters filters;
  std::vector<std::string> log;
  note_failures(filters, log);
  const GreeterClient greeter = greeter_with(filters);
  EXPECT_CALL(servant, SayHello)
      .WillOnce(Return(GreeterApi::SayHelloResult()))
      .WillOnce(Return(application_error(1001, "no such name")));
  EXPECT_TRUE(ask(greeter).ok());
  EXPECT_FALSE(ask(greeter).ok());
  EXPECT_THAT(log, ElementsAre("Test.Filters.GreeterObj.SayHello after 0 ms: application (1001): "
                               "no such name"));
}

TEST_F(Filters, BusyServersAreAskedTwice) {
  ClientFilters filters;
  ask_busy_servers_twice(filters);
  const GreeterClient greeter = greeter_with(filters);
  EXPECT_CALL(servant, SayHello)
      .WillOnce(Return(Error(Code::overload)))
      .WillOnce(Return(GreeterApi::SayHelloResult()));
  EXPECT_TRUE(ask(greeter).ok());
}

TEST_F(Filters, TheNamelessAreRefused) {
  ServerFilters of_server;
  refuse_the_nameless(of_server);
  ServerOptions options;
  options.filters = &of_server;
  Server server(world.env(), options);
  ASSERT_TRUE(server.add_servant("Test.Guarded.GreeterObj", servant).ok());
  const std::string at = server.listen("tcp -h 127.0.0.1 -p 0")->to_string();
  const auto guarded = world.client().proxy<GreeterClient>("Test.Guarded.GreeterObj@" + at);
  EXPECT_CALL(servant, SayHello).WillOnce(Return(GreeterApi::SayHelloResult()));
  EXPECT_EQ(ask(*guarded).error().wire_code, 401);
  HelloRequest request;
  CallOptions named;
  named.context["caller"] = "billing";
  EXPECT_TRUE(world.wait(guarded->SayHello(request, named)).ok());
  auto stopping = server.stop();
  stopping.start();
  world.world().run_until([&] { return stopping.done(); }, std::chrono::seconds(10));
}

// Serves greetings by asking another greeter.
class Interpreter final : public GreeterServant {
 public:
  explicit Interpreter(GreeterClient other) : other_(other) {}

  Task<Result<GreeterApi::SayHelloResult>> SayHello(const HelloRequest& request,
                                                    ServerCall& call) override {
    const CallOptions options(call);  // its deadline, cookies, dye and trace
    auto answer = co_await other_.SayHello(request, options);
    if (answer) answer->resp.message += " (translated)";
    co_return answer;
  }

 private:
  GreeterClient other_;
};

TEST_F(Filters, ACallThatIsServedHandsItsTimeOn) {
  Interpreter interpreter(world.serve<GreeterClient>(servant));
  const auto greeter = world.serve<GreeterClient>(interpreter);
  EXPECT_CALL(servant, SayHello).WillOnce([](const HelloRequest&, ServerCall& call) {
    EXPECT_LE(call.request().timeout_ms, 200);
    EXPECT_EQ(call.status().find("user"), "7");
    return Result<GreeterApi::SayHelloResult>(GreeterApi::SayHelloResult());
  });
  HelloRequest request;
  CallOptions options;
  options.timeout = std::chrono::milliseconds(200);
  options.status["user"] = "7";  // a cookie: it goes wherever the call leads
  EXPECT_EQ(world.wait(greeter.SayHello(request, options))->resp.message, " (translated)");
}

}  // namespace
