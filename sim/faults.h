#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/result.h"
#include "transport/base/time.h"

namespace tarsier::sim {

// Everything that can be wrong with a world. The names are what stands in a schedule.
enum class FaultKind : std::uint8_t {
  partition,           // nodes: the group and the rest do not hear each other
  cut,                 // link: everything is lost, one way
  clog,                // link: everything waits, one way
  slow,                // link: amount milliseconds later, one way
  tiny_segments,       // link: segments of a few bytes, one way
  reset,               // pair: every connection between the two breaks
  silence,             // pair: every connection between the two dies without a word
  kill,                // node: the process ends, and is started again
  power_off,           // node: the machine falls silent, and boots again
  pause,               // node: the process stands still
  refuse,              // node: connections to it are refused
  deaf,                // node: its backlog is full
  tiny_writes,         // node: write calls take a few bytes
  tiny_buffers,        // node: 2 KiB of send buffer
  no_descriptors,      // node: no further connection, listener or datagram socket
  datagram_loss,       // link: amount of 1,000 datagrams are lost, one way
  datagram_duplicate,  // link: … arrive twice
  datagram_reorder,    // link: … are overtaken
  count_,
};
constexpr std::size_t fault_kinds = static_cast<std::size_t>(FaultKind::count_);

std::string_view fault_name(FaultKind kind);
// Errors name the nearest kind: "no fault is called 'partion'; did you mean 'partition'?"
Result<FaultKind> parse_fault_kind(std::string_view name);

// What a kind is about, and so how its target is written.
enum class FaultTarget : std::uint8_t {
  node,   // "server1"
  nodes,  // "server1,server2"
  link,   // "client1->server1"
  pair,   // "client1--server1"
};
FaultTarget fault_target(FaultKind kind);
// reset and silence happen at one moment; all others last.
bool fault_lasts(FaultKind kind);
// Whether "amount" means something: slow (ms) and the datagram kinds (permille).
bool fault_has_amount(FaultKind kind);

// One fault, as plain data. In text, with the parts that its kind has:
//   12.5s slow client1->server1 250 for 3s
struct Fault {
  Duration at{};  // since the start of the schedule
  FaultKind kind = FaultKind::cut;
  std::vector<std::string> nodes;  // one, two, or for a partition any number
  std::int64_t amount = 0;
  Duration duration{};

  bool operator==(const Fault&) const = default;
  std::string to_string() const;
};
Result<Fault> parse_fault(std::string_view line);

// In order of time. Text: one fault a line; blank lines and lines that start with '#' mean nothing.
struct FaultSchedule {
  std::vector<Fault> faults;

  bool operator==(const FaultSchedule&) const = default;
  std::string to_string() const;
};
// Errors name the line.
Result<FaultSchedule> parse_fault_schedule(std::string_view text);

// How often each kind had an effect.
using FaultCounts = std::array<std::uint64_t, fault_kinds>;

// "1.5s", "250ms", "10us", "7ns".
std::string duration_text(Duration d);
Result<Duration> parse_duration(std::string_view text);

// The name nearest to `wanted` by edits, or empty if none is near.
std::string nearest_name(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace tarsier::sim
