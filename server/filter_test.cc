#include "server/filter.h"

#include "server/rpc_testing.h"

// Filters of clients and of servers, in every world.
namespace tarsier::testing {
namespace {

using RpcTest::EchoApi;
using RpcTest::EchoClient;
using std::chrono::milliseconds;
using Outcome = Result<tars::EncodedAnswer>;
using Lines = std::vector<std::string>;

constexpr const char* plain_object = "Test.Rpc.PlainObj";
constexpr const char* later_object = "Test.Rpc.LaterObj";

// Answers at once; its context is what the caller's was.
class Plain final : public RpcTest::EchoSyncServant {
 public:
  using Api = EchoApi;
  Result<Api::echoResult> echo(const std::string& text, ServerCall& call) override {
    Api::echoResult result;
    result.ret = "plain " + text;
    call.set_reply_context(call.context().to_map());
    return result;
  }
  Result<Api::transformResult> transform(const RpcTest::Item&, std::int64_t, ServerCall&) override {
    return Api::transformResult();
  }
  Result<Api::slowResult> slow(const std::string&, std::int32_t, ServerCall&) override {
    return Api::slowResult();
  }
  Result<Api::failResult> fail(std::int32_t how, ServerCall&) override {
    if (how == 3) throw std::runtime_error("thrown plainly");
    return application_error(how, "plainly");
  }
  Result<Api::noteResult> note(const std::string& text, ServerCall&) override {
    notes.push_back(text);
    return Api::noteResult();
  }
  Result<Api::routeResult> route(const std::string&, const std::string&, ServerCall&) override {
    return Api::routeResult();
  }
  Result<Api::push_meResult> push_me(const std::string&, ServerCall&) override {
    return Api::push_meResult();
  }
  Result<Api::bigResult> big(std::int32_t, ServerCall&) override { return Api::bigResult(); }

  Lines notes;
};

// Answers when it is told to, or never.
class Later final : public RpcTest::EchoAsyncServant {
 public:
  using Api = EchoApi;
  void echo(const std::string&, Reply<Api::echoResult> reply) override {
    owed.push_back(std::move(reply));
  }
  void transform(const RpcTest::Item&, std::int64_t, Reply<Api::transformResult>) override {}
  void slow(const std::string&, std::int32_t, Reply<Api::slowResult>) override {}
  void fail(std::int32_t, Reply<Api::failResult>) override {}
  void note(const std::string&, Reply<Api::noteResult>) override {}
  void route(const std::string&, const std::string&, Reply<Api::routeResult>) override {}
  void push_me(const std::string&, Reply<Api::push_meResult>) override {}
  void big(std::int32_t, Reply<Api::bigResult>) override {}

  std::vector<Reply<Api::echoResult>> owed;
};

template <class W>
class Filter : public RpcFixture<W> {
 protected:
  ~Filter() override {
    later_servant.owed.clear();
    this->end();
  }
  // Filters are added by the test before.
  EchoClient start(const char* object = echo_object) {
    ServerOptions server_options;
    server_options.filters = &of_server;
    Server& server = this->start_server(server_options);
    EXPECT_TRUE(server.add_servant(plain_object, plain_servant).ok());
    EXPECT_TRUE(server.add_servant(later_object, later_servant).ok());
    return with_filters(object);
  }
  EchoClient with_filters(const char* object, ClientFilters* of_proxy = nullptr) {
    ClientOptions client_options;
    client_options.filters = &of_client;
    ProxyOptions proxy_options;
    proxy_options.filters = of_proxy;
    return this->client(client_options)
        .template proxy<EchoClient>(std::string(object) + "@" + this->endpoint.to_string(),
                                    proxy_options)
        .value();
  }
  // Notes every call on either side, and takes a turn of time on the way in.
  void note_calls() {
    of_client.around([this](OutgoingCall& call, NextCall next) -> Task<Outcome> {
      lines.push_back("client " + call.function);
      SleepUntil pause(this->env().timers, this->env().clock.now() + milliseconds(1));
      co_await pause;
      auto outcome = co_await next(call);
      lines.push_back("client got " + std::string(code_name(outcome.code())));
      co_return outcome;
    });
    of_server.around([this](IncomingCall& call, NextServe next) -> Task<Outcome> {
      lines.push_back("server " + call.function);
      SleepUntil pause(this->world.server().timers,
                       this->world.server().clock.now() + milliseconds(1));
      co_await pause;
      auto outcome = co_await next(call);
      lines.push_back("servant " + std::string(code_name(outcome.code())));
      co_return outcome;
    });
  }

  Plain plain_servant;
  Later later_servant;
  ClientFilters of_client;
  ServerFilters of_server;
  Lines lines;
};
using Worlds = ::testing::Types<InMemory, Simulated, OnEpoll>;
TYPED_TEST_SUITE(Filter, Worlds);

TYPED_TEST(Filter, CallsPassThroughThoseOfBothSides) {
  this->note_calls();
  const EchoClient echo = this->start();
  const auto answer = this->wait(echo.echo("x"));
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  EXPECT_EQ(answer->ret, "x");
  EXPECT_EQ(this->lines, (Lines{"client echo", "server echo", "servant ok", "client got ok"}));
  EXPECT_TRUE(this->run_until([&] { return this->server().calls_kept() == 0; }));
}

TYPED_TEST(Filter, ServantsOfEveryKindAreServed) {
  this->note_calls();
  const EchoClient slow = this->start();
  CallOptions options;
  options.context = {{"user", "7"}};
  ReplyInfo info;
  options.reply_info = &info;
  EXPECT_EQ(this->wait(slow.slow("x", 20, options))->ret, "x");
  EXPECT_EQ(this->wait(slow.fail(3)).error().detail, "the disk is on fire");
  EXPECT_EQ(this->wait(slow.fail(1)).error().wire_code, 1001);
  const EchoClient plain = this->with_filters(plain_object);
  EXPECT_EQ(this->wait(plain.echo("x", options))->ret, "plain x");
  EXPECT_EQ(info.context, options.context);
  EXPECT_EQ(this->wait(plain.fail(3)).error().detail, "thrown plainly");
  EXPECT_EQ(this->wait(plain.fail(7)).error().wire_code, 7);
  const EchoClient later = this->with_filters(later_object);
  std::optional<Result<EchoApi::echoResult>> answer;
  later.echo_callback("x", [&](Result<EchoApi::echoResult> result) { answer = std::move(result); });
  EXPECT_TRUE(this->run_until([&] { return this->later_servant.owed.size() == 1; }));
  EchoApi::echoResult result;
  result.ret = "later";
  this->later_servant.owed.front().send(result);
  EXPECT_TRUE(this->run_until([&] { return answer.has_value(); }));
  EXPECT_EQ((*answer)->ret, "later");
  EXPECT_THAT(this->wait(later.fail(1)).error().detail, ::testing::HasSubstr("without answering"));
  EXPECT_EQ(this->server().calls_kept(), 0u);
}

TYPED_TEST(Filter, EveryBodyFormatPasses) {
  this->note_calls();
  const EchoClient echo = this->start();
  for (const auto format : {tars::BodyFormat::tars, tars::BodyFormat::tup2, tars::BodyFormat::tup,
                            tars::BodyFormat::json}) {
    CallOptions options;
    options.format = format;
    EXPECT_EQ(this->wait(echo.echo("x", options))->ret, "x") << static_cast<int>(format);
    EXPECT_EQ(this->wait(echo.fail(1, options)).error().wire_code, 1001);
    EXPECT_TRUE(this->wait(echo.tars_ping(options)).ok());
  }
}

TYPED_TEST(Filter, EveryStyleOfCallPasses) {
  this->note_calls();
  const EchoClient echo = this->start();
  std::optional<std::string> called_back;
  echo.echo_callback("a",
                     [&](Result<EchoApi::echoResult> result) { called_back = result.value().ret; });
  auto future = echo.echo_future("b");
  echo.note_oneway("c");
  const auto is_ready = [&] {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  EXPECT_TRUE(this->run_until(
      [&] { return called_back && is_ready() && this->servant.notes.size() == 1; }));
  EXPECT_EQ(called_back, "a");
  EXPECT_EQ(future.get()->ret, "b");
  EXPECT_EQ(this->servant.notes, Lines{"c"});
}

TYPED_TEST(Filter, MayAddContextOnBothSides) {
  this->of_client.before([](OutgoingCall& call) -> Result<> {
    call.options.context["of the client"] = "1";
    return {};
  });
  this->of_server.before([](IncomingCall& call) -> Result<> {
    call.context["of the server"] = "2";
    return {};
  });
  const EchoClient plain = this->start(plain_object);
  ReplyInfo info;
  CallOptions options;
  options.context = {{"of the call", "0"}};
  options.reply_info = &info;
  ASSERT_TRUE(this->wait(plain.echo("x", options)).ok());
  EXPECT_EQ(
      info.context,
      (tars::StringMap{{"of the call", "0"}, {"of the client", "1"}, {"of the server", "2"}}));
}

TYPED_TEST(Filter, MayAnswerInsteadOfTheServant) {
  this->of_client.around([](OutgoingCall& call, NextCall next) -> Task<Outcome> {
    if (call.function != "echo") co_return co_await next(call);
    auto arguments = call.template read<EchoApi::echoArguments>();
    EchoApi::echoResult result;
    result.ret = "cached " + arguments.value().text;
    co_return tars::EncodedAnswer::of(call.options.format, result);
  });
  this->of_server.around([](IncomingCall& call, NextServe next) -> Task<Outcome> {
    if (call.context["token"] != "secret") co_return application_error(401, "who are you?");
    co_return co_await next(call);
  });
  const EchoClient echo = this->start();
  EXPECT_EQ(this->wait(echo.echo("x"))->ret, "cached x");
  EXPECT_EQ(this->client().counters().calls, 0u);
  EXPECT_EQ(this->wait(echo.slow("x", 1)).error().wire_code, 401);
  CallOptions options;
  options.context["token"] = "secret";
  EXPECT_EQ(this->wait(echo.slow("x", 1, options))->ret, "x");
}

TYPED_TEST(Filter, MayRepeatACall) {
  this->of_client.around([](OutgoingCall& call, NextCall next) -> Task<Outcome> {
    auto outcome = co_await next(call);
    if (!outcome && outcome.error().wire_code == 503) outcome = co_await next(call);
    EXPECT_EQ(call.times_sent, 2u);
    co_return outcome;
  });
  this->of_server.around([this](IncomingCall& call, NextServe next) -> Task<Outcome> {
    auto outcome = co_await next(call);
    this->lines.push_back("served");
    if (this->lines.size() == 1) co_return application_error(503, "not yet");
    co_return outcome;
  });
  const EchoClient plain = this->start(plain_object);
  EXPECT_EQ(this->wait(plain.echo("x"))->ret, "plain x");
  EXPECT_EQ(this->lines.size(), 2u);
}

TYPED_TEST(Filter, ACallThatIsRepeatedForEverEnds) {
  this->of_client.around([](OutgoingCall& call, NextCall next) -> Task<Outcome> {
    for (;;) {
      auto outcome = co_await next(call);
      if (outcome || outcome.code() != Code::application) co_return outcome;
    }
  });
  const EchoClient plain = this->start(plain_object);
  EXPECT_EQ(this->wait(plain.fail(7)).code(), Code::limit);
  EXPECT_EQ(this->client().counters().calls, 100u);
}

TYPED_TEST(Filter, ThoseOfAProxyAreInsideThoseOfItsClient) {
  ClientFilters of_proxy;
  const auto note = [this](const std::string& text) {
    return [this, text](OutgoingCall&) -> Result<> {
      this->lines.push_back(text);
      return {};
    };
  };
  of_proxy.before(note("proxy"));
  this->of_client.before(note("client"));
  this->start();
  const EchoClient own = this->with_filters(echo_object, &of_proxy);
  const EchoClient other = this->with_filters(echo_object);
  EXPECT_TRUE(this->wait(own.echo("x")).ok());
  EXPECT_TRUE(this->wait(other.echo("x")).ok());
  EXPECT_EQ(this->lines, (Lines{"client", "proxy", "client"}));
  EXPECT_EQ(this->client().counters().connects, 1u) << "they share a connection";
}

TYPED_TEST(Filter, ErrorsBeforeAndAfterDoNotFailTheCall) {
  this->of_client.before([](OutgoingCall&) -> Result<> { return Error(Code::io, "no disk"); });
  this->of_client.after([this](const OutgoingCall& call, const Outcome& outcome) -> Result<> {
    EXPECT_GE(call.elapsed, Duration::zero());
    this->lines.push_back(std::to_string(outcome ? 0 : outcome.error().wire_code));
    return Error(Code::io, "no disk");
  });
  this->of_server.after([](const IncomingCall&, const Outcome&) -> Result<> { throw 7; });
  const EchoClient echo = this->start();
  EXPECT_TRUE(this->wait(echo.echo("x")).ok());
  EXPECT_EQ(this->wait(echo.fail(1)).error().wire_code, 1001);
  EXPECT_EQ(this->lines, (Lines{"0", "1001"}));
  EXPECT_EQ(this->client().counters().filters_failed, 4u);
  EXPECT_EQ(this->server().counters().filters_failed, 2u);
}

TYPED_TEST(Filter, AForgottenCallGoesThroughAllTheSame) {
  this->note_calls();
  const EchoClient echo = this->start();
  {
    auto forgotten = echo.echo("x");
  }
  EXPECT_TRUE(this->run_until([&] { return this->lines.size() == 4; }));
}

// The client is closed, and the server stopped, by the fixture.
TYPED_TEST(Filter, CallsUnderWayEndWhenTheClientIsClosed) {
  this->note_calls();
  const EchoClient later = this->start(later_object);
  std::optional<Code> code;
  CallOptions options;
  options.callback_on = CallbackOn::loop;
  later.echo_callback(
      "x", [&](Result<EchoApi::echoResult> result) { code = result.code(); }, options);
  EXPECT_TRUE(this->run_until([&] { return this->later_servant.owed.size() == 1; }));
  this->wait(this->client().close());
  EXPECT_EQ(code, Code::closed);
  EXPECT_EQ(this->lines.back(), "client got closed");
}

TYPED_TEST(Filter, PushesFindTheConnectionOfTheCaller) {
  this->note_calls();
  const EchoClient echo = this->start();
  std::optional<std::string> pushed;
  echo.tars_set_push_callback([&](Push push) { pushed = push.function; }, CallbackOn::loop);
  ASSERT_TRUE(this->wait(echo.push_me("x")).ok());
  EXPECT_TRUE(this->run_until([&] { return pushed.has_value(); }));
  EXPECT_EQ(pushed, "echo");
}

// Deadlines, where time is virtual.
template <class W>
class PatientFilter : public Filter<W> {};
using VirtualWorlds = ::testing::Types<InMemory, Simulated>;
TYPED_TEST_SUITE(PatientFilter, VirtualWorlds);

TYPED_TEST(PatientFilter, SeeTimeoutsOfCalls) {
  this->note_calls();
  const EchoClient echo = this->start();
  CallOptions options;
  options.timeout = milliseconds(50);
  EXPECT_EQ(this->wait(echo.slow("x", 500, options)).code(), Code::timeout);
  EXPECT_EQ(this->lines.back(), "client got timeout");
  EXPECT_EQ(this->client().counters().timeouts, 1u);
  EXPECT_TRUE(this->run_until([&] { return this->server().calls_kept() == 0; }));
}

TYPED_TEST(PatientFilter, ACallEndsThoughItsFilterDoesNot) {
  this->of_client.around([this](OutgoingCall& call, NextCall next) -> Task<Outcome> {
    SleepUntil pause(this->env().timers, this->env().clock.now() + milliseconds(1'500));
    co_await pause;
    co_return co_await next(call);
  });
  const EchoClient echo = this->start();
  CallOptions options;
  options.timeout = milliseconds(50);
  const auto answer = this->wait(echo.echo("x", options));
  EXPECT_EQ(answer.code(), Code::timeout);
  EXPECT_THAT(answer.error().detail, ::testing::HasSubstr("filters"));
  EXPECT_EQ(this->client().counters().calls, 0u) << "there was no time left to send it";
}

}  // namespace
}  // namespace tarsier::testing
