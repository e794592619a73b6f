#include "sim/testing/served_world.h"

namespace tarsier {

namespace {

ClientOptions one_call_one_serving() {
  ClientOptions options;
  options.retry.attempts_max = 1;
  options.throttle.reset();
  return options;
}

}  // namespace

ServedWorld::ServedWorld() : server_(world_.env()), client_(world_.env(), one_call_one_serving()) {
  address_ = server_.listen("tcp -h 127.0.0.1 -p 0").value().to_string();
}

ServedWorld::~ServedWorld() {
  wait(client_.close());
  wait(server_.stop());
}

std::string ServedWorld::serve_as(std::string_view object, Servant& servant) {
  const auto added = server_.add_servant(object, servant);
  TARSIER_CHECK(added.ok(), added.ok() ? "" : added.error().detail);
  return std::string(object) + "@" + address_;
}

}  // namespace tarsier
