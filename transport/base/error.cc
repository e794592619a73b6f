#include "transport/base/error.h"

namespace tarsier {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::ok: return "ok";
    case Code::server_decode: return "server_decode";
    case Code::server_encode: return "server_encode";
    case Code::no_function: return "no_function";
    case Code::no_servant: return "no_servant";
    case Code::reset_grid: return "reset_grid";
    case Code::queue_timeout: return "queue_timeout";
    case Code::timeout: return "timeout";
    case Code::connect: return "connect";
    case Code::overload: return "overload";
    case Code::no_endpoint: return "no_endpoint";
    case Code::invalid_set: return "invalid_set";
    case Code::client_decode: return "client_decode";
    case Code::send: return "send";
    case Code::unknown: return "unknown";
    case Code::would_block: return "would_block";
    case Code::closed: return "closed";
    case Code::reset: return "reset";
    case Code::refused: return "refused";
    case Code::unreachable: return "unreachable";
    case Code::address_in_use: return "address_in_use";
    case Code::address_invalid: return "address_invalid";
    case Code::limit: return "limit";
    case Code::no_descriptors: return "no_descriptors";
    case Code::no_space: return "no_space";
    case Code::denied: return "denied";
    case Code::not_found: return "not_found";
    case Code::exists: return "exists";
    case Code::io: return "io";
    case Code::malformed: return "malformed";
    case Code::bad_config: return "bad_config";
    case Code::cancelled: return "cancelled";
    case Code::unsupported: return "unsupported";
    case Code::application: return "application";
  }
  return "unknown";
}

std::string Error::to_string() const {
  std::string text{code_name(code)};
  text += " (";
  text += std::to_string(wire_code != 0 ? wire_code : static_cast<std::int32_t>(code));
  text += ')';
  if (!detail.empty()) {
    text += ": ";
    text += detail;
  }
  return text;
}

}  // namespace tarsier
