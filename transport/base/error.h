#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tarsier {

// Why an operation failed, as an answer to "what may the caller do?".
//
// Values <= 0 are the TARS return codes (spec/protocol_runtime §2.6), so an Error crosses the
// network unchanged, but for what a client says of its own calls: connect, no_endpoint, send and
// client_decode arrive as `application`. Values >= 1 never leave the process as themselves: on the
// wire they become -99 with their text. They start at 1 and say what happened locally.
enum class Code : std::int32_t {
  ok = 0,
  server_decode = -1,   // the server could not decode the arguments: never retry
  server_encode = -2,   // the server could not encode its answer: never retry
  no_function = -3,     // the servant has no such function: never retry
  no_servant = -4,      // the adapter has no such servant: never retry
  reset_grid = -5,      // legacy, kept for its number
  queue_timeout = -6,   // expired in the server's queue, never ran: try elsewhere
  timeout = -7,         // no answer in time; it may have run: retry only if idempotent
  connect = -8,         // never sent, no connection: try elsewhere
  overload = -9,        // refused before it ran: try elsewhere, later
  no_endpoint = -10,    // nothing to send to
  invalid_set = -11,    // the set rules forbid the call
  client_decode = -12,  // the answer could not be decoded
  send = -13,           // the send queue is full or the send failed
  unknown = -99,        // the lowest legal code on the wire

  would_block = 1,  // nothing there yet: wait, then try again
  closed = 2,       // the object was closed, or the connection ended under a call: it may have run
  reset = 3,        // the peer, or the path to it, broke the connection
  refused = 4,      // nobody listens there
  unreachable = 5,  // no route, or the host answered nothing in time
  address_in_use = 6,
  address_invalid = 7,  // not an address of this machine, or not an address at all
  limit = 8,            // one of our own bounds (transport/base/limits.h or a configured one)
  no_descriptors = 9,   // the process or the system is out of file descriptors
  no_space = 10,
  denied = 11,
  not_found = 12,
  exists = 13,
  io = 14,         // the device failed
  malformed = 15,  // input that does not follow its grammar
  bad_config = 16,
  cancelled = 17,
  unsupported = 18,
  application = 19,  // the peer's service answered with a code of its own, see Error::wire_code
};

// The symbolic name of a code ("no_function"); "code(<n>)" has no name here and prints as
// "unknown".
std::string_view code_name(Code code);

// A failure that a peer, the network, the disk, the clock or an operator can cause. `detail` is one
// sentence for people: what happened, and the next step where there is one. `wire_code` is iRet as
// a peer sent it (0 when the failure is local); it alone tells business codes apart.
struct [[nodiscard]] Error {
  Code code = Code::unknown;
  std::int32_t wire_code = 0;
  std::string detail;

  Error() = default;
  explicit Error(Code c) : code(c) {}
  Error(Code c, std::string text) : code(c), detail(std::move(text)) {}

  // "no_function (-3): App.Srv.Obj has no function 'x'".
  std::string to_string() const;
};

}  // namespace tarsier
