#include "protocol/idl/resolve.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "protocol/idl/literals.h"

namespace tarsier::idl {
namespace {

// Something that a name of a module means.
struct Symbol {
  enum class Kind : std::uint8_t { enumeration, structure, constant, interface, enumerator };
  Kind kind;
  std::uint32_t index;       // in the model; of the enum for an enumerator
  std::uint32_t enumerator;  // within that enum
  Span span;
};

std::string_view kind_name(Symbol::Kind kind) {
  switch (kind) {
    case Symbol::Kind::enumeration: return "an enum";
    case Symbol::Kind::structure: return "a struct";
    case Symbol::Kind::constant: return "a const";
    case Symbol::Kind::interface: return "an interface";
    case Symbol::Kind::enumerator: break;
  }
  return "an enumerator";
}

std::string written(const ast::Path& path) {
  std::string text;
  for (const ast::Name& name : path.names) text += (text.empty() ? "" : "::") + name.text;
  return text;
}

class Resolver {
 public:
  Resolver(const std::vector<ast::Module>& modules, const ResolveOptions& options,
           Diagnostics& diagnostics, Model& model)
      : modules_(modules), options_(options), diagnostics_(diagnostics), model_(model) {}

  void run() {
    for (const ast::Module& module : modules_) {
      for (const auto& definition : module.definitions) foresee(module, definition);
    }
    for (const ast::Module& module : modules_) {
      module_ = module.name.text;
      for (const auto& definition : module.definitions) {
        if (diagnostics_.full()) return;
        std::visit([this](const auto& each) { define(each); }, definition);
      }
    }
    for (const auto& [type, span] : map_keys_) check_map_key(type, span);
  }

 private:
  // Remembers where types will be declared, for "is declared only later".
  void foresee(const ast::Module& module, const ast::Definition& definition) {
    const ast::Name* name = nullptr;
    if (const auto* each = std::get_if<ast::Enum>(&definition)) name = &each->name;
    if (const auto* each = std::get_if<ast::Struct>(&definition)) name = &each->name;
    if (name != nullptr) later_.emplace(module.name.text + "::" + name->text, name->span);
  }

  void check_name(const ast::Name& name) {
    if (options_.tars_names || name.span.file != 0 || !name.text.starts_with("tars")) return;
    diagnostics_.error(name.span, "names that begin with 'tars' are reserved",
                       "choose another name, or allow them with --with-tars");
  }

  // Enters a name into the current module; false, with a report, when it is taken.
  bool declare(const ast::Name& name, Symbol::Kind kind, std::size_t index,
               std::size_t enumerator = 0) {
    check_name(name);
    const Symbol symbol{kind, static_cast<std::uint32_t>(index),
                        static_cast<std::uint32_t>(enumerator), name.span};
    const auto [place, added] = symbols_.emplace(module_ + "::" + name.text, symbol);
    if (added) return true;
    const bool enumerators =
        kind == Symbol::Kind::enumerator && place->second.kind == Symbol::Kind::enumerator;
    diagnostics_.error(
        name.span, in_quotes(name.text) + " is already declared in module " + in_quotes(module_),
        enumerators ? "enumerators share the names of their module, as in C++" : "");
    diagnostics_.note(place->second.span,
                      "it is " + std::string(kind_name(place->second.kind)) + " here");
    return false;
  }

  void add_item(Item::Kind kind, std::size_t index, const Span& span) {
    model_.files[span.file].items.push_back({kind, static_cast<std::uint32_t>(index), module_});
  }

  void define(const ast::Enum& definition) {
    const std::size_t index = model_.enums.size();
    if (!declare(definition.name, Symbol::Kind::enumeration, index)) return;
    model_.enums.push_back(
        {module_, definition.name.text, definition.name.span, {}, definition.name.comment});
    add_item(Item::Kind::enumeration, index, definition.name.span);
    std::int64_t next = 0;
    for (const ast::Enumerator& each : definition.enumerators) {
      std::vector<Enumerator>& enumerators = model_.enums[index].enumerators;
      if (!declare(each.name, Symbol::Kind::enumerator, index, enumerators.size())) continue;
      if (each.value) next = enumerator_value(*each.value, next);
      if (next < std::numeric_limits<std::int32_t>::min() ||
          next > std::numeric_limits<std::int32_t>::max()) {
        diagnostics_.error(each.value ? each.value->span : each.name.span,
                           "the value " + std::to_string(next) + " does not fit an int");
        next = 0;
      }
      enumerators.push_back(
          {each.name.text, static_cast<std::int32_t>(next++), each.name.span, each.name.comment});
    }
  }

  std::int64_t enumerator_value(const ast::Literal& literal, std::int64_t otherwise) {
    if (literal.kind == ast::Literal::Kind::integer) return literal.integer;
    if (literal.kind == ast::Literal::Kind::name) {
      const Symbol* symbol = find_enumerator(literal.path);
      if (symbol == nullptr) return otherwise;
      return model_.enums[symbol->index].enumerators[symbol->enumerator].value;
    }
    diagnostics_.error(literal.span, "an enumerator's value is a whole number");
    return otherwise;
  }

  void define(const ast::Struct& definition) {
    const std::size_t index = model_.structs.size();
    if (!declare(definition.name, Symbol::Kind::structure, index)) return;
    Struct result{module_, definition.name.text,   definition.name.span, {},
                  {},      definition.name.comment};
    model_.structs.push_back(result);
    add_item(Item::Kind::structure, index, definition.name.span);
    if (definition.members.empty()) {
      diagnostics_.error(definition.name.span, "a struct needs at least one member");
    }
    std::map<std::string, Span> names;
    std::map<std::int64_t, Span> tags;
    for (const ast::Member& each : definition.members) {
      const ast::Name& name = each.declaration.name;
      check_name(name);
      if (each.tag.value < 0 || each.tag.value > 255) {
        diagnostics_.error(each.tag.span, "a tag must be 0 to 255");
      }
      unique(names, name.text, name.span, "member " + in_quotes(name.text));
      unique(tags, each.tag.value, each.tag.span, "tag " + std::to_string(each.tag.value));
      Member member;
      member.tag = static_cast<std::uint8_t>(each.tag.value);
      member.required = each.required;
      member.name = name.text;
      member.span = name.span;
      member.comment = name.comment;
      member.type = type_of(each.declaration);
      if (holds(member.type, index)) {
        diagnostics_.error(each.declaration.type.span,
                           "struct " + in_quotes(definition.name.text) + " cannot contain itself",
                           "a vector or map of it can");
      }
      if (each.standard) member.standard = checked_value(member.type, *each.standard);
      result.members.push_back(std::move(member));
    }
    std::sort(result.members.begin(), result.members.end(),
              [](const Member& a, const Member& b) { return a.tag < b.tag; });
    model_.structs[index] = std::move(result);
  }

  template <class Key>
  bool unique(std::map<Key, Span>& known, const Key& key, const Span& span,
              const std::string& what) {
    const auto [place, added] = known.emplace(key, span);
    if (added) return true;
    diagnostics_.error(span, what + " is used twice");
    diagnostics_.note(place->second, "first here");
    return false;
  }

  // Whether a value of the type directly contains the struct.
  static bool holds(const Type& type, std::size_t index) {
    if (type.kind == TypeKind::array) return holds(type.arguments[0], index);
    return type.kind == TypeKind::structure && type.index == index;
  }

  void define(const ast::Key& definition) {
    const Symbol* symbol = find_type(definition.path);
    if (symbol == nullptr) return;
    if (symbol->kind != Symbol::Kind::structure) {
      diagnostics_.error(definition.path.span, in_quotes(written(definition.path)) +
                                                   " is not a struct: only structs have keys");
      return;
    }
    Struct& structure = model_.structs[symbol->index];
    if (structure.span.file != definition.path.span.file) {
      diagnostics_.error(definition.path.span, "a key must stand in the file of its struct");
      diagnostics_.note(structure.span, "the struct is here");
      return;
    }
    if (!structure.key.empty()) {
      diagnostics_.error(definition.path.span,
                         "struct " + in_quotes(structure.name) + " already has a key");
      return;
    }
    std::vector<std::string_view> known;
    for (const Member& member : structure.members) known.push_back(member.name);
    for (const ast::Name& name : definition.members) {
      const auto found = std::find(known.begin(), known.end(), name.text);
      if (found == known.end()) {
        diagnostics_.error(
            name.span,
            "struct " + in_quotes(structure.name) + " has no member " + in_quotes(name.text),
            did_you_mean(name.text, known));
        continue;
      }
      structure.key.push_back(static_cast<std::uint32_t>(found - known.begin()));
    }
  }

  void define(const ast::Const& definition) {
    const ast::Name& name = definition.declaration.name;
    const std::size_t index = model_.constants.size();
    if (!declare(name, Symbol::Kind::constant, index)) return;
    Const result{module_, name.text, name.span, type_of(definition.declaration), {}, name.comment};
    if (auto value = checked_value(result.type, definition.value)) result.value = *value;
    model_.constants.push_back(std::move(result));
    add_item(Item::Kind::constant, index, name.span);
  }

  void define(const ast::Interface& definition) {
    const std::size_t index = model_.interfaces.size();
    if (!declare(definition.name, Symbol::Kind::interface, index)) return;
    if (definition.name.text == module_) {
      diagnostics_.error(definition.name.span,
                         "an interface cannot have the name of its module " + in_quotes(module_));
    }
    Interface result{
        module_, definition.name.text, definition.name.span, {}, definition.name.comment};
    std::map<std::string, Span> names;
    for (const ast::Operation& each : definition.operations) {
      check_name(each.name);
      if (!unique(names, each.name.text, each.name.span, "function " + in_quotes(each.name.text))) {
        continue;
      }
      result.operations.push_back(operation(each));
    }
    model_.interfaces.push_back(std::move(result));
    add_item(Item::Kind::interface, index, definition.name.span);
  }

  Operation operation(const ast::Operation& definition) {
    Operation result;
    result.name = definition.name.text;
    result.span = definition.name.span;
    result.comment = definition.name.comment;
    if (definition.result) result.result = type_of(*definition.result);
    if (definition.parameters.size() > 255) {
      diagnostics_.error(definition.name.span, "a function can have at most 255 parameters");
      return result;
    }
    std::map<std::string, Span> names;
    std::optional<Span> routekey;
    for (const ast::Parameter& each : definition.parameters) {
      const ast::Name& name = each.declaration.name;
      check_name(name);
      unique(names, name.text, name.span, "parameter " + in_quotes(name.text));
      if (name.text == definition.name.text) {
        diagnostics_.error(name.span, "a parameter cannot have the name of its function");
      }
      Parameter parameter;
      parameter.tag = static_cast<std::uint8_t>(result.parameters.size() + 1);
      parameter.out = each.out;
      parameter.routekey = each.routekey;
      parameter.name = name.text;
      parameter.span = name.span;
      parameter.type = type_of(each.declaration);
      if (each.routekey) {
        if (parameter.type.kind != TypeKind::string) {
          diagnostics_.error(each.declaration.type.span, "a routekey must be a string");
        }
        if (routekey) {
          diagnostics_.error(name.span, "a function can have one routekey");
          diagnostics_.note(*routekey, "the first is here");
        }
        routekey = name.span;
      }
      result.parameters.push_back(std::move(parameter));
    }
    return result;
  }

  Type type_of(const ast::Declaration& declaration) {
    Type type = type_of(declaration.type);
    if (declaration.pointer) return {TypeKind::vector, {{TypeKind::int8, {}, 0, 0}}, 0, 0};
    if (!declaration.array_size) return type;
    const auto size = static_cast<std::uint32_t>(declaration.array_size->value);
    return {TypeKind::array, {std::move(type)}, size, 0};
  }

  Type type_of(const ast::Type& type) {
    Type result;
    switch (type.kind) {
      case ast::Type::Kind::builtin: result.kind = builtin_kind(type.builtin); break;
      case ast::Type::Kind::vector:
      case ast::Type::Kind::map:
        result.kind = type.kind == ast::Type::Kind::map ? TypeKind::map : TypeKind::vector;
        for (const ast::Type& each : type.arguments) result.arguments.push_back(type_of(each));
        if (result.kind == TypeKind::map)
          map_keys_.emplace_back(result.arguments[0], type.arguments[0].span);
        break;
      case ast::Type::Kind::named:
        if (const Symbol* symbol = find_type(type.path)) {
          const bool structure = symbol->kind == Symbol::Kind::structure;
          result.kind = structure ? TypeKind::structure : TypeKind::enumeration;
          result.index = symbol->index;
        }
        break;
    }
    if (type.fixed_size) {
      const bool string = result.kind == TypeKind::string;
      result.kind = string ? TypeKind::text_array : TypeKind::array;
      result.size = static_cast<std::uint32_t>(type.fixed_size->value);
    }
    return result;
  }

  static TypeKind builtin_kind(ast::Builtin builtin) {
    using ast::Builtin;
    switch (builtin) {
      case Builtin::boolean: return TypeKind::boolean;
      case Builtin::int8: return TypeKind::int8;
      case Builtin::uint8: return TypeKind::uint8;
      case Builtin::int16: return TypeKind::int16;
      case Builtin::uint16: return TypeKind::uint16;
      case Builtin::int32: return TypeKind::int32;
      case Builtin::uint32: return TypeKind::uint32;
      case Builtin::int64: return TypeKind::int64;
      case Builtin::float32: return TypeKind::float32;
      case Builtin::float64: return TypeKind::float64;
      case Builtin::string: break;
    }
    return TypeKind::string;
  }

  // The struct or enum of that name; nullptr, with a report, when there is none.
  const Symbol* find_type(const ast::Path& path) {
    const std::string full =
        path.names.size() == 1 ? module_ + "::" + path.names[0].text : written(path);
    const auto found = symbols_.find(full);
    if (found != symbols_.end() && (found->second.kind == Symbol::Kind::structure ||
                                    found->second.kind == Symbol::Kind::enumeration)) {
      return &found->second;
    }
    const std::string shown = in_quotes(written(path));
    if (found != symbols_.end()) {
      diagnostics_.error(
          path.span, shown + " is " + std::string(kind_name(found->second.kind)) + ", not a type");
      diagnostics_.note(found->second.span, "declared here");
    } else if (const auto later = later_.find(full); later != later_.end()) {
      diagnostics_.error(path.span, shown + " is used before it is declared",
                         "move its declaration up: a type must be declared before it is used");
      diagnostics_.note(later->second, "declared here");
    } else {
      diagnostics_.error(path.span, "unknown type " + shown, type_hint(path, full));
    }
    return nullptr;
  }

  std::string type_hint(const ast::Path& path, const std::string& full) const {
    std::vector<std::string> names;
    const std::string& last = path.names.back().text;
    for (const auto& [name, symbol] : symbols_) {
      if (symbol.kind != Symbol::Kind::structure && symbol.kind != Symbol::Kind::enumeration) {
        continue;
      }
      // The same name in another module is the likeliest of all.
      if (name.substr(name.rfind("::") + 2) == last && name != full) {
        return "did you mean '" + name + "'?";
      }
      const bool local = path.names.size() == 1 && name.starts_with(module_ + "::");
      names.push_back(local ? name.substr(module_.size() + 2) : name);
    }
    std::vector<std::string_view> candidates(names.begin(), names.end());
    if (path.names.size() == 1) {
      candidates.insert(candidates.end(), {"bool", "byte", "short", "int", "long", "float",
                                           "double", "string", "vector", "map"});
      if (last.starts_with("int") || last.starts_with("uint")) {
        return "the integers are byte, short, int, long and unsigned byte, short, int";
      }
    }
    return did_you_mean(written(path), candidates);
  }

  // The enumerator that `NAME`, `Enum::NAME`, `Module::NAME` or `Module::Enum::NAME` means.
  const Symbol* find_enumerator(const ast::Path& path) {
    const std::string& name = path.names.back().text;
    std::vector<std::string_view> candidates;
    for (const auto& [full, symbol] : symbols_) {
      if (symbol.kind != Symbol::Kind::enumerator) continue;
      const Enum& of = model_.enums[symbol.index];
      const std::string_view last = std::string_view(full).substr(of.module.size() + 2);
      if (path.names.size() > 1 || of.module == module_) candidates.push_back(last);
      if (last == name && scope_matches(path, of)) return &symbol;
    }
    if (const auto found = symbols_.find(module_ + "::" + name);
        path.names.size() == 1 && found != symbols_.end()) {
      diagnostics_.error(path.span, in_quotes(name) + " is " +
                                        std::string(kind_name(found->second.kind)) +
                                        ", but an enumerator is needed here");
    } else {
      diagnostics_.error(path.span, "unknown enumerator " + in_quotes(written(path)),
                         did_you_mean(name, candidates));
    }
    return nullptr;
  }
  bool scope_matches(const ast::Path& path, const Enum& of) const {
    const auto& names = path.names;
    if (names.size() == 1) return of.module == module_;
    if (names.size() == 2) {
      return names[0].text == of.module || (of.module == module_ && names[0].text == of.name);
    }
    return names.size() == 3 && names[0].text == of.module && names[1].text == of.name;
  }

  std::optional<Value> checked_value(const Type& type, const ast::Literal& literal) {
    Value value;
    if (literal.kind == ast::Literal::Kind::name) {
      const Symbol* symbol = find_enumerator(literal.path);
      if (symbol == nullptr) return std::nullopt;
      value.kind = Value::Kind::enumerator;
      value.enum_index = symbol->index;
      value.enumerator = symbol->enumerator;
      value.integer = model_.enums[symbol->index].enumerators[symbol->enumerator].value;
    } else {
      value = literal_value(literal);
    }
    const Mismatch mismatch = fit(type, model_, value);
    if (mismatch.message.empty()) return value;
    diagnostics_.error(literal.span, mismatch.message, mismatch.hint);
    return std::nullopt;
  }

  void check_map_key(const Type& type, const Span& span) {
    if (type.kind != TypeKind::structure) {
      for (const Type& each : type.arguments) check_map_key(each, span);
      return;
    }
    const Struct& structure = model_.structs[type.index];
    if (!structure.key.empty() || structure.members.empty()) return;
    diagnostics_.error(
        span, "struct " + in_quotes(structure.name) + " cannot be the key of a map",
        "give it an order: key[" + structure.name + ", " + structure.members[0].name + "];");
  }

  const std::vector<ast::Module>& modules_;
  const ResolveOptions& options_;
  Diagnostics& diagnostics_;
  Model& model_;
  std::string module_;                     // the one being read
  std::map<std::string, Symbol> symbols_;  // by "Module::name"
  std::map<std::string, Span> later_;
  std::vector<std::pair<Type, Span>> map_keys_;
};

}  // namespace

void resolve(const std::vector<ast::Module>& modules, const ResolveOptions& options,
             Diagnostics& diagnostics, Model& model) {
  Resolver(modules, options, diagnostics, model).run();
}

}  // namespace tarsier::idl
