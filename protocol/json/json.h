#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/base/limits.h"
#include "transport/base/result.h"

// JSON texts as trees. The grammar is Boost.JSON's; the tree is our own so that numbers keep their
// literals (an integer beyond 2^53 or a small double loses nothing) and memory is bounded: 16 bytes
// a value, and a value takes at least two bytes of text.
namespace tarsier::json {

struct ParseOptions {
  std::uint32_t depth_max = limits::depth_max;  // nested arrays and objects
};

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

class Document;

// One value of a Document: a handle that is valid while the document and its text are.
class Value {
 public:
  // The null of no document.
  Value() = default;

  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }

  std::optional<bool> boolean() const;
  // A number that is integral and fits 64 bits; "5.0" and "1e3" are integral too.
  std::optional<std::int64_t> integer() const;
  // Numbers that underflow are 0; those that overflow were refused by parse().
  std::optional<double> number() const;
  // The float that is nearest to the literal; nothing if it overflows.
  std::optional<float> number_as_float() const;
  std::optional<std::string_view> string() const;

  // Elements of an array, members of an object (repeated keys counted), else 0.
  std::size_t size() const;
  // The last member of that name: of repeated keys the last wins. Looks at every member.
  std::optional<Value> find(std::string_view key) const;

  // Elements in order: f(Value) -> bool; false stops. False if stopped.
  template <class F>
  bool each_element(F&& f) const;
  // Members in order: f(std::string_view key, Value) -> bool; false stops. False if stopped.
  template <class F>
  bool each_member(F&& f) const;

 private:
  friend class Document;
  friend class MemberIndex;
  Value(const Document* document, std::uint32_t index) : document_(document), index_(index) {}

  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

// A parsed text, which must stay in place: strings without escapes are slices of it.
class Document {
 public:
  // Refuses what RFC 8259 refuses, invalid UTF-8, lone surrogates, trailing text, deeper nesting
  // than the options allow, and numbers beyond the range of double.
  static Result<std::unique_ptr<Document>> parse(std::string_view text,
                                                 const ParseOptions& options = {});
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  Value root() const { return {this, 0}; }
  // What the tree takes: at most 9 bytes a byte of text.
  std::size_t memory_bytes() const { return nodes_.size() * sizeof(Node) + unescaped_.capacity(); }

 private:
  friend class MemberIndex;
  friend class Value;
  friend class TreeBuilder;

  struct Node {
    Kind kind = Kind::null;
    bool truth = false;
    bool unescaped = false;   // the text is in unescaped_, not in text_
    std::uint32_t begin = 0;  // of the literal or string; containers: how many values they hold
    std::uint32_t size = 0;   // of the literal or string
    std::uint32_t next = 0;   // the node behind this one and all it holds
  };

  explicit Document(std::string_view text) : text_(text) {}
  std::string_view text_of(const Node& node) const {
    const std::string_view whole = node.unescaped ? std::string_view(unescaped_) : text_;
    return whole.substr(node.begin, node.size);
  }

  std::string_view text_;
  std::string unescaped_;   // strings that had escapes, one after another
  std::deque<Node> nodes_;  // in order of the text; a member is its key's node, then its value's
};

// The members of a large object in order of their names: find() by bisection, 4 bytes a member.
class MemberIndex {
 public:
  explicit MemberIndex(Value object);
  // As Value::find.
  std::optional<Value> find(std::string_view key) const;

 private:
  const Document* document_;
  std::vector<std::uint32_t> keys_;  // nodes
};

template <class F>
bool Value::each_element(F&& f) const {
  if (kind() != Kind::array) return true;
  const Document::Node& self = document_->nodes_[index_];
  for (std::uint32_t i = index_ + 1; i != self.next; i = document_->nodes_[i].next)
    if (!f(Value(document_, i))) return false;
  return true;
}

template <class F>
bool Value::each_member(F&& f) const {
  if (kind() != Kind::object) return true;
  const Document::Node& self = document_->nodes_[index_];
  for (std::uint32_t i = index_ + 1; i != self.next; i = document_->nodes_[i + 1].next)
    if (!f(document_->text_of(document_->nodes_[i]), Value(document_, i + 1))) return false;
  return true;
}

}  // namespace tarsier::json
