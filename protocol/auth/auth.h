#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "protocol/tars/packet.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"

// Authentication with an access key and a secret key (spec §6.14): what is sent, and whether it is
// true. Pure; who sends it and when say client/ and server/.
//
// The scheme is that of TARS and weak: whoever sees one exchange may repeat it for an hour and can
// try secrets against it at home. It keeps strangers out; TLS below it keeps them from listening.
namespace tarsier::auth {

struct Credentials {
  std::string object;  // the servant that is called
  std::string access_key;
  std::string secret_key;
};

// AUTH_STATE.
enum class State : std::int32_t {
  success = 0,
  protocol_error = -100,
  wrong_object = -101,
  wrong_access_key = -102,
  wrong_time = -103,
  unsupported_hash = -104,
  undecipherable = -105,
  wrong_secret = -106,
};

inline constexpr std::string_view function_name = "InnerAuthServer";
inline constexpr std::int32_t message_type = 0x40;
// How far the clocks of both ends may be apart.
inline constexpr std::int64_t clock_window_s = 3600;
// The longest frame that is part of it. (TarsCpp servers take less than 256 bytes.)
inline constexpr std::size_t frame_bytes_max = 4096;

// What proves the knowledge of the secret at a time: 48 bytes.
std::string signature(std::string_view secret_key, std::int64_t time_s);

// Appends the frame with which a client begins. limit: the names are too long for a frame.
Result<> write_request(ByteBuffer& out, const Credentials& credentials, std::int64_t now_s);
// Appends the server's answer to it; there is none but success.
Result<> write_success(ByteBuffer& out, const tars::RequestView& request);

// What a server thinks of the first packet of a connection. `request` is set if it is success.
State check_request(std::span<const std::byte> packet, const Credentials& expected,
                    std::int64_t now_s, tars::RequestView& request);
// denied: it is not success.
Result<> check_answer(std::span<const std::byte> packet);

// What happened and what to look at, without anything of the credentials; for the server's log.
std::string_view describe(State state);

}  // namespace tarsier::auth
