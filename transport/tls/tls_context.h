#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "transport/base/result.h"
#include "transport/base/tls_files.h"
#include "transport/clock.h"
#include "transport/files.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tarsier::tls {

enum class Side : std::uint8_t { client, server };

// What one side shows and whom it believes, as it was read from its files: TLS 1.2 and newer, no
// resumption, no renegotiation.
//
// A client needs `ca`: without it, it could be talking to anybody. A server needs a certificate and
// its key; with `ca` it asks clients for theirs, and with verify_client it insists.
class Context {
 public:
  // bad_config: what is wrong with which file, and what would be right. A certificate that is not
  // valid at the time of the clock is refused here and not by every peer.
  static Result<Context> load(FileSystem& files, const Clock& clock, const TlsFiles& paths,
                              Side side);

  Side side() const { return side_; }
  ssl_ctx_st* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };

  explicit Context(Side side);
  Result<> set_up(FileSystem& files, const Clock& clock, const TlsFiles& paths);
  Result<> set_identity(FileSystem& files, const Clock& clock, const TlsFiles& paths);
  Result<> set_authorities(FileSystem& files, const std::string& path);

  std::unique_ptr<ssl_ctx_st, Free> context_;
  Side side_;
};

}  // namespace tarsier::tls
