#include "client/balance/rotation.h"

#include <cstddef>
#include <string>
#include <vector>

namespace tarsier::balance {
namespace {

std::string picks(Rotation& rotation, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(rotation.next());
  return text;
}

TEST(Rotation, StartsAtTheSecondPlace) {  // spec §6.5: the cursor is incremented first
  Rotation rotation;
  rotation.rebuild({0, 1, 2}, SlotFlags(3, 1));
  EXPECT_EQ(picks(rotation, 7), "1201201");
}

TEST(Rotation, HasOnlyOneWhenThereIsOnlyOne) {
  Rotation rotation;
  rotation.rebuild({0}, SlotFlags(1, 1));
  EXPECT_EQ(picks(rotation, 3), "000");
}

TEST(Rotation, PassesOverTheUnusableAndComesBackToThem) {
  Rotation rotation;
  rotation.rebuild({0, 1, 2, 3}, {1, 0, 0, 1});
  EXPECT_EQ(picks(rotation, 4), "3030");
  rotation.set_usable(SlotFlags(4, 1));
  EXPECT_EQ(picks(rotation, 4), "1230");
}

TEST(Rotation, KnowsThatNobodyIsThere) {
  Rotation rotation;
  EXPECT_EQ(rotation.next(), no_slot);
  rotation.rebuild({0, 1}, SlotFlags(2, 0));
  EXPECT_EQ(rotation.next(), no_slot);
}

// Spec §6.5: increment, wrap, take the first that is active.
struct SlowRotation {
  std::vector<Slot> order;
  SlotFlags usable;
  std::size_t cursor = 0;

  Slot next() {
    const std::size_t before = cursor;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (++cursor >= order.size()) cursor = 0;
      if (usable[order[cursor]] != 0) return order[cursor];
    }
    cursor = before;
    return no_slot;
  }
};

RC_GTEST_PROP(Rotation, IsTheSlowOne, ()) {
  Rotation rotation;
  SlowRotation slow;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const int step = *rc::gen::inRange(0, 10);
    if (step == 0) {
      const auto slots = *rc::gen::inRange<std::size_t>(1, 6);
      slow.order = *rc::gen::container<std::vector<Slot>>(
          rc::gen::inRange<Slot>(0, static_cast<Slot>(slots)));
      slow.usable = SlotFlags(slots, 1);
      rotation.rebuild(slow.order, slow.usable);
    } else if (step < 3) {
      slow.usable =
          *rc::gen::container<SlotFlags>(slow.usable.size(), rc::gen::inRange<std::uint8_t>(0, 2));
      rotation.set_usable(slow.usable);
    } else {
      RC_ASSERT(rotation.next() == slow.next());
    }
  }
}

}  // namespace
}  // namespace tarsier::balance
