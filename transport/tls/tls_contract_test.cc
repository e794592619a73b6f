#include <optional>
#include <string>
#include <utility>

#include "transport/memory/memory_world.h"
#include "transport/tls/tls_greeting.h"
#include "transport/tls/tls_testing.h"
#include "transport/transport_contract.h"

namespace tarsier::contract {

// Listens and connects with TLS, whatever it is asked for.
class AllTls final : public Transport {
 public:
  AllTls(GreetingTransport& serving, GreetingTransport& calling)
      : serving_(serving), calling_(calling) {}
  Result<std::unique_ptr<Listener>> listen(const Endpoint& at,
                                           const ListenOptions& options) override {
    return serving_.listen(secure(at), options);
  }
  void start_connect(const Endpoint& to, TimePoint deadline,
                     Completion<std::unique_ptr<Connection>>& done) override {
    calling_.start_connect(secure(to), deadline, done);
  }
  Result<std::unique_ptr<DatagramSocket>> open_datagram(const Endpoint& at,
                                                        const DatagramOptions& options) override {
    return serving_.open_datagram(at, options);
  }

 private:
  static Endpoint secure(Endpoint at) {
    at.type = EndpointType::ssl;
    return at;
  }
  GreetingTransport& serving_;
  GreetingTransport& calling_;
};

// TLS keeps what every backend does for streams, but for the backlog: a GreetingTransport accepts
// by itself.
class TlsContractWorld {
 public:
  static constexpr bool accepts_by_itself = true;

  TlsContractWorld() {
    tls::testing::Authority authority(world_.env().clock.wall_ms());
    const auto identity = authority.issue("IP:127.0.0.1");
    FileSystem& files = world_.env().files;
    TlsFiles serves;
    serves.certificate = tls::testing::write_to(files, "/tmp/cert", identity.certificate);
    serves.key = tls::testing::write_to(files, "/tmp/key", identity.key);
    TlsFiles calls;
    calls.ca = tls::testing::write_to(files, "/tmp/ca", authority.pem());
    Env& env = world_.env();
    server_side_ = tls::TlsGreeting::make(env, serves, tls::Side::server).value();
    client_side_ = tls::TlsGreeting::make(env, calls, tls::Side::client).value();
    serving_.emplace(env, env.transport, *server_side_);
    calling_.emplace(env, env.transport, *client_side_);
    both_.emplace(*serving_, *calling_);
    env_.emplace(Env{env.executor, env.clock, env.timers, env.random, *both_, env.files,
                     env.processes, env.blocking, env.log});
  }
  ~TlsContractWorld() { world_.run_until_idle(); }
  Env& server() { return *env_; }
  Env& client() { return *env_; }
  template <class Done>
  bool run_until(Done done) {
    return world_.run_until(std::move(done), std::chrono::seconds(10));
  }
  Endpoint address(Role, Family) {
    Endpoint at;
    at.host = "127.0.0.1";
    return at;
  }
  bool has(Family family) const { return family == Family::tcp4; }
  std::string directory() const { return "/tmp"; }
  void on_another_thread(Callback work) { work(); }

 private:
  memory::World world_;
  std::unique_ptr<tls::TlsGreeting> server_side_;
  std::unique_ptr<tls::TlsGreeting> client_side_;
  std::optional<GreetingTransport> serving_;
  std::optional<GreetingTransport> calling_;
  std::optional<AllTls> both_;
  std::optional<Env> env_;
};

using TlsOver = ::testing::Types<Over<TlsContractWorld, Family::tcp4>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Tls, StreamContract, TlsOver);
INSTANTIATE_TYPED_TEST_SUITE_P(Tls, ClosingContract, TlsOver);
INSTANTIATE_TYPED_TEST_SUITE_P(Tls, ModelContract, TlsOver);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AddressContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DatagramContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LoopContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WorkersContract);

}  // namespace tarsier::contract
