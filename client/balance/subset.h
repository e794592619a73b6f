#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tarsier::balance {

struct SubsetOptions {
  std::size_t above = 50;  // endpoints; with fewer, a client uses all
  std::size_t size = 20;
  std::uint64_t client = 0;  // clients numbered one after another share the endpoints most evenly
};

// Which endpoints a client connects to when there are many (deterministic subsetting, SRE book,
// chapter 20): the clients of one round divide all endpoints among themselves, and each round does
// so in another order. That order is by a hash of the names, so that an endpoint that comes or goes
// moves one place of it instead of all.
//
// Ascending places in `names`.
std::vector<std::uint32_t> subset(const SubsetOptions& options,
                                  std::span<const std::string_view> names);

}  // namespace tarsier::balance
