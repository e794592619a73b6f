#include "protocol/idl/cpp_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>

namespace tarsier::idl {
namespace {

// Keywords of C++, then macros that some system header defines, then the namespaces that generated
// code refers to, then what generated classes and their bases define (reachable only with
// --with-tars).
constexpr std::string_view owned[] = {"alignas",
                                      "alignof",
                                      "and",
                                      "and_eq",
                                      "asm",
                                      "auto",
                                      "bitand",
                                      "bitor",
                                      "bool",
                                      "break",
                                      "case",
                                      "catch",
                                      "char",
                                      "char16_t",
                                      "char32_t",
                                      "char8_t",
                                      "class",
                                      "co_await",
                                      "co_return",
                                      "co_yield",
                                      "compl",
                                      "concept",
                                      "const",
                                      "const_cast",
                                      "consteval",
                                      "constexpr",
                                      "constinit",
                                      "continue",
                                      "decltype",
                                      "default",
                                      "delete",
                                      "do",
                                      "double",
                                      "dynamic_cast",
                                      "else",
                                      "enum",
                                      "explicit",
                                      "export",
                                      "extern",
                                      "false",
                                      "float",
                                      "for",
                                      "friend",
                                      "goto",
                                      "if",
                                      "inline",
                                      "int",
                                      "long",
                                      "mutable",
                                      "namespace",
                                      "new",
                                      "noexcept",
                                      "not",
                                      "not_eq",
                                      "nullptr",
                                      "operator",
                                      "or",
                                      "or_eq",
                                      "private",
                                      "protected",
                                      "public",
                                      "register",
                                      "reinterpret_cast",
                                      "requires",
                                      "return",
                                      "short",
                                      "signed",
                                      "sizeof",
                                      "static",
                                      "static_assert",
                                      "static_cast",
                                      "struct",
                                      "switch",
                                      "template",
                                      "this",
                                      "thread_local",
                                      "throw",
                                      "true",
                                      "try",
                                      "typedef",
                                      "typeid",
                                      "typename",
                                      "typeof",
                                      "union",
                                      "unsigned",
                                      "using",
                                      "virtual",
                                      "void",
                                      "volatile",
                                      "wchar_t",
                                      "while",
                                      "xor",
                                      "xor_eq",
                                      "BUFSIZ",
                                      "CHAR_BIT",
                                      "CHAR_MAX",
                                      "CHAR_MIN",
                                      "EDOM",
                                      "EOF",
                                      "ERANGE",
                                      "INFINITY",
                                      "INT_MAX",
                                      "INT_MIN",
                                      "LONG_MAX",
                                      "LONG_MIN",
                                      "NAN",
                                      "NDEBUG",
                                      "NULL",
                                      "RAND_MAX",
                                      "SCHAR_MAX",
                                      "SCHAR_MIN",
                                      "SEEK_CUR",
                                      "SEEK_END",
                                      "SEEK_SET",
                                      "SHRT_MAX",
                                      "SHRT_MIN",
                                      "UINT_MAX",
                                      "assert",
                                      "errno",
                                      "linux",
                                      "offsetof",
                                      "stderr",
                                      "stdin",
                                      "stdout",
                                      "unix",
                                      "std",
                                      "tarsier",
                                      "tars_call",
                                      "tars_call_blocking",
                                      "tars_call_future",
                                      "tars_call_oneway",
                                      "tars_call_then",
                                      "tars_dispatch",
                                      "tars_each",
                                      "tars_interface",
                                      "tars_name",
                                      "tars_object",
                                      "tars_ping",
                                      "tars_print",
                                      "tars_read",
                                      "tars_read_json",
                                      "tars_set_push_callback",
                                      "tars_set_timeout",
                                      "tars_write",
                                      "tars_write_json"};

bool in_module(const Model& model, std::string_view module, std::string_view name) {
  const auto defines = [&](const auto& definitions) {
    return std::any_of(definitions.begin(), definitions.end(), [&](const auto& each) {
      return each.module == module && each.name == name;
    });
  };
  const bool enumerator =
      std::any_of(model.enums.begin(), model.enums.end(), [&](const Enum& each) {
        return each.module == module &&
               std::any_of(each.enumerators.begin(), each.enumerators.end(),
                           [&](const Enumerator& value) { return value.name == name; });
      });
  return enumerator || defines(model.enums) || defines(model.structs) || defines(model.constants) ||
         defines(model.interfaces);
}

// Whether the text is UTF-8, so that a compiler takes it in a literal as it is.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xc2 ? 9
                             : lead < 0xe0 ? 1
                             : lead < 0xf0 ? 2
                             : lead < 0xf5 ? 3
                                           : 9;
    if (more > text.size() - i) return false;
    for (std::size_t j = 0; j < more; ++j) {
      if ((static_cast<unsigned char>(text[i++]) & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

std::string literal(std::string_view text) {
  const bool plain = is_utf8(text);
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '?' && i > 0 && text[i - 1] == '?') {
      out += "\\?";  // no trigraphs
    } else if (code < 0x20 || code == 0x7f || (code >= 0x80 && !plain)) {
      out += '\\';
      for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + ((code >> shift) & 7));
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <class Float>
std::string fraction(Float value) {
  std::array<char, 64> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text + (sizeof(Float) == 4 ? "f" : "");
}

std::string builtin_type(TypeKind kind) {
  switch (kind) {
    case TypeKind::boolean: return "bool";
    case TypeKind::int8: return "std::int8_t";
    case TypeKind::uint8: return "std::uint8_t";
    case TypeKind::int16: return "std::int16_t";
    case TypeKind::uint16: return "std::uint16_t";
    case TypeKind::int32: return "std::int32_t";
    case TypeKind::uint32: return "std::uint32_t";
    case TypeKind::int64: return "std::int64_t";
    case TypeKind::float32: return "float";
    case TypeKind::float64: return "double";
    default: return "std::string";
  }
}

constexpr const char* class_suffixes[] = {"Api", "Client", "Servant", "SyncServant",
                                          "AsyncServant"};

// The names of one C++ scope, each with what put it there.
class Scope {
 public:
  Scope(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void add(const std::string& name, const Span& span, const std::string& what) {
    const auto [place, added] = names_.emplace(name, Entry{span, what});
    if (added) return;
    diagnostics_.error(span, what + " is " + in_quotes(name) + " in C++, which is taken",
                       "rename one of them");
    diagnostics_.note(place->second.span, "by " + place->second.what);
  }

 private:
  struct Entry {
    Span span;
    std::string what;
  };
  Diagnostics& diagnostics_;
  std::map<std::string, Entry> names_;
};

void check_module(const Model& model, std::string_view module, Diagnostics& diagnostics) {
  Scope scope(diagnostics);
  const auto mine = [&](const auto& each) { return each.module == module; };
  for (const Enum& each : model.enums) {
    if (!mine(each)) continue;
    scope.add(cpp_name(each.name), each.span, "enum " + in_quotes(each.name));
    for (const Enumerator& value : each.enumerators) {
      scope.add(cpp_name(value.name), value.span, "enumerator " + in_quotes(value.name));
    }
  }
  for (const Struct& each : model.structs) {
    if (mine(each)) scope.add(cpp_name(each.name), each.span, "struct " + in_quotes(each.name));
  }
  for (const Const& each : model.constants) {
    if (mine(each)) scope.add(cpp_name(each.name), each.span, "const " + in_quotes(each.name));
  }
  for (const Interface& each : model.interfaces) {
    if (!mine(each)) continue;
    for (const char* suffix : class_suffixes) {
      scope.add(each.name + suffix, each.span,
                "a generated class of interface " + in_quotes(each.name));
    }
  }
}

void check_struct(const Struct& structure, Diagnostics& diagnostics) {
  Scope scope(diagnostics);
  for (const Member& member : structure.members) {
    scope.add(member_name(structure, member), member.span, "member " + in_quotes(member.name));
  }
}

void check_interface(const Interface& interface, Diagnostics& diagnostics) {
  Scope functions(diagnostics);
  for (const Operation& operation : interface.operations) {
    const std::string name = function_name(interface, operation);
    const std::string what = "function " + in_quotes(operation.name);
    functions.add(name, operation.span, what);
    for (const char* suffix : {"_callback", "_future", "_blocking", "_oneway"}) {
      functions.add(name + suffix, operation.span, "a generated form of " + what);
    }
    Scope parameters(diagnostics);
    parameters.add(interface.name + "Api", interface.span,
                   "a generated class of interface " + in_quotes(interface.name));
    for (const Parameter& each : operation.parameters) {
      parameters.add(cpp_name(each.name), each.span, "parameter " + in_quotes(each.name));
    }
  }
}

}  // namespace

std::string cpp_name(std::string_view name) {
  const bool taken = std::find(std::begin(owned), std::end(owned), name) != std::end(owned);
  return std::string(name) + (taken ? "_" : "");
}

std::string fresh_name(std::string wanted, const std::set<std::string>& taken) {
  while (taken.count(wanted) != 0) wanted += '_';
  return wanted;
}

std::string member_name(const Struct& structure, const Member& member) {
  const std::string name = cpp_name(member.name);
  return name == cpp_name(structure.name) ? name + '_' : name;
}

std::string function_name(const Interface& interface, const Operation& operation) {
  const std::string name = cpp_name(operation.name);
  bool taken = name == "Api";
  for (const std::string& prefix : {std::string(), std::string("Mock")}) {
    for (const char* suffix : class_suffixes) {
      taken = taken || name == prefix + interface.name + suffix;
    }
  }
  return taken ? name + '_' : name;
}

std::string cpp_reference(std::string_view of_module, std::string_view name, const Model& model,
                          std::string_view module, const std::set<std::string>& hidden) {
  const std::string plain = cpp_name(name);
  if (of_module == module && hidden.count(plain) == 0) return plain;
  const std::string space = cpp_name(of_module);
  const bool ambiguous = hidden.count(space) != 0 || in_module(model, module, of_module);
  return (ambiguous ? "::" : "") + space + "::" + plain;
}

std::string cpp_type(const Type& type, const Model& model, std::string_view module,
                     const std::set<std::string>& hidden) {
  const auto argument = [&](std::size_t i) {
    return cpp_type(type.arguments[i], model, module, hidden);
  };
  switch (type.kind) {
    case TypeKind::vector: return "std::vector<" + argument(0) + ">";
    case TypeKind::map: return "std::map<" + argument(0) + ", " + argument(1) + ">";
    case TypeKind::array:
      return "std::array<" + argument(0) + ", " + std::to_string(type.size) + ">";
    case TypeKind::text_array: return "std::array<char, " + std::to_string(type.size) + ">";
    case TypeKind::enumeration: {
      const Enum& of = model.enums[type.index];
      return cpp_reference(of.module, of.name, model, module, hidden);
    }
    case TypeKind::structure: {
      const Struct& of = model.structs[type.index];
      return cpp_reference(of.module, of.name, model, module, hidden);
    }
    default: return builtin_type(type.kind);
  }
}

std::string cpp_value(const Value& value, const Type& type, const Model& model,
                      std::string_view module, const std::set<std::string>& hidden) {
  switch (value.kind) {
    case Value::Kind::integer:
      if (value.integer == std::numeric_limits<std::int64_t>::min()) {
        return "-9223372036854775807 - 1";
      }
      return std::to_string(value.integer);
    case Value::Kind::real:
      return type.kind == TypeKind::float32 ? fraction(static_cast<float>(value.real))
                                            : fraction(value.real);
    case Value::Kind::text: return literal(value.text);
    case Value::Kind::boolean: return value.integer != 0 ? "true" : "false";
    case Value::Kind::enumerator: break;
  }
  const Enum& of = model.enums[value.enum_index];
  return cpp_reference(of.module, of.enumerators[value.enumerator].name, model, module, hidden);
}

void check_cpp_names(const Model& model, Diagnostics& diagnostics) {
  std::set<std::string> modules;
  for (const Item& item : model.files[0].items) {
    modules.insert(item.module);
    if (item.kind == Item::Kind::structure) {
      check_struct(model.structs[item.index], diagnostics);
    } else if (item.kind == Item::Kind::interface) {
      check_interface(model.interfaces[item.index], diagnostics);
    }
  }
  for (const std::string& module : modules) check_module(model, module, diagnostics);
}

}  // namespace tarsier::idl
