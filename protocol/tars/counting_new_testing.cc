#include "protocol/tars/counting_new_testing.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

// In front of every block, so that delete knows what to subtract.
constexpr std::size_t prefix = alignof(std::max_align_t);
std::size_t current = 0;
std::size_t most = 0;
std::size_t total = 0;

}  // namespace

namespace tarsier::testing {

std::size_t allocated_bytes() { return current; }
std::size_t peak_bytes() { return most; }
std::size_t total_bytes() { return total; }
void reset_peak() { most = current; }

}  // namespace tarsier::testing

void* operator new(std::size_t size) {
  void* const block = std::malloc(size + prefix);
  if (block == nullptr) std::abort();
  *static_cast<std::size_t*>(block) = size;
  current += size;
  total += size;
  most = std::max(most, current);
  return static_cast<char*>(block) + prefix;
}

void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  void* const block = static_cast<char*>(memory) - prefix;
  current -= *static_cast<std::size_t*>(block);
  std::free(block);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
