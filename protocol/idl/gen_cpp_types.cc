#include <algorithm>

#include "protocol/idl/gen_cpp_unit.h"

// Enums, constants and value structs.
namespace tarsier::idl {
namespace {

// The names of a struct's members, for choosing names that do not shadow them.
std::set<std::string> member_names(const Struct& structure) {
  std::set<std::string> names;
  for (const Member& member : structure.members) names.insert(member_name(structure, member));
  return names;
}

std::string first_enumerator(const CppUnit& unit, const Type& type,
                             const std::set<std::string>& hidden) {
  const Enum& of = unit.model.enums[type.index];
  return cpp_reference(of.module, of.enumerators[0].name, unit.model, unit.module, hidden);
}

// "= 3" or "{}": what a member starts as.
std::string initializer(const CppUnit& unit, const Member& member,
                        const std::set<std::string>& hidden) {
  if (member.standard) {
    return " = " + cpp_value(*member.standard, member.type, unit.model, unit.module, hidden);
  }
  if (member.type.kind == TypeKind::enumeration) {
    return " = " + first_enumerator(unit, member.type, hidden);
  }
  return "{}";
}

// When an optional member is worth its bytes (spec §1.4); "" means always.
std::string presence_test(const CppUnit& unit, const Member& member, const std::string& name,
                          const std::set<std::string>& hidden) {
  if (member.required || !unit.options.omit_defaults) return {};
  switch (member.type.kind) {
    case TypeKind::boolean:
    case TypeKind::enumeration:
    case TypeKind::structure:
    case TypeKind::array:
    case TypeKind::text_array: return {};
    case TypeKind::vector:
    case TypeKind::map: return "!" + name + ".empty()";
    case TypeKind::string:
      if (!member.standard || member.standard->text.empty()) return "!" + name + ".empty()";
      break;
    default:
      if (!member.standard) return name + " != 0";
      break;
  }
  std::string standard = cpp_value(*member.standard, member.type, unit.model, unit.module, hidden);
  if (standard.find(' ') != standard.npos && member.type.kind == TypeKind::int64) {
    standard = "(" + standard + ")";
  }
  return name + " != " + standard;
}

void write_members(CppUnit& unit, const Struct& definition, const std::set<std::string>& hidden) {
  constexpr std::size_t aligned_max = 48;  // longer ones do not push the comments of the others
  std::vector<std::string> lines;
  std::size_t width = 0;
  for (const Member& member : definition.members) {
    lines.push_back(unit.type(member.type, hidden) + " " + member_name(definition, member) +
                    initializer(unit, member, hidden) + ";");
    if (lines.back().size() <= aligned_max) width = std::max(width, lines.back().size());
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Member& member = definition.members[i];
    unit.header.quote(member.comment);
    lines[i].resize(std::max(lines[i].size(), width), ' ');
    unit.header.line(lines[i] + "  // " + std::to_string(member.tag) +
                     (member.required ? " require" : " optional"));
  }
}

void write_each(CppUnit& unit, const Struct& definition, const std::set<std::string>& hidden) {
  const std::string self = fresh_name("self", hidden);
  const std::string visit = fresh_name("visit", hidden);
  unit.header.line("// Calls visit(tag, name, member) for every member in order of tag.");
  unit.header.line("template <class Self, class Visit>");
  unit.header.open("static void tars_each(Self& " + self + ", Visit&& " + visit + ") {");
  for (const Member& member : definition.members) {
    unit.header.line(visit + "(" + std::to_string(member.tag) + ", \"" + member.name + "\", " +
                     self + "." + member_name(definition, member) + ");");
  }
  unit.header.close();
}

// Gives the optional members their defaults, before a reader that may not find them. Required ones
// are overwritten or the read fails.
void write_reset(CppWriter& out, const CppUnit& unit, const Struct& definition,
                 const std::set<std::string>& hidden) {
  for (const Member& member : definition.members) {
    if (member.required) continue;
    const std::string name = member_name(definition, member);
    const std::string initial = initializer(unit, member, hidden);
    const TypeKind kind = member.type.kind;
    if (initial != "{}") {
      out.line(name + initial + ";");
    } else if (kind == TypeKind::string || kind == TypeKind::vector || kind == TypeKind::map) {
      out.line(name + ".clear();");
    } else {
      out.line(name + " = {};");
    }
  }
}

void write_codec(CppUnit& unit, const Struct& definition, const std::set<std::string>& hidden) {
  const std::string owner = cpp_name(definition.name);
  const std::string writer = fresh_name("writer", hidden);
  unit.function(
      {{}, "void", owner, "tars_write", {"tarsier::tars::Writer& " + writer}, {}, "const"},
      [&](CppWriter& out) {
        for (const Member& member : definition.members) {
          const std::string name = member_name(definition, member);
          const std::string test = presence_test(unit, member, name, hidden);
          out.line((test.empty() ? "" : "if (" + test + ") ") + writer + ".write(" +
                   std::to_string(member.tag) + ", " + name + ");");
        }
      });
  const std::string reader = fresh_name("reader", hidden);
  const std::string presence = fresh_name("Presence", hidden);
  unit.function({{}, "bool", owner, "tars_read", {"tarsier::tars::Reader& " + reader}, {}, {}},
                [&](CppWriter& out) {
                  out.line("using " + presence + " = tarsier::tars::Presence;");
                  write_reset(out, unit, definition, hidden);
                  for (const Member& member : definition.members) {
                    out.line(reader + ".read(" + std::to_string(member.tag) + ", " +
                             member_name(definition, member) + ", " + presence +
                             (member.required ? "::required);" : "::optional);"));
                  }
                  out.line("return " + reader + ".ok();");
                });
}

void write_json(CppUnit& unit, const Struct& definition, const std::set<std::string>& hidden) {
  const std::string owner = cpp_name(definition.name);
  const std::string json = fresh_name("json", hidden);
  const std::string presence = fresh_name("Presence", hidden);
  unit.function(
      {{}, "void", owner, "tars_write_json", {"tarsier::tars::JsonWriter& " + json}, {}, "const"},
      [&](CppWriter& out) {
        for (const Member& member : definition.members) {
          out.line(json + ".write(\"" + member.name + "\", " + member_name(definition, member) +
                   ");");
        }
      });
  unit.function(
      {{}, "bool", owner, "tars_read_json", {"tarsier::tars::JsonReader& " + json}, {}, {}},
      [&](CppWriter& out) {
        out.line("using " + presence + " = tarsier::tars::Presence;");
        write_reset(out, unit, definition, hidden);
        for (const Member& member : definition.members) {
          out.line(json + ".read(\"" + member.name + "\", " + member_name(definition, member) +
                   ", " + presence + (member.required ? "::required);" : "::optional);"));
        }
        out.line("return " + json + ".ok();");
      });
}

void write_operators(CppUnit& unit, const Struct& definition, const std::set<std::string>& hidden) {
  const std::string owner = cpp_name(definition.name);
  unit.header.line("bool operator==(const " + owner + "&) const = default;");
  if (!definition.key.empty()) {
    const std::string other = fresh_name("other", hidden);
    std::vector<std::string> mine, theirs;
    for (const std::uint32_t index : definition.key) {
      mine.push_back(member_name(definition, definition.members[index]));
      theirs.push_back(other + "." + mine.back());
    }
    unit.header.line("// By the key of the .tars file.");
    unit.function({{}, "bool", owner, "operator<", {"const " + owner + "& " + other}, {}, "const"},
                  [&](CppWriter& out) {
                    out.list("const auto mine = std::tie(", mine, ");");
                    out.list("return mine < std::tie(", theirs, ");");
                  });
  }
  const std::string out_name = fresh_name("out", hidden);
  const std::string value = fresh_name("value", hidden);
  unit.header.open("friend std::ostream& operator<<(std::ostream& " + out_name + ", const " +
                   owner + "& " + value + ") {");
  unit.header.line("return " + out_name + " << " + value + ".tars_print();");
  unit.header.close();
}

}  // namespace

void generate_enum(CppUnit& unit, const Enum& definition) {
  const std::string name = cpp_name(definition.name);
  unit.header.quote(definition.comment);
  unit.header.open("enum " + name + " : std::int32_t {");
  for (const Enumerator& each : definition.enumerators) {
    unit.header.quote(each.comment);
    unit.header.line(cpp_name(each.name) + " = " + std::to_string(each.value) + ",");
  }
  unit.header.close("};");
  unit.header.gap();

  std::set<std::string> hidden;
  for (const Enumerator& each : definition.enumerators) hidden.insert(cpp_name(each.name));
  const std::string value = fresh_name("value", hidden);
  const std::string text = fresh_name("text", hidden);
  unit.header.line("// The name of the enumerator, empty for a number that has none.");
  unit.header.open("constexpr std::string_view to_string(" + name + " " + value + ") {");
  unit.header.line("switch (" + value + ") {");
  unit.header.indent();
  std::set<std::int32_t> seen;
  for (const Enumerator& each : definition.enumerators) {
    if (!seen.insert(each.value).second) continue;
    unit.header.line("case " + cpp_name(each.name) + ": return \"" + each.name + "\";");
  }
  unit.header.close();
  unit.header.line("return {};");
  unit.header.close();

  unit.header.line("// Sets the enumerator of that name; false when there is none.");
  unit.header.open("constexpr bool from_string(std::string_view " + text + ", " + name + "& " +
                   value + ") {");
  for (const Enumerator& each : definition.enumerators) {
    unit.header.line("if (" + text + " == \"" + each.name + "\") return " + value + " = " +
                     cpp_name(each.name) + ", true;");
  }
  unit.header.line("return false;");
  unit.header.close();
}

void generate_const(CppUnit& unit, const Const& definition) {
  const bool text = definition.type.kind == TypeKind::string;
  unit.header.quote(definition.comment);
  unit.header.line("inline constexpr " + (text ? "std::string_view" : unit.type(definition.type)) +
                   " " + cpp_name(definition.name) + " = " +
                   cpp_value(definition.value, definition.type, unit.model, unit.module) + ";");
}

void generate_struct(CppUnit& unit, const Struct& definition) {
  const std::set<std::string> hidden = member_names(definition);
  const std::string name = cpp_name(definition.name);
  unit.header.quote(definition.comment);
  unit.header.open("struct " + name + " {");
  write_members(unit, definition, hidden);
  unit.header.gap();
  unit.header.line("static constexpr std::string_view tars_name = \"" + definition.module + "." +
                   definition.name + "\";");
  write_each(unit, definition, hidden);
  write_codec(unit, definition, hidden);
  if (unit.options.json) write_json(unit, definition, hidden);
  unit.function({{}, "std::string", name, "tars_print", {}, {}, "const"},
                [](CppWriter& out) { out.line("return tarsier::tars::print(*this);"); });
  write_operators(unit, definition, hidden);
  unit.header.close("};");
}

}  // namespace tarsier::idl
