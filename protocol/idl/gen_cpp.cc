#include "protocol/idl/gen_cpp.h"

#include <algorithm>
#include <utility>

#include "protocol/idl/gen_cpp_unit.h"

namespace tarsier::idl {
namespace {

// What the types of a file need from the standard library.
struct Needs {
  std::set<std::string> headers;

  void type(const Type& type) {
    switch (type.kind) {
      case TypeKind::vector: headers.insert("vector"); break;
      case TypeKind::map: headers.insert("map"); break;
      case TypeKind::array:
      case TypeKind::text_array: headers.insert("array"); break;
      case TypeKind::string: headers.insert("string"); break;
      default: break;
    }
    for (const Type& each : type.arguments) this->type(each);
  }
};

bool has(const File& file, Item::Kind kind) {
  return std::any_of(file.items.begin(), file.items.end(),
                     [kind](const Item& item) { return item.kind == kind; });
}

std::set<std::string> standard_headers(const Model& model, const CppOptions& options) {
  Needs needs;
  needs.headers = {"cstdint", "string_view"};
  for (const Item& item : model.files[0].items) {
    if (item.kind == Item::Kind::structure) {
      const Struct& structure = model.structs[item.index];
      for (const Member& member : structure.members) needs.type(member.type);
      needs.headers.insert({"cstddef", "functional", "ostream", "string"});
      if (!structure.key.empty()) needs.headers.insert("tuple");
    } else if (item.kind == Item::Kind::interface && !options.structs_only) {
      for (const Operation& operation : model.interfaces[item.index].operations) {
        if (operation.result) needs.type(*operation.result);
        for (const Parameter& each : operation.parameters) needs.type(each.type);
      }
      needs.headers.insert("utility");
    }
  }
  return needs.headers;
}

void write_includes(CppUnit& unit) {
  const File& file = unit.model.files[0];
  for (const std::string& name : standard_headers(unit.model, unit.options)) {
    unit.header.line("#include <" + name + ">");
  }
  std::set<std::string> own;
  if (has(file, Item::Kind::structure)) {
    own.insert({"protocol/tars/reader.h", "protocol/tars/value.h", "protocol/tars/writer.h"});
    if (unit.options.json) own.insert("protocol/tars/json_body.h");
  }
  if (has(file, Item::Kind::interface) && !unit.options.structs_only) {
    own.insert({"client/proxy.h", "server/servant.h"});
  }
  unit.header.gap();
  for (const std::string& name : own) unit.header.line("#include \"" + name + "\"");
  unit.header.gap();
  for (const std::string& path : file.includes) {
    unit.header.line("#include \"" + unit.options.header_prefix + stem_of(path) + ".h\"");
  }
}

void switch_module(CppUnit& unit, const std::string& module) {
  if (unit.module == module) return;
  for (CppWriter* writer : {&unit.header, &unit.source}) {
    writer->gap();
    if (!unit.module.empty()) writer->line("}  // namespace " + cpp_name(unit.module));
    writer->gap();
    if (!module.empty()) writer->line("namespace " + cpp_name(module) + " {");
    writer->gap();
  }
  unit.module = module;
}

void write_item(CppUnit& unit, const Item& item) {
  const Model& model = unit.model;
  if (item.kind == Item::Kind::interface && unit.options.structs_only) return;
  switch_module(unit, item.module);
  if (item.kind != Item::Kind::constant) unit.header.gap();
  switch (item.kind) {
    case Item::Kind::enumeration: return generate_enum(unit, model.enums[item.index]);
    case Item::Kind::structure: return generate_struct(unit, model.structs[item.index]);
    case Item::Kind::constant: return generate_const(unit, model.constants[item.index]);
    case Item::Kind::interface: break;
  }
  generate_api(unit, model.interfaces[item.index]);
  generate_client(unit, model.interfaces[item.index]);
  generate_servants(unit, model.interfaces[item.index]);
}

void write_hashes(CppUnit& unit) {
  for (const Item& item : unit.model.files[0].items) {
    if (item.kind != Item::Kind::structure) continue;
    const Struct& each = unit.model.structs[item.index];
    const std::string name = cpp_name(each.module) + "::" + cpp_name(each.name);
    unit.header.gap();
    unit.header.line("template <>");
    unit.header.open("struct std::hash<" + name + "> {");
    unit.header.open("std::size_t operator()(const " + name + "& value) const {");
    unit.header.line("return tarsier::tars::hash_value(value);");
    unit.header.close();
    unit.header.close("};");
  }
}

void write_preface(CppWriter& writer, const Model& model) {
  std::string path = model.files[0].path;
  path = path.substr(path.rfind('/') + 1);
  std::erase_if(path, [](char c) { return c == '\n' || c == '\r' || c == '\\'; });
  writer.line("// Made by tars2cpp from " + path + ". Change that file instead of this one.");
}

GeneratedFile write_mock(const Model& model, const CppOptions& options) {
  CppUnit unit{model, options};
  const std::string stem = stem_of(model.files[0].path);
  write_preface(unit.header, model);
  unit.header.line("#pragma once");
  unit.header.line();
  unit.header.line("#include <gmock/gmock.h>");
  unit.header.line();
  unit.header.line("#include \"" + options.header_prefix + stem + ".h\"");
  for (const Item& item : model.files[0].items) {
    if (item.kind != Item::Kind::interface) continue;
    switch_module(unit, item.module);
    generate_mocks(unit, model.interfaces[item.index]);
  }
  switch_module(unit, "");
  return {stem + "_mock.h", unit.header.take()};
}

}  // namespace

std::string stem_of(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);  // npos + 1 is 0
  return std::string(path.substr(0, path.rfind('.')));
}

void CppUnit::function(const CppFunction& declaration,
                       const std::function<void(CppWriter&)>& body) {
  const std::string after = declaration.after.empty() ? "" : " " + declaration.after;
  std::vector<std::string> parameters = declaration.parameters;
  const std::size_t plain = parameters.size() - declaration.defaults.size();
  for (std::size_t i = 0; i < declaration.defaults.size(); ++i) {
    parameters[plain + i] += declaration.defaults[i];
  }
  const bool free = declaration.owner.empty();
  const std::string here = (free && !options.split ? "inline " : "") + declaration.before +
                           declaration.result + " " + declaration.name + "(";
  if (!options.split) {
    CppWriter alone;
    alone.list(here, parameters, ")" + after + " {");
    body(alone);
    const std::string& text = alone.text();
    if (std::count(text.begin(), text.end(), '\n') == 2 && text.size() + 1 <= header.room()) {
      const std::size_t end = text.find('\n');
      header.line(text.substr(0, end) + ' ' + text.substr(end + 1, text.size() - end - 2) + " }");
      return;
    }
    header.list(here, parameters, ")" + after + " {");
    header.indent();
    body(header);
    header.close();
    return;
  }
  header.list(here, parameters, ")" + after + ";");
  const std::size_t special = after.find(" override");
  source.gap();
  source.list(
      declaration.result + " " + (free ? "" : declaration.owner + "::") + declaration.name + "(",
      declaration.parameters, ")" + after.substr(0, special) + " {");
  source.indent();
  body(source);
  source.close();
}

std::vector<GeneratedFile> generate_cpp(const Model& model, const CppOptions& options) {
  CppUnit unit{model, options};
  const std::string stem = stem_of(model.files[0].path);
  write_preface(unit.header, model);
  unit.header.line("#pragma once");
  unit.header.line();
  write_preface(unit.source, model);
  unit.source.line("#include \"" + options.header_prefix + stem + ".h\"");
  write_includes(unit);
  for (const Item& item : model.files[0].items) write_item(unit, item);
  switch_module(unit, "");
  write_hashes(unit);

  std::vector<GeneratedFile> files;
  files.push_back({stem + ".h", unit.header.take()});
  if (options.split) files.push_back({stem + ".cc", unit.source.take()});
  if (options.mock) files.push_back(write_mock(model, options));
  return files;
}

}  // namespace tarsier::idl
