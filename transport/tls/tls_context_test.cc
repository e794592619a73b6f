#include "transport/tls/tls_context.h"

#include <chrono>
#include <string>

#include "transport/memory/memory_world.h"
#include "transport/tls/tls_testing.h"

namespace tarsier::tls {
namespace {

using std::chrono::hours;
using testing::Authority;
using testing::Identity;
using testing::write_to;

class TlsContext : public ::testing::Test {
 protected:
  std::string ca() { return write_to(world.files(), "/tmp/ca.pem", authority.pem()); }
  TlsFiles files_of(const Identity& identity) {
    TlsFiles files;
    files.certificate = write_to(world.files(), "/tmp/cert.pem", identity.certificate);
    files.key = write_to(world.files(), "/tmp/key.pem", identity.key);
    return files;
  }
  Identity own() { return authority.issue("DNS:localhost"); }
  // "ok", or what it says.
  std::string load(const TlsFiles& files, Side side = Side::server) {
    const auto context = Context::load(world.env().files, world.env().clock, files, side);
    EXPECT_TRUE(context.ok() || context.code() == Code::bad_config);
    return context ? "ok" : context.error().detail;
  }

  memory::World world;
  Authority authority{world.env().clock.wall_ms()};
};

TEST_F(TlsContext, AServerNeedsACertificateAndAClientAnAuthority) {
  EXPECT_EQ(load(files_of(own())), "ok");
  EXPECT_THAT(load({}), ::testing::HasSubstr("set 'cert' and 'key'"));
  EXPECT_THAT(load({}, Side::client), ::testing::HasSubstr("set 'ca'"));
  TlsFiles client;
  client.ca = ca();
  EXPECT_EQ(load(client, Side::client), "ok");
}

TEST_F(TlsContext, ACertificateAndItsKeyComeTogether) {
  TlsFiles files = files_of(own());
  const std::string key = std::exchange(files.key, "");
  EXPECT_THAT(load(files), ::testing::HasSubstr("without its private key"));
  files.certificate.clear();
  files.key = key;
  EXPECT_THAT(load(files), ::testing::HasSubstr("without its certificate"));
}

TEST_F(TlsContext, AKeyOfAnotherCertificateIsFoundBeforeAnybodyConnects) {
  Identity mixed = own();
  mixed.key = own().key;
  EXPECT_EQ(load(files_of(mixed)),
            "'/tmp/key.pem': is not the key of the certificate in '/tmp/cert.pem'");
}

TEST_F(TlsContext, ACertificateIsValidToday) {
  EXPECT_THAT(load(files_of(authority.issue("DNS:localhost", {-hours(2), -hours(1)}))),
              ::testing::HasSubstr("expired on Nov 14 21:13:20 2023 GMT: renew it"));
  EXPECT_THAT(load(files_of(authority.issue("DNS:localhost", {hours(1), hours(2)}))),
              ::testing::HasSubstr("not valid before"));
}

TEST_F(TlsContext, FilesThatAreMissingOrNoPemAreNamed) {
  TlsFiles files = files_of(own());
  files.certificate = "/tmp/nothing.pem";
  EXPECT_THAT(load(files), ::testing::HasSubstr("'/tmp/nothing.pem': cannot be read"));
  files.certificate = write_to(world.files(), "/tmp/text.pem", "hello");
  EXPECT_THAT(load(files), ::testing::HasSubstr("holds no certificate"));
  files = files_of(own());
  files.key = files.certificate;
  EXPECT_THAT(load(files), ::testing::HasSubstr("holds no private key"));
  TlsFiles client;
  const std::string cut = authority.pem() + authority.pem().substr(0, 99);
  client.ca = write_to(world.files(), "/tmp/cut.pem", cut);
  EXPECT_THAT(load(client, Side::client), ::testing::HasSubstr("damaged behind certificate 1"));
}

TEST_F(TlsContext, ClientsAreCheckedAgainstSomebody) {
  TlsFiles files = files_of(own());
  files.verify_client = true;
  EXPECT_THAT(load(files), ::testing::HasSubstr("set 'ca'"));
  files.ca = ca();
  EXPECT_EQ(load(files), "ok");
}

TEST_F(TlsContext, CiphersThatDoNotExistAreRefused) {
  TlsFiles files = files_of(own());
  files.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
  EXPECT_EQ(load(files), "ok");
  files.ciphers = "ROT13";
  EXPECT_THAT(load(files), ::testing::HasSubstr("ROT13"));
}

}  // namespace
}  // namespace tarsier::tls
