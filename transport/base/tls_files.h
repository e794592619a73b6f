#pragma once

#include <string>

namespace tarsier {

// Paths of PEM files, and the ciphers up to TLS 1.2; empty: none.
struct TlsFiles {
  std::string ca{};
  std::string certificate{};
  std::string key{};
  std::string ciphers{};
  bool verify_client = false;

  bool any() const { return !ca.empty() || !certificate.empty() || !key.empty(); }
  bool operator==(const TlsFiles&) const = default;
};

}  // namespace tarsier
