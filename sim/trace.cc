#include "sim/trace.h"

#include <cstring>

#include "transport/base/random.h"

namespace tarsier::sim {

std::string_view event_kind_name(EventKind kind) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(EventKind::count_)> names =
      {"timer",    "turn",     "send",      "deliver",        "end",      "reset",
       "lost",     "connect",  "connected", "connect_failed", "accepted", "datagram_sent",
       "datagram", "blocking", "draw",      "boot",           "crash",    "pause",
       "resume",   "fault",    "heal"};
  return names[static_cast<std::size_t>(kind)];
}

std::string TraceEvent::to_string() const {
  std::string text = "#" + std::to_string(index) + " at " +
                     std::to_string(at.time_since_epoch().count()) +
                     " ns: " + std::string(event_kind_name(kind));
  text += node == no_node ? " in the world" : " on node " + std::to_string(node);
  if (stream != 0) text += ", stream " + std::to_string(stream);
  return text + ", payload " + std::to_string(payload);
}

std::uint64_t hash_payload(std::span<const std::byte> bytes) {
  std::uint64_t hash = mix64(bytes.size());
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (std::rotl(hash, 23) ^ word) * 0x9fb21c651e98df25u;
    hash ^= hash >> 29;
  }
  std::uint64_t rest = 0;
  if (i < bytes.size()) std::memcpy(&rest, bytes.data() + i, bytes.size() - i);
  return mix64(hash ^ rest);
}

}  // namespace tarsier::sim
