#include "server/access_key_check.h"

#include <string>
#include <utility>

#include "transport/read_frame.h"

namespace tarsier {

AccessKeyCheck::AccessKeyCheck(const Clock& clock, auth::Credentials expected)
    : clock_(clock), expected_(std::move(expected)) {}

bool AccessKeyCheck::covers(const Endpoint& at) const {
  return at.auth_type != 0 && at.type != EndpointType::udp;
}

Endpoint AccessKeyCheck::below(const Endpoint& at) const {
  Endpoint below = at;
  below.auth_type = 0;
  return below;
}

Task<Result<std::unique_ptr<Connection>>> AccessKeyCheck::greet(
    std::unique_ptr<Connection> connection, Endpoint) {
  Result<std::vector<std::byte>> packet = co_await read_frame(*connection, auth::frame_bytes_max);
  if (!packet) co_return std::move(packet).error();
  tars::RequestView request;
  const auth::State state =
      auth::check_request(*packet, expected_, clock_.wall_ms() / 1000, request);
  if (state != auth::State::success)
    co_return Error(Code::denied, std::string(auth::describe(state)));
  ByteBuffer answer;
  Result<> written = auth::write_success(answer, request);
  if (!written) co_return std::move(written).error();
  connection->send(answer.take());
  co_return std::move(connection);
}

}  // namespace tarsier
