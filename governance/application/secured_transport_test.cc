#include "governance/application/secured_transport.h"

#include <memory>
#include <string>
#include <type_traits>

#include "server/rpc_testing.h"
#include "sim/network.h"
#include "transport/epoll/directory_testing.h"
#include "transport/tls/tls_testing.h"

namespace tarsier {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::echo_object;
using testing::InMemory;
using testing::OnEpoll;
using testing::Simulated;
using tls::testing::Authority;
using tls::testing::Identity;
using tls::testing::write_to;

// A world in which both sides have files. Their transports live here, so that they outlive the
// server and the client.
template <class W>
class Secured : public W {
 public:
  std::string path(const std::string& name) const {
    return (std::is_same_v<W, OnEpoll> ? directory_.path() : std::string("/tmp")) + "/" + name;
  }

  AdapterSettings adapter;
  ObjectSettings object;
  std::unique_ptr<SecuredTransport> serving;
  std::unique_ptr<SecuredTransport> calling;

 private:
  epoll::TestDirectory directory_;
};

template <class W>
class SecuredRpc : public testing::RpcFixture<Secured<W>> {
 protected:
  SecuredRpc() {
    this->world.adapter.servant = echo_object;
    this->world.object.object = echo_object;
  }

  void give_keys() {
    this->world.adapter.access_key = this->world.object.access_key = "shop";
    this->world.adapter.secret_key = this->world.object.secret_key = "a secret of the shop";
  }
  void give_certificates() {
    Authority authority(this->world.server().clock.wall_ms());
    const Identity identity = authority.issue("IP:" + this->world.address());
    FileSystem& files = this->world.server().files;
    this->world.adapter.tls.certificate =
        write_to(files, this->world.path("cert.pem"), identity.certificate);
    this->world.adapter.tls.key = write_to(files, this->world.path("key.pem"), identity.key);
    this->world.object.tls.ca =
        write_to(this->world.client().files, this->world.path("ca.pem"), authority.pem());
  }

  // Listens at such an endpoint beside a plain one, and makes the client.
  void start(const std::string& protocol, const std::string& options) {
    this->start_server();
    auto& here = this->world;
    here.serving = SecuredTransport::for_adapter(here.server(), here.adapter).value();
    ListenerLimits limits;
    limits.through = &here.serving->transport();
    limits.keys_of = here.adapter.servant;
    const auto at = this->server().listen(
        protocol + " -h " + here.address() + " -p 0 -t 60000 " + options, {}, limits);
    ASSERT_TRUE(at.ok()) << at.error().detail;
    this->endpoint = at.value();
    here.calling = SecuredTransport::for_object(here.client(), here.object).value();
    ClientOptions with;
    with.transports[here.object.object] = &here.calling->transport();
    this->client(with);
  }
  Result<RpcTest::EchoApi::echoResult> echo(const std::string& text) {
    return this->wait(this->proxy().echo(text));
  }
};

using Worlds = ::testing::Types<InMemory, Simulated, OnEpoll>;
TYPED_TEST_SUITE(SecuredRpc, Worlds);

TYPED_TEST(SecuredRpc, TheRightKeysOpenTheDoor) {
  this->give_keys();
  this->start("tcp", "-e 1");
  for (const std::string text : {"one", "two"}) {
    const auto answer = this->echo(text);
    ASSERT_TRUE(answer.ok()) << answer.error().detail;
    EXPECT_EQ(answer->ret, text);
  }
  EXPECT_EQ(this->server().counters().calls, 2u) << "the authentication is none of them";
  EXPECT_EQ(this->server().counters().accepted, 1u);
}

TYPED_TEST(SecuredRpc, AWrongSecretIsRefusedBeforeAnythingIsSent) {
  this->give_keys();
  this->world.object.secret_key = "a guess";
  this->start("tcp", "-e 1");
  const auto answer = this->echo("let me in");
  EXPECT_EQ(answer.code(), Code::connect);
  EXPECT_THAT(answer.error().detail, ::testing::HasSubstr("check accesskey and secretkey"));
  EXPECT_THAT(answer.error().detail, ::testing::Not(::testing::HasSubstr("guess")));
  EXPECT_EQ(this->server().counters().calls, 0u);
  EXPECT_GE(this->server().counters().accept_failed, 1u);
}

TYPED_TEST(SecuredRpc, WhoDoesNotAuthenticateIsNotAnswered) {
  this->give_keys();
  this->start("tcp", "-e 1");
  Endpoint plain = this->endpoint;
  plain.auth_type = 0;
  auto stranger =
      this->client().template proxy<RpcTest::EchoClient>(this->object_at(plain)).value();
  const auto answer = this->wait(stranger.echo("hello"));
  EXPECT_EQ(answer.code(), Code::closed);
  EXPECT_EQ(this->server().counters().calls, 0u);
}

// Every servant answers at every listener, but for those that are only there for who shows keys.
TYPED_TEST(SecuredRpc, AServantThatNeedsKeysIsNotFoundWithoutThem) {
  this->give_keys();
  constexpr const char* secret_object = "Test.Rpc.SecretObj";
  this->world.adapter.servant = this->world.object.object = secret_object;
  this->start("tcp", "-e 1");
  const Endpoint plain = this->server().endpoints().front();
  ServantOptions options;
  options.needs_keys = true;
  ASSERT_TRUE(this->server().add_servant(secret_object, this->servant, options).ok());
  const auto ask = [&](const char* object, const Endpoint& at) {
    auto proxy = this->client().template proxy<RpcTest::EchoClient>(std::string(object) + "@" +
                                                                    at.to_string());
    return this->wait(proxy.value().echo("hello")).code();
  };
  EXPECT_EQ(ask(secret_object, this->endpoint), Code::ok);
  EXPECT_EQ(ask(secret_object, plain), Code::no_servant);
  EXPECT_EQ(ask(echo_object, plain), Code::ok);
}

TYPED_TEST(SecuredRpc, TlsCarriesCallsOfAnySize) {
  this->give_certificates();
  this->start("ssl", "");
  const std::string text(1'000'000, 'x');
  const auto answer = this->echo(text);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->ret, text);
  EXPECT_EQ(this->servant.peers.back().type, EndpointType::ssl);
}

TYPED_TEST(SecuredRpc, KeysTravelInsideOfTls) {
  this->give_keys();
  this->give_certificates();
  this->start("ssl", "-e 1");
  EXPECT_TRUE(this->echo("hello").ok());
  Endpoint without = this->endpoint;
  without.auth_type = 0;
  auto stranger =
      this->client().template proxy<RpcTest::EchoClient>(this->object_at(without)).value();
  EXPECT_EQ(this->wait(stranger.echo("hello")).code(), Code::closed);
  EXPECT_EQ(this->server().counters().calls, 1u);
}

TYPED_TEST(SecuredRpc, AServerThatNobodyVouchesForIsNotCalled) {
  this->give_certificates();
  Authority another(this->world.server().clock.wall_ms(), "Another authority");
  write_to(this->world.client().files, this->world.path("ca.pem"), another.pem());
  this->start("ssl", "");
  const auto answer = this->echo("hello");
  EXPECT_EQ(answer.code(), Code::connect);
  EXPECT_THAT(answer.error().detail, ::testing::HasSubstr("nobody in our 'ca' vouches for it"));
}

TYPED_TEST(SecuredRpc, AClientWithoutACertificateIsToldWhereOneIsNeeded) {
  this->give_certificates();
  this->world.adapter.tls.ca = write_to(
      this->world.server().files, this->world.path("all.pem"),
      std::string(as_text(read_file(this->world.client().files, this->world.object.tls.ca, 100'000)
                              .value()
                              .span())));
  this->world.adapter.tls.verify_client = true;
  this->start("ssl", "");
  const auto answer = this->echo("hello");
  EXPECT_EQ(answer.code(), Code::closed);
  EXPECT_THAT(answer.error().detail, ::testing::HasSubstr("certificate required"));
  EXPECT_EQ(this->server().counters().calls, 0u);
}

TYPED_TEST(SecuredRpc, WithoutKeysOrCertificatesThereIsNoListener) {
  this->start_server();
  const std::string host = " -h " + this->world.address() + " -p 0 ";
  EXPECT_EQ(this->server().listen("ssl" + host).code(), Code::unsupported);
  EXPECT_EQ(this->server().listen("tcp" + host + "-e 1").code(), Code::unsupported);
}

// Connections that break at any moment of the handshakes: what is called ends, nothing is answered
// to strangers, and when it is over all is as before.
class SecuredUnderFaults : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(SecuredUnderFaults, CallsEndAndComeBack) {
  sim::World world(GetParam());
  sim::Node& far = world.add_node("server");
  sim::Node& near = world.add_node("client");
  AdapterSettings adapter;
  adapter.servant = echo_object;
  adapter.access_key = "shop";
  adapter.secret_key = "a secret of the shop";
  ObjectSettings object{echo_object, adapter.access_key, adapter.secret_key, {}};
  Authority authority(far.env().clock.wall_ms());
  const Identity identity = authority.issue("DNS:server");
  adapter.tls.certificate = write_to(far.files(), "/tmp/cert.pem", identity.certificate);
  adapter.tls.key = write_to(far.files(), "/tmp/key.pem", identity.key);
  object.tls.ca = write_to(near.files(), "/tmp/ca.pem", authority.pem());
  auto serving = SecuredTransport::for_adapter(far.env(), adapter).value();
  auto calling = SecuredTransport::for_object(near.env(), object).value();
  testing::EchoImpl servant(far.env());
  Server server(far.env());
  ASSERT_TRUE(server.add_servant(echo_object, servant).ok());
  ListenerLimits limits;
  limits.through = &serving->transport();
  ASSERT_TRUE(server.listen("ssl -h 0.0.0.0 -p 443 -e 1", {}, limits).ok());
  ClientOptions options;
  options.transports[echo_object] = &calling->transport();
  options.retry_wait = milliseconds(1);
  Client client(near.env(), options);
  auto proxy =
      client.proxy<RpcTest::EchoClient>(std::string(echo_object) + "@ssl -h server -p 443 -e 1")
          .value();

  Random random = world.random("when it breaks");
  bool over = false;
  int answered = 0;
  int failed = 0;
  Scope scope;
  const auto call_on = [&]() -> Task<void> {
    while (!over || answered == 0) {
      auto call = proxy.echo("hello");
      auto answer = co_await call;
      ++(answer.ok() ? answered : failed);
      if (over && !answer.ok()) answered = 0;
      SleepUntil pause(near.env().timers, near.env().clock.now() + milliseconds(1));
      co_await pause;
    }
  };
  scope.spawn(call_on());
  for (int i = 0; i < 50; ++i) {
    world.run_for(std::chrono::microseconds(random.below(20'000)));
    world.network().reset_connections(near, far);
  }
  over = true;
  answered = 0;
  EXPECT_TRUE(world.run_until([&] { return scope.empty(); }, seconds(60)));
  EXPECT_GT(failed, 0);
  scope.spawn(client.close());
  scope.spawn(server.stop());
  EXPECT_TRUE(world.run_until([&] { return scope.empty(); }, seconds(60)));
}

INSTANTIATE_TEST_SUITE_P(Seeds, SecuredUnderFaults, ::testing::Range<std::uint64_t>(1, 51));

}  // namespace
}  // namespace tarsier
