#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarsier::idl {

// Collects C++ text line by line, indented two spaces a brace, in lines of at most 100 characters
// where that is possible.
class CppWriter {
 public:
  void line(std::string_view text = {});
  // `text` with what begins a block: "struct X {". close() ends it.
  void open(std::string_view text);
  void close(std::string_view text = "}");
  // A line one level further out: "public:".
  void label(std::string_view text);
  // prefix + items joined by ", " + suffix, on several lines if one is too short.
  void list(std::string_view prefix, const std::vector<std::string>& items,
            std::string_view suffix);
  // A comment, broken between words.
  void comment(std::string_view text);
  // A comment of the .tars file, line by line.
  void quote(std::string_view comment);
  // One empty line, unless the last is empty already or a block has just begun.
  void gap();

  void indent() { ++depth_; }
  void outdent() { --depth_; }
  std::size_t room() const { return 100 - 2 * depth_; }  // characters left for a line
  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t depth_ = 0;
  bool fresh_ = true;  // nothing since the last gap or opened block
};

}  // namespace tarsier::idl
