#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarsier::balance {

// The ring of consistent hashing, point for point that of other TARS clients (spec §6.5): Ketama.
// A host has groups of four points each, the words of MD5("<host>_<number>"). Its port does not
// count, so several endpoints of one host are one on the ring.
class KeyRing {
 public:
  struct Host {
    std::string_view name;
    std::uint32_t groups = 0;
  };
  static constexpr std::uint32_t groups_normal = 25;
  static constexpr std::uint32_t groups_max = 1'000;  // more than that are not made

  // max(1, weight / 4), or none without weight.
  static std::uint32_t groups_of_weight(std::int32_t weight);

  // Different hosts, known by their place in the span from now on; all of them usable. Computes the
  // points of those that are new.
  void rebuild(std::span<const Host> hosts);
  // A host that is not usable is off the ring, as if it had not been listed. Linear in the points.
  void set_usable(std::span<const std::uint8_t> usable);

  static constexpr std::uint32_t no_host = UINT32_MAX;
  // The host of a key, of which the lower 32 bits count: the first point above it, round the ring
  // (a key that equals the lowest point belongs to that point, spec §9.3 #46). Constant cost.
  std::uint32_t find(std::uint64_t key) const;

  // The next host on the ring after find() that is another one; `host` itself if it is alone.
  std::uint32_t find_other(std::uint64_t key, std::uint32_t host) const;

  std::size_t points() const { return values_.size(); }

 private:
  struct Point {
    std::uint32_t value;
    std::uint32_t host;
  };

  const std::vector<std::uint32_t>& values_of(const Host& host);
  std::size_t place_of(std::uint64_t key) const;

  std::map<std::string, std::vector<std::uint32_t>, std::less<>> known_;  // by host
  std::vector<Point> all_;                                                // ascending
  // Those of usable hosts: value and host apart, because only values are searched.
  std::vector<std::uint32_t> values_;
  std::vector<std::uint32_t> hosts_;
  std::vector<std::uint32_t> starts_;  // first place of each of 2^n equal parts of the ring
  std::uint32_t shift_ = 0;            // from a value to its part
};

}  // namespace tarsier::balance
