#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/blocking.h"
#include "transport/completion.h"
#include "transport/task.h"
#include "transport/transport.h"

// The start_… functions of transport.h as coroutines. Each costs one frame; a loop that runs for
// the life of a connection (server/session, client/channel) keeps its own Completion and awaits
// that instead. Names are plain because every argument says what they are about.
namespace tarsier {

inline Task<Result<std::unique_ptr<Connection>>> connect(Transport& transport, const Endpoint& to,
                                                         TimePoint deadline) {
  Completion<std::unique_ptr<Connection>> done;
  transport.start_connect(to, deadline, done);
  co_return co_await done;
}

inline Task<Result<std::unique_ptr<Connection>>> accept(Listener& listener) {
  Completion<std::unique_ptr<Connection>> done;
  listener.start_accept(done);
  co_return co_await done;
}

inline Task<Result<>> wait_readable(Connection& connection) {
  Completion<void> done;
  connection.start_wait_readable(done);
  co_return co_await done;
}

// Until at most `bytes` are queued: co_await wait_unsent(connection, 0) before closing with a peer
// that must have everything, or any bound for back pressure.
inline Task<Result<>> wait_unsent(Connection& connection, std::size_t bytes) {
  Completion<void> done;
  connection.start_wait_unsent(bytes, done);
  co_return co_await done;
}

// At least one byte, or 0 at the end of what the peer sends; never would_block.
inline Task<Result<std::size_t>> read(Connection& connection, std::span<std::byte> into) {
  while (true) {
    Result<std::size_t> taken = connection.read_some(into);
    if (taken.code() != Code::would_block) co_return taken;
    Completion<void> readable;
    connection.start_wait_readable(readable);
    Result<> waited = co_await readable;
    if (!waited) co_return std::move(waited).error();
  }
}

// Fills `into`, or: reset when the peer finished before, with how much was missing.
inline Task<Result<>> read_exactly(Connection& connection, std::span<std::byte> into) {
  const std::size_t wanted = into.size();
  while (!into.empty()) {
    Result<std::size_t> taken = co_await read(connection, into);
    if (!taken) co_return std::move(taken).error();
    if (*taken == 0) {
      co_return Error(Code::reset, "the peer finished " + std::to_string(into.size()) + " of " +
                                       std::to_string(wanted) + " bytes too early");
    }
    into = into.subspan(*taken);
  }
  co_return Result<>();
}

// One datagram.
inline Task<Result<std::size_t>> receive(DatagramSocket& socket, std::span<std::byte> into,
                                         Endpoint& from) {
  while (true) {
    Result<std::size_t> taken = socket.receive(into, from);
    if (taken.code() != Code::would_block) co_return taken;
    Completion<void> readable;
    socket.start_wait_readable(readable);
    Result<> waited = co_await readable;
    if (!waited) co_return std::move(waited).error();
  }
}

// Runs `work` beside the loop and resumes when it is done.
inline Task<Result<>> run_blocking(Blocking& blocking, Callback work) {
  Completion<void> done;
  blocking.start(std::move(work), done);
  co_return co_await done;
}

}  // namespace tarsier
