#include "client/balance/subset.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "transport/base/random.h"

namespace tarsier::balance {

std::vector<std::uint32_t> subset(const SubsetOptions& options,
                                  std::span<const std::string_view> names) {
  if (names.size() <= options.above || options.size == 0 || names.size() <= options.size) {
    std::vector<std::uint32_t> all(names.size());
    std::iota(all.begin(), all.end(), 0u);
    return all;
  }
  const std::size_t parts = names.size() / options.size;
  const std::uint64_t round = options.client / parts;
  const std::size_t part = options.client % parts;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  for (std::uint32_t i = 0; i < names.size(); ++i) order.emplace_back(hash64(names[i], round), i);
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> chosen;
  for (std::size_t i = 0; i < options.size; ++i)
    chosen.push_back(order[part * options.size + i].second);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace tarsier::balance
