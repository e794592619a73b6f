// How long a call takes: hello_latency ENDPOINT [CALLS]. One call after another, from a coroutine
// on the loop. For load, see bench/.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "Hello.h"
#include "client/client.h"
#include "transport/clock.h"
#include "transport/epoll/loop.h"
#include "transport/scope.h"

using namespace tarsier;
using namespace helloworld;

namespace {

struct Measured {
  std::vector<Duration> times;
  std::string failure;
};

Task<void> measure(Env& env, std::string object, int calls, Measured& measured) {
  Client client(env);
  const auto greeter = client.proxy<GreeterClient>(object);
  HelloRequest request;
  request.name = "Tarsier";
  if (!greeter) measured.failure = greeter.error().to_string();
  for (int i = 0; i < calls && measured.failure.empty(); ++i) {
    const TimePoint start = env.clock.now();
    const auto answer = co_await greeter->SayHello(request);
    measured.times.push_back(env.clock.now() - start);
    if (!answer) {
      measured.failure = answer.error().to_string();
    } else if (answer->resp.message != "Hello, Tarsier!") {
      measured.failure = "an answer to somebody else: " + answer->resp.message;
    }
  }
  co_await client.close();
}

double microseconds(const std::vector<Duration>& sorted, double share) {
  const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  return std::chrono::duration<double, std::micro>(sorted[index]).count();
}

}  // namespace

int main(int count, char** arguments) {
  const int calls = count > 2 ? std::atoi(arguments[2]) : 10'000;
  if (count < 2 || calls < 1) {
    std::fprintf(stderr, "usage: hello_latency 'tcp -h 127.0.0.1 -p 10000' [CALLS]\n");
    return 2;
  }
  epoll::Loop loop;
  Measured measured;
  Scope scope;
  scope.spawn(measure(loop.env(), std::string("Demo.HelloServer.GreeterObj@") + arguments[1], calls,
                      measured));
  loop.run_until([&] { return scope.empty(); });
  if (!measured.failure.empty()) {
    std::fprintf(stderr, "hello_latency: %s\n", measured.failure.c_str());
    return 1;
  }
  std::sort(measured.times.begin(), measured.times.end());
  std::printf("%d calls, one after another: p50 %.0f us, p99 %.0f us, max %.0f us\n", calls,
              microseconds(measured.times, 0.5), microseconds(measured.times, 0.99),
              microseconds(measured.times, 1));
}
