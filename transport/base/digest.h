#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarsier {

// The digests and ciphers that formats of others prescribe, from OpenSSL. In a library of its own,
// so that who needs none does not link libcrypto.
using Md5 = std::array<std::uint8_t, 16>;
using Sha1 = std::array<std::uint8_t, 20>;

// For positions in a hash ring and checksums of files. Not for secrets, unless a format of others
// wants it so (protocol/auth/).
Md5 md5(std::string_view bytes);
Sha1 sha1(std::string_view bytes);

// "0a1b…", in small letters.
template <std::size_t count>
std::string to_hex(const std::array<std::uint8_t, count>& digest) {
  std::string text;
  text.reserve(2 * count);
  for (const std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// Triple DES with a key of 24 bytes, block by block (ECB), padded as PKCS #7 says.
std::string des3_encrypt(std::string_view key, std::string_view plain);
// Nothing: it was not encrypted with that key.
std::optional<std::string> des3_decrypt(std::string_view key, std::string_view secret);

}  // namespace tarsier
