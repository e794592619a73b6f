#include "protocol/idl/print_idl.h"

#include <array>
#include <charconv>

#include "protocol/idl/cpp_writer.h"

namespace tarsier::idl {
namespace {

std::string escaped(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code >= 0x7f) {
      out += "\\x";
      out += "0123456789abcdef"[code >> 4];
      out += "0123456789abcdef"[code & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

class Printer {
 public:
  explicit Printer(const Model& model) : model_(model) {}

  std::string run() {
    for (const std::string& path : model_.files[0].includes) {
      out_.line("#include " + escaped(path));
    }
    std::string open;
    for (const Item& item : model_.files[0].items) {
      if (item.module != open) {
        if (!open.empty()) out_.close("};");
        out_.gap();
        out_.open("module " + item.module + " {");
        open = item.module;
      }
      switch (item.kind) {
        case Item::Kind::enumeration: print(model_.enums[item.index]); break;
        case Item::Kind::structure: print(model_.structs[item.index]); break;
        case Item::Kind::constant: print(model_.constants[item.index]); break;
        case Item::Kind::interface: print(model_.interfaces[item.index]); break;
      }
    }
    if (!open.empty()) out_.close("};");
    return out_.take();
  }

 private:
  std::string type(const Type& of) const {
    const auto argument = [&](std::size_t i) { return type(of.arguments[i]); };
    switch (of.kind) {
      case TypeKind::boolean: return "bool";
      case TypeKind::int8: return "byte";
      case TypeKind::uint8: return "unsigned byte";
      case TypeKind::int16: return "short";
      case TypeKind::uint16: return "unsigned short";
      case TypeKind::int32: return "int";
      case TypeKind::uint32: return "unsigned int";
      case TypeKind::int64: return "long";
      case TypeKind::float32: return "float";
      case TypeKind::float64: return "double";
      case TypeKind::string: return "string";
      case TypeKind::text_array: return "string:" + std::to_string(of.size);
      case TypeKind::vector: return "vector<" + argument(0) + ">";
      case TypeKind::map: return "map<" + argument(0) + ", " + argument(1) + ">";
      case TypeKind::array: return "vector<" + argument(0) + ">:" + std::to_string(of.size);
      case TypeKind::enumeration:
        return model_.enums[of.index].module + "::" + model_.enums[of.index].name;
      case TypeKind::structure: break;
    }
    return model_.structs[of.index].module + "::" + model_.structs[of.index].name;
  }

  std::string value(const Value& of) const {
    switch (of.kind) {
      case Value::Kind::integer: return std::to_string(of.integer);
      case Value::Kind::boolean: return of.integer != 0 ? "true" : "false";
      case Value::Kind::text: return escaped(of.text);
      case Value::Kind::real: {
        std::array<char, 64> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), of.real).ptr;
        std::string text(digits.data(), end);
        return text.find_first_of(".e") == text.npos ? text + ".0" : text;
      }
      case Value::Kind::enumerator: break;
    }
    const Enum& in = model_.enums[of.enum_index];
    return in.module + "::" + in.name + "::" + in.enumerators[of.enumerator].name;
  }

  void print(const Enum& of) {
    out_.gap();
    out_.quote(of.comment);
    out_.open("enum " + of.name + " {");
    for (const Enumerator& each : of.enumerators) {
      out_.quote(each.comment);
      out_.line(each.name + " = " + std::to_string(each.value) + ",");
    }
    out_.close("};");
  }

  void print(const Struct& of) {
    out_.gap();
    out_.quote(of.comment);
    out_.open("struct " + of.name + " {");
    for (const Member& member : of.members) {
      out_.quote(member.comment);
      out_.line(std::to_string(member.tag) + (member.required ? " require " : " optional ") +
                type(member.type) + " " + member.name +
                (member.standard ? " = " + value(*member.standard) : "") + ";");
    }
    out_.close("};");
    if (of.key.empty()) return;
    std::vector<std::string> names = {of.name};
    for (const std::uint32_t index : of.key) names.push_back(of.members[index].name);
    out_.list("key[", names, "];");
  }

  void print(const Const& of) {
    out_.quote(of.comment);
    out_.line("const " + type(of.type) + " " + of.name + " = " + value(of.value) + ";");
  }

  void print(const Interface& of) {
    out_.gap();
    out_.quote(of.comment);
    out_.open("interface " + of.name + " {");
    for (const Operation& each : of.operations) {
      std::vector<std::string> parameters;
      for (const Parameter& parameter : each.parameters) {
        parameters.push_back((parameter.out        ? "out "
                              : parameter.routekey ? "routekey "
                                                   : "") +
                             type(parameter.type) + " " + parameter.name);
      }
      out_.quote(each.comment);
      out_.list((each.result ? type(*each.result) : "void") + " " + each.name + "(", parameters,
                ");");
    }
    out_.close("};");
  }

  const Model& model_;
  CppWriter out_;
};

}  // namespace

std::string print_idl(const Model& model) { return Printer(model).run(); }

}  // namespace tarsier::idl
