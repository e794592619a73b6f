#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/idl/source.h"

// A compiled IDL: flat, every name looked up, every rule of the language checked. It knows nothing
// of C++; whoever speaks TARS without generated code (a generator, a command line, a console)
// starts from here. A `comment` is what the file says above a definition or behind it, without the
// comment marks, in lines that end in '\n'.
namespace tarsier::idl {

enum class TypeKind : std::uint8_t {
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
  string,
  vector,       // of arguments[0]; a vector of int8 is a byte string
  map,          // arguments[0] to arguments[1]
  array,        // `size` times arguments[0]
  text_array,   // string:N, at most `size` bytes that travel as a byte string
  enumeration,  // Model::enums[index]
  structure,    // Model::structs[index]
};

struct Type {
  TypeKind kind = TypeKind::int32;
  std::vector<Type> arguments;
  std::uint32_t size = 0;
  std::uint32_t index = 0;
};

// A default or the value of a const.
struct Value {
  enum class Kind : std::uint8_t { integer, real, text, boolean, enumerator };
  Kind kind = Kind::integer;
  std::int64_t integer = 0;  // also 0 or 1 of a boolean, and the number of an enumerator
  double real = 0;
  std::string text;
  std::uint32_t enum_index = 0;
  std::uint32_t enumerator = 0;  // in Model::enums[enum_index]
};

struct Enumerator {
  std::string name;
  std::int32_t value = 0;
  Span span;
  std::string comment = {};
};
struct Enum {
  std::string module;
  std::string name;
  Span span;
  std::vector<Enumerator> enumerators;
  std::string comment = {};
};

struct Member {
  std::uint8_t tag = 0;
  bool required = false;
  Type type;
  std::string name;
  std::optional<Value> standard;  // only an explicit default
  Span span;
  std::string comment = {};
};
struct Struct {
  std::string module;
  std::string name;
  Span span;
  std::vector<Member> members;     // in tag order, as on the wire
  std::vector<std::uint32_t> key;  // members to compare, in this order; empty without a key
  std::string comment = {};
};

struct Const {
  std::string module;
  std::string name;
  Span span;
  Type type;
  Value value;
  std::string comment = {};
};

struct Parameter {
  std::uint8_t tag = 0;  // 1 for the first: in and out share one count (spec §3.4)
  bool out = false;
  bool routekey = false;
  Type type;
  std::string name;
  Span span;
};
struct Operation {
  std::optional<Type> result;  // nothing: void. Tag 0.
  std::string name;
  Span span;
  std::vector<Parameter> parameters;
  std::string comment = {};
};
struct Interface {
  std::string module;
  std::string name;
  Span span;
  std::vector<Operation> operations;
  std::string comment = {};
};

// Refers to one of the definitions by its kind.
struct Item {
  enum class Kind : std::uint8_t { enumeration, structure, constant, interface };
  Kind kind = Kind::enumeration;
  std::uint32_t index = 0;
  std::string module;
};

struct File {
  std::string path;
  std::vector<std::string> includes;  // as resolved, in order
  std::vector<Item> items;            // what the file defines, in order
};

struct Model {
  std::vector<File> files;  // files[i] is source i
  std::vector<Enum> enums;
  std::vector<Struct> structs;
  std::vector<Const> constants;
  std::vector<Interface> interfaces;
};

}  // namespace tarsier::idl
