#include "protocol/config/syntax.h"

namespace tarsier::config {

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

void escape(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\r': out += "\\r"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '=': out += "\\="; break;
      default: out += c; break;
    }
  }
}

std::size_t find_separator(std::string_view line) {
  std::size_t at = line.find('=');
  while (at != line.npos && at > 0 && line[at - 1] == '\\') at = line.find('=', at + 1);
  return at;
}

std::string_view problem_of_key(std::string_view key) {
  if (key.starts_with('#')) return "begins with '#': it would be a comment";
  if (key.starts_with('<')) return "begins with '<': it would be a domain";
  if (key.starts_with(' ') || key.ends_with(' ')) {
    return "begins or ends with a space, which a file cannot keep";
  }
  return {};
}

std::string_view problem_of_domain_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.front() == '/') return "begins with '/'";
  if (name.find_first_of("<>\n") != name.npos) return "contains '<', '>' or the end of a line";
  if (trim(name) != name) return "begins or ends with a blank";
  return {};
}

}  // namespace tarsier::config
