#pragma once

#include <cstdint>

#include "transport/base/time.h"

namespace tarsier::balance {

// `wait`, doubled `times` times, at most `most`.
Duration doubled(Duration wait, std::uint32_t times, Duration most);

// `wait` moved by up to `permille` of itself, up or down, evenly; `random`: 64 random bits.
Duration jittered(Duration wait, std::uint32_t permille, std::uint64_t random);

// Anything from zero to `most`, evenly: full jitter, which spreads those who failed together.
Duration any_of(Duration most, std::uint64_t random);

}  // namespace tarsier::balance
