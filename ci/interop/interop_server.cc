// Tarsier as a server for its peers: prints "listening <port>" and serves Interop.Probe until
// SIGTERM or retire(), then stops as a server should.
#include <csignal>
#include <cstdio>
#include <string>

#include "Interop.h"
#include "ci/interop/samples.h"
#include "server/server.h"
#include "transport/clock.h"
#include "transport/epoll/loop.h"
#include "transport/scope.h"
#include "transport/timers.h"

namespace {

using namespace tarsier;
using Interop::ProbeApi;

// Long enough for the answer of retire() to leave first.
constexpr Duration retire_wait = std::chrono::milliseconds(100);
// Of a connection: so few that a request can be made to wait for them, and expire.
constexpr std::size_t calls_in_flight = 16;

class Probe final : public Interop::ProbeServant {
 public:
  Probe(Env& env, Callback retire) : env_(env), retire_(std::move(retire)) {}

  Task<Result<ProbeApi::scalarsResult>> scalars(const Interop::Scalars& value,
                                                ServerCall&) override {
    ProbeApi::scalarsResult result;
    result.ret = interop::sum(value);
    result.copy = value;
    co_return result;
  }
  Task<Result<ProbeApi::nestedResult>> nested(const Interop::Nested& value, ServerCall&) override {
    ProbeApi::nestedResult result;
    result.ret = static_cast<std::int32_t>(value.leaves.size());
    result.copy = value;
    co_return result;
  }
  Task<Result<ProbeApi::mixedResult>> mixed(const Interop::Mixed& value, ServerCall&) override {
    ProbeApi::mixedResult result;
    result.ret = static_cast<std::int32_t>(value.groves.size());
    result.copy = value;
    co_return result;
  }
  Task<Result<ProbeApi::fixedResult>> fixed(const Interop::Fixed& value, ServerCall&) override {
    ProbeApi::fixedResult result;
    result.ret = interop::sum(value);
    result.copy = value;
    co_return result;
  }
  Task<Result<ProbeApi::bytesResult>> bytes(const std::vector<std::int8_t>& payload,
                                            ServerCall&) override {
    ProbeApi::bytesResult result;
    result.ret = payload;
    co_return result;
  }
  Task<Result<ProbeApi::addResult>> add(std::int32_t left, std::int32_t right,
                                        ServerCall&) override {
    ProbeApi::addResult result;
    result.ret = left + right;
    co_return result;
  }
  Task<Result<ProbeApi::slowResult>> slow(std::int32_t delay, std::int32_t value,
                                          ServerCall&) override {
    SleepUntil wait(env_.timers, env_.clock.now() + std::chrono::milliseconds(delay));
    co_await wait;
    ProbeApi::slowResult result;
    result.ret = value;
    co_return result;
  }
  Task<Result<ProbeApi::nothingResult>> nothing(ServerCall&) override {
    co_return ProbeApi::nothingResult();
  }
  Task<Result<ProbeApi::noteResult>> note(const std::string& text, ServerCall&) override {
    ++notes_;
    last_note_ = text;
    co_return ProbeApi::noteResult();
  }
  Task<Result<ProbeApi::notesResult>> notes(ServerCall&) override {
    ProbeApi::notesResult result;
    result.ret = notes_;
    result.last = last_note_;
    co_return result;
  }
  Task<Result<ProbeApi::failResult>> fail(std::int32_t code, const std::string& text,
                                          ServerCall&) override {
    co_return application_error(code, text);
  }
  Task<Result<ProbeApi::recallResult>> recall(const std::string& name, ServerCall& call) override {
    ProbeApi::recallResult result;
    result.ret = call.context().find(name).value_or("");
    ServerCall::Map context;
    context["echo"] = result.ret;
    call.set_reply_context(std::move(context));
    co_return result;
  }
  Task<Result<ProbeApi::subscribeResult>> subscribe(std::int32_t count, ServerCall& call) override {
    for (std::int32_t i = 1; i <= count; ++i) {
      ProbeApi::newsResult news;
      news.ret = i;
      news.text = interop::news_text(i);
      if (auto pushed = call.session().push("news", news); !pushed) co_return pushed.error();
    }
    co_return ProbeApi::subscribeResult();
  }
  Task<Result<ProbeApi::newsResult>> news(ServerCall&) override {
    co_return ProbeApi::newsResult();
  }
  Task<Result<ProbeApi::retireResult>> retire(ServerCall&) override {
    env_.timers.call_at(env_.clock.now() + retire_wait, [this] { retire_(); });
    co_return ProbeApi::retireResult();
  }

 private:
  Env& env_;
  Callback retire_;
  std::int32_t notes_ = 0;
  std::string last_note_;
};

Task<void> stop(Server& server, epoll::Loop& loop) {
  co_await server.stop();
  loop.stop();
}

int serve() {
  epoll::Loop loop;
  Scope scope;
  ServerOptions options;
  options.push_reconnect = true;
  options.calls_in_flight_max = calls_in_flight;
  Server server(loop.env(), options);
  bool stopping = false;
  const auto retire = [&] {
    if (!std::exchange(stopping, true)) scope.spawn(stop(server, loop));
  };
  Probe probe(loop.env(), retire);
  if (auto added = server.add_servant(interop::object_name, probe); !added) {
    std::fprintf(stderr, "%s\n", added.error().to_string().c_str());
    return 1;
  }
  const auto bound = server.listen("tcp -h 127.0.0.1 -p 0 -t 60000");
  if (!bound) {
    std::fprintf(stderr, "%s\n", bound.error().to_string().c_str());
    return 1;
  }
  loop.on_signals({SIGTERM, SIGINT}, [&](int) { retire(); });
  std::printf("listening %u\n", static_cast<unsigned>(bound->port));
  std::fflush(stdout);
  loop.run();
  return 0;
}

}  // namespace

int main() { return serve(); }
