// Our own generated client under load, closed loop: --in-flight coroutines on one connection, each
// of which calls again as soon as it was answered. Same options and report as load/load.cc.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/histogram.h"
#include "bench/load/options.h"
#include "bench/load/usage.h"
#include "client/client.h"
#include "echo.h"
#include "transport/clock.h"
#include "transport/epoll/loop.h"
#include "transport/scope.h"
#include "transport/timers.h"

namespace {

using namespace tarsier;

class Load {
 public:
  Load(epoll::Loop& loop, const bench::Options& options)
      : loop_(loop),
        client_(loop.env()),
        options_(options),
        // With many in flight, reading the clock for each would be part of what is measured.
        sampled_(options.in_flight == 1 ? 1 : 16),
        latency_(std::make_unique<bench::Histogram>()) {}

  Task<void> run() {
    auto proxy = client_.proxy<Bench::EchoClient>("Bench.EchoServer.EchoObj@tcp -h 127.0.0.1 -p " +
                                                  std::to_string(options_.port));
    TARSIER_CHECK(proxy.ok(), "the endpoint is well-formed");
    for (std::size_t i = 0; i < options_.in_flight; ++i) callers_.spawn(call_again(*proxy));
    co_await sleep(options_.warmup);
    stretch_ = std::make_unique<bench::Stretch>(options_.server);
    calls_ = errors_ = 0;
    latency_->clear();
    co_await sleep(options_.seconds);
    report_ = stretch_->report(calls_, errors_, *latency_);
    over_ = true;
    co_await callers_.join();
    co_await client_.close();
    loop_.stop();
  }
  const std::string& report() const { return report_; }

 private:
  Task<void> call_again(Bench::EchoClient echo) {
    const std::vector<std::int8_t> payload(options_.payload, 'x');
    for (std::size_t i = 0; !over_; ++i) {
      const bool measured = i % sampled_ == 0;
      const std::uint64_t begin = measured ? bench::now_ns() : 0;
      const auto result = co_await echo.echo(payload);
      if (measured) latency_->record(bench::now_ns() - begin);
      if (!result || result->ret.size() != payload.size()) ++errors_;
      ++calls_;
    }
  }
  SleepUntil sleep(double seconds) {
    Env& env = loop_.env();
    const auto wait = std::chrono::duration<double>(seconds);
    return {env.timers, env.clock.now() + std::chrono::duration_cast<Duration>(wait)};
  }

  epoll::Loop& loop_;
  Client client_;
  const bench::Options options_;
  const std::size_t sampled_;
  std::unique_ptr<bench::Histogram> latency_;
  std::unique_ptr<bench::Stretch> stretch_;
  Scope callers_;
  std::uint64_t calls_ = 0;
  std::uint64_t errors_ = 0;
  std::string report_;
  bool over_ = false;
};

}  // namespace

int main(int count, char** arguments) {
  const bench::Options options = bench::parse_options(count, arguments);
  epoll::Loop loop;
  Load load(loop, options);
  Scope scope;
  scope.spawn(load.run());
  loop.run();
  std::printf("%s\n", load.report().c_str());
}
