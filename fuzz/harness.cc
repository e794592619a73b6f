#include "fuzz/harness.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define TARSIER_FUZZ_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TARSIER_FUZZ_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define TARSIER_FUZZ_TSAN  // it must be told of every stack, in its own way: bodies run on the
                           // usual one
#endif
#endif

#ifdef TARSIER_FUZZ_ASAN
#include <sanitizer/allocator_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace tarsier::fuzz {
namespace {

constexpr std::size_t stack_bytes = 128 * 1024;
constexpr std::size_t guard_bytes = 64 * 1024;

struct Job {
  Body body = nullptr;
  std::span<const std::byte> input;
};

// A second stack below which lies memory that nobody may touch, and the way there and back.
struct Fiber {
  char* stack = nullptr;
  ucontext_t caller{};
  ucontext_t self{};
  const void* caller_stack = nullptr;
  std::size_t caller_bytes = 0;
  Job job;
};
Fiber fiber;

void announce_switch([[maybe_unused]] void** keep, [[maybe_unused]] const void* stack,
                     [[maybe_unused]] std::size_t bytes) {
#ifdef TARSIER_FUZZ_ASAN
  __sanitizer_start_switch_fiber(keep, stack, bytes);
#endif
}
void announce_arrival([[maybe_unused]] void* kept, [[maybe_unused]] const void** stack,
                      [[maybe_unused]] std::size_t* bytes) {
#ifdef TARSIER_FUZZ_ASAN
  __sanitizer_finish_switch_fiber(kept, stack, bytes);
#endif
}

void on_fiber() {
  announce_arrival(nullptr, &fiber.caller_stack, &fiber.caller_bytes);
  fiber.job.body(fiber.job.input);
  announce_switch(nullptr, fiber.caller_stack, fiber.caller_bytes);
  swapcontext(&fiber.self, &fiber.caller);
}

void run_on_fiber(Body body, std::span<const std::byte> input) {
  if (fiber.stack == nullptr) {
    void* const memory = mmap(nullptr, guard_bytes + stack_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, guard_bytes, PROT_NONE) != 0) std::abort();
    fiber.stack = static_cast<char*>(memory) + guard_bytes;
  }
  fiber.job = {body, input};
  getcontext(&fiber.self);
  fiber.self.uc_stack.ss_sp = fiber.stack;
  fiber.self.uc_stack.ss_size = stack_bytes;
  fiber.self.uc_link = nullptr;
  makecontext(&fiber.self, on_fiber, 0);
  void* kept = nullptr;
  announce_switch(&kept, fiber.stack, stack_bytes);
  swapcontext(&fiber.caller, &fiber.self);
  announce_arrival(kept, nullptr, nullptr);
}

// Counted between the construction of a meter and its end, on the thread that measures: the fuzzer
// has one of its own, which watches the memory and allocates when it likes.
struct Allocations {
  bool counting = false;
  std::size_t now = 0;
  std::size_t most = 0;
};
constinit thread_local Allocations allocations;

#ifdef TARSIER_FUZZ_ASAN
void on_malloc(const volatile void*, std::size_t size) {
  if (!allocations.counting) return;
  allocations.now += size;
  allocations.most = std::max(allocations.most, allocations.now);
}
void on_free(const volatile void* block) {
  if (!allocations.counting || block == nullptr) return;
  const std::size_t size = __sanitizer_get_allocated_size(const_cast<const void*>(block));
  allocations.now -= std::min(allocations.now, size);
}
#endif

}  // namespace

int run(Body body, const std::uint8_t* data, std::size_t size) {
  // Not the fuzzer's own copy, whose end is not the end of a block.
  std::vector<std::byte> input(size);
  if (size > 0) std::memcpy(input.data(), data, size);
#ifdef TARSIER_FUZZ_TSAN
  body(input);
#else
  run_on_fiber(body, input);
#endif
  return 0;
}

AllocationMeter::AllocationMeter() {
#ifdef TARSIER_FUZZ_ASAN
  static const int installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  static_cast<void>(installed);
#endif
  allocations = {true, 0, 0};
}

AllocationMeter::~AllocationMeter() { allocations.counting = false; }

std::size_t AllocationMeter::peak_bytes() const { return allocations.most; }

}  // namespace tarsier::fuzz
