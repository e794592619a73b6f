#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/time.h"

namespace tarsier::sim {

// What a simulation is made of. The names are what people read in a divergence report.
enum class EventKind : std::uint8_t {
  timer,    // a timer of a node fired
  turn,     // a node ran what was ready; payload: how many callbacks
  send,     // bytes were queued; payload: their hash
  deliver,  // a segment arrived; payload: its size
  end,      // a half-close arrived
  reset,    // a reset arrived
  lost,     // a segment, datagram or handshake met a cut path or a dead host
  connect,  // a connection was asked for
  connected,
  connect_failed,  // payload: the code
  accepted,
  datagram_sent,  // payload: the hash of the datagram
  datagram,       // a datagram arrived; payload: its size
  blocking,       // blocking work ended
  draw,           // payload: a number that the scenario wants in the hash
  boot,
  crash,
  pause,
  resume,
  fault,  // payload: which
  heal,
  count_,
};
std::string_view event_kind_name(EventKind kind);

struct TraceEvent {
  std::uint64_t index = 0;  // the first event is number 1
  TimePoint at;
  std::uint32_t node = 0;  // no_node: the world
  EventKind kind = EventKind::timer;
  std::uint64_t stream = 0;
  std::uint64_t payload = 0;

  bool operator==(const TraceEvent&) const = default;
  std::string to_string() const;
};

constexpr std::uint32_t no_node = UINT32_MAX;

struct Checkpoint {
  std::uint64_t index = 0;  // events so far
  std::uint64_t hash = 0;
  bool operator==(const Checkpoint&) const = default;
};

// The rolling hash over all events of one run, with a checkpoint every 1,024 events: two runs that
// differ differ in a checkpoint, and a third run that keeps the events of that stretch shows which.
class Trace {
 public:
  static constexpr std::uint64_t checkpoint_events = 1024;

  void record(TimePoint at, std::uint32_t node, EventKind kind, std::uint64_t stream,
              std::uint64_t payload) {
    absorb(static_cast<std::uint64_t>(at.time_since_epoch().count()));
    absorb((std::uint64_t{node} << 32) | static_cast<std::uint64_t>(kind));
    absorb(stream);
    absorb(payload);
    ++events_;
    ++counts_[static_cast<std::size_t>(kind)];
    if (events_ % checkpoint_events == 0) checkpoints_.push_back({events_, hash_});
    if (events_ > keep_after_ && events_ <= keep_until_) [[unlikely]]
      kept_.push_back({events_, at, node, kind, stream, payload});
  }

  // Keeps events number after+1 … until for reading.
  void keep(std::uint64_t after, std::uint64_t until) {
    keep_after_ = after;
    keep_until_ = until;
  }

  std::uint64_t hash() const { return hash_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t count(EventKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  const std::vector<Checkpoint>& checkpoints() const { return checkpoints_; }
  const std::vector<TraceEvent>& kept() const { return kept_; }

 private:
  void absorb(std::uint64_t word) {
    hash_ = (std::rotl(hash_, 23) ^ word) * 0x9fb21c651e98df25u;
    hash_ ^= hash_ >> 29;
  }

  std::uint64_t hash_ = 0x7461727369657221u;
  std::uint64_t events_ = 0;
  std::uint64_t keep_after_ = 0;
  std::uint64_t keep_until_ = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(EventKind::count_)> counts_{};
  std::vector<Checkpoint> checkpoints_;
  std::vector<TraceEvent> kept_;
};

// Eight bytes at a time, the same on every compiler.
std::uint64_t hash_payload(std::span<const std::byte> bytes);

}  // namespace tarsier::sim
