#include "governance/application/admin_servant.h"

#include <utility>

namespace tarsier::application {

using Api = ::tars::AdminFApi;

Task<Result<Api::shutdownResult>> AdminServant::shutdown(ServerCall&) {
  shut_down_();
  co_return Api::shutdownResult();
}

Task<Result<Api::notifyResult>> AdminServant::notify(const std::string& command, ServerCall&) {
  reports_.tell("AdminServant::notify:" + command);
  auto running = commands_.run(command);
  Api::notifyResult result;
  result.ret = co_await running;
  co_return result;
}

Task<Result<Api::getPidResult>> AdminServant::getPid(ServerCall&) {
  Api::getPidResult result;
  result.ret = pid_;
  co_return result;
}

}  // namespace tarsier::application
