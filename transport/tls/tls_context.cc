#include "transport/tls/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>
#include <vector>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/limits.h"

namespace tarsier::tls {
namespace {

constexpr std::size_t pem_bytes_max = 1 * limits::mib;

using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

Error bad(const std::string& path, const std::string& why) {
  return Error(Code::bad_config, "'" + path + "': " + why);
}

Result<Bytes> read_pem(FileSystem& files, const std::string& path) {
  auto content = read_file(files, path, pem_bytes_max);
  if (content) return content;
  return bad(path, "cannot be read: " + content.error().to_string());
}

std::unique_ptr<BIO, int (*)(BIO*)> reader_of(const Bytes& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

// No file of ours asks the terminal for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

// All certificates of a file; there is at least one.
Result<std::vector<Certificate>> certificates_of(FileSystem& files, const std::string& path) {
  TARSIER_TRY(const Bytes pem, read_pem(files, path));
  const auto reader = reader_of(pem);
  std::vector<Certificate> all;
  while (X509* one = PEM_read_bio_X509(reader.get(), nullptr, &no_passphrase, nullptr))
    all.emplace_back(one, &X509_free);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (all.empty()) return bad(path, "holds no certificate (-----BEGIN CERTIFICATE-----)");
  if (!at_end) return bad(path, "is damaged behind certificate " + std::to_string(all.size()));
  return all;
}

std::string date_of(const ASN1_TIME* time) {
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), &BIO_free);
  ASN1_TIME_print(text.get(), time);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

Result<> check_dates(const X509& certificate, const std::string& path, std::int64_t wall_ms) {
  time_t now = static_cast<time_t>(wall_ms / 1000);
  if (X509_cmp_time(X509_get0_notAfter(&certificate), &now) < 0) {
    return bad(path, "the certificate expired on " + date_of(X509_get0_notAfter(&certificate)) +
                         ": renew it");
  }
  if (X509_cmp_time(X509_get0_notBefore(&certificate), &now) > 0) {
    return bad(path, "the certificate is not valid before " +
                         date_of(X509_get0_notBefore(&certificate)) +
                         ": check the clock of this machine");
  }
  return {};
}

Result<> check_complete(const TlsFiles& paths, Side side) {
  if (paths.certificate.empty() != paths.key.empty()) {
    return Error(Code::bad_config, paths.key.empty() ? "'" + paths.certificate +
                                                           "': a certificate without its "
                                                           "private key: set 'key' too"
                                                     : "'" + paths.key +
                                                           "': a private key without its "
                                                           "certificate: set 'cert' too");
  }
  if (side == Side::server && paths.certificate.empty())
    return Error(Code::bad_config, "a TLS server needs a certificate: set 'cert' and 'key'");
  if (side == Side::server && paths.verify_client && paths.ca.empty()) {
    return Error(Code::bad_config,
                 "verifyclient needs the authorities to check clients against: set 'ca'");
  }
  if (side == Side::client && paths.ca.empty()) {
    return Error(Code::bad_config,
                 "a TLS client needs to know whom to trust: set 'ca' to the PEM file of the "
                 "authorities that vouch for the servers (those of the machine: "
                 "/etc/ssl/certs/ca-certificates.crt)");
  }
  return {};
}

}  // namespace

void Context::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Context::Context(Side side)
    : context_(SSL_CTX_new(side == Side::client ? TLS_client_method() : TLS_server_method())),
      side_(side) {
  TARSIER_CHECK(context_ != nullptr, "libssl makes no context: it is out of memory");
}

Result<Context> Context::load(FileSystem& files, const Clock& clock, const TlsFiles& paths,
                              Side side) {
  TARSIER_TRY_VOID(check_complete(paths, side));
  Context context(side);
  if (auto done = context.set_up(files, clock, paths); !done) {
    ERR_clear_error();
    return std::move(done).error();
  }
  return context;
}

Result<> Context::set_up(FileSystem& files, const Clock& clock, const TlsFiles& paths) {
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // an idle connection holds none
  if (!paths.ciphers.empty() && SSL_CTX_set_cipher_list(context, paths.ciphers.c_str()) != 1) {
    return Error(Code::bad_config, "ciphers = " + paths.ciphers +
                                       " names none that OpenSSL has: 'openssl ciphers -v' lists "
                                       "them");
  }
  if (!paths.certificate.empty()) TARSIER_TRY_VOID(set_identity(files, clock, paths));
  if (!paths.ca.empty()) TARSIER_TRY_VOID(set_authorities(files, paths.ca));
  if (side_ == Side::client) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  } else if (!paths.ca.empty()) {
    const int insist = paths.verify_client ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | insist, nullptr);
  }
  return {};
}

// The file holds the own certificate first, then those between it and an authority.
Result<> Context::set_identity(FileSystem& files, const Clock& clock, const TlsFiles& paths) {
  TARSIER_TRY(const auto chain, certificates_of(files, paths.certificate));
  X509* const own = chain.front().get();
  TARSIER_TRY_VOID(check_dates(*own, paths.certificate, clock.wall_ms()));
  TARSIER_TRY(const Bytes pem, read_pem(files, paths.key));
  const Key key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, &no_passphrase, nullptr),
                &EVP_PKEY_free);
  if (key == nullptr) {
    return bad(paths.key, "holds no private key that can be read (one with a passphrase cannot)");
  }
  if (X509_check_private_key(own, key.get()) != 1)
    return bad(paths.key, "is not the key of the certificate in '" + paths.certificate + "'");
  if (SSL_CTX_use_certificate(context_.get(), own) != 1 ||
      SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return bad(paths.certificate, std::string("OpenSSL does not take it: ") +
                                      (reason != nullptr ? reason : "it does not say why"));
  }
  for (std::size_t i = 1; i < chain.size(); ++i)
    SSL_CTX_add1_chain_cert(context_.get(), chain[i].get());
  return {};
}

Result<> Context::set_authorities(FileSystem& files, const std::string& path) {
  TARSIER_TRY(const auto authorities, certificates_of(files, path));
  X509_STORE* const store = SSL_CTX_get_cert_store(context_.get());
  for (const Certificate& authority : authorities) {
    X509_STORE_add_cert(store, authority.get());
    if (side_ == Side::server) SSL_CTX_add_client_CA(context_.get(), authority.get());
  }
  return {};
}

}  // namespace tarsier::tls
