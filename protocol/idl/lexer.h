#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/idl/diagnostics.h"
#include "protocol/idl/source.h"

namespace tarsier::idl {

enum class TokenKind : std::uint8_t {
  identifier,
  keyword,
  integer,
  real,
  text,     // a string literal
  include,  // #include
  symbol,   // one of { } ( ) < > [ ] , ; : * = or ::
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  Span span;
  std::string_view spelling;  // as written, into the source text
  std::int64_t integer = 0;
  double real = 0;
  std::string text;      // a string literal's bytes, escapes undone
  std::string comment;   // the comment right above, without its marks; lines end in '\n'
  std::string trailing;  // the comment behind it on its line, likewise
};

// Cuts a file into tokens (spec §3.1); the last one is `end`. What cannot be a token is reported
// and left out.
std::vector<Token> tokenize(const SourceSet& sources, std::uint32_t file, Diagnostics& diagnostics);

// The reserved words of the language.
const std::vector<std::string_view>& keywords();

}  // namespace tarsier::idl
