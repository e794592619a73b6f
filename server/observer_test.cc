#include "client/call_observer.h"

#include "server/answer_observer.h"
#include "server/rpc_testing.h"

// What observers hear of calls, on both sides.
namespace tarsier::testing {
namespace {

using RpcTest::EchoClient;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

class Notes final : public CallObserver, public AnswerObserver {
 public:
  void call_ended(const EndedCall& call, ObserverNote& note) override {
    ended.push_back(std::string(call.object) + "." + std::string(call.function) + " " +
                    std::string(code_name(call.code)) + " " + std::to_string(call.wire_code));
    callee = call.callee;
    elapsed = call.elapsed;
    calls_of_function.push_back(++note.period);
  }
  void call_answered(const AnsweredCall& call) override {
    answered.push_back(std::string(call.function) + " " + std::to_string(call.ret));
    EXPECT_EQ(call.object, echo_object);
    EXPECT_FALSE(call.peer.host.empty());
    EXPECT_GE(call.elapsed, Duration::zero());
    EXPECT_LT(call.elapsed, std::chrono::minutes(1));
  }

  std::vector<std::string> ended;
  std::vector<std::string> answered;
  std::vector<std::uint64_t> calls_of_function;
  Endpoint callee;
  Duration elapsed{};
};

template <class W>
class Observer : public RpcFixture<W> {
 protected:
  ~Observer() override { this->end(); }
  EchoClient start() {
    ServerOptions server_options;
    server_options.observer = &notes;
    this->start_server(server_options);
    ClientOptions client_options;
    client_options.observer = &notes;
    this->client(client_options);
    return this->proxy();
  }
  Notes notes;
};
using Worlds = ::testing::Types<InMemory, Simulated, OnEpoll>;
TYPED_TEST_SUITE(Observer, Worlds);

TYPED_TEST(Observer, KeepsANoteForEachFunction) {
  const EchoClient echo = this->start();
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(this->wait(echo.echo("x")).ok());
    EXPECT_TRUE(this->wait(echo.slow("x", 1)).ok());
  }
  EXPECT_THAT(this->notes.calls_of_function, ElementsAre(1, 1, 2, 2));
}

TYPED_TEST(Observer, HearsOfCallsThatReachNobody) {
  this->start();
  this->stop();
  const EchoClient echo = this->proxy();
  EXPECT_FALSE(this->wait(echo.echo("x")).ok());
  ASSERT_FALSE(this->notes.ended.empty());
  EXPECT_THAT(this->notes.ended.back(), ::testing::HasSubstr("connect 0"));
  EXPECT_TRUE(this->notes.answered.empty());
}

TYPED_TEST(Observer, HearsNothingOfOneWayAndForgottenCalls) {
  const EchoClient echo = this->start();
  echo.note_oneway("x");
  {
    auto forgotten = echo.echo("x");
  }
  EXPECT_TRUE(this->run_until([&] { return this->notes.answered.size() == 1; }));
  EXPECT_TRUE(this->run_until([&] { return this->servant.notes.size() == 1; }));
  EXPECT_TRUE(this->wait(echo.tars_ping()).ok());
  EXPECT_THAT(this->notes.ended, ElementsAre("Test.Rpc.EchoObj.tars_ping ok 0"));
}

// Deadlines, where time is virtual.
template <class W>
class PatientObserver : public Observer<W> {};
using VirtualWorlds = ::testing::Types<InMemory, Simulated>;
TYPED_TEST_SUITE(PatientObserver, VirtualWorlds);

TYPED_TEST(PatientObserver, HearsHowEveryCallEnded) {
  const EchoClient echo = this->start();
  EXPECT_TRUE(this->wait(echo.echo("x")).ok());
  EXPECT_EQ(this->wait(echo.fail(1)).error().wire_code, 1001);
  CallOptions options;
  options.timeout = milliseconds(50);
  EXPECT_EQ(this->wait(echo.slow("x", 200, options)).code(), Code::timeout);
  EXPECT_GE(this->notes.elapsed, milliseconds(49));
  EXPECT_TRUE(this->run_until([&] { return this->server().calls_kept() == 0; }));
  EXPECT_THAT(this->notes.ended,
              ElementsAre("Test.Rpc.EchoObj.echo ok 0", "Test.Rpc.EchoObj.fail application 1001",
                          "Test.Rpc.EchoObj.slow timeout 0"));
  EXPECT_THAT(this->notes.answered, ElementsAre("echo 0", "fail 1001", "slow 0"));
  EXPECT_EQ(this->notes.callee.port, this->endpoint.port);
}

}  // namespace
}  // namespace tarsier::testing
