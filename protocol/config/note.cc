#include "protocol/config/note.h"

#include <algorithm>

namespace tarsier {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + ' ' + std::string(what) + (count == 1 ? "" : "s");
}

std::string_view word_of(LogLevel level) {
  if (level <= LogLevel::error) return "error";
  return level == LogLevel::warn ? "warning" : "note";
}

}  // namespace

std::string ConfigNote::to_string() const {
  std::string out = file;
  if (line != 0) out += ':' + std::to_string(line);
  if (!out.empty()) out += ": ";
  return out + std::string(word_of(level)) + ": " + text;
}

bool usable(std::span<const ConfigNote> notes) {
  return std::none_of(notes.begin(), notes.end(),
                      [](const ConfigNote& note) { return note.level <= LogLevel::error; });
}

std::string render_notes(std::string_view file, std::span<const ConfigNote> notes) {
  std::vector<const ConfigNote*> ordered;
  for (const ConfigNote& note : notes) {
    const bool known = std::any_of(ordered.begin(), ordered.end(),
                                   [&note](const ConfigNote* each) { return *each == note; });
    if (known) continue;
    // Behind those of the same line; there are few.
    auto place = ordered.end();
    while (place != ordered.begin() && note.file == (*(place - 1))->file &&
           note.line < (*(place - 1))->line) {
      --place;
    }
    ordered.insert(place, &note);
  }
  std::string out;
  std::size_t errors = 0, warnings = 0;
  for (const ConfigNote* note : ordered) {
    out += note->to_string() + '\n';
    if (note->level <= LogLevel::error) ++errors;
    if (note->level == LogLevel::warn) ++warnings;
  }
  out += std::string(file) + ": " + counted(errors, "error") + ", " + counted(warnings, "warning");
  return out + '\n';
}

}  // namespace tarsier
