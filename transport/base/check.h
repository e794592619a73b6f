#pragma once

#include <string_view>

namespace tarsier {

// Prints what was violated and where, then aborts. Never returns.
[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               std::string_view explanation);

}  // namespace tarsier

// A condition that only a programmer can violate. On in release builds: going on would corrupt
// state that others trust. The second argument is a sentence that tells the programmer what to do.
#define TARSIER_CHECK(condition, explanation)                                 \
  do {                                                                        \
    if (!(condition)) [[unlikely]]                                            \
      ::tarsier::check_failed(#condition, __FILE__, __LINE__, (explanation)); \
  } while (false)
