#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/raw_peer_testing.h"
#include "server/server.h"
#include "transport/clock.h"
#include "transport/executor.h"
#include "transport/memory/memory_world.h"
#include "transport/scope.h"
#include "transport/timers.h"

// What the tests of the limits share: a servant that answers when it is told to, and a world.
namespace tarsier::testing {

constexpr std::string_view object = "Test.Limits.Obj";

struct Text {
  std::string text;
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(1, "text", self.text);
  }
};
struct Size {
  std::int32_t bytes = 0;
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(1, "bytes", self.bytes);
  }
};
struct Returned {
  std::string ret;
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(0, "tars_ret", self.ret);
  }
};

// echo: at once; hold: when the test says so; make: an answer of that size; throw_later: drops its
// Reply by an exception; wait: a coroutine that takes as many ms as it is told.
class Holder final : public Servant {
 public:
  explicit Holder(Env& env) : env_(env) {}
  std::string_view tars_interface() const override { return "Test.Limits"; }
  void tars_dispatch(ServerCall& call) override {
    if (call.function() == "echo") {
      return serve_sync<Text>(call, [&](Text& in) -> Result<Returned> {
        deadlines.push_back(call.deadline());
        return Returned{in.text};
      });
    }
    if (call.function() == "hold") {
      return serve_async<Text, Returned>(
          call, [this](Text&, Reply<Returned> reply) { held.push_back(std::move(reply)); });
    }
    if (call.function() == "make") {
      return serve_sync<Size>(call, [](Size& in) -> Result<Returned> {
        return Returned{std::string(static_cast<std::size_t>(in.bytes), 'x')};
      });
    }
    if (call.function() == "wait") {
      return serve_coroutine<Size>(
          call, [this](Size& in, ServerCall& kept) { return wait(in.bytes, kept); });
    }
    if (call.function() == "throw_later") {
      return serve_async<Text, Returned>(call, [](Text&, Reply<Returned>) {
        throw std::runtime_error("thrown with a Reply in hand");
      });
    }
    if (call.function() == "close") {
      return serve_sync<Text>(call, [&](Text&) -> Result<Returned> {
        call.session().close();
        return Returned{"bye"};
      });
    }
    call.answer_no_function();
  }
  void answer_all() {
    for (auto& reply : held) reply.send(Returned{"held"});
    held.clear();
  }
  std::vector<Reply<Returned>> held;
  std::vector<TimePoint> deadlines;
  std::vector<Code> late_pushes;

 private:
  Task<Result<Returned>> wait(std::int32_t wait_ms, ServerCall& call) {
    SleepUntil pause(env_.timers, env_.clock.now() + std::chrono::milliseconds(wait_ms));
    co_await pause;
    late_pushes.push_back(call.session().push("news", Returned{"late"}).code());
    co_return Returned{"waited"};
  }

  Env& env_;
};

class ServerLimits : public ::testing::Test {
 protected:
  ~ServerLimits() override { stop(); }

  void start(const ServerOptions& options = {}, const std::string& at = "tcp -h 127.0.0.1 -p 0") {
    server = std::make_unique<Server>(world.env(), options);
    // A servant that holds calls until it is told otherwise is not limited by how many it has.
    ServantOptions unlimited;
    unlimited.in_flight = InFlightLimitOptions();
    EXPECT_TRUE(server->add_servant(object, servant, unlimited).ok());
    endpoint = server->listen(at).value();
  }
  void stop() {
    servant.held.clear();
    if (server == nullptr) return;
    Scope scope;
    scope.spawn(server->stop());
    EXPECT_TRUE(world.run_until([&] { return scope.empty(); }));
    server.reset();
  }
  const ServerCounters& counters() { return server->counters(); }

  static ByteBuffer text_call(std::string_view function, std::int32_t id, std::string text = "t") {
    return request_frame(object, function, id, [&](auto&& visit) { visit(1, "text", text); });
  }
  static ByteBuffer make_call(std::int32_t id, std::int32_t bytes) {
    return request_frame(object, "make", id, [&](auto&& visit) { visit(1, "bytes", bytes); });
  }

  memory::World world;
  Holder servant{world.env()};
  std::unique_ptr<Server> server;
  Endpoint endpoint;
};

}  // namespace tarsier::testing
