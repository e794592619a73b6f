#include "governance/application/admin_port.h"

#include <algorithm>
#include <array>
#include <utility>

#include "transport/base/bytes.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/clock.h"
#include "transport/completion.h"
#include "transport/stream.h"
#include "transport/timers.h"

namespace tarsier::application {
namespace {

constexpr std::size_t guests_max = 64;
constexpr Duration guest_wait = std::chrono::seconds(10);  // from its first byte to its last
constexpr std::size_t buffer_bytes = 4 * limits::kib;

bool is_letter(std::byte byte) {
  const char c = static_cast<char>(byte);
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

Result<Endpoint> AdminPort::listen(const Endpoint& at) {
  if (at.type != EndpointType::tcp) {
    return Error(Code::unsupported, "commands arrive over tcp, not at " + at.to_string());
  }
  limits_.idle_wait = at.timeout_ms == Endpoint().timeout_ms
                          ? limits::idle_wait
                          : Duration(std::chrono::milliseconds(at.timeout_ms));
  TARSIER_TRY(listener_, env_.transport.listen(at));
  scope_.spawn(accept_all());
  return listener_->local();
}

Task<void> AdminPort::accept_all() {
  for (;;) {
    Completion<std::unique_ptr<Connection>> came;
    listener_->start_accept(came);
    auto accepted = co_await came;
    if (accepted.code() == Code::closed) co_return;
    if (!accepted) continue;  // the transport has refused one, and says so
    if (guests_.size() >= guests_max) {
      TARSIER_LOG(env_.log, warn, "application",
                  "too many visitors at once at " + listener_->local().to_string());
      (*accepted)->abort();
      continue;
    }
    scope_.spawn(receive(std::move(accepted).value()));
  }
}

Task<void> AdminPort::receive(std::unique_ptr<Connection> connection) {
  Connection* const guest = connection.get();
  guests_.push_back(guest);
  const Timers::Id late = env_.timers.call_at(deadline_after(env_.clock.now(), guest_wait),
                                              [guest] { guest->close(); });
  std::array<std::byte, buffer_bytes> buffer;
  auto reading = read(*guest, buffer);
  const Result<std::size_t> first = co_await reading;
  const bool spoke = first.ok() && *first > 0;
  if (spoke && is_letter(buffer[0])) {
    auto serving = serve_page(*guest, buffer, *first);
    co_await serving;
  }
  env_.timers.cancel(late);
  std::erase(guests_, guest);
  if (spoke && !is_letter(buffer[0])) {
    const std::span<const std::byte> bytes(buffer.data(), *first);
    server_.adopt(std::move(connection), bytes, limits_);
  } else {
    connection->close();
  }
}

// One page a connection.
Task<void> AdminPort::serve_page(Connection& connection, std::span<std::byte> buffer,
                                 std::size_t first) {
  http::RequestReader reader;
  std::string unread;
  std::size_t came = first;
  while (came > 0) {
    unread.append(reinterpret_cast<const char*>(buffer.data()), came);
    const Result<std::size_t> used = reader.feed(as_bytes(unread));
    if (!used) {
      const std::string text = http::render(http::answer_to(used.error()), false);
      connection.send(Bytes::copy_of(text));
      break;
    }
    unread.erase(0, *used);
    if (reader.done()) {
      answer(connection, reader.take());
      break;
    }
    auto reading = read(connection, buffer);
    const Result<std::size_t> more = co_await reading;
    came = more.ok() ? *more : 0;
  }
  // What still comes is dropped, so that it resets nobody who reads.
  connection.finish_sending();
  std::size_t dropped = 0;
  for (bool more = true; more && dropped < limits::linger_bytes_max;) {
    auto reading = read(connection, buffer);
    const Result<std::size_t> rest = co_await reading;
    more = rest.ok() && *rest > 0;
    if (more) dropped += *rest;
  }
}

void AdminPort::answer(Connection& connection, const http::Request& request) {
  const std::string text = http::render(pages_(request), false, request.method == "HEAD");
  connection.send(Bytes::copy_of(text));
}

Task<void> AdminPort::close() {
  if (listener_ != nullptr) listener_->close();
  for (Connection* guest : guests_) guest->close();
  co_await scope_.join();
}

}  // namespace tarsier::application
