#include "transport/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tarsier {

void check_failed(const char* condition, const char* file, int line, std::string_view explanation) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n  %.*s\n", file, line, condition,
               static_cast<int>(explanation.size()), explanation.data());
  std::fflush(stderr);
  std::abort();
}

}  // namespace tarsier
