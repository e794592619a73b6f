#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/idl/source.h"

// What a file says, as written: names are not looked up yet (spec §3.2).
namespace tarsier::idl::ast {

struct Name {
  std::string text;
  Span span;
  std::string comment = {};  // of what it names, lines that end in '\n'
};

// A::B or ::A::B.
struct Path {
  std::vector<Name> names;
  Span span;
};

struct Number {
  std::int64_t value = 0;
  Span span;
};

enum class Builtin : std::uint8_t {
  boolean,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  float32,
  float64,
  string
};

struct Type {
  enum class Kind : std::uint8_t { builtin, vector, map, named };
  Kind kind = Kind::builtin;
  Builtin builtin = Builtin::int32;
  std::vector<Type> arguments;       // of a vector or map
  Path path;                         // of a named type
  std::optional<Number> fixed_size;  // string:16, vector<int>:4
  Span span;
};

// `type name`, `type name[N]` or `byte *name`.
struct Declaration {
  Type type;
  Name name;
  std::optional<Number> array_size;
  bool pointer = false;
};

struct Literal {
  enum class Kind : std::uint8_t { integer, real, text, boolean, name };
  Kind kind = Kind::integer;
  std::int64_t integer = 0;  // also 0 or 1 of a boolean
  double real = 0;
  std::string text;
  Path path;  // of an enumerator
  Span span;
};

struct Enumerator {
  Name name;
  std::optional<Literal> value;
};
struct Enum {
  Name name;
  std::vector<Enumerator> enumerators;
};

struct Member {
  Number tag;
  bool required = false;
  Declaration declaration;
  std::optional<Literal> standard;  // the default
};
struct Struct {
  Name name;
  std::vector<Member> members;
};

struct Key {
  Path path;
  std::vector<Name> members;
};

struct Const {
  Declaration declaration;
  Literal value;
};

struct Parameter {
  bool out = false;
  bool routekey = false;
  Declaration declaration;
};
struct Operation {
  std::optional<Type> result;  // nothing: void
  Name name;
  std::vector<Parameter> parameters;
};
struct Interface {
  Name name;
  std::vector<Operation> operations;
};

using Definition = std::variant<Enum, Struct, Key, Const, Interface>;

struct Module {
  Name name;
  std::vector<Definition> definitions;
};

struct Include {
  std::string path;
  Span span;
};

struct File {
  std::uint32_t source = 0;
  std::vector<std::variant<Include, Module>> items;
};

}  // namespace tarsier::idl::ast
