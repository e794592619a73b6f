#pragma once

#include <rapidcheck.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Random texts of the format, and what they mean, said as plainly as possible.
namespace tarsier::config {

// One line that says something.
struct Line {
  enum class Kind { open, close, key };
  Kind kind = Kind::key;
  std::string name{};             // of a domain or a key
  std::string value{};            // of a key
  std::string before{}, after{};  // blanks, or text behind '>'
};

using Lines = std::vector<Line>;

// All keys of a text as (path of the domain, key, value), in the order of the one that counts.
struct ModelKey {
  std::string path;
  std::string key;
  std::string value;
};

inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '=') out += '\\';
    if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else {
      out += c;
    }
  }
  return out;
}

inline std::string text_of(const Lines& lines) {
  std::string text = "# generated\n";
  for (const Line& line : lines) {
    text += line.before;
    if (line.kind == Line::Kind::open) text += '<' + line.name + '>' + line.after;
    if (line.kind == Line::Kind::close) text += "</" + line.name + '>' + line.after;
    if (line.kind == Line::Kind::key) {
      text += escaped(line.name) + " =" + line.after + escaped(line.value);
    }
    text += line.after.empty() ? "\n" : "\r\n\n";
  }
  return text;
}

// What the text says, by the letter of spec §5.1: what is set again moves to the end.
inline std::vector<ModelKey> model_of(const Lines& lines) {
  std::vector<std::string> open;
  std::vector<ModelKey> keys;
  for (const Line& line : lines) {
    if (line.kind == Line::Kind::open) open.push_back(line.name);
    if (line.kind == Line::Kind::close) open.pop_back();
    if (line.kind != Line::Kind::key) continue;
    std::string path;
    for (const std::string& each : open) path += '/' + each;
    std::erase_if(keys,
                  [&](const ModelKey& each) { return each.path == path && each.key == line.name; });
    keys.push_back({path, line.name, line.value});
  }
  return keys;
}

inline rc::Gen<std::string> nasty_text() {
  return rc::gen::map(
      rc::gen::container<std::string>(rc::gen::element('a', 'b', '=', '\\', '\n', '\t', '\r', '<',
                                                       '>', '#', ' ', '/', '\xEF', '\0')),
      [](std::string text) {
        const std::size_t begin = text.find_first_not_of(' ');
        if (begin == text.npos) return std::string();
        return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
      });
}

inline rc::Gen<std::string> nasty_key() {
  return rc::gen::map(nasty_text(), [](std::string text) {
    return text.starts_with('#') || text.starts_with('<') ? 'k' + text : text;
  });
}

// A few names, so that they meet.
inline rc::Gen<Line> random_line() {
  using rc::gen::element;
  const auto blank = element<std::string>("", "  ", "\t ");
  return rc::gen::build<Line>(
      rc::gen::set(&Line::kind,
                   rc::gen::weightedElement<Line::Kind>(
                       {{2, Line::Kind::open}, {2, Line::Kind::close}, {5, Line::Kind::key}})),
      rc::gen::set(&Line::name, rc::gen::oneOf(element<std::string>("a", "b", "c d"), nasty_key())),
      rc::gen::set(&Line::value, nasty_text()), rc::gen::set(&Line::before, blank),
      rc::gen::set(&Line::after, blank));
}

// Random lines, with the domains made to match.
inline rc::Gen<Lines> random_lines() {
  return rc::gen::map(rc::gen::container<Lines>(random_line()), [](const Lines& random) {
    Lines lines;
    std::vector<std::string> open;
    for (Line line : random) {
      if (line.kind == Line::Kind::open) {
        if (open.size() > 5) continue;
        line.name = line.name == "a" ? "a" : line.name == "b" ? "b" : "c d";
        open.push_back(line.name);
      } else if (line.kind == Line::Kind::close) {
        if (open.empty()) continue;
        line.name = open.back();
        open.pop_back();
      }
      lines.push_back(std::move(line));
    }
    for (; !open.empty(); open.pop_back()) {
      Line line;
      line.kind = Line::Kind::close;
      line.name = open.back();
      lines.push_back(std::move(line));
    }
    return lines;
  });
}

}  // namespace tarsier::config
