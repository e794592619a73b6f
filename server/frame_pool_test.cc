#include "server/frame_pool.h"

#include <cstring>
#include <vector>

namespace tarsier {
namespace {

TEST(FramePool, GivesABlockOfTheSameSizeAgain) {
  FramePool pool;
  void* const first = pool.take(300);
  std::memset(first, 0x55, 300);
  FramePool::give(first, 300);
  EXPECT_EQ(pool.take(310), first) << "of the same class";
  void* const other = pool.take(300);
  EXPECT_NE(other, first);
  FramePool::give(other, 300);
  FramePool::give(first, 310);
}

TEST(FramePool, LargeFramesAreOrdinaryMemory) {
  FramePool pool;
  void* const large = pool.take(100'000);
  std::memset(large, 0x55, 100'000);
  FramePool::give(large, 100'000);
}

RC_GTEST_PROP(FramePool, NeverGivesOneBlockTwice, ()) {
  struct Taken {
    std::byte* start;
    std::size_t bytes;
    std::byte mark;
  };
  FramePool pool;
  std::vector<Taken> taken;
  const auto sizes =
      *rc::gen::container<std::vector<std::size_t>>(60, rc::gen::inRange<std::size_t>(1, 2'500));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (i % 3 == 2) {
      const Taken last = taken.back();
      taken.pop_back();
      for (std::size_t at = 0; at < last.bytes; ++at) RC_ASSERT(last.start[at] == last.mark);
      FramePool::give(last.start, last.bytes);
    }
    auto* const start = static_cast<std::byte*>(pool.take(sizes[i]));
    const std::byte mark{static_cast<unsigned char>(i + 1)};
    std::memset(start, static_cast<int>(mark), sizes[i]);
    taken.push_back({start, sizes[i], mark});
  }
  for (const Taken& one : taken) {
    for (std::size_t at = 0; at < one.bytes; ++at) RC_ASSERT(one.start[at] == one.mark);
    FramePool::give(one.start, one.bytes);
  }
}

}  // namespace
}  // namespace tarsier
