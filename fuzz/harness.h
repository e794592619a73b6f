#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

// What the fuzz targets share. A target is a function of bytes:
//
//   void fuzz(std::span<const std::byte> input) { … }
//   TARSIER_FUZZ(fuzz)
//
// It runs on a stack of 128 KiB, so that recursion that follows the input is found, and the bytes
// lie in a heap block of exactly their size, so that reading beyond them is found.
namespace tarsier::fuzz {

using Body = void (*)(std::span<const std::byte> input);

int run(Body body, const std::uint8_t* data, std::size_t size);

// The most bytes that were allocated at a time while f() ran, over what was before. 0 without
// AddressSanitizer, which does the counting.
class AllocationMeter {
 public:
  AllocationMeter();
  ~AllocationMeter();
  AllocationMeter(const AllocationMeter&) = delete;
  AllocationMeter& operator=(const AllocationMeter&) = delete;
  std::size_t peak_bytes() const;
};

// The promise that decoding keeps: 64 KiB and 16 bytes a byte of input.
constexpr std::size_t allocation_bound(std::size_t input_bytes) {
  return 64 * 1024 + 16 * input_bytes;
}

}  // namespace tarsier::fuzz

// A condition that holds for every input.
#define TARSIER_FUZZ_EXPECT(condition)                                                    \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

#define TARSIER_FUZZ(body)                                                            \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    return ::tarsier::fuzz::run(body, data, size);                                    \
  }
