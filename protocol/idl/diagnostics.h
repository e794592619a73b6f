#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/idl/source.h"
#include "transport/base/words.h"

namespace tarsier::idl {

enum class Severity : std::uint8_t { error, warning, note };

// One finding. A note belongs to the error or warning before it. The hint, if any, says what to
// write instead.
struct Diagnostic {
  Severity severity = Severity::error;
  Span span;
  std::string message;
  std::string hint;
};

// Collects what is wrong. After errors_max errors it is full: the rest is dropped, and whoever
// parses should stop.
class Diagnostics {
 public:
  void error(Span span, std::string message, std::string hint = {});
  void warning(Span span, std::string message, std::string hint = {});
  void note(Span span, std::string message);

  std::size_t errors() const { return errors_; }
  bool full() const { return errors_ >= errors_max; }
  const std::vector<Diagnostic>& all() const { return all_; }

 private:
  void add(Diagnostic diagnostic);

  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
  bool dropping_ = false;  // the finding before was dropped, and so are its notes
};

// The findings as text for a terminal, in the manner of Clang:
//
//   Hello.tars:3:7: error: expected 'require' or 'optional', found 'requre'
//       3 |     0 requre string name;
//         |       ^~~~~~
//         = hint: did you mean 'require'?
std::string render(const SourceSet& sources, const Diagnostics& diagnostics);

}  // namespace tarsier::idl
