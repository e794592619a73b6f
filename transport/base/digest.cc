#include "transport/base/digest.h"

#include <openssl/evp.h>

#include <cstddef>
#include <memory>

#include "transport/base/check.h"

namespace tarsier {
namespace {

template <class Digest>
Digest digest_of(const char* name, const char* properties, std::string_view bytes) {
  Digest digest;
  std::size_t size = 0;
  const int done =
      EVP_Q_digest(nullptr, name, properties, bytes.data(), bytes.size(), digest.data(), &size);
  TARSIER_CHECK(done == 1 && size == digest.size(),
                std::string("this libcrypto offers no ") + name +
                    ": activate its default provider in openssl.cnf");
  return digest;
}

// Nothing: what was deciphered is not padded as it should be.
std::optional<std::string> des3(std::string_view key, std::string_view text, bool encrypts) {
  TARSIER_CHECK(key.size() == 24, "a key of triple DES has 24 bytes");
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           &EVP_CIPHER_CTX_free);
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.data());
  const int begun = EVP_CipherInit_ex(context.get(), EVP_des_ede3_ecb(), nullptr, key_bytes,
                                      nullptr, encrypts ? 1 : 0);
  TARSIER_CHECK(begun == 1,
                "this libcrypto offers no triple DES: activate its default provider in "
                "openssl.cnf");
  std::string out(text.size() + EVP_MAX_BLOCK_LENGTH, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  int first = 0;
  int last = 0;
  const bool fits = EVP_CipherUpdate(context.get(), bytes, &first,
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size())) == 1 &&
                    EVP_CipherFinal_ex(context.get(), bytes + first, &last) == 1;
  if (!fits) return std::nullopt;
  out.resize(static_cast<std::size_t>(first + last));
  return out;
}

}  // namespace

// "-fips": it protects nothing here, so a FIPS provider need not vouch for it.
Md5 md5(std::string_view bytes) { return digest_of<Md5>("MD5", "-fips", bytes); }
Sha1 sha1(std::string_view bytes) { return digest_of<Sha1>("SHA1", nullptr, bytes); }

std::string des3_encrypt(std::string_view key, std::string_view plain) {
  std::optional<std::string> secret = des3(key, plain, true);
  TARSIER_CHECK(secret.has_value(), "libcrypto cannot encrypt");
  return *std::move(secret);
}

std::optional<std::string> des3_decrypt(std::string_view key, std::string_view secret) {
  return des3(key, secret, false);
}

}  // namespace tarsier
