#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/idl/diagnostics.h"
#include "protocol/idl/lexer.h"

namespace tarsier::idl {

// Where a parser stands in the tokens of a file, and how it complains there.
class TokenCursor {
 protected:
  TokenCursor(const SourceSet& sources, std::uint32_t file, Diagnostics& diagnostics)
      : tokens_(tokenize(sources, file, diagnostics)), diagnostics_(diagnostics) {}

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool at_end() const { return peek().kind == TokenKind::end; }
  bool is(std::string_view spelling) const {
    return (peek().kind == TokenKind::symbol || peek().kind == TokenKind::keyword) &&
           peek().spelling == spelling;
  }
  const Token& take() {
    const Token& token = peek();
    if (!at_end()) ++at_;
    return token;
  }
  bool took(std::string_view spelling) {
    if (!is(spelling)) return false;
    take();
    return true;
  }
  // The place right behind what was read last: where something is missing.
  Span behind_last() const {
    const Span last = at_ == 0 ? peek().span : tokens_[at_ - 1].span;
    return {last.file, last.end, last.end};
  }
  std::string found() const {
    return at_end() ? "the end of the file" : in_quotes(peek().spelling);
  }

  // "expected X, found Y", at the token that should have been X.
  bool expected(std::string_view what, std::string hint = {}) {
    diagnostics_.error(peek().span, "expected " + std::string(what) + ", found " + found(),
                       std::move(hint));
    return false;
  }
  bool expect(std::string_view symbol, std::string_view where) {
    if (took(symbol)) return true;
    return expected('\'' + std::string(symbol) + "' " + std::string(where));
  }
  // A missing ';' is reported where it belongs, and nothing is skipped when the next token stands
  // on a later line or plainly begins something new.
  bool expect_semicolon(std::string_view after) {
    if (took(";")) return true;
    diagnostics_.error(behind_last(), "expected ';' after " + std::string(after));
    return false;
  }

  // Goes behind the next ';' of this nesting, or before the '}' that closes it.
  void recover() {
    std::size_t open = 0;
    while (!at_end()) {
      if (open == 0 && is("}")) return;
      if (is("{")) ++open;
      if (is("}")) --open;
      const bool stop = open == 0 && is(";");
      take();
      if (stop) return;
    }
  }

  // The comment of what began at token `start` and has just ended: above it, or behind it.
  std::string comment_since(std::size_t start) const {
    const Token& last = tokens_[at_ - 1];
    return tokens_[start].comment.empty() ? last.trailing : tokens_[start].comment;
  }

  std::vector<Token> tokens_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
};

}  // namespace tarsier::idl
