#include "protocol/idl/lexer.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace tarsier::idl {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool octal(char c) { return c >= '0' && c <= '7'; }
bool word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool word_part(char c) { return word_start(c) || digit(c); }
bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool ascii_printable(char c) { return c > 0x20 && c < 0x7f; }

int hex_value(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A line of a comment without the marks round it, nor what would carry it into the next line where
// it is written behind "//" again.
std::string comment_line(std::string_view line) {
  std::string text;
  for (const char c : line) {
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') text += c == '\t' ? ' ' : c;
  }
  const std::size_t start = text.find_first_not_of(" */");
  if (start == text.npos) return {};
  text.erase(0, start);
  while (text.ends_with(' ') || text.ends_with('*') || text.ends_with('\\') ||
         text.ends_with("?\?/")) {
    text.pop_back();
  }
  return text;
}

class Lexer {
 public:
  Lexer(const SourceSet& sources, std::uint32_t file, Diagnostics& diagnostics)
      : file_(file), text_(sources.file(file).text), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text_.starts_with(byte_order_mark)) {
      diagnostics_.error(span(0, 3), "the file starts with a byte order mark",
                         "save it as UTF-8 without one");
      at_ = 3;
    }
    while (skip_blanks()) next();
    begin_ = at_;
    push(TokenKind::end);
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  Span span(std::size_t begin, std::size_t end) const {
    return {file_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  Token& push(TokenKind kind) {
    Token token;
    token.kind = kind;
    token.span = span(begin_, at_);
    token.spelling = text_.substr(begin_, at_ - begin_);
    token.comment = std::move(comment_);
    comment_.clear();
    newlines_ = 0;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  // Moves to the next token; false at the end of the text.
  bool skip_blanks() {
    while (at_ < text_.size()) {
      if (blank(text_[at_])) {
        // A comment that an empty line parts from what follows belongs to nothing.
        if (text_[at_] == '\n' && ++newlines_ > 1) comment_.clear();
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        const std::size_t start = at_;
        at_ = std::min(text_.find('\n', at_), text_.size());
        keep_comment(text_.substr(start + 2, at_ - start - 2));
      } else if (text_.substr(at_, 2) == "/*") {
        const std::size_t close = text_.find("*/", at_ + 2);
        if (close == std::string_view::npos) {
          diagnostics_.error(span(at_, at_ + 2), "this comment never ends", "close it with '*/'");
          at_ = text_.size();
        } else {
          keep_comment(text_.substr(at_ + 2, close - at_ - 2));
          at_ = close + 2;
        }
      } else {
        return true;
      }
    }
    return false;
  }

  // Behind a token on its line the comment is that token's, else the next one's.
  void keep_comment(std::string_view body) {
    const bool trailing = newlines_ == 0 && !tokens_.empty() && comment_.empty();
    std::string& into = trailing ? tokens_.back().trailing : comment_;
    while (!body.empty()) {
      const std::string_view line = body.substr(0, body.find('\n'));
      body.remove_prefix(std::min(body.size(), line.size() + 1));
      const std::string text = comment_line(line);
      if (!text.empty()) into += text + '\n';
    }
    newlines_ = 0;
  }

  void next() {
    begin_ = at_;
    const char c = peek();
    if (word_start(c)) return word();
    const std::size_t sign = c == '-' || c == '+' ? 1 : 0;
    if (digit(peek(sign)) || (peek(sign) == '.' && digit(peek(sign + 1)))) return number();
    if (c == '"') return literal();
    if (c == '#') return directive();
    if (text_.substr(at_, 2) == "::") {
      at_ += 2;
      push(TokenKind::symbol);
      return;
    }
    if (std::string_view("{}()<>[],;:*=").find(c) != std::string_view::npos) {
      ++at_;
      push(TokenKind::symbol);
      return;
    }
    stray();
  }

  void word() {
    while (word_part(peek())) ++at_;
    const auto& reserved = keywords();
    const bool keyword =
        std::binary_search(reserved.begin(), reserved.end(), text_.substr(begin_, at_ - begin_));
    push(keyword ? TokenKind::keyword : TokenKind::identifier);
  }

  void number() {
    if (peek() == '-' || peek() == '+') ++at_;
    bool real = false;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      at_ += 2;
      while (word_part(peek())) ++at_;
    } else {
      while (digit(peek())) ++at_;
      if (peek() == '.') real = true, ++at_;
      while (digit(peek())) ++at_;
      const std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 1 : 0;
      if ((peek() == 'e' || peek() == 'E') && digit(peek(1 + sign))) {
        real = true;
        at_ += 1 + sign;
        while (digit(peek())) ++at_;
      }
      if (real && (peek() == 'f' || peek() == 'F')) ++at_;
      while (word_part(peek())) real = false, ++at_;  // 12abc: let the conversion complain
    }
    const std::string_view spelling = text_.substr(begin_, at_ - begin_);
    Token& token = push(real ? TokenKind::real : TokenKind::integer);
    if (real) {
      token.real = fraction(spelling, token.span);
    } else if (const auto value = integer(spelling, token.span)) {
      token.integer = *value;
    }
  }

  double fraction(std::string_view spelling, Span where) {
    if (spelling.ends_with('f') || spelling.ends_with('F')) spelling.remove_suffix(1);
    if (spelling.starts_with('+')) spelling.remove_prefix(1);
    double value = 0;
    const auto [end, failure] =
        std::from_chars(spelling.data(), spelling.data() + spelling.size(), value);
    if (failure == std::errc::result_out_of_range) {
      diagnostics_.error(where, in_quotes(spelling) + " does not fit a double");
    }
    return value;
  }

  std::optional<std::int64_t> integer(std::string_view spelling, Span where) {
    std::string_view digits = spelling;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
      base = 16;
      digits.remove_prefix(2);
    } else if (digits.size() > 1 && digits.starts_with('0')) {
      base = 8;
    }
    std::uint64_t magnitude = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
    if (failure == std::errc::invalid_argument || end != digits.data() + digits.size()) {
      diagnostics_.error(where, in_quotes(spelling) + " is not a number",
                         base == 8 ? "a leading 0 makes it octal: digits 0 to 7 only" : "");
      return std::nullopt;
    }
    const std::uint64_t limit = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
    if (failure == std::errc::result_out_of_range || magnitude > limit) {
      diagnostics_.error(where, in_quotes(spelling) + " does not fit 64 bits");
      return std::nullopt;
    }
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  }

  void literal() {
    ++at_;
    std::string value;
    for (;;) {
      const char c = peek();
      if (at_ >= text_.size() || c == '\n') {
        diagnostics_.error(span(begin_, at_), "this string never ends",
                           "close it with '\"' on the same line");
        break;
      }
      if (c == '"') {
        ++at_;
        break;
      }
      if (c == '\\') {
        escape(value);
      } else {
        if (c == '\0') diagnostics_.error(span(at_, at_ + 1), "a string cannot hold a NUL");
        value += c;
        ++at_;
      }
    }
    push(TokenKind::text).text = std::move(value);
  }

  void escape(std::string& value) {
    const std::size_t start = at_++;
    const char c = peek();
    constexpr std::string_view names = "\\\"'nrtvfab?";
    constexpr std::string_view values = "\\\"'\n\r\t\v\f\a\b?";
    if (const std::size_t found = names.find(c); c != '\0' && found != std::string_view::npos) {
      value += values[found];
      ++at_;
      return;
    }
    unsigned code = 0;
    if (octal(c) && c <= '3') {
      for (int i = 0; i < 3 && octal(peek()); ++i)
        code = code * 8 + static_cast<unsigned>(text_[at_++] - '0');
    } else if (c == 'x' && hex_value(peek(1)) >= 0) {
      ++at_;
      for (int i = 0; i < 2 && hex_value(peek()) >= 0; ++i) {
        code = code * 16 + static_cast<unsigned>(hex_value(text_[at_++]));
      }
    } else {
      if (c != '\n' && at_ < text_.size()) ++at_;
      diagnostics_.error(span(start, at_), "unknown escape in a string",
                         "\\\\ \\\" \\' \\n \\r \\t \\v \\f \\a \\b \\? \\ooo and \\xhh are known");
      return;
    }
    if (code == 0) {
      diagnostics_.error(span(start, at_), "a string cannot hold a NUL");
      return;
    }
    value += static_cast<char>(code);
  }

  void directive() {
    ++at_;
    while (peek() == ' ' || peek() == '\t') ++at_;
    const std::size_t start = at_;
    while (word_part(peek())) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (name == "include") return include();
    diagnostics_.error(span(begin_, at_), "unknown directive " + in_quotes("#" + std::string(name)),
                       "only #include \"file.tars\" exists");
    at_ = std::min(text_.find('\n', at_), text_.size());
  }

  void include() {
    push(TokenKind::include);
    while (peek() == ' ' || peek() == '\t') ++at_;
    if (peek() != '<') return;
    const std::size_t open = at_;
    while (at_ < text_.size() && peek() != '\n' && peek() != '>') ++at_;
    const std::string file(text_.substr(open + 1, at_ - open - 1));
    if (peek() == '>') ++at_;
    diagnostics_.error(span(open, at_), "a file name stands in double quotes",
                       "#include \"" + file + '"');
    tokens_.pop_back();
  }

  // One report for a run of characters that nothing begins with.
  void stray() {
    while (at_ < text_.size() && !ascii_printable(peek()) && !blank(peek())) ++at_;
    if (at_ == begin_) ++at_;
    const std::string_view run = text_.substr(begin_, at_ - begin_);
    if (ascii_printable(run[0])) {
      diagnostics_.error(span(begin_, at_), "unexpected character " + in_quotes(run),
                         run == "'" ? "strings take double quotes" : "");
    } else {
      diagnostics_.error(span(begin_, at_),
                         "only ASCII characters may stand outside of comments and strings");
    }
  }

  std::uint32_t file_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::string comment_;       // kept for the next token
  std::size_t newlines_ = 0;  // since the last token or comment
  std::size_t begin_ = 0;     // of the token being cut
  std::size_t at_ = 0;
};

}  // namespace

const std::vector<std::string_view>& keywords() {
  static const std::vector<std::string_view> words = {
      "bool",      "byte",  "const",  "double", "enum",   "false",    "float",  "int",
      "interface", "key",   "long",   "map",    "module", "optional", "out",    "require",
      "routekey",  "short", "string", "struct", "true",   "unsigned", "vector", "void"};
  return words;
}

std::vector<Token> tokenize(const SourceSet& sources, std::uint32_t file,
                            Diagnostics& diagnostics) {
  return Lexer(sources, file, diagnostics).run();
}

}  // namespace tarsier::idl
