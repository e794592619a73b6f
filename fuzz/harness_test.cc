#include "fuzz/harness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>

namespace tarsier::fuzz {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TARSIER_METER_WORKS
#endif
#endif

TEST(AllocationMeter, CountsWhatItsThreadAllocatesAndNothingElse) {
#ifndef TARSIER_METER_WORKS
  GTEST_SKIP() << "allocations are counted by AddressSanitizer of clang";
#endif
  std::unique_ptr<std::byte[]> own, other;
  std::size_t after_other = 0, after_own = 0;
  {
    // The thread is there before, so that only what it does meanwhile could count.
    std::atomic<int> turn = 0;
    std::thread thread([&] {
      while (turn.load() != 1) std::this_thread::yield();
      other = std::make_unique<std::byte[]>(1'000'000);
      turn = 2;
    });
    {
      const AllocationMeter meter;
      turn = 1;
      while (turn.load() != 2) std::this_thread::yield();
      after_other = meter.peak_bytes();
      own = std::make_unique<std::byte[]>(1'000);
      after_own = meter.peak_bytes();
    }
    thread.join();
  }
  EXPECT_EQ(after_other, 0u);
  EXPECT_EQ(after_own, 1'000u);
}

}  // namespace
}  // namespace tarsier::fuzz
