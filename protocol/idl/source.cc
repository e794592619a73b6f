#include "protocol/idl/source.h"

#include <algorithm>
#include <utility>

namespace tarsier::idl {

Result<std::string> MemoryFiles::read(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return Error(Code::not_found, "no such file: " + path);
  return found->second;
}

std::uint32_t SourceSet::add(std::string path, std::string text,
                             std::optional<Span> included_from) {
  SourceFile file{std::move(path), std::move(text), included_from, {0}};
  for (std::size_t i = 0; i < file.text.size(); ++i) {
    if (file.text[i] == '\n') file.line_starts.push_back(static_cast<std::uint32_t>(i + 1));
  }
  total_bytes_ += file.text.size();
  files_.push_back(std::move(file));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

SourceSet::Position SourceSet::locate(const Span& span) const {
  const SourceFile& file = files_[span.file];
  const auto after = std::upper_bound(file.line_starts.begin(), file.line_starts.end(), span.begin);
  const std::size_t start = *(after - 1);
  std::size_t end = file.text.find('\n', start);
  if (end == std::string::npos) end = file.text.size();
  if (end > start && file.text[end - 1] == '\r') --end;
  Position position;
  position.line = static_cast<std::size_t>(after - file.line_starts.begin());
  position.column = span.begin - start + 1;
  position.text = std::string_view(file.text).substr(start, end - start);
  return position;
}

std::string_view SourceSet::text(const Span& span) const {
  return std::string_view(files_[span.file].text).substr(span.begin, span.end - span.begin);
}

}  // namespace tarsier::idl
