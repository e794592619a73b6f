#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "transport/base/bytes.h"
#include "transport/files.h"

// Certificates for tests, made when they run.
namespace tarsier::tls::testing {

struct Identity {
  std::string certificate;  // both as PEM
  std::string key;
};

// When a certificate is valid, from the time of its authority.
struct Validity {
  std::chrono::seconds from = -std::chrono::hours(1);
  std::chrono::seconds until = std::chrono::hours(1);
};

// Vouches for what it issues.
class Authority {
 public:
  explicit Authority(std::int64_t wall_ms, const std::string& name = "Authority of a test")
      : now_s_(wall_ms / 1000), name_(name), key_(make_key()) {
    certificate_ = make(name_, key_.get(), "", Validity{});
  }

  std::string pem() const { return pem_of(certificate_.get()); }

  // `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1".
  Identity issue(const std::string& names, const Validity& validity = {}) {
    const Key key = make_key();
    const Certificate certificate = make("somebody", key.get(), names, validity);
    return Identity{pem_of(certificate.get()), pem_of(key.get())};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
  using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

  static Key make_key() {
    return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
  }

  static void name_it(X509_NAME* into, const std::string& name) {
    X509_NAME_add_entry_by_txt(into, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  }

  static void extend(X509* certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  // Without names: an authority.
  Certificate make(const std::string& subject, EVP_PKEY* key, const std::string& names,
                   const Validity& validity) {
    Certificate made(X509_new(), &X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), ++serial_);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), now_s_ + validity.from.count());
    ASN1_TIME_set(X509_getm_notAfter(made.get()), now_s_ + validity.until.count());
    name_it(X509_get_subject_name(made.get()), subject);
    name_it(X509_get_issuer_name(made.get()), name_);
    X509_set_pubkey(made.get(), key);
    if (names.empty()) {
      extend(made.get(), NID_basic_constraints, "critical,CA:TRUE");
    } else {
      extend(made.get(), NID_subject_alt_name, names.c_str());
    }
    X509_sign(made.get(), key_.get(), nullptr);
    return made;
  }

  static std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }
  static std::string pem_of(X509* certificate) {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return text_of(bio);
  }
  static std::string pem_of(EVP_PKEY* key) {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio);
  }

  const std::int64_t now_s_;
  const std::string name_;
  std::uint64_t serial_ = 0;
  Key key_;
  Certificate certificate_{nullptr, &X509_free};
};

inline std::string write_to(FileSystem& files, const std::string& path, const std::string& text) {
  write_file_atomically(files, path, as_bytes(text)).value();
  return path;
}

}  // namespace tarsier::tls::testing
