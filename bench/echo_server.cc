// The subject of the bench: bench/echo.tars served as users serve it, with a coroutine servant and
// every default on. Prints "listening <port>…", one port a loop; --loops N pins loop i to CPU i,
// so that each can be driven by a generator on the same CPU.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "echo.h"
#include "server/server.h"
#include "transport/epoll/loop.h"
#include "transport/epoll/loop_group.h"

namespace {

using namespace tarsier;

class EchoServant final : public Bench::EchoServant {
 public:
  Task<Result<Bench::EchoApi::echoResult>> echo(const std::vector<std::int8_t>& payload,
                                                ServerCall&) override {
    Bench::EchoApi::echoResult result;
    result.ret = payload;
    co_return result;
  }
};

// One loop's share: it serves on a port of its own.
struct Service {
  explicit Service(Env& env) : server(env) {
    auto added = server.add_servant("Bench.EchoServer.EchoObj", servant);
    if (!added) fail(added.error());
    auto bound = server.listen("tcp -h 127.0.0.1 -p 0 -t 600000");
    if (!bound) fail(bound.error());
    port = bound->port;
  }
  [[noreturn]] static void fail(const Error& error) {
    std::fprintf(stderr, "echo_server: %s\n", error.to_string().c_str());
    std::exit(1);
  }

  EchoServant servant;
  Server server;
  unsigned port = 0;
};

// Both serve until the process is killed; a bench has nothing to drain.
void serve_one() {
  epoll::Loop loop;
  const Service service(loop.env());
  std::printf("listening %u\n", service.port);
  std::fflush(stdout);
  loop.run();
}

void serve_many(std::size_t loops) {
  epoll::LoopGroupOptions options;
  options.loops = loops;
  options.pinned = true;
  epoll::LoopGroup group(options);
  std::vector<std::unique_ptr<Service>> services(loops);
  group.run_on_each([&](std::size_t i, Env& env) { services[i] = std::make_unique<Service>(env); });
  std::printf("listening");
  for (const auto& service : services) std::printf(" %u", service->port);
  std::printf("\n");
  std::fflush(stdout);
  for (;;) pause();
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3 && std::string_view(arguments[1]) == "--loops") {
    serve_many(static_cast<std::size_t>(std::atoi(arguments[2])));
  } else if (count == 1) {
    serve_one();
  } else {
    std::fprintf(stderr, "usage: %s [--loops N]\n", arguments[0]);
    return 2;
  }
}
