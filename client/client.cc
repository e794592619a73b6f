#include "client/client.h"

#include <algorithm>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/endpoint.h"
#include "transport/executor.h"
#include "transport/timers.h"

namespace tarsier {
namespace {

constexpr Duration close_poll = std::chrono::milliseconds(2);

}  // namespace

Client::Client(Env& env, const ClientOptions& options) : core_(env, options) {}

Client::~Client() {
  if (closed_ || Demolition::under_way()) return;
  if (!core_.env().executor.in_loop()) {
    close_from_elsewhere();
    return;
  }
  TARSIER_CHECK(quiet(), "a Client was destroyed on its loop while connected: co_await close()");
}

Result<CallStarter*> Client::find_starter(std::string_view object, const ProxyOptions& options) {
  Key key{std::string(object), options.frame_bytes_max.value_or(core_.options().frame_bytes_max)};
  TARSIER_CHECK(key.frame_bytes_max >= limits::frame_bytes_min &&
                    key.frame_bytes_max <= limits::frame_bytes_max,
                "the frame limit of a proxy lies between 5 bytes and 100 MiB");
  Result<CallStarter*> found = Error(Code::closed);
  run_on_loop(core_.env().executor, [&] { found = find_starter_here(std::move(key)); });
  return found;
}

Result<CallStarter*> Client::find_starter_here(Key key) {
  if (core_.closing) return Error(Code::closed, "the client is closed");
  if (const auto known = objects_.find(key); known != objects_.end()) return known->second.get();
  TARSIER_TRY(const ObjectName name, parse_object_name(key.object));
  if (!name.direct()) {
    return Error(Code::no_endpoint, "'" + name.servant +
                                        "' names no endpoint and this client has "
                                        "no registry to ask: write '" +
                                        name.servant + "@tcp -h <host> -p <port>'");
  }
  if (objects_.size() >= core_.options().objects_max) {
    return Error(Code::limit, "this client knows " + std::to_string(objects_.size()) +
                                  " objects already, and keeps each until it is closed: call '" +
                                  name.servant +
                                  "' with another Client, or raise ClientOptions::objects_max");
  }
  for (const Endpoint& endpoint : name.endpoints) {
    for (const std::string& unknown : endpoint.unknown_options) {
      TARSIER_LOG(
          core_.env().log, warn, "client",
          "object '" + key.object + "': the option '" + unknown + "' is not known and ignored");
    }
  }
  const std::size_t frame_bytes_max = key.frame_bytes_max;
  auto made = std::make_unique<EndpointSet>(core_, name, frame_bytes_max);
  return objects_.emplace(std::move(key), std::move(made)).first->second.get();
}

void Client::start_closing() {
  core_.closing = true;
  for (const auto& [text, object] : objects_) object->close();
}

bool Client::quiet() const {
  return core_.running_beside() == 0 &&
         std::all_of(objects_.begin(), objects_.end(),
                     [](const auto& entry) { return entry.second->quiet(); });
}

Task<void> Client::close() {
  start_closing();
  while (!quiet()) {
    SleepUntil pause(core_.env().timers, core_.env().clock.now() + close_poll);
    co_await pause;
  }
  closed_ = true;
}

void Client::close_from_elsewhere() {
  run_on_loop(core_.env().executor, [this] { start_closing(); });
  wait_on_loop(core_.env(), [this] { return quiet(); });
  run_on_loop(core_.env().executor, [this] { objects_.clear(); });
}

}  // namespace tarsier
