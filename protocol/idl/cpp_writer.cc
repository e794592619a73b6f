#include "protocol/idl/cpp_writer.h"

#include <algorithm>

namespace tarsier::idl {

void CppWriter::line(std::string_view text) {
  if (!text.empty()) text_.append(2 * depth_, ' ');
  text_ += text;
  text_ += '\n';
  fresh_ = false;
}

void CppWriter::open(std::string_view text) {
  line(text);
  ++depth_;
  fresh_ = true;
}

void CppWriter::close(std::string_view text) {
  --depth_;
  line(text);
}

void CppWriter::label(std::string_view text) {
  text_.append(2 * depth_ - 1, ' ');
  text_ += text;
  text_ += '\n';
  fresh_ = true;
}

void CppWriter::gap() {
  if (!fresh_) text_ += '\n';
  fresh_ = true;
}

void CppWriter::comment(std::string_view text) {
  std::string current = "//";
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (current.size() + 1 + word.size() > room() && current.size() > 2) {
      line(current);
      current = "//";
    }
    current += ' ';
    current += word;
  }
  line(current);
}

void CppWriter::quote(std::string_view comment) {
  while (!comment.empty()) {
    const std::string_view text = comment.substr(0, comment.find('\n'));
    comment.remove_prefix(std::min(comment.size(), text.size() + 1));
    line("// " + std::string(text));
  }
}

void CppWriter::list(std::string_view prefix, const std::vector<std::string>& items,
                     std::string_view suffix) {
  std::string joined;
  for (const std::string& item : items) joined += (joined.empty() ? "" : ", ") + item;
  if (prefix.size() + joined.size() + suffix.size() <= room() || items.empty()) {
    return line(std::string(prefix) + joined + std::string(suffix));
  }
  // The items on lines of their own, four further in.
  line(prefix);
  depth_ += 2;
  std::string current;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 == items.size() ? std::string(suffix) : ",");
    if (!current.empty() && current.size() + 1 + item.size() > room()) {
      line(current);
      current.clear();
    }
    current += (current.empty() ? "" : " ") + item;
  }
  line(current);
  depth_ -= 2;
}

}  // namespace tarsier::idl
