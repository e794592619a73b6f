#include "client/access_key_greeting.h"

#include <string>
#include <utility>

#include "transport/read_frame.h"

namespace tarsier {

AccessKeyGreeting::AccessKeyGreeting(const Clock& clock, auth::Credentials credentials)
    : clock_(clock), credentials_(std::move(credentials)) {}

bool AccessKeyGreeting::covers(const Endpoint& at) const {
  return at.auth_type != 0 && at.type != EndpointType::udp;
}

Endpoint AccessKeyGreeting::below(const Endpoint& at) const {
  Endpoint below = at;
  below.auth_type = 0;
  return below;
}

Task<Result<std::unique_ptr<Connection>>> AccessKeyGreeting::greet(
    std::unique_ptr<Connection> connection, Endpoint at) {
  ByteBuffer request;
  Result<> written = auth::write_request(request, credentials_, clock_.wall_ms() / 1000);
  if (!written) co_return std::move(written).error();
  connection->send(request.take());
  Result<std::vector<std::byte>> answer = co_await read_frame(*connection, auth::frame_bytes_max);
  if (!answer) {
    co_return Error(Code::denied, "the server at " + at.to_string() +
                                      " ended the connection instead of authenticating it (" +
                                      std::string(code_name(answer.code())) +
                                      "): check accesskey and secretkey, that its adapter serves " +
                                      credentials_.object +
                                      ", and that both clocks agree to within an hour");
  }
  Result<> success = auth::check_answer(*answer);
  if (!success) co_return std::move(success).error();
  co_return std::move(connection);
}

}  // namespace tarsier
