#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "Rpc.h"
#include "client/client.h"
#include "governance/application/application.h"
#include "governance/application/application_settings.h"
#include "transport/base/limits.h"
#include "transport/clock.h"
#include "transport/files.h"
#include "transport/memory/memory_world.h"
#include "transport/scope.h"
#include "transport/timers.h"

// What the tests of an Application share: a service, its configuration, a world in memory.
namespace tarsier::application {

inline const std::string anywhere = "tcp -h 127.0.0.1 -p 0 -t 60000";

// Answers as Rpc.tars says, as far as the tests call it.
class EchoServant final : public RpcTest::EchoServant {
 public:
  explicit EchoServant(ServantPlace& place) : env_(place.env) {}

  Task<Result<RpcTest::EchoApi::echoResult>> echo(const std::string& text, ServerCall&) override {
    RpcTest::EchoApi::echoResult result;
    result.ret = text;
    co_return result;
  }
  Task<Result<RpcTest::EchoApi::slowResult>> slow(const std::string& text, std::int32_t wait_ms,
                                                  ServerCall&) override {
    SleepUntil pause(env_.timers, env_.clock.now() + std::chrono::milliseconds(wait_ms));
    co_await pause;
    RpcTest::EchoApi::slowResult result;
    result.ret = text;
    co_return result;
  }
  Task<Result<RpcTest::EchoApi::transformResult>> transform(const RpcTest::Item&, std::int64_t,
                                                            ServerCall&) override {
    co_return Error(Code::unsupported);
  }
  Task<Result<RpcTest::EchoApi::failResult>> fail(std::int32_t, ServerCall&) override {
    co_return Error(Code::unsupported);
  }
  Task<Result<RpcTest::EchoApi::noteResult>> note(const std::string&, ServerCall&) override {
    co_return RpcTest::EchoApi::noteResult();
  }
  Task<Result<RpcTest::EchoApi::routeResult>> route(const std::string&, const std::string&,
                                                    ServerCall&) override {
    co_return RpcTest::EchoApi::routeResult();
  }
  Task<Result<RpcTest::EchoApi::push_meResult>> push_me(const std::string&, ServerCall&) override {
    co_return RpcTest::EchoApi::push_meResult();
  }
  Task<Result<RpcTest::EchoApi::bigResult>> big(std::int32_t, ServerCall&) override {
    co_return RpcTest::EchoApi::bigResult();
  }

 private:
  Env& env_;
};

// "<App><obj>Adapter", at that endpoint, with further lines.
inline std::string adapter_text(const std::string& server, const std::string& object,
                                const std::string& endpoint, const std::string& more = "") {
  return "<" + object + "Adapter>\nservant=Demo." + server + "." + object +
         "\nendpoint=" + endpoint + "\n" + more + "\n</" + object + "Adapter>\n";
}

// A whole configuration: what stands in the domains of server and client.
inline std::string config_text(const std::string& server, const std::string& in_server,
                               const std::string& in_client = "") {
  return "<tars>\n<application>\n<server>\napp=Demo\nserver=" + server +
         "\nlocalip=127.0.0.1\nlogpath=/log\nbasepath=/base\ndatapath=/data\n" + in_server +
         "</server>\n<client>\n" + in_client + "</client>\n</application>\n</tars>\n";
}

inline ApplicationSettings settings_of(const std::string& text) {
  auto config = config::Config::parse(text, "test.conf");
  EXPECT_TRUE(config.ok()) << config.error().detail;
  auto checked = application_settings(std::move(config).value(), HostFacts());
  EXPECT_TRUE(usable(checked.notes)) << render_notes("test.conf", checked.notes);
  return std::move(checked.value);
}

inline Task<Result<>> add_echo(Application& app) {
  co_return app.add_servant<EchoServant>("EchoObj");
}

// An Application that runs in a world of memory, and how it ended.
class RunningApplication {
 public:
  RunningApplication(memory::World& world, const std::string& config, Setup setup = add_echo,
                     ApplicationOptions options = {})
      : world_(world),
        app_(world.env(), settings_of(config), std::move(setup), std::move(options)) {
    scope_.spawn(run());
    world.run_until_idle();
  }
  ~RunningApplication() { stop(); }

  Application& operator*() { return app_; }
  Application* operator->() { return &app_; }
  Application& app() { return app_; }
  // How run() ended; nothing while it runs.
  const std::optional<Result<>>& ended() const { return ended_; }
  void stop() {
    app_.ask_stop("the test is over");
    EXPECT_TRUE(world_.run_until([&] { return scope_.empty(); }));
  }
  // "Demo.Server.EchoObj@tcp -h …", of the first adapter.
  std::string address() {
    return app_.settings().server.adapters[0].servant + "@" + app_.endpoints()[0].to_string();
  }

 private:
  Task<void> run() {
    auto running = app_.run();
    ended_ = co_await running;
  }

  memory::World& world_;
  Application app_;
  std::optional<Result<>> ended_;
  Scope scope_;
};

class ApplicationTest : public ::testing::Test {
 protected:
  ~ApplicationTest() override { finish(client.close()); }

  template <class T>
  T finish(Task<T> task) {
    task.start();
    TARSIER_CHECK(world.run_until([&] { return task.done(); }), "the task ends within a minute");
    return task.take_result();
  }
  Result<std::string> echo(const std::string& object, std::string text) {
    auto proxy = client.proxy<RpcTest::EchoClient>(object).value();
    auto answer = finish(proxy.echo(text));
    if (!answer) return answer.error();
    return answer->ret;
  }
  std::string file_text(std::string_view path) {
    const auto bytes = read_file(world.files(), path, limits::mib);
    if (!bytes) return "";
    return std::string(reinterpret_cast<const char*>(bytes->span().data()), bytes->size());
  }

  memory::World world;
  Client client{world.env()};
};

}  // namespace tarsier::application
