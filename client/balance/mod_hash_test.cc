#include "client/balance/mod_hash.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace tarsier::balance {
namespace {

std::vector<Slot> first(Slot count) {
  std::vector<Slot> slots(count);
  std::iota(slots.begin(), slots.end(), 0u);
  return slots;
}

TEST(ModHash, UsesAllBitsOfTheKey) {  // spec §9.3 #48
  const std::vector<Slot> all = first(3);
  const SlotFlags usable(3, 1);
  EXPECT_EQ(mod_hash(0, all, all, usable, all), 0u);
  EXPECT_EQ(mod_hash(5, all, all, usable, all), 2u);
  EXPECT_EQ(mod_hash((std::uint64_t{1} << 32) + 1, all, all, usable, all), 2u);  // not 1
  EXPECT_EQ(mod_hash(UINT64_MAX, all, all, usable, all), 0u);
}

TEST(ModHash, CountsThoseThatDoNotRun) {
  // 1 is inactive: keys of 0 and 2 stay where they are.
  const std::vector<Slot> home = first(3);
  const std::vector<Slot> active = {0, 2};
  const SlotFlags usable = {1, 0, 1};
  EXPECT_EQ(mod_hash(3, home, active, usable, active), 0u);
  EXPECT_EQ(mod_hash(5, home, active, usable, active), 2u);
  EXPECT_EQ(mod_hash(1, home, active, usable, active), 2u);  // active[1 mod 2]
  EXPECT_EQ(mod_hash(4, home, active, usable, active), 0u);
}

TEST(ModHash, GoesOnWithoutThoseThatWereAsked) {
  const std::vector<Slot> all = first(4);
  const SlotFlags usable = {1, 1, 0, 0};
  // 7: all[7 mod 4] is 3, then again 3 of the 4 active ones, then {0, 1, 2}[7 mod 3].
  EXPECT_EQ(mod_hash(7, all, all, usable, std::vector<Slot>{0, 1}), 1u);
}

TEST(ModHash, KnowsThatNobodyIsThere) {
  const std::vector<Slot> all = first(2);
  EXPECT_EQ(mod_hash(1, all, all, SlotFlags(2, 0), {}), no_slot);
  EXPECT_EQ(mod_hash(1, {}, {}, {}, {}), no_slot);
}

TEST(ModHash, CostsNoMoreWhenNearlyAllAreDown) {
  const std::vector<Slot> all = first(1'000);
  SlotFlags usable(1'000, 0);
  usable[123] = 1;
  for (std::uint64_t key = 0; key < 5'000; ++key)
    ASSERT_EQ(mod_hash(key, all, all, usable, std::vector<Slot>{123}), 123u);
}

// Spec §6.5 word by word.
Slot slow_mod_hash(std::uint64_t key, const std::vector<Slot>& home, std::vector<Slot> active,
                   const SlotFlags& usable, const std::vector<Slot>& usable_slots) {
  if (usable_slots.empty()) return no_slot;
  if (const Slot slot = home[key % home.size()]; usable[slot] != 0) return slot;
  for (std::uint32_t i = 0; i < mod_hash_tries && !active.empty(); ++i) {
    const auto at = active.begin() + static_cast<std::ptrdiff_t>(key % active.size());
    if (usable[*at] != 0) return *at;
    active.erase(at);
  }
  return usable_slots[key % usable_slots.size()];
}

RC_GTEST_PROP(ModHash, IsTheSlowOne, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 30);
  const auto home = first(static_cast<Slot>(count));
  const auto running = *rc::gen::container<SlotFlags>(count, rc::gen::inRange<std::uint8_t>(0, 2));
  auto usable = *rc::gen::container<SlotFlags>(count, rc::gen::inRange<std::uint8_t>(0, 2));
  std::vector<Slot> active, usable_slots;
  for (const Slot slot : home) {
    usable[slot] &= running[slot];
    if (running[slot] != 0) active.push_back(slot);
    if (usable[slot] != 0) usable_slots.push_back(slot);
  }
  const auto key = *rc::gen::arbitrary<std::uint64_t>();
  RC_ASSERT(mod_hash(key, home, active, usable, usable_slots) ==
            slow_mod_hash(key, home, active, usable, usable_slots));
}

}  // namespace
}  // namespace tarsier::balance
