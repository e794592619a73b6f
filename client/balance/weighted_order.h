#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tarsier::balance {

// The order in which static weights are served (spec §6.5): a list of positions in `weights`, gone
// through again and again, in which each position stands in proportion to its weight and spread
// out. Weights are reduced to 0..100 first; who gets 0 stands there once. Positions with a weight
// of 0 or less are left out.
//
// The order is the one other TARS clients use, ties included, at a cost of one step a place and
// different weight instead of one a place and position.
std::vector<std::uint32_t> weighted_order(std::span<const std::int32_t> weights);

}  // namespace tarsier::balance
