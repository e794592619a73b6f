#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/client.h"
#include "governance/application/delivery.h"
#include "governance/application/identity.h"
#include "server/server.h"
#include "transport/memory/memory_world.h"

namespace tarsier::application {

// One process that reports and one that is reported to, on one loop in memory.
class ReportTest : public ::testing::Test {
 protected:
  explicit ReportTest(memory::WorldOptions options = {})
      : world(std::move(options)), client(world.env(), plain_calls()) {
    identity.app = "App";
    identity.server = "Srv";
    identity.node_name = "node-1";
    identity.set_division = "shop.south.2";
    identity.version = "1.2.3";
    identity.pid = 4711;
    start_server();
  }
  ~ReportTest() override {
    finish(client.close());
    stop_server();
  }

  void start_server() {
    server = std::make_unique<Server>(world.env());
    endpoint = server->listen(endpoint).value();
  }
  // What is called then is refused.
  void stop_server() {
    if (server == nullptr) return;
    finish(server->stop());
    server.reset();
  }
  template <class P>
  P serve(std::string_view object, Servant& servant) {
    server->add_servant(object, servant).value();
    return client.proxy<P>(std::string(object) + "@" + endpoint.to_string()).value();
  }
  template <class T>
  T finish(Task<T> task) {
    task.start();
    TARSIER_CHECK(world.run_until([&] { return task.done(); }), "the task finishes in a minute");
    return task.take_result();
  }

  // Reports have repetitions of their own.
  static ClientOptions plain_calls() {
    ClientOptions options;
    options.retry.attempts_max = 1;
    options.throttle.reset();
    return options;
  }

  memory::World world;
  Identity identity;
  Endpoint endpoint = parse_endpoint("tcp -h 127.0.0.1 -p 0").value();
  std::unique_ptr<Server> server;
  Client client;
};

inline void expect_sum(const DeliveryCounters& counters) {
  EXPECT_EQ(counters.produced,
            counters.delivered + counters.full + counters.failed + counters.pending);
}

}  // namespace tarsier::application
