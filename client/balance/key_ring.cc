#include "client/balance/key_ring.h"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "transport/base/digest.h"

namespace tarsier::balance {
namespace {

constexpr std::uint32_t points_per_group = 4;

std::uint32_t word_of(const Md5& digest, std::size_t at) {  // little-endian
  return static_cast<std::uint32_t>(digest[at]) | static_cast<std::uint32_t>(digest[at + 1]) << 8 |
         static_cast<std::uint32_t>(digest[at + 2]) << 16 |
         static_cast<std::uint32_t>(digest[at + 3]) << 24;
}

}  // namespace

std::uint32_t KeyRing::groups_of_weight(std::int32_t weight) {
  if (weight <= 0) return 0;
  return std::clamp(static_cast<std::uint32_t>(weight) / 4, 1u, groups_max);
}

// In the order of their groups, so that a host with another weight has more or fewer of the same.
const std::vector<std::uint32_t>& KeyRing::values_of(const Host& host) {
  auto& values = known_.try_emplace(std::string(host.name)).first->second;
  const std::uint32_t groups = std::min(host.groups, groups_max);
  for (std::size_t j = values.size() / points_per_group; j < groups; ++j) {
    const Md5 digest = md5(std::string(host.name) + "_" + std::to_string(j));
    for (std::size_t at = 0; at < digest.size(); at += 4) values.push_back(word_of(digest, at));
  }
  return values;
}

void KeyRing::rebuild(std::span<const Host> hosts) {
  all_.clear();
  for (std::uint32_t i = 0; i < hosts.size(); ++i) {
    const std::vector<std::uint32_t>& values = values_of(hosts[i]);
    const std::size_t count = std::min(hosts[i].groups, groups_max) * points_per_group;
    for (std::size_t k = 0; k < count; ++k) all_.push_back(Point{values[k], i});
  }
  // Equal points of different hosts: by name, so that all clients agree (spec §9.3 #47).
  std::sort(all_.begin(), all_.end(), [&](const Point& one, const Point& other) {
    if (one.value != other.value) return one.value < other.value;
    return hosts[one.host].name < hosts[other.host].name;
  });
  std::set<std::string_view> names;
  for (const Host& host : hosts) names.insert(host.name);
  std::erase_if(known_, [&](const auto& entry) { return !names.contains(entry.first); });
  set_usable(std::vector<std::uint8_t>(hosts.size(), 1));
}

void KeyRing::set_usable(std::span<const std::uint8_t> usable) {
  values_.clear();
  hosts_.clear();
  for (const Point& point : all_) {
    if (usable[point.host] == 0) continue;
    values_.push_back(point.value);
    hosts_.push_back(point.host);
  }
  // As many parts as points, so that a part holds about one.
  const auto bits = static_cast<std::uint32_t>(std::bit_width(values_.size() | 1));
  shift_ = 32 - bits;
  starts_.assign(std::size_t{1} << bits, 0);
  std::size_t place = 0;
  for (std::size_t part = 0; part < starts_.size(); ++part) {
    while (place < values_.size() && (values_[place] >> shift_) < part) ++place;
    starts_[part] = static_cast<std::uint32_t>(place);
  }
}

std::size_t KeyRing::place_of(std::uint64_t key) const {
  const auto hash = static_cast<std::uint32_t>(key);
  if (hash <= values_.front()) return 0;
  std::size_t place = starts_[hash >> shift_];
  while (place < values_.size() && values_[place] <= hash) ++place;
  return place < values_.size() ? place : 0;
}

std::uint32_t KeyRing::find(std::uint64_t key) const {
  return values_.empty() ? no_host : hosts_[place_of(key)];
}

std::uint32_t KeyRing::find_other(std::uint64_t key, std::uint32_t host) const {
  if (values_.empty()) return no_host;
  std::size_t place = place_of(key);
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[place] != host) return hosts_[place];
    place = place + 1 < hosts_.size() ? place + 1 : 0;
  }
  return host;
}

}  // namespace tarsier::balance
