#include "sim/faults.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tarsier::sim {
namespace {

struct KindFacts {
  std::string_view name;
  FaultTarget target;
  bool lasts;
  bool has_amount;
};

constexpr std::array<KindFacts, fault_kinds> facts = {{
    {"partition", FaultTarget::nodes, true, false},
    {"cut", FaultTarget::link, true, false},
    {"clog", FaultTarget::link, true, false},
    {"slow", FaultTarget::link, true, true},
    {"tiny_segments", FaultTarget::link, true, false},
    {"reset", FaultTarget::pair, false, false},
    {"silence", FaultTarget::pair, false, false},
    {"kill", FaultTarget::node, true, false},
    {"power_off", FaultTarget::node, true, false},
    {"pause", FaultTarget::node, true, false},
    {"refuse", FaultTarget::node, true, false},
    {"deaf", FaultTarget::node, true, false},
    {"tiny_writes", FaultTarget::node, true, false},
    {"tiny_buffers", FaultTarget::node, true, false},
    {"no_descriptors", FaultTarget::node, true, false},
    {"datagram_loss", FaultTarget::link, true, true},
    {"datagram_duplicate", FaultTarget::link, true, true},
    {"datagram_reorder", FaultTarget::link, true, true},
}};

const KindFacts& facts_of(FaultKind kind) { return facts[static_cast<std::size_t>(kind)]; }

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
// The longest suffix first, so that "ms" is not read as "s".
constexpr std::array<Unit, 4> units = {
    {{"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}, {"s", 1'000'000'000}}};

std::string_view take_word(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

std::string_view separator_of(FaultTarget target) {
  switch (target) {
    case FaultTarget::link: return "->";
    case FaultTarget::pair: return "--";
    default: return ",";
  }
}

Result<std::vector<std::string>> parse_target(FaultKind kind, std::string_view word) {
  const FaultTarget target = fault_target(kind);
  std::vector<std::string> nodes = split(word, separator_of(target));
  const bool named = std::none_of(nodes.begin(), nodes.end(),
                                  [](const std::string& name) { return name.empty(); });
  const bool count_fits = target == FaultTarget::nodes  ? !nodes.empty()
                          : target == FaultTarget::node ? nodes.size() == 1
                                                        : nodes.size() == 2;
  if (named && count_fits) return nodes;
  constexpr std::array<std::string_view, 4> examples = {"server1", "server1,server2",
                                                        "client1->server1", "client1--server1"};
  return Error(Code::malformed, std::string(fault_name(kind)) + " needs a target like " +
                                    std::string(examples[static_cast<std::size_t>(target)]) +
                                    ", not '" + std::string(word) + "'");
}

}  // namespace

std::string_view fault_name(FaultKind kind) { return facts_of(kind).name; }
FaultTarget fault_target(FaultKind kind) { return facts_of(kind).target; }
bool fault_lasts(FaultKind kind) { return facts_of(kind).lasts; }
bool fault_has_amount(FaultKind kind) { return facts_of(kind).has_amount; }

std::string nearest_name(std::string_view wanted, const std::vector<std::string>& names) {
  std::string best;
  std::size_t best_edits = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  for (const std::string& name : names) {
    // Levenshtein, one row at a time.
    std::vector<std::size_t> row(name.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= wanted.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i);
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t replaced = diagonal + (wanted[i - 1] == name[j - 1] ? 0 : 1);
        diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
      }
    }
    if (row.back() < best_edits) {
      best_edits = row.back();
      best = name;
    }
  }
  return best;
}

Result<FaultKind> parse_fault_kind(std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < fault_kinds; ++i) {
    if (facts[i].name == name) return static_cast<FaultKind>(i);
    names.emplace_back(facts[i].name);
  }
  const std::string nearest = nearest_name(name, names);
  return Error(Code::malformed,
               "no fault is called '" + std::string(name) + "'" +
                   (nearest.empty() ? std::string() : "; did you mean '" + nearest + "'?"));
}

// ---------------------------------------------------------------------------------- durations

std::string duration_text(Duration d) {
  std::int64_t ns = d.count();
  if (ns % 1'000'000 != 0)
    return ns % 1'000 == 0 ? std::to_string(ns / 1'000) + "us" : std::to_string(ns) + "ns";
  if (ns < 1'000'000'000) return std::to_string(ns / 1'000'000) + "ms";
  std::string text = std::to_string(ns / 1'000'000'000);
  if (const std::int64_t ms = ns / 1'000'000 % 1'000; ms != 0) {
    std::string fraction = std::to_string(ms + 1'000).substr(1);
    while (fraction.back() == '0') fraction.pop_back();
    text += "." + fraction;
  }
  return text + "s";
}

Result<Duration> parse_duration(std::string_view text) {
  const auto malformed = [text] {
    return Error(Code::malformed,
                 "'" + std::string(text) + "' is not a duration; write 1.5s, 250ms, 10us or 7ns");
  };
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [text](const Unit& u) { return text.ends_with(u.name); });
  if (unit == units.end()) return malformed();
  const std::string_view number = text.substr(0, text.size() - unit->name.size());
  std::int64_t total = 0;
  std::int64_t scale = unit->ns;
  bool fraction = false;
  bool digits = false;
  for (const char c : number) {
    if (c == '.' && !fraction && digits) {
      fraction = true;
    } else if (c < '0' || c > '9') {
      return malformed();
    } else if (fraction) {
      if (scale % 10 != 0) return malformed();
      scale /= 10;
      total += (c - '0') * scale;
    } else {
      digits = true;
      if (total > INT64_MAX / 20) return malformed();
      total = total * 10 + (c - '0') * scale;
    }
  }
  if (!digits || number.back() == '.') return malformed();
  return Duration(total);
}

// ---------------------------------------------------------------------------------- text

std::string Fault::to_string() const {
  std::string text = duration_text(at) + " " + std::string(fault_name(kind)) + " ";
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0) text += separator_of(fault_target(kind));
    text += nodes[i];
  }
  if (fault_has_amount(kind)) text += " " + std::to_string(amount);
  if (fault_lasts(kind)) text += " for " + duration_text(duration);
  return text;
}

Result<Fault> parse_fault(std::string_view line) {
  Fault fault;
  TARSIER_TRY(fault.at, parse_duration(take_word(line)));
  TARSIER_TRY(fault.kind, parse_fault_kind(take_word(line)));
  TARSIER_TRY(fault.nodes, parse_target(fault.kind, take_word(line)));
  const std::string name(fault_name(fault.kind));
  if (fault_has_amount(fault.kind)) {
    const std::string_view word = take_word(line);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), fault.amount);
    const bool permille = fault.kind != FaultKind::slow;
    if (word.empty() || error != std::errc() || end != word.data() + word.size() ||
        fault.amount < 0 || fault.amount > (permille ? 1'000 : 3'600'000)) {
      return Error(Code::malformed,
                   name + " needs " +
                       (permille ? "a share of 0 to 1000 permille" : "a number of milliseconds") +
                       " after its target, not '" + std::string(word) + "'");
    }
  }
  if (fault_lasts(fault.kind)) {
    if (const auto word = take_word(line); word != "for") {
      return Error(Code::malformed,
                   name + " needs 'for <duration>', not '" + std::string(word) + "'");
    }
    TARSIER_TRY(fault.duration, parse_duration(take_word(line)));
  }
  if (const auto rest = take_word(line); !rest.empty())
    return Error(Code::malformed, "'" + std::string(rest) + "' is too much for " + name);
  return fault;
}

std::string FaultSchedule::to_string() const {
  std::string text;
  for (const Fault& fault : faults) text += fault.to_string() + "\n";
  return text;
}

Result<FaultSchedule> parse_fault_schedule(std::string_view text) {
  FaultSchedule schedule;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \r\t") == std::string_view::npos || line.front() == '#') continue;
    auto fault = parse_fault(line);
    if (!fault) {
      return Error(Code::malformed, "line " + std::to_string(number) + ": " + fault.error().detail);
    }
    const auto place =
        std::upper_bound(schedule.faults.begin(), schedule.faults.end(), *fault,
                         [](const Fault& one, const Fault& other) { return one.at < other.at; });
    schedule.faults.insert(place, std::move(*fault));
  }
  return schedule;
}

}  // namespace tarsier::sim
