#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tarsier {

// A keyed random stream (xoshiro256**, Blackman and Vigna 2018; seeded by SplitMix64).
//
// fork("link 9->3 latency") gives a stream that depends only on this stream's *key* and the label,
// not on how many numbers were drawn so far: adding or removing one consumer leaves every other
// stream alone. That is what makes a simulated failure shrinkable. Not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);                   // uniform in [0, bound); bound >= 1
  std::int64_t between(std::int64_t low, std::int64_t high);  // uniform in [low, high]
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  bool permille(std::uint32_t chance) { return below(1000) < chance; }

  Random fork(std::string_view label) const;
  Random fork(std::uint64_t number) const;
  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
  std::array<std::uint64_t, 4> state_;
};

// 64-bit mixing of one word (the finalizer of SplitMix64), and FNV-1a over bytes followed by it.
std::uint64_t mix64(std::uint64_t value);
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace tarsier
