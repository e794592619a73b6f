// tarsier-sim: runs scenarios over many seeds and replays the ones that failed.

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sim/scenarios/scenarios.h"

namespace tarsier::sim {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

constexpr std::string_view usage =
    R"(tarsier-sim: a cluster in one process, in virtual time, under faults, from a seed

  tarsier-sim run [--scenario NAME] [--seeds N] [--first-seed S] [-jN] [--once] [--verbose]
      Runs N seeds (100), each twice, and compares the two runs. --once runs each once. Instead of
      the two numbers, --seed S replays one seed.
  tarsier-sim repro [--scenario NAME] SEED [--verbose]
  tarsier-sim repro FILE [--verbose]
      Replays one seed, or a .sim file, and prints its faults and what went wrong. --verbose also
      prints the log lines of all nodes.
  tarsier-sim save [--scenario NAME] SEED
      Prints the .sim file of a seed: what repro reads. Its faults can be edited.
  tarsier-sim list
      The scenarios, and the faults each is given.
  tarsier-sim hashes
      What sim/scenarios/hashes.txt holds: every compiler must run the same.

NAME is 'echo' if it is left out. Exit codes: 0 all is well, 1 a seed failed, 2 wrong usage.
)";

struct Arguments {
  std::string command;
  std::string scenario = "echo";
  bool scenario_given = false;
  std::uint64_t seeds = 100;
  std::uint64_t first_seed = 1;
  unsigned jobs = 1;
  std::optional<std::uint64_t> seed;
  bool once = false;
  bool verbose = false;
  std::vector<std::string> rest;
};

int complain(const std::string& sentence) {
  std::fprintf(stderr, "tarsier-sim: %s\n", sentence.c_str());
  return exit_usage;
}

std::string suggestion(std::string_view wanted, const std::vector<std::string>& names) {
  const std::string nearest = nearest_name(wanted, names);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

template <class T>
bool parse_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

// Empty if all is well, or what is wrong with the command line.
std::string parse_arguments(const std::vector<std::string>& words, Arguments& arguments) {
  const std::vector<std::string> options = {"--scenario", "--seeds",   "--first-seed",
                                            "--once",     "--verbose", "-j"};
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    std::string value;
    const bool takes_value = word == "--scenario" || word == "--seeds" || word == "--first-seed" ||
                             word == "--seed" || word == "-j";
    if (takes_value) {
      if (i + 1 == words.size()) return word + " needs a value";
      value = words[++i];
    } else if (word.starts_with("-j")) {
      value = word.substr(2);
      word = "-j";
    }
    if (word == "--scenario") {
      arguments.scenario = value;
      arguments.scenario_given = true;
    } else if (word == "--seeds") {
      if (!parse_number(value, arguments.seeds) || arguments.seeds == 0)
        return "--seeds needs a number from 1 on, not '" + value + "'";
    } else if (word == "--first-seed") {
      if (!parse_number(value, arguments.first_seed))
        return "--first-seed needs a number, not '" + value + "'";
    } else if (word == "--seed") {
      if (!parse_number(value, arguments.seed.emplace()))
        return "--seed needs a number, not '" + value + "'";
    } else if (word == "-j") {
      if (!parse_number(value, arguments.jobs) || arguments.jobs == 0 || arguments.jobs > 256)
        return "-j needs a number from 1 to 256, not '" + value + "'";
    } else if (word == "--once") {
      arguments.once = true;
    } else if (word == "--verbose") {
      arguments.verbose = true;
    } else if (word.starts_with("-")) {
      return "no option is called '" + word + "'" + suggestion(word, options);
    } else if (arguments.command.empty()) {
      arguments.command = word;
    } else {
      arguments.rest.push_back(word);
    }
  }
  return "";
}

const Scenario* scenario_or_complain(const std::string& name) {
  if (const Scenario* scenario = find_scenario(name)) return scenario;
  std::vector<std::string> names;
  for (const Scenario& one : scenarios()) names.emplace_back(one.name);
  complain("no scenario is called '" + name + "'" + suggestion(name, names) +
           " 'tarsier-sim list' shows all");
  return nullptr;
}

// ---------------------------------------------------------------------------------- abort

// A TARSIER_CHECK that stops the program inside a run must still say which seed it was.
thread_local char running_seed[160];

extern "C" void tell_seed(int) {
  std::fwrite(running_seed, 1, std::strlen(running_seed), stderr);
  std::_Exit(exit_failed);
}

void note_seed(const Scenario& scenario, std::uint64_t seed) {
  std::snprintf(running_seed, sizeof running_seed,
                "this was seed %llu; replay it with: tarsier-sim repro --scenario %.*s %llu\n",
                static_cast<unsigned long long>(seed), static_cast<int>(scenario.name.size()),
                scenario.name.data(), static_cast<unsigned long long>(seed));
}

// ---------------------------------------------------------------------------------- run

struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::uint64_t events = 0;
  Duration simulated{};
  FaultCounts fired{};
  std::vector<std::pair<std::string, std::uint64_t>> counts;

  void add(const RunReport& report) {
    events += report.events;
    simulated += report.simulated;
    ++runs;
    for (std::size_t i = 0; i < fault_kinds; ++i) fired[i] += report.fired[i];
    counts.resize(report.counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i].first = report.counts[i].first;
      counts[i].second += report.counts[i].second;
    }
  }
};

struct SeedResult {
  RunReport report;
  std::optional<std::string> divergence;
  bool passed() const { return report.passed() && !divergence; }
};

SeedResult run_seed(const Scenario& scenario, std::uint64_t seed, bool once) {
  note_seed(scenario, seed);
  RunPlan plan;
  plan.seed = seed;
  SeedResult result;
  if (once) {
    result.report = scenario.run(plan);
  } else {
    result.divergence = find_divergence(scenario, plan, result.report);
  }
  return result;
}

void print_failure(const Scenario& scenario, const SeedResult& result) {
  const auto seed = static_cast<unsigned long long>(result.report.seed);
  std::printf("seed %llu failed\n", seed);
  for (const std::string& violation : result.report.violations)
    std::printf("  %s\n", violation.c_str());
  if (result.divergence) std::printf("  %s\n", result.divergence->c_str());
  std::printf("  replay: tarsier-sim repro --scenario %.*s %llu\n",
              static_cast<int>(scenario.name.size()), scenario.name.data(), seed);
}

double seconds_of(Duration d) { return static_cast<double>(d.count()) / 1e9; }

void print_totals(const Scenario& scenario, const Arguments& arguments, const Totals& totals,
                  double real_seconds) {
  const double repeats = arguments.once ? 1 : 2;
  const double events = static_cast<double>(totals.events) * repeats;
  const double simulated = seconds_of(totals.simulated) * repeats;
  std::printf("scenario %.*s: %llu seeds from %llu, %s\n", static_cast<int>(scenario.name.size()),
              scenario.name.data(), static_cast<unsigned long long>(totals.runs),
              static_cast<unsigned long long>(arguments.first_seed),
              arguments.once ? "each run once" : "each run twice and compared");
  for (const auto& [name, value] : totals.counts)
    std::printf("  %-20s %12llu\n", name.c_str(), static_cast<unsigned long long>(value));
  std::printf("faults\n");
  std::uint64_t faults = 0;
  for (std::size_t i = 0; i < fault_kinds; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    if (std::find(scenario.kinds.begin(), scenario.kinds.end(), kind) == scenario.kinds.end())
      continue;
    faults += totals.fired[i];
    std::printf("  %-20s %12llu\n", std::string(fault_name(kind)).c_str(),
                static_cast<unsigned long long>(totals.fired[i]));
  }
  std::printf("  %-20s %12llu\n", "all", static_cast<unsigned long long>(faults));
  std::printf(
      "%.1f s of real time on %u thread%s: %.2f M events/s, %.0f s simulated, %.0f x real "
      "time\n",
      real_seconds, arguments.jobs, arguments.jobs == 1 ? "" : "s", events / real_seconds / 1e6,
      simulated, simulated / real_seconds);
  std::printf("%llu passed, %llu failed\n",
              static_cast<unsigned long long>(totals.runs - totals.failed),
              static_cast<unsigned long long>(totals.failed));
}

int run(const Arguments& arguments) {
  if (!arguments.rest.empty())
    return complain("run takes no '" + arguments.rest[0] + "'; for one seed: tarsier-sim repro");
  const Scenario* scenario = scenario_or_complain(arguments.scenario);
  if (scenario == nullptr) return exit_usage;

  std::mutex mutex;
  std::uint64_t next = 0;
  Totals totals;
  std::map<std::uint64_t, SeedResult> failures;
  const auto work = [&] {
    while (true) {
      std::uint64_t seed;
      {
        const std::lock_guard lock(mutex);
        if (next == arguments.seeds) return;
        seed = arguments.first_seed + next++;
      }
      SeedResult result = run_seed(*scenario, seed, arguments.once);
      const std::lock_guard lock(mutex);
      totals.add(result.report);
      if (arguments.verbose) {
        std::printf("seed %llu: %s, %llu events, %zu faults, hash %016llx\n",
                    static_cast<unsigned long long>(seed), result.passed() ? "passed" : "FAILED",
                    static_cast<unsigned long long>(result.report.events),
                    result.report.faults.faults.size(),
                    static_cast<unsigned long long>(result.report.hash));
      }
      if (!result.passed()) {
        ++totals.failed;
        failures.emplace(seed, std::move(result));
      }
    }
  };
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < arguments.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - start;

  for (const auto& [seed, result] : failures) print_failure(*scenario, result);
  print_totals(*scenario, arguments, totals, real.count());
  return totals.failed == 0 ? 0 : exit_failed;
}

// ---------------------------------------------------------------------------------- one seed

int replay(const Scenario& scenario, RunPlan plan, bool verbose) {
  if (verbose) {
    plan.log_level = LogLevel::trace;
    plan.log_line = [](std::string_view line) {
      std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    };
  }
  note_seed(scenario, plan.seed);
  SeedResult result;
  result.report = scenario.run(plan);
  if (!verbose) {
    RunReport again;
    result.divergence = find_divergence(scenario, plan, again);
  }
  std::printf("scenario %.*s, seed %llu, hash %016llx, %llu events, %s simulated\n",
              static_cast<int>(scenario.name.size()), scenario.name.data(),
              static_cast<unsigned long long>(plan.seed),
              static_cast<unsigned long long>(result.report.hash),
              static_cast<unsigned long long>(result.report.events),
              duration_text(result.report.simulated).c_str());
  for (const auto& [name, value] : result.report.counts)
    std::printf("  %-20s %12llu\n", name.c_str(), static_cast<unsigned long long>(value));
  std::printf("faults\n");
  for (const Fault& fault : result.report.faults.faults)
    std::printf("  %s\n", fault.to_string().c_str());
  if (result.passed()) {
    std::printf("passed\n");
    return 0;
  }
  print_failure(scenario, result);
  return exit_failed;
}

std::optional<std::string> read_whole_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

int repro(const Arguments& arguments) {
  if (arguments.rest.size() != 1)
    return complain("repro needs one seed or the path of a .sim file");
  RunPlan plan;
  std::string name = arguments.scenario;
  if (!parse_number(arguments.rest[0], plan.seed)) {
    const auto text = read_whole_file(arguments.rest[0]);
    if (!text) return complain("'" + arguments.rest[0] + "' is neither a seed nor a readable file");
    auto file = parse_sim_file(*text);
    if (!file) return complain(arguments.rest[0] + ": " + file.error().detail);
    if (arguments.scenario_given && file->scenario != name) {
      return complain(arguments.rest[0] + " is of scenario '" + file->scenario + "', not '" + name +
                      "'; leave --scenario out");
    }
    name = file->scenario;
    plan.seed = file->seed;
    plan.faults = file->faults;
  }
  const Scenario* scenario = scenario_or_complain(name);
  if (scenario == nullptr) return exit_usage;
  return replay(*scenario, plan, arguments.verbose);
}

int save(const Arguments& arguments) {
  SimFile file;
  if (arguments.rest.size() != 1 || !parse_number(arguments.rest[0], file.seed))
    return complain("save needs one seed");
  const Scenario* scenario = scenario_or_complain(arguments.scenario);
  if (scenario == nullptr) return exit_usage;
  file.scenario = arguments.scenario;
  RunPlan plan;
  plan.seed = file.seed;
  note_seed(*scenario, plan.seed);
  file.faults = scenario->run(plan).faults;
  std::printf("%s", file.to_string().c_str());
  return 0;
}

int list() {
  for (const Scenario& scenario : scenarios()) {
    std::printf("%.*s: %.*s\n  faults:", static_cast<int>(scenario.name.size()),
                scenario.name.data(), static_cast<int>(scenario.description.size()),
                scenario.description.data());
    for (const FaultKind kind : scenario.kinds)
      std::printf(" %s", std::string(fault_name(kind)).c_str());
    std::printf("\n");
  }
  return 0;
}

int hashes() {
  for (const Scenario& scenario : scenarios()) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      note_seed(scenario, seed);
      RunPlan plan;
      plan.seed = seed;
      std::printf("%.*s %llu %016llx\n", static_cast<int>(scenario.name.size()),
                  scenario.name.data(), static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(scenario.run(plan).hash));
    }
  }
  return 0;
}

int run_command(const Arguments& arguments) {
  if (!arguments.seed) return run(arguments);
  Arguments one = arguments;
  one.rest = {std::to_string(*arguments.seed)};
  return repro(one);
}

int main_of(const std::vector<std::string>& words) {
  if (words.empty()) {
    std::fwrite(usage.data(), 1, usage.size(), stderr);
    return exit_usage;
  }
  for (const std::string& word : words) {
    if (word != "--help" && word != "-h" && word != "help") continue;
    std::fwrite(usage.data(), 1, usage.size(), stdout);
    return 0;
  }
  Arguments arguments;
  if (const std::string wrong = parse_arguments(words, arguments); !wrong.empty())
    return complain(wrong);
  if (arguments.command == "run") return run_command(arguments);
  if (arguments.command == "repro") return repro(arguments);
  if (arguments.command == "save") return save(arguments);
  if (arguments.command == "list") return list();
  if (arguments.command == "hashes") return hashes();
  return complain("no command is called '" + arguments.command + "'" +
                  suggestion(arguments.command, {"run", "repro", "save", "list", "hashes"}) +
                  " 'tarsier-sim --help' shows all");
}

}  // namespace
}  // namespace tarsier::sim

int main(int argc, char** argv) {
  std::signal(SIGABRT, tarsier::sim::tell_seed);
  return tarsier::sim::main_of(std::vector<std::string>(argv + 1, argv + argc));
}
