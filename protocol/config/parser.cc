#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/config/config.h"
#include "protocol/config/syntax.h"
#include "transport/base/words.h"

namespace tarsier::config {

// Reads one text line by line. What is open is a stack of pointers into the tree: only the domain
// on top gets new domains, so the ones below stay where they are.
class Parser {
 public:
  Parser(std::string_view text, std::string_view file, const Bounds& bounds)
      : rest_(text), bounds_(bounds) {
    config_.files_.emplace_back(file);
    open_.push_back({&config_.root_, Place{}, false});
  }

  Result<Config> run() {
    if (rest_.size() > bounds_.bytes_max) {
      return at_line(Code::limit, "a text of " + std::to_string(rest_.size()) + " bytes: at most " +
                                      std::to_string(bounds_.bytes_max));
    }
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
    while (!rest_.empty()) TARSIER_TRY_VOID(next_line());
    if (open_.size() > 1) return never_closed();
    config_.root_.settle();
    return std::move(config_);
  }

 private:
  struct Open {
    Domain* domain;
    Place place;
    bool closing_ignored;  // the line that opened it goes on with "</"
  };

  Result<> next_line() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    line_begin_ = line.data();
    ++line_;
    if (line.size() > bounds_.line_bytes_max) {
      return at_line(Code::limit, "a line of " + std::to_string(line.size()) + " bytes: at most " +
                                      std::to_string(bounds_.line_bytes_max));
    }
    const std::string_view content = trim(line);
    if (content.empty() || content.front() == '#') return {};
    if (content.starts_with("</")) return close(content);
    if (++config_.items_ > bounds_.items_max) {
      return at(content, Code::limit,
                "more than " + std::to_string(bounds_.items_max) + " keys and domains");
    }
    return content.front() == '<' ? open(content) : entry(content);
  }

  Result<> open(std::string_view content) {
    const std::size_t end = content.find('>');
    if (end == content.npos) return unfinished(content);
    const std::string_view name = trim(content.substr(1, end - 1));
    if (const std::string_view problem = problem_of_domain_name(name); !problem.empty()) {
      return at(content, Code::malformed,
                "the name of domain " + in_quotes(name) + ' ' + std::string(problem));
    }
    if (open_.size() > bounds_.depth_max) {
      return at(content, Code::limit,
                "domains more than " + std::to_string(bounds_.depth_max) + " deep");
    }
    const Place place = place_of(content);
    Domain& domain = open_.back().domain->open(name, place);
    open_.push_back({&domain, place, content.substr(end).find("</") != content.npos});
    return {};
  }

  Result<> close(std::string_view content) {
    const std::size_t end = content.find('>');
    if (end == content.npos) return unfinished(content);
    const std::string_view name = trim(content.substr(2, end - 2));
    const Open& top = open_.back();
    if (open_.size() > 1 && top.domain->name() == name) {
      open_.pop_back();
      return {};
    }
    std::string sentence = in_quotes("</" + std::string(name) + '>');
    if (open_.size() == 1) {
      return at(content, Code::malformed, sentence + " closes nothing: no domain is open");
    }
    const std::string closing = in_quotes("</" + top.domain->name() + '>');
    const std::string which =
        "domain " + in_quotes(top.domain->name()) + " of line " + std::to_string(top.place.line);
    if (is_open(name)) {
      sentence += " comes before " + closing + ": " + which + " is still open";
    } else {
      sentence += " closes nothing: " + which + " is open, and closed by " + closing;
    }
    if (top.closing_ignored) sentence += hint_own_line;
    return at(content, Code::malformed, std::move(sentence));
  }

  Result<> entry(std::string_view content) {
    open_.back().domain->lines_.emplace_back(content);
    const std::size_t separator = std::min(find_separator(content), content.size());
    Entry entry;
    entry.place = place_of(content);
    TARSIER_TRY(entry.key, unescape(trim(content.substr(0, separator))));
    if (separator < content.size()) {
      TARSIER_TRY(entry.value, unescape(trim(content.substr(separator + 1))));
    }
    open_.back().domain->put(std::move(entry));
    return {};
  }

  Result<std::string> unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        out += text[i];
        continue;
      }
      // Not the whole text: it may be a secret.
      if (i + 1 == text.size()) {
        return at(text.substr(i), Code::malformed,
                  "a single backslash at the end: a backslash is written '\\\\'");
      }
      switch (text[++i]) {
        case '\\': out += '\\'; break;
        case 'r': out += '\r'; break;
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case '=': out += '='; break;
        default:
          return at(text.substr(i - 1), Code::malformed,
                    in_quotes(text.substr(i - 1, 2)) +
                        " is no escape: there are \\\\ \\r \\n \\t and \\=, and a backslash is "
                        "written '\\\\'");
      }
    }
    return out;
  }

  bool is_open(std::string_view name) const {
    for (std::size_t i = 1; i < open_.size(); ++i) {
      if (open_[i].domain->name() == name) return true;
    }
    return false;
  }

  Error unfinished(std::string_view content) const {
    return at(content, Code::malformed,
              in_quotes(content) +
                  " has no '>': a domain begins with a line '<name>' and ends with "
                  "a line '</name>'");
  }

  Error never_closed() const {
    const Open& top = open_.back();
    std::string sentence = "domain " + in_quotes(top.domain->name()) + " is never closed: add " +
                           in_quotes("</" + top.domain->name() + '>');
    if (top.closing_ignored) sentence += hint_own_line;
    return at(top.place, Code::malformed, sentence);
  }

  Place place_of(std::string_view part) const {
    return {0, line_, static_cast<std::uint32_t>(part.data() - line_begin_ + 1)};
  }
  Error at(const Place& place, Code code, const std::string& sentence) const {
    return Error(code, config_.where(place) + ':' + std::to_string(place.column) + ": " + sentence);
  }
  Error at(std::string_view part, Code code, const std::string& sentence) const {
    return at(place_of(part), code, sentence);
  }
  // Of the whole line, or of the whole text before the first one.
  Error at_line(Code code, const std::string& sentence) const {
    return Error(
        code, config_.files_[0] + (line_ > 0 ? ':' + std::to_string(line_) : "") + ": " + sentence);
  }

  static constexpr std::string_view hint_own_line =
      "; what follows '>' in a line is ignored, so it must have a line of its own";

  std::string_view rest_;
  const Bounds& bounds_;
  std::uint32_t line_ = 0;
  const char* line_begin_ = nullptr;
  Config config_;
  std::vector<Open> open_;
};

Result<Config> Config::parse(std::string_view text, std::string_view file, const Bounds& bounds) {
  return Parser(text, file, bounds).run();
}

}  // namespace tarsier::config
