#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/tars/packet.h"
#include "protocol/tars/parameters.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"

namespace tarsier {

class ServerCore;

// A connection of a server, by number: safe to keep after the connection is gone, but not after the
// Server is. Loop only.
class SessionRef {
 public:
  SessionRef() = default;
  SessionRef(ServerCore* core, std::uint64_t id) : core_(core), id_(id) {}

  bool alive() const;
  // Sends an answer that nobody asked for: request id 0, `function` in status TARS_FUNC, and the
  // result of that function as body (spec §2.7). Errors: closed: the connection is gone. limit: the
  // peer takes too little of what it is sent (ServerOptions::unsent_bytes_max): push again later,
  // or close() so that it notices what it missed. unsupported: UDP.
  template <tars::ParameterList List>
  Result<> push(std::string_view function, const List& result,
                const tars::StringMap& context = {}) const {
    ByteBuffer body;
    TARSIER_TRY_VOID(tars::write_parameters(tars::BodyFormat::tars, body,
                                            [&](auto&& visit) { List::tars_each(result, visit); }));
    return push_body(function, body.span(), context);
  }
  Result<> push_body(std::string_view function, std::span<const std::byte> body,
                     const tars::StringMap& context = {}) const;
  // After what is queued was delivered.
  void close() const;

  std::uint64_t id() const { return id_; }
  bool operator==(const SessionRef&) const = default;

 private:
  ServerCore* core_ = nullptr;
  std::uint64_t id_ = 0;
};

}  // namespace tarsier
