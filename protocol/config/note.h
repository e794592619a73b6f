#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/log.h"

namespace tarsier {

// What a reader of a configuration has to say about one line of it.
struct ConfigNote {
  LogLevel level = LogLevel::warn;  // error: a service cannot start like this
  std::string file{};
  std::uint32_t line = 0;  // 0: of the whole
  std::string text{};      // what is wrong, and what is used instead or would be right

  // "hello.conf:12: warning: threads=many: expected a number; 1 is used".
  std::string to_string() const;
  bool operator==(const ConfigNote&) const = default;
};

// What was read, and what there is to say about it.
template <class T>
struct Checked {
  T value{};
  std::vector<ConfigNote> notes{};
};

// Whether a service may start: no note is an error.
bool usable(std::span<const ConfigNote> notes);

// The notes for a terminal, each once, in the order of their lines, and a summary at the end:
//
//   hello.conf:12: warning: threads=many: expected a number; 1 is used
//   hello.conf: 0 errors, 1 warning
std::string render_notes(std::string_view file, std::span<const ConfigNote> notes);

}  // namespace tarsier
