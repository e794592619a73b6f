#include <map>

#include "server/rpc_testing.h"

namespace tarsier::testing {
namespace {

using RpcTest::EchoApi;
using RpcTest::EchoClient;
using std::chrono::milliseconds;

constexpr const char* relay_object = "Test.Rpc.RelayObj";

// Makes a call to the echo servant for each that it serves, and notes what it was asked with.
class Relay final : public EchoImpl {
 public:
  explicit Relay(Env& env) : EchoImpl(env) {}

  Task<Result<EchoApi::slowResult>> slow(const std::string& text, std::int32_t wait_ms,
                                         ServerCall& call) override {
    const CallOptions options(call);
    co_return co_await echo_at.slow(text, wait_ms, options);
  }
  Task<Result<EchoApi::echoResult>> echo(const std::string& text, ServerCall& call) override {
    message_type = call.message_type();
    status = call.status().to_map();
    dye = call.dye();
    const CallOptions options(call);
    if (hops-- <= 0) co_return EchoApi::echoResult();
    co_return co_await relay_at.echo(text, options);
  }
  Task<Result<EchoApi::noteResult>> note(const std::string&, ServerCall& call) override {
    deadline_of_one_way = call.hand_on().deadline;
    co_return EchoApi::noteResult();
  }

  EchoClient echo_at;
  EchoClient relay_at;
  int hops = 0;
  std::int32_t message_type = 0;
  tars::StringMap status;
  std::optional<std::string> dye;
  std::optional<TimePoint> deadline_of_one_way;
};

template <class W>
class HandOn : public RpcFixture<W> {
 protected:
  ~HandOn() override { this->end(); }
  EchoClient start(const ServerOptions& options = {}) {
    Server& server = this->start_server(options);
    EXPECT_TRUE(server.add_servant(relay_object, relay_servant).ok());
    relay_servant.echo_at = this->proxy();
    relay_servant.relay_at = this->client()
                                 .template proxy<EchoClient>(std::string(relay_object) + "@" +
                                                             this->endpoint.to_string())
                                 .value();
    return relay_servant.relay_at;
  }

  Relay relay_servant{this->world.server()};
};
using Worlds = ::testing::Types<InMemory, Simulated, OnEpoll>;
TYPED_TEST_SUITE(HandOn, Worlds);

TYPED_TEST(HandOn, NothingIsSentWhenNothingIsLeft) {
  const EchoClient relay = this->start();
  CallOptions late;
  late.chain().deadline = this->env().clock.now();
  const auto answer = this->wait(relay.echo("x", late));
  EXPECT_EQ(answer.code(), Code::timeout);
  EXPECT_THAT(answer.error().detail, ::testing::HasSubstr("nothing is left"));
  relay.note_oneway("x", late);
  EXPECT_EQ(this->client().counters().one_way_dropped, 1u);
  EXPECT_EQ(this->client().counters().connects, 0u);

  EchoClient diligent = relay;
  diligent.tars_heed_deadlines(false);
  EXPECT_TRUE(this->wait(diligent.echo("x", late)).ok());
}

TYPED_TEST(HandOn, CookiesDyeAndTraceFollowTheChain) {
  const EchoClient relay = this->start();
  this->relay_servant.hops = 3;
  CallOptions options;
  options.status = {{"user", "7"}, {"b3", "consumed"}};
  options.dye("10001").trace(trace::Span::root("f-t", "first"));
  ASSERT_TRUE(this->wait(relay.echo("x", options)).ok());
  EXPECT_EQ(this->relay_servant.message_type, 0x104);
  EXPECT_EQ(this->relay_servant.dye, "10001");
  tars::StringMap& status = this->relay_servant.status;
  const auto key = status.extract("STATUS_TRACE_KEY");
  ASSERT_TRUE(key);
  const auto span = trace::Span::parse(key.mapped());
  ASSERT_TRUE(span.ok());
  EXPECT_EQ(span->trace(), "f-t");
  EXPECT_EQ(span->parent().size(), 32u) << span->parent();
  EXPECT_EQ(status, (tars::StringMap{{"user", "7"}, {"STATUS_DYED_KEY", "10001"}}));
}

TYPED_TEST(HandOn, ARuleDyesWhatItsCallerDidNot) {
  const EchoClient relay = this->start();
  this->server().set_dye_rule(trace::parse_dye_rule("10001 Test.Rpc.RelayObj echo").value());
  CallOptions of_the_user;
  of_the_user.status = {{"STATUS_GRID_KEY", "10001"}};
  ASSERT_TRUE(this->wait(relay.echo("x", of_the_user)).ok());
  EXPECT_EQ(this->relay_servant.dye, "10001");
  EXPECT_EQ(this->relay_servant.message_type, 0);
  this->server().set_dye_rule(std::nullopt);
  ASSERT_TRUE(this->wait(relay.echo("x", of_the_user)).ok());
  EXPECT_EQ(this->relay_servant.dye, std::nullopt);
}

TYPED_TEST(HandOn, CallersOfAnotherAreaAreRefused) {
  ServerOptions in_sz;
  in_sz.set_division = "app.sz.1";
  ClientOptions in_gz;
  in_gz.set_division = "app.gz.1";
  this->client(in_gz);
  const EchoClient relay = this->start(in_sz);
  const auto refused = this->wait(relay.echo("x"));
  EXPECT_EQ(refused.code(), Code::invalid_set);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("app.sz.1"));
  CallOptions as_another;
  as_another.status = {{"STATUS_SETNAME_VALUE", "app.sz.2"}};
  EXPECT_TRUE(this->wait(relay.echo("x", as_another)).ok());
  EXPECT_EQ(this->relay_servant.message_type, 0x80);
  EXPECT_EQ(this->server().counters().wrong_set, 1u);
}

// Deadlines, where time is virtual.
template <class W>
class PatientHandOn : public HandOn<W> {};
using VirtualWorlds = ::testing::Types<InMemory, Simulated>;
TYPED_TEST_SUITE(PatientHandOn, VirtualWorlds);

TYPED_TEST(PatientHandOn, AServedCallLeavesItsTimeToTheCallsItMakes) {
  const EchoClient relay = this->start();
  const TimePoint begun = this->env().clock.now();
  CallOptions options;
  options.timeout = milliseconds(200);
  const auto answer = this->wait(relay.slow("x", 2'000, options));
  EXPECT_EQ(answer.code(), Code::timeout);
  // The relay's own call has ended as well; without its deadline it would go on for seconds.
  EXPECT_TRUE(this->run_until([&] { return this->server().calls_kept() <= 1; }));
  EXPECT_LT(this->env().clock.now() - begun, milliseconds(1'500));
  EXPECT_EQ(this->client().counters().timeouts, 2u);
  this->rest(milliseconds(2'000));
}

TYPED_TEST(PatientHandOn, ProxiesAndServersCanDoWithoutDeadlines) {
  ServerOptions no_deadlines;
  no_deadlines.hand_on_deadlines = false;
  const EchoClient relay = this->start(no_deadlines);
  CallOptions options;
  options.timeout = milliseconds(50);
  EXPECT_EQ(this->wait(relay.slow("x", 300, options)).code(), Code::timeout);
  EXPECT_TRUE(this->run_until([&] { return this->server().calls_kept() == 0; }));
  EXPECT_EQ(this->client().counters().timeouts, 1u) << "of the first call alone";
}

TYPED_TEST(PatientHandOn, NobodyWaitsForAOneWayCall) {
  const EchoClient relay = this->start();
  CallOptions options;
  options.timeout = milliseconds(50);
  relay.note_oneway("x", options);
  EXPECT_TRUE(this->run_until([&] { return this->relay_servant.deadline_of_one_way.has_value(); }));
  EXPECT_EQ(*this->relay_servant.deadline_of_one_way, no_deadline);
}

// Three machines in a row, 1 ms apart. The middle one takes its time before it asks the last.
class Middle final : public EchoImpl {
 public:
  explicit Middle(Env& env) : EchoImpl(env), env_(env) {}
  Task<Result<EchoApi::slowResult>> slow(const std::string& text, std::int32_t wait_ms,
                                         ServerCall& call) override {
    const CallOptions options(call);
    SleepUntil pause(env_.timers, env_.clock.now() + milliseconds(wait_ms));
    co_await pause;
    co_return co_await last.slow(text, 5, options);
  }
  EchoClient last;

 private:
  Env& env_;
};

class Last final : public EchoImpl {
 public:
  explicit Last(Env& env) : EchoImpl(env), env_(env) {}
  Task<Result<EchoApi::slowResult>> slow(const std::string& text, std::int32_t wait_ms,
                                         ServerCall& call) override {
    began[text] = env_.clock.now();
    co_return co_await EchoImpl::slow(text, wait_ms, call);
  }
  std::map<std::string, TimePoint> began;

 private:
  Env& env_;
};

class Chain {
 public:
  explicit Chain(std::uint64_t seed) : world_(seed, options()), random_(seed) {
    middle_server_.add_servant(echo_object, middle_).value();
    middle_server_.listen("tcp -h 0.0.0.0 -p 7000").value();
    last_server_.add_servant(echo_object, last_).value();
    last_server_.listen("tcp -h 0.0.0.0 -p 7000").value();
    middle_.last = proxy(middle_client_, "last");
  }
  ~Chain() {
    scope_.spawn(client_.close());
    scope_.spawn(middle_server_.stop());
    finish();
    scope_.spawn(middle_client_.close());
    scope_.spawn(last_server_.stop());
    finish();
  }

  // Calls that wait for 1 to 60 ms, while the middle takes up to 40.
  void run(int calls) {
    const EchoClient to = proxy(client_, "middle");
    scope_.spawn(call(to, "first", std::chrono::seconds(3), 0));
    finish();
    for (int i = 0; i < calls; ++i) {
      scope_.spawn(call(to, std::to_string(i), milliseconds(random_.between(1, 60)),
                        static_cast<std::int32_t>(random_.between(0, 40))));
    }
    finish();
    world_.run_until([&] { return middle_server_.calls_kept() == 0; }, std::chrono::seconds(10));
  }
  // Where nobody waited any more when the last machine began, but for the way there.
  std::vector<std::string> begun_too_late() const {
    std::vector<std::string> late;
    for (const auto& [text, at] : last_.began)
      if (at > deadlines_.at(text) + milliseconds(3)) late.push_back(text);
    return late;
  }
  int answered = 0;
  int timed_out = 0;

 private:
  static sim::WorldOptions options() {
    sim::WorldOptions options;
    options.network.delay = {.base = milliseconds(1)};
    return options;
  }
  static EchoClient proxy(Client& client, const std::string& machine) {
    const std::string object = std::string(echo_object) + "@tcp -h " + machine + " -p 7000";
    return client.proxy<EchoClient>(object).value();
  }
  Task<void> call(EchoClient to, std::string text, Duration timeout, std::int32_t wait_ms) {
    CallOptions options;
    options.timeout = timeout;
    const TimePoint deadline = calling_.env().clock.now() + timeout;
    deadlines_[text] = deadline;
    const auto answer = co_await to.slow(text, wait_ms, options);
    EXPECT_LE(calling_.env().clock.now(), deadline + milliseconds(1));
    ++(answer ? answered : timed_out);
    if (!answer) {
      EXPECT_THAT(answer.code(), ::testing::AnyOf(Code::timeout, Code::queue_timeout));
    }
  }
  void finish() {
    EXPECT_TRUE(world_.run_until([&] { return scope_.empty(); }, std::chrono::seconds(30)));
  }

  sim::World world_;
  Random random_;
  sim::Node& calling_ = world_.add_node("caller");
  sim::Node& between_ = world_.add_node("middle");
  sim::Node& serving_ = world_.add_node("last");
  Middle middle_{between_.env()};
  Last last_{serving_.env()};
  Client client_{calling_.env()};
  Client middle_client_{between_.env()};
  Server middle_server_{between_.env()};
  Server last_server_{serving_.env()};
  std::map<std::string, TimePoint> deadlines_;
  Scope scope_;
};

TEST(HandOnChain, NothingBeginsWhenNobodyWaitsAnyMore) {
  int answered = 0;
  int timed_out = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Chain chain(seed);
    chain.run(50);
    EXPECT_THAT(chain.begun_too_late(), ::testing::IsEmpty()) << "seed " << seed;
    answered += chain.answered;
    timed_out += chain.timed_out;
  }
  EXPECT_EQ(answered + timed_out, 20 * 51);
  EXPECT_GT(answered, 200);
  EXPECT_GT(timed_out, 200);
}

}  // namespace
}  // namespace tarsier::testing
