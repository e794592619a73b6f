#pragma once

#include <cstddef>

// Global operator new that counts, for a test binary that links counting_new_testing.cc.
namespace tarsier::testing {

// Bytes that are allocated now, and the most there were since reset_peak().
std::size_t allocated_bytes();
std::size_t peak_bytes();
// All that ever were.
std::size_t total_bytes();
void reset_peak();

// The most that was allocated at a time while f() ran, over what was before.
template <class F>
std::size_t peak_during(F&& f) {
  reset_peak();
  const std::size_t before = allocated_bytes();
  f();
  return peak_bytes() - before;
}

}  // namespace tarsier::testing
