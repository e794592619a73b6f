#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tarsier {

// The digests that formats of others prescribe, from OpenSSL. In a library of its own, so that who
// needs none does not link libcrypto.
using Md5 = std::array<std::uint8_t, 16>;

// For positions in a hash ring and checksums of files. Not for secrets.
Md5 md5(std::string_view bytes);

}  // namespace tarsier
