#include "sim/scenario.h"

#include <algorithm>
#include <charconv>

namespace tarsier::sim {

std::uint64_t RunReport::count(std::string_view name) const {
  for (const auto& [counted, value] : counts)
    if (counted == name) return value;
  return 0;
}

// ---------------------------------------------------------------------------------- divergence

namespace {

// The number of the first checkpoint that differs, or of the shorter run's end.
std::size_t first_difference(const RunReport& a, const RunReport& b) {
  const std::size_t both = std::min(a.checkpoints.size(), b.checkpoints.size());
  for (std::size_t i = 0; i < both; ++i)
    if (!(a.checkpoints[i] == b.checkpoints[i])) return i;
  return both;
}

}  // namespace

std::optional<std::string> find_divergence(const Scenario& scenario, const RunPlan& plan,
                                           RunReport& report) {
  report = scenario.run(plan);
  const RunReport again = scenario.run(plan);
  if (report.hash == again.hash && report.events == again.events) return std::nullopt;

  RunPlan zoom = plan;
  zoom.keep_after = first_difference(report, again) * Trace::checkpoint_events;
  zoom.keep_until = zoom.keep_after + Trace::checkpoint_events;
  const RunReport a = scenario.run(zoom);
  const RunReport b = scenario.run(zoom);
  std::string text = "two runs of seed " + std::to_string(plan.seed) + " differ";
  for (std::size_t i = 0; i < std::max(a.kept.size(), b.kept.size()); ++i) {
    const bool in_both = i < a.kept.size() && i < b.kept.size();
    if (in_both && a.kept[i] == b.kept[i]) continue;
    const auto describe = [i](const std::vector<TraceEvent>& kept) {
      return i < kept.size() ? kept[i].to_string() : std::string("no further event");
    };
    return text + "\n  first:  " + describe(a.kept) + "\n  second: " + describe(b.kept);
  }
  return text + ", but the stretch after event " + std::to_string(zoom.keep_after) +
         " was the same when run again";
}

// ---------------------------------------------------------------------------------- files

std::string SimFile::to_string() const {
  std::string text =
      "tarsier-sim 1\nscenario " + scenario + "\nseed " + std::to_string(seed) + "\n";
  if (faults) text += "faults\n" + faults->to_string();
  return text;
}

Result<SimFile> parse_sim_file(std::string_view text) {
  const auto take_line = [&text] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  SimFile file;
  const std::string_view version = take_line();
  if (version != "tarsier-sim 1") {
    return Error(Code::malformed, "the first line is '" + std::string(version) +
                                      "'; this program reads files that begin with "
                                      "'tarsier-sim 1'");
  }
  const std::string_view scenario = take_line();
  if (!scenario.starts_with("scenario ")) {
    return Error(Code::malformed,
                 "the second line must be 'scenario <name>', not '" + std::string(scenario) + "'");
  }
  file.scenario = scenario.substr(9);
  const std::string_view seed = take_line();
  const std::string_view number = seed.starts_with("seed ") ? seed.substr(5) : std::string_view();
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), file.seed);
  if (number.empty() || error != std::errc() || end != number.data() + number.size()) {
    return Error(Code::malformed,
                 "the third line must be 'seed <number>', not '" + std::string(seed) + "'");
  }
  while (!text.empty()) {
    const std::string_view line = take_line();
    if (line.empty() || line.front() == '#') continue;
    if (line != "faults") {
      return Error(Code::malformed,
                   "expected the line 'faults' or the end, not '" + std::string(line) + "'");
    }
    auto schedule = parse_fault_schedule(text);
    if (!schedule) {
      return Error(Code::malformed, "after the line 'faults', " + schedule.error().detail);
    }
    file.faults = std::move(*schedule);
    text = {};
  }
  return file;
}

// ---------------------------------------------------------------------------------- stage

void Verdict::fail(std::string sentence) {
  if (violations_.size() >= violations_max) return;
  violations_.push_back(duration_text(world_.now().time_since_epoch()) + ": " +
                        std::move(sentence));
}

namespace {

WorldOptions with_log(WorldOptions options, const RunPlan& plan) {
  options.log_level = plan.log_level;
  options.log_line = plan.log_line;
  return options;
}

}  // namespace

Stage::Stage(const RunPlan& plan, WorldOptions options)
    : plan_(plan),
      world_(plan.seed, with_log(std::move(options), plan)),
      verdict_(world_),
      nemesis_(world_) {
  world_.trace().keep(plan.keep_after, plan.keep_until);
}

void Stage::start_faults(const SwarmOptions& swarm) {
  schedule_ = plan_.faults ? *plan_.faults : draw_swarm(world_.random("swarm"), swarm);
  if (auto started = nemesis_.start(schedule_); !started) verdict_.fail(started.error().detail);
}

void Stage::expect_settled(Duration limit) {
  if (!world_.run_until_idle(limit)) {
    verdict_.fail("after " + duration_text(limit) + " of peace something still happens:\n" +
                  world_.waiting());
  } else if (const Leaks leaks = world_.leaks(); !leaks.none()) {
    verdict_.fail("left behind when everything was stopped: " + leaks.to_string() + "\n" +
                  world_.waiting());
  }
}

RunReport Stage::finish(std::vector<std::pair<std::string, std::uint64_t>> counts) {
  RunReport report;
  report.seed = plan_.seed;
  report.faults = schedule_;
  report.fired = nemesis_.fired();
  report.hash = world_.hash();
  report.events = world_.trace().events();
  report.checkpoints = world_.trace().checkpoints();
  report.kept = world_.trace().kept();
  report.simulated = world_.now().time_since_epoch();
  report.counts = std::move(counts);
  report.violations = verdict_.take();
  return report;
}

}  // namespace tarsier::sim
