#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/epoll/directory_testing.h"
#include "transport/epoll/epoll_testing.h"
#include "transport/processes.h"
#include "transport/tls/tls_greeting.h"
#include "transport/tls/tls_testing.h"

// Our TLS against OpenSSL's own programs, over real sockets.
namespace tarsier::tls {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Authority;
using testing::Identity;
using testing::write_to;

constexpr const char* program = "/usr/bin/openssl";

class TlsAgainstOpenSsl : public epoll::EpollTest {
 protected:
  void SetUp() override {
    if (!env().files.info(program).ok()) GTEST_SKIP() << "there is no " << program;
    const Identity identity = authority.issue("IP:127.0.0.1");
    write("ca.pem", authority.pem());
    write("cert.pem", identity.certificate);
    write("key.pem", identity.key);
  }
  ~TlsAgainstOpenSsl() override {
    run_until([&] { return !process || exited; });
  }

  std::string path(const std::string& name) const { return directory.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) {
    return write_to(env().files, path(name), text);
  }
  std::string output() const {
    std::ifstream file(path("output"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // In the directory of the files, through a shell for what is piped into it.
  void start(const std::string& command) {
    SpawnOptions options;
    options.argv = {"/bin/sh", "-c", command};
    options.environment = {"PATH=/usr/bin:/bin"};
    options.working_directory = directory.path();
    options.output_path = path("output");
    process = env().processes.spawn(options).value();
    process->start_wait_exit(ended);
  }
  bool program_ends() {
    return run_until([&] { return exited; });
  }
  static void on_exit(void* self, Result<ExitStatus> status) {
    auto& test = *static_cast<TlsAgainstOpenSsl*>(self);
    test.exited = true;
    if (status) test.exit_code = status->exit_code;
  }

  static Endpoint at(std::uint16_t port = 0) {
    Endpoint endpoint = loopback(port);
    endpoint.type = EndpointType::ssl;
    return endpoint;
  }
  // Answers one question with its text in brackets, and ends.
  Task<void> answer_one(Listener& from) {
    auto accepted = co_await accept(from);
    if (!accepted) {
      refused = accepted.error().detail;
      co_return;
    }
    std::vector<std::byte> buffer(1'000);
    auto taken = co_await read(**accepted, buffer);
    if (!taken) {
      refused = taken.error().detail;
      co_return;
    }
    const std::string text(as_text(std::span(buffer).first(*taken)));
    (*accepted)->send(Bytes::copy_of("[" + text + "]"));
    (*accepted)->close();
  }
  // Serves one s_client that is called with such options.
  void serve_one(const std::string& options, const TlsFiles& more = {}) {
    TlsFiles files = more;
    files.certificate = path("cert.pem");
    files.key = path("key.pem");
    greeting = TlsGreeting::make(env(), files, Side::server).value();
    transport.emplace(env(), env().transport, *greeting);
    listener = transport->listen(at(), {}).value();
    Scope scope;
    scope.spawn(answer_one(*listener));
    start("echo question | openssl s_client -quiet -CAfile ca.pem -verify_return_error -connect " +
          std::string("127.0.0.1:") + std::to_string(listener->local().port) + " " + options);
    EXPECT_TRUE(program_ends());
    listener->close();
    EXPECT_TRUE(run_until([&] { return scope.empty(); }));
    listener.reset();
    bool turned = false;
    env().executor.post([&turned] { turned = true; });
    EXPECT_TRUE(run_until([&] { return turned; }));
  }

  epoll::TestDirectory directory;
  Authority authority{env().clock.wall_ms()};
  std::unique_ptr<TlsGreeting> greeting;
  std::optional<GreetingTransport> transport;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Process> process;
  Completion<ExitStatus> ended{&TlsAgainstOpenSsl::on_exit, this};
  bool exited = false;
  int exit_code = -1;
  std::string refused;
};

TEST_F(TlsAgainstOpenSsl, ItsClientIsAnswered) {
  serve_one("-tls1_3 -verify_ip 127.0.0.1");
  EXPECT_THAT(output(), ::testing::HasSubstr("[question\n]"));
  EXPECT_EQ(refused, "");
}

TEST_F(TlsAgainstOpenSsl, ItsClientIsAnsweredInTheOlderVersion) {
  serve_one("-tls1_2");
  EXPECT_THAT(output(), ::testing::HasSubstr("[question\n]"));
}

TEST_F(TlsAgainstOpenSsl, ItsClientDoesNotLikeAnotherAddress) {
  serve_one("-verify_ip 10.0.0.1");
  EXPECT_THAT(output(), ::testing::HasSubstr("mismatch"));
  EXPECT_THAT(refused, ::testing::HasSubstr("the other side refuses"));
}

TEST_F(TlsAgainstOpenSsl, ItsClientHasToShowACertificate) {
  TlsFiles files;
  files.ca = path("ca.pem");
  files.verify_client = true;
  serve_one("-tls1_2", files);
  EXPECT_THAT(refused, ::testing::HasSubstr("it shows no certificate"));
}

TEST_F(TlsAgainstOpenSsl, ItsClientShowsACertificate) {
  TlsFiles files;
  files.ca = path("ca.pem");
  files.verify_client = true;
  serve_one("-cert cert.pem -key key.pem", files);
  EXPECT_THAT(output(), ::testing::HasSubstr("[question\n]"));
}

// s_server -rev sends every line back in reverse.
TEST_F(TlsAgainstOpenSsl, ItsServerAnswers) {
  start("exec openssl s_server -rev -accept 127.0.0.1:0 -cert cert.pem -key key.pem");
  std::uint16_t port = 0;
  const auto listening = [&] {
    const std::string text = output();
    const std::size_t line = text.find("ACCEPT 127.0.0.1:");
    if (line == text.npos || text.find('\n', line) == text.npos) return false;
    port = static_cast<std::uint16_t>(std::stoul(text.substr(line + 17)));
    return true;
  };
  Timers::Id look = 0;
  const auto look_again = [&](auto&& self) -> void {
    look = env().timers.call_at(env().clock.now() + milliseconds(20), [&] { self(self); });
  };
  look_again(look_again);
  ASSERT_TRUE(run_until(listening)) << output();
  env().timers.cancel(look);
  TlsFiles files;
  files.ca = path("ca.pem");
  greeting = TlsGreeting::make(env(), files, Side::client).value();
  transport.emplace(env(), env().transport, *greeting);
  {
    auto connected = finish(connect(*transport, at(port), env().clock.now() + seconds(9)));
    ASSERT_TRUE(connected->ok()) << connected->error().detail;
    Connection& connection = **connected.value();
    connection.send(Bytes::copy_of("tarsier\n"));
    std::vector<std::byte> answer(8);
    ASSERT_TRUE(finish(read_exactly(connection, answer))->ok());
    EXPECT_EQ(as_text(answer), "reisrat\n");
    connection.close();
  }
  EXPECT_TRUE(process->signal(15, true).ok());
  EXPECT_TRUE(program_ends());
}

}  // namespace
}  // namespace tarsier::tls
