#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "client/balance/endpoint_picker.h"
#include "transport/base/random.h"

// What choosing the endpoint of a call costs, by policy and number of endpoints, beside a cursor
// that goes round a list and knows nothing. The table at the end holds the ratios.
namespace tarsier::bench {
namespace {

using balance::EndpointPicker;
using balance::Policy;
using std::chrono::microseconds;
using std::chrono::seconds;

std::vector<Endpoint> endpoints(std::int64_t count, std::uint32_t weight_type) {
  std::vector<Endpoint> list;
  for (std::int64_t i = 0; i < count; ++i) {
    Endpoint endpoint;
    endpoint.host = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    endpoint.port = 10'000;
    endpoint.weight = static_cast<std::int32_t>(1 + i % 3);
    endpoint.weight_type = weight_type;
    list.push_back(std::move(endpoint));
  }
  return list;
}

void cursor(benchmark::State& state, std::int64_t count) {
  const std::vector<Endpoint> list = endpoints(count, 0);
  std::size_t at = 0;
  for (auto _ : state) {
    at = at + 1 < list.size() ? at + 1 : 0;
    benchmark::DoNotOptimize(&list[at]);
  }
}

struct Subject {
  Policy policy = Policy::p2c;
  std::int64_t count = 1;
  bool weighted = false;
  bool hash = false;
  int down = 0;        // that many refuse
  bool whole = false;  // and the call's begin and end
};

void pick(benchmark::State& state, Subject subject) {
  balance::PickerOptions options;
  options.policy = subject.policy;
  options.subset.above = 10'000;  // all of them
  EndpointPicker picker(options);
  TimePoint now(seconds(1'000));
  const auto list = endpoints(subject.count, subject.weighted ? 1 : 0);
  if (!picker.set_endpoints(list, {}, now)) state.SkipWithError("refused");
  for (int i = 0; i < subject.down; ++i) {
    const auto id = picker.find(list[static_cast<std::size_t>(i) * 2].identity());
    picker.connect_failed(*id, now, now, 0);
  }
  Random random(1);
  for (auto _ : state) {
    balance::CallInfo call;
    call.now = now;
    call.random = random.next();
    if (subject.hash) call.hash = call.random;
    const auto id = picker.pick(call);
    if (subject.whole) {
      picker.started(*id, now);
      const TimePoint began = now;
      now += microseconds(100);
      picker.finished(*id, {balance::Outcome::answered, began, now, call.random});
    }
    benchmark::DoNotOptimize(id);
  }
}

// Prints as usual and keeps the median (or only) time of each benchmark.
class Collector final : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name.empty() || run.aggregate_name == "median")
        times_.emplace_back(run.run_name.function_name, run.GetAdjustedCPUTime());
    }
    ConsoleReporter::ReportRuns(runs);
  }
  void print_table() const {
    double floor = 0;
    for (const auto& [name, ns] : times_)
      if (name == "cursor/20") floor = ns;
    std::printf("\n%-32s %8s %10s\n", "", "ns", "/ cursor");
    for (const auto& [name, ns] : times_) {
      std::printf("%-32s %8.1f", name.c_str(), ns);
      if (floor > 0) std::printf(" %10.1f", ns / floor);
      std::printf("\n");
    }
  }

 private:
  std::vector<std::pair<std::string, double>> times_;
};

void register_all() {
  benchmark::RegisterBenchmark("cursor/20", cursor, 20);
  const auto add = [](const std::string& name, const Subject& subject) {
    benchmark::RegisterBenchmark(name.c_str(), pick, subject);
  };
  for (const std::int64_t count : {2, 20, 1'000}) {
    const std::string size = "/" + std::to_string(count);
    add("round-robin" + size, {.policy = Policy::round_robin, .count = count});
    add("static-weight" + size, {.policy = Policy::static_weight, .count = count});
    add("mod-hash" + size, {.policy = Policy::mod_hash, .count = count, .hash = true});
    add("consistent-hash" + size,
        {.policy = Policy::consistent_hash, .count = count, .hash = true});
    add("p2c" + size, {.count = count});
    add("p2c, by weight" + size, {.count = count, .weighted = true});
  }
  add("mod-hash, 5 down/20", {.policy = Policy::mod_hash, .count = 20, .hash = true, .down = 5});
  add("p2c, begin and end too/20", {.count = 20, .whole = true});
  add("round-robin, begin and end too/20",
      {.policy = Policy::round_robin, .count = 20, .whole = true});
}

}  // namespace
}  // namespace tarsier::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  tarsier::bench::register_all();
  tarsier::bench::Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  collector.print_table();
}
