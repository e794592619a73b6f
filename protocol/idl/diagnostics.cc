#include "protocol/idl/diagnostics.h"

#include <algorithm>
#include <utility>

namespace tarsier::idl {
namespace {

constexpr std::size_t width_max = 160;  // of a quoted source line

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: break;
  }
  return "note";
}

// The source line and, under the span, a caret and tildes. Long lines are cut round the caret.
void render_line(const SourceSet& sources, const Diagnostic& diagnostic, std::string& out) {
  const SourceSet::Position at = sources.locate(diagnostic.span);
  const std::string number = std::to_string(at.line);
  const std::string gutter(number.size() < 5 ? 5 - number.size() : 0, ' ');
  const std::size_t caret = std::min(at.column - 1, at.text.size());
  std::size_t start =
      caret > width_max / 2 && at.text.size() > width_max ? caret - width_max / 2 : 0;
  while (start < caret && continues_character(at.text[start])) ++start;
  const std::string_view line = at.text.substr(start, width_max);
  const std::size_t under = std::min<std::size_t>(
      std::max<std::uint32_t>(1, diagnostic.span.end - diagnostic.span.begin),
      std::max<std::size_t>(1, line.size() - std::min(line.size(), caret - start)));

  out += gutter + number + " | ";
  for (const char c : line) out += printable(c) || c == '\t' ? c : '?';
  out += '\n' + std::string(gutter.size() + number.size(), ' ') + " | ";
  for (std::size_t i = start; i < caret; ++i) {
    if (!continues_character(at.text[i])) out += at.text[i] == '\t' ? '\t' : ' ';
  }
  out += '^' + std::string(under - 1, '~') + '\n';
  if (!diagnostic.hint.empty()) {
    out += std::string(gutter.size() + number.size(), ' ') + " = hint: " + diagnostic.hint + '\n';
  }
}

// "In file included from b.tars:1:" for each file on the way.
void render_includers(const SourceSet& sources, std::uint32_t file, std::string& out) {
  std::optional<Span> from = sources.file(file).included_from;
  for (std::size_t depth = 0; from && depth < 10; ++depth) {
    out += "In file included from " + sources.file(from->file).path + ':' +
           std::to_string(sources.locate(*from).line) + ":\n";
    from = sources.file(from->file).included_from;
  }
}

// In the order of the text, whatever pass found them; notes stay with what they belong to.
std::vector<const Diagnostic*> in_order(const std::vector<Diagnostic>& all) {
  std::vector<std::vector<const Diagnostic*>> groups;
  for (const Diagnostic& each : all) {
    if (each.severity != Severity::note || groups.empty()) groups.emplace_back();
    groups.back().push_back(&each);
  }
  const auto place = [](const auto& group) {
    return std::pair(group[0]->span.file, group[0]->span.begin);
  };
  // Insertion, stable: there are few.
  for (std::size_t i = 1; i < groups.size(); ++i) {
    for (std::size_t j = i; j > 0 && place(groups[j]) < place(groups[j - 1]); --j) {
      std::swap(groups[j], groups[j - 1]);
    }
  }
  std::vector<const Diagnostic*> ordered;
  for (const auto& group : groups) ordered.insert(ordered.end(), group.begin(), group.end());
  return ordered;
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity != Severity::note) dropping_ = full() || all_.size() >= 10 * errors_max;
  if (dropping_) return;
  if (diagnostic.severity == Severity::error) ++errors_;
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(Span span, std::string message, std::string hint) {
  add({Severity::error, span, std::move(message), std::move(hint)});
}
void Diagnostics::warning(Span span, std::string message, std::string hint) {
  add({Severity::warning, span, std::move(message), std::move(hint)});
}
void Diagnostics::note(Span span, std::string message) {
  add({Severity::note, span, std::move(message), {}});
}

std::string render(const SourceSet& sources, const Diagnostics& diagnostics) {
  std::string out;
  std::optional<std::uint32_t> file_before;
  for (const Diagnostic* each : in_order(diagnostics.all())) {
    const Diagnostic& diagnostic = *each;
    const SourceFile& file = sources.file(diagnostic.span.file);
    if (diagnostic.severity != Severity::note && file_before != diagnostic.span.file) {
      render_includers(sources, diagnostic.span.file, out);
      file_before = diagnostic.span.file;
    }
    const SourceSet::Position at = sources.locate(diagnostic.span);
    out += file.path + ':' + std::to_string(at.line) + ':' + std::to_string(at.column) + ": ";
    out += severity_name(diagnostic.severity);
    out += ": " + diagnostic.message + '\n';
    render_line(sources, diagnostic, out);
  }
  if (diagnostics.full()) out += "too many errors; stopping here\n";
  return out;
}

}  // namespace tarsier::idl
