#include "transport/base/digest.h"

#include <openssl/evp.h>

#include <cstddef>

#include "transport/base/check.h"

namespace tarsier {

Md5 md5(std::string_view bytes) {
  Md5 digest;
  std::size_t size = 0;
  // "-fips": it protects nothing here, so a FIPS provider need not vouch for it.
  const int done =
      EVP_Q_digest(nullptr, "MD5", "-fips", bytes.data(), bytes.size(), digest.data(), &size);
  TARSIER_CHECK(done == 1 && size == digest.size(),
                "this libcrypto offers no MD5: activate its default provider in openssl.cnf");
  return digest;
}

}  // namespace tarsier
