#include "client/balance/fleet.h"

#include <algorithm>

namespace tarsier::balance {
namespace {

bool is_reachable(Health health) { return health < Health::out_of_service; }

std::size_t count(std::span<const Fleet::Member> members, auto fits) {
  return static_cast<std::size_t>(std::count_if(
      members.begin(), members.end(), [&](const auto& member) { return fits(member.health); }));
}

}  // namespace

void Fleet::rebuild(const FleetOptions& options, std::span<const Member> members,
                    std::size_t slot_count) {
  usable_.assign(slot_count, 0);
  reachable_ = count(members, is_reachable);
  left_alone_ = 0;
  const std::size_t healthy = count(members, [](Health each) { return each == Health::healthy; });
  panic_ = healthy * 1000 < reachable_ * options.panic_permille;
  const bool all_down = count(members, [](Health h) { return h != Health::unreachable; }) == 0;
  for (const Member& member : members) {
    usable_[member.slot] = reachable_ > 0 ? is_reachable(member.health)
                                          : all_down || member.health != Health::unreachable;
  }
  if (!panic_) leave_alone(options, members);
  slots_.clear();
  for (const Member& member : members)
    if (usable_[member.slot] != 0) slots_.push_back(member.slot);
}

// Whoever was ejected first stays ejected, so that the same ones rest for as long as they need.
void Fleet::leave_alone(const FleetOptions& options, std::span<const Member> members) {
  soft_.clear();
  for (const Member& member : members)
    if (member.health == Health::ejected) soft_.push_back(member);
  const std::size_t most =
      std::max<std::size_t>(1, reachable_ * options.ejected_permille_max / 1000);
  std::sort(soft_.begin(), soft_.end(), [](const Member& one, const Member& other) {
    return one.opened_at != other.opened_at ? one.opened_at < other.opened_at
                                            : one.slot < other.slot;
  });
  left_alone_ = std::min(most, soft_.size());
  for (std::size_t i = 0; i < left_alone_; ++i) usable_[soft_[i].slot] = 0;
}

}  // namespace tarsier::balance
