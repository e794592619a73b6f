#include "protocol/json/json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <cmath>
#include <vector>

namespace tarsier::json {

// What Boost's parser calls while it walks over the text.
class TreeBuilder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  using Failed = boost::json::error_code;
  using Text = boost::json::string_view;

  explicit TreeBuilder(Document& document) : document_(document) {}

  bool on_document_begin(Failed&) { return true; }
  bool on_document_end(Failed&) { return true; }
  bool on_array_begin(Failed&) { return begin(Kind::array); }
  bool on_array_end(std::size_t count, Failed&) { return end(count); }
  bool on_object_begin(Failed&) { return begin(Kind::object); }
  bool on_object_end(std::size_t count, Failed&) { return end(count); }
  bool on_string_part(Text part, std::size_t, Failed&) { return keep(part); }
  bool on_string(Text part, std::size_t size, Failed&) { return add_text(part, size); }
  bool on_key_part(Text part, std::size_t, Failed&) { return keep(part); }
  bool on_key(Text part, std::size_t size, Failed&) { return add_text(part, size); }
  bool on_number_part(Text, Failed&) { return true; }
  bool on_int64(std::int64_t, Text literal, Failed&) { return add_slice(Kind::number, literal); }
  bool on_uint64(std::uint64_t, Text literal, Failed&) { return add_slice(Kind::number, literal); }
  bool on_double(double value, Text literal, Failed& failed) {
    if (!std::isfinite(value)) {
      failed = boost::json::error::exponent_overflow;
      return false;
    }
    return add_slice(Kind::number, literal);
  }
  bool on_bool(bool truth, Failed&) {
    add(Kind::boolean).truth = truth;
    return true;
  }
  bool on_null(Failed&) {
    add(Kind::null);
    return true;
  }
  bool on_comment_part(Text, Failed&) { return true; }
  bool on_comment(Text, Failed&) { return true; }

 private:
  Document::Node& add(Kind kind) {
    Document::Node& node = document_.nodes_.emplace_back();
    node.kind = kind;
    node.next = static_cast<std::uint32_t>(document_.nodes_.size());
    return node;
  }
  bool begin(Kind kind) {
    open_.push_back(document_.nodes_.size());
    add(kind);
    return true;
  }
  bool end(std::size_t count) {
    Document::Node& node = document_.nodes_[open_.back()];
    node.begin = static_cast<std::uint32_t>(count);
    node.next = static_cast<std::uint32_t>(document_.nodes_.size());
    open_.pop_back();
    return true;
  }
  bool add_slice(Kind kind, Text slice) {
    Document::Node& node = add(kind);
    node.begin = static_cast<std::uint32_t>(slice.data() - document_.text_.data());
    node.size = static_cast<std::uint32_t>(slice.size());
    return true;
  }
  // A part of a string that goes on.
  bool keep(Text part) {
    document_.unescaped_.append(part.data(), part.size());
    return true;
  }
  // The last part of a string of `size` bytes: a slice of the text if it is the only part and was
  // not unescaped into a buffer of the parser.
  bool add_text(Text part, std::size_t size) {
    const char* const begin = document_.text_.data();
    const bool inside = !std::less<>()(part.data(), begin) &&
                        !std::less<>()(begin + document_.text_.size(), part.data());
    if (part.size() == size && inside) return add_slice(Kind::string, part);
    keep(part);
    Document::Node& node = add(Kind::string);
    node.unescaped = true;
    node.begin = static_cast<std::uint32_t>(document_.unescaped_.size() - size);
    node.size = static_cast<std::uint32_t>(size);
    return true;
  }

  Document& document_;
  std::vector<std::size_t> open_;
};

Result<std::unique_ptr<Document>> Document::parse(std::string_view text,
                                                  const ParseOptions& options) {
  if (text.size() > limits::frame_bytes_max)
    return Error(Code::limit, "a JSON text holds at most 104857600 bytes");
  std::unique_ptr<Document> document(new Document(text));
  boost::json::parse_options rules;
  rules.max_depth = options.depth_max;
  boost::json::basic_parser<TreeBuilder> parser(rules, *document);
  boost::json::error_code failed;
  std::size_t used = parser.write_some(false, text.data(), text.size(), failed);
  if (!failed) {
    while (used < text.size() && std::string_view(" \t\r\n").find(text[used]) != text.npos) ++used;
    if (used < text.size()) failed = boost::json::error::extra_data;
  }
  if (failed) {
    const bool limit = failed == boost::json::error::too_deep;
    return Error(limit ? Code::limit : Code::malformed, "not a JSON text: " + failed.message());
  }
  return document;
}

Kind Value::kind() const {
  return document_ == nullptr ? Kind::null : document_->nodes_[index_].kind;
}

std::optional<bool> Value::boolean() const {
  if (kind() != Kind::boolean) return std::nullopt;
  return document_->nodes_[index_].truth;
}

std::optional<std::int64_t> Value::integer() const {
  if (kind() != Kind::number) return std::nullopt;
  const std::string_view literal = document_->text_of(document_->nodes_[index_]);
  const char* const end = literal.data() + literal.size();
  std::int64_t value = 0;
  const auto [stop, failed] = std::from_chars(literal.data(), end, value);
  if (failed == std::errc() && stop == end) return value;
  if (failed != std::errc()) return std::nullopt;
  // With a fraction or an exponent: as far as a double is exact.
  constexpr double exact_max = 9007199254740992.0;  // 2^53
  const double real = *number();
  if (std::trunc(real) != real || std::abs(real) > exact_max) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

std::optional<double> Value::number() const {
  if (kind() != Kind::number) return std::nullopt;
  const std::string_view literal = document_->text_of(document_->nodes_[index_]);
  double value = 0;
  const auto [stop, failed] =
      std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (failed != std::errc()) return literal.front() == '-' ? -0.0 : 0.0;  // underflow
  return value;
}

std::optional<float> Value::number_as_float() const {
  if (kind() != Kind::number) return std::nullopt;
  const std::string_view literal = document_->text_of(document_->nodes_[index_]);
  float value = 0;
  const auto [stop, failed] =
      std::from_chars(literal.data(), literal.data() + literal.size(), value);
  if (failed == std::errc()) return value;
  const double wide = *number();
  if (std::abs(wide) > 1) return std::nullopt;
  return static_cast<float>(wide);
}

std::optional<std::string_view> Value::string() const {
  if (kind() != Kind::string) return std::nullopt;
  return document_->text_of(document_->nodes_[index_]);
}

std::size_t Value::size() const {
  const Kind mine = kind();
  if (mine != Kind::array && mine != Kind::object) return 0;
  return document_->nodes_[index_].begin;
}

std::optional<Value> Value::find(std::string_view key) const {
  std::optional<Value> found;
  each_member([&](std::string_view name, Value value) {
    if (name == key) found = value;
    return true;
  });
  return found;
}

MemberIndex::MemberIndex(Value object) : document_(object.document_) {
  if (object.kind() != Kind::object) return;
  keys_.reserve(object.size());
  object.each_member([&](std::string_view, Value member) {
    keys_.push_back(member.index_ - 1);
    return true;
  });
  // Equal names keep their order: the last one counts.
  std::sort(keys_.begin(), keys_.end(), [this](std::uint32_t a, std::uint32_t b) {
    const int order =
        document_->text_of(document_->nodes_[a]).compare(document_->text_of(document_->nodes_[b]));
    return order != 0 ? order < 0 : a < b;
  });
}

std::optional<Value> MemberIndex::find(std::string_view key) const {
  const auto behind = std::upper_bound(
      keys_.begin(), keys_.end(), key, [this](std::string_view wanted, std::uint32_t node) {
        return wanted < document_->text_of(document_->nodes_[node]);
      });
  if (behind == keys_.begin()) return std::nullopt;
  const std::uint32_t node = *std::prev(behind);
  if (document_->text_of(document_->nodes_[node]) != key) return std::nullopt;
  return Value(document_, node + 1);
}

}  // namespace tarsier::json
