#include "transport/base/random.h"

#include <bit>

#include "transport/base/check.h"

namespace tarsier {

std::uint64_t mix64(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325u ^ mix64(seed);
  for (char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return mix64(hash);
}

Random::Random(std::uint64_t seed) : key_(seed) {
  std::uint64_t word = seed;
  for (auto& s : state_) {
    s = mix64(word);
    word += 0x9e3779b97f4a7c15u;
  }
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
  TARSIER_CHECK(bound > 0, "below(0) has no answer");
  // Values under `floor` would make the low residues more likely; drawing again is unbiased.
  const std::uint64_t floor = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = next();
    if (value >= floor) return value % bound;
  }
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  TARSIER_CHECK(low <= high, "between(low, high) needs low <= high");
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (span == UINT64_MAX) return static_cast<std::int64_t>(next());
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below(span + 1));
}

Random Random::fork(std::string_view label) const { return Random(hash64(label, key_)); }
Random Random::fork(std::uint64_t number) const { return Random(mix64(mix64(key_) ^ number)); }

}  // namespace tarsier
