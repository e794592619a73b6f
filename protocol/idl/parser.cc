#include "protocol/idl/parser.h"

#include <algorithm>
#include <utility>

#include "protocol/idl/token_cursor.h"

namespace tarsier::idl {
namespace {

using namespace ast;

class Parser : private TokenCursor {
 public:
  Parser(const SourceSet& sources, std::uint32_t file, Diagnostics& diagnostics)
      : TokenCursor(sources, file, diagnostics) {
    file_.source = file;
  }

  File run() {
    while (!at_end() && !diagnostics_.full()) top_level();
    return std::move(file_);
  }

 private:
  // file = { include | module ";" }
  void top_level() {
    if (peek().kind == TokenKind::include) return include();
    if (took(";")) return;
    if (is("module")) return module();
    if (is("}")) {
      diagnostics_.error(take().span, "this '}' closes nothing");
      took(";");
      return;
    }
    if (is("struct") || is("enum") || is("interface") || is("const") || is("key")) {
      diagnostics_.error(peek().span, in_quotes(peek().spelling) + " must stand inside a module",
                         "wrap it: module Name { ... };");
    } else {
      expected("'module' or #include", did_you_mean(peek().spelling, {"module"}));
    }
    recover_top_level();
  }
  void recover_top_level() {
    std::size_t open = 0;
    while (!at_end()) {
      if (open == 0 && (is("module") || peek().kind == TokenKind::include)) return;
      if (is("{")) ++open;
      if (is("}") && open > 0) --open;
      take();
    }
  }

  void include() {
    const Span directive = take().span;
    if (peek().kind != TokenKind::text) {
      expected("a file name in double quotes after #include");
      return;
    }
    const Token& name = take();
    file_.items.emplace_back(Include{name.text, {directive.file, directive.begin, name.span.end}});
    took(";");
  }

  void module() {
    take();
    Module module;
    if (!name("a module", module.name) || !expect("{", "after the module's name")) {
      recover_top_level();
      return;
    }
    while (!is("}") && !at_end() && !diagnostics_.full()) {
      // An #include inside a module counts as if it stood before it.
      if (peek().kind == TokenKind::include) {
        include();
      } else {
        definition(module.definitions);
      }
    }
    const std::string closing = "'}' at the end of module " + in_quotes(module.name.text);
    file_.items.emplace_back(std::move(module));
    if (diagnostics_.full()) return;
    if (took("}")) {
      expect_semicolon("the module's '}'");
    } else {
      expected(closing);
    }
  }

  void definition(std::vector<Definition>& into) {
    if (took(";")) return;
    if (is("enum")) return finish(enumeration(into), "the enum's '}'");
    if (is("struct")) return finish(structure(into), "the struct's '}'");
    if (is("key")) return finish(key(into), "the key");
    if (is("const")) return finish(constant(into), "the const");
    if (is("interface")) return finish(interface(into), "the interface's '}'");
    if (is("module")) {
      diagnostics_.error(peek().span, "a module cannot stand inside another one",
                         "close the first one with '};'");
    } else {
      expected("a definition",
               did_you_mean(peek().spelling, {"enum", "struct", "key", "const", "interface"}));
    }
    recover();
  }
  void finish(bool understood, std::string_view what) {
    if (!understood) return recover();
    expect_semicolon(what);
  }

  bool name(std::string_view of, Name& into) {
    if (peek().kind == TokenKind::keyword) {
      return expected("the name of " + std::string(of),
                      in_quotes(peek().spelling) + " is a reserved word");
    }
    if (peek().kind != TokenKind::identifier) return expected("the name of " + std::string(of));
    const Token& token = take();
    into = {std::string(token.spelling), token.span};
    return true;
  }

  bool path(Path& into) {
    into.span = peek().span;
    took("::");
    do {
      Name part;
      if (!name("a type or enumerator", part)) return false;
      into.span.end = part.span.end;
      into.names.push_back(std::move(part));
    } while (took("::"));
    return true;
  }

  // The inside of braces: `one` is called per entry and says whether it understood it.
  template <class One>
  bool braces(std::string_view what, One one) {
    if (!expect("{", "after the name of the " + std::string(what))) return false;
    while (!is("}") && !at_end() && !diagnostics_.full()) {
      if (!one()) recover();
    }
    return expect("}", "at the end of the " + std::string(what));
  }

  bool enumeration(std::vector<Definition>& into) {
    const std::string comment = take().comment;
    Enum result;
    if (!name("an enum", result.name)) return false;
    result.name.comment = comment;
    if (!expect("{", "after the name of the enum")) return false;
    while (!is("}") && !at_end() && !diagnostics_.full()) {
      Enumerator enumerator;
      const std::size_t start = at_;
      if (!name("an enumerator", enumerator.name)) return false;
      if (took("=") && !literal(enumerator.value.emplace())) return false;
      enumerator.name.comment = comment_since(start);
      result.enumerators.push_back(std::move(enumerator));
      if (is("}")) break;
      if (is(";")) {
        expected("',' or '}' after an enumerator", "enumerators are separated by ','");
        take();
      } else if (!took(",")) {
        expected("',' or '}' after an enumerator");
        if (peek().kind != TokenKind::identifier) return false;
      } else if (result.enumerators.back().name.comment.empty()) {
        result.enumerators.back().name.comment = comment_since(start);
      }
    }
    if (!expect("}", "at the end of the enum")) return false;
    if (result.enumerators.empty()) {
      diagnostics_.error(result.name.span, "an enum needs at least one enumerator");
    }
    into.emplace_back(std::move(result));
    return true;
  }

  bool structure(std::vector<Definition>& into) {
    const std::string comment = take().comment;
    Struct result;
    if (!name("a struct", result.name)) return false;
    result.name.comment = comment;
    const bool closed = braces("struct", [&] { return member(result); });
    into.emplace_back(std::move(result));
    return closed;
  }

  // member = tag ("require" | "optional") declaration [ "=" literal ] ";"
  bool member(Struct& into) {
    if (took(";")) return true;
    Member result;
    const std::size_t start = at_;
    const bool presence = is("require") || is("optional");
    if (peek().kind != TokenKind::integer) {
      return expected("a member's tag",
                      presence ? "a member is: <tag> require|optional <type> <name>;" : "");
    }
    result.tag = {peek().integer, peek().span};
    take();
    if (is("require") || is("optional")) {
      result.required = take().spelling == "require";
    } else {
      std::string hint = did_you_mean(peek().spelling, {"require", "optional"});
      const bool misspelt = !hint.empty();
      expected("'require' or 'optional' after the tag", std::move(hint));
      if (!misspelt && !type_begins()) return false;
      if (misspelt) take();
    }
    if (!declaration("a member", result.declaration)) return false;
    if (took("=") && !literal(result.standard.emplace())) return false;
    const bool ended = expect_semicolon("a member");
    result.declaration.name.comment = comment_since(start);
    into.members.push_back(std::move(result));
    if (ended) return true;
    // The next line begins a member again: the ';' was all that was missing.
    return peek().kind == TokenKind::integer || is("}");
  }

  bool type_begins(std::size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::keyword ||
           (peek(ahead).kind == TokenKind::identifier &&
            peek(ahead + 1).kind == TokenKind::identifier);
  }

  bool key(std::vector<Definition>& into) {
    take();
    Key result;
    if (!expect("[", "after 'key'") || !path(result.path)) return false;
    while (took(",")) {
      Name member;
      if (!name("a key member", member)) return false;
      result.members.push_back(std::move(member));
    }
    if (result.members.empty()) {
      return expected("',' and a member's name", "a key is: key[Struct, member, member];");
    }
    if (!expect("]", "at the end of the key")) return false;
    into.emplace_back(std::move(result));
    return true;
  }

  bool constant(std::vector<Definition>& into) {
    const std::string comment = take().comment;
    Const result;
    if (!declaration("a const", result.declaration) ||
        !expect("=", "after the name of the const") || !literal(result.value)) {
      return false;
    }
    result.declaration.name.comment = comment;
    into.emplace_back(std::move(result));
    return true;
  }

  bool interface(std::vector<Definition>& into) {
    const std::string comment = take().comment;
    Interface result;
    if (!name("an interface", result.name)) return false;
    result.name.comment = comment;
    const bool closed = braces("interface", [&] { return operation(result); });
    into.emplace_back(std::move(result));
    return closed;
  }

  bool operation(Interface& into) {
    if (took(";")) return true;
    Operation result;
    const std::size_t start = at_;
    if (!took("void") && !type(result.result.emplace())) return false;
    if (!name("a function", result.name) || !expect("(", "after the name of a function"))
      return false;
    while (!is(")")) {
      Parameter parameter;
      if (peek().spelling == "in" && type_begins(1)) {
        diagnostics_.error(take().span, "there is no 'in'", "a parameter without 'out' goes in");
      }
      if (is("out") || is("routekey")) {
        parameter.out = is("out");
        parameter.routekey = !parameter.out;
        take();
      }
      if (!declaration("a parameter", parameter.declaration)) return false;
      result.parameters.push_back(std::move(parameter));
      if (!took(",")) break;
      if (is(")")) return expected("another parameter after ','");
    }
    if (!took(")")) return expected("',' or ')' after a parameter");
    const bool ended = expect_semicolon("a function");
    result.name.comment = comment_since(start);
    into.operations.push_back(std::move(result));
    if (ended) return true;
    return is("}") || is("void") || type_begins();
  }

  bool declaration(std::string_view of, Declaration& into) {
    if (!type(into.type)) return false;
    if (is("*")) {
      const Span star = take().span;
      into.pointer = true;
      const bool byte = into.type.kind == Type::Kind::builtin && into.type.builtin == Builtin::int8;
      if (!byte) {
        diagnostics_.error(
            star, "only 'byte' can have a '*'",
            "'byte *x' is a byte string; vector<T> holds any number of other values");
      }
    }
    if (!name(of, into.name)) return false;
    if (is(":")) {
      const Token& colon = take();
      const Token& size = peek();
      diagnostics_.error(colon.span, "a size cannot follow a name",
                         "write it behind the type: string:" +
                             std::string(size.kind == TokenKind::integer ? size.spelling : "16") +
                             ' ' + into.name.text);
      if (size.kind == TokenKind::integer) take();
    }
    if (!took("[")) return true;
    return array_size(into.array_size.emplace()) && expect("]", "after the size of an array");
  }

  bool array_size(Number& into) {
    if (peek().kind != TokenKind::integer) return expected("a size, 1 to 1048575");
    into = {peek().integer, peek().span};
    if (into.value < 1 || into.value > 1'048'575) {
      diagnostics_.error(into.span, "a size must be 1 to 1048575");
      into.value = 1;
    }
    take();
    return true;
  }

  // type = base [ ":" size ]
  bool type(Type& into) {
    if (depth_ == type_depth_max) {
      diagnostics_.error(peek().span, "types are nested too deeply (at most " +
                                          std::to_string(type_depth_max) + " levels)");
      return false;
    }
    ++depth_;
    const std::size_t start = at_;
    bool understood = base(into);
    into.span = tokens_[start].span;
    if (at_ > start) into.span.end = tokens_[at_ - 1].span.end;
    if (understood && is(":")) {
      const Span colon = take().span;
      const bool sized = into.kind == Type::Kind::vector ||
                         (into.kind == Type::Kind::builtin && into.builtin == Builtin::string);
      if (!sized)
        diagnostics_.error(colon, "only 'string' and 'vector' can have a size behind ':'");
      understood = array_size(into.fixed_size.emplace());
      if (!sized) into.fixed_size.reset();
    }
    --depth_;
    return understood;
  }

  bool base(Type& into) {
    if (is("vector")) {
      take();
      into.kind = Type::Kind::vector;
      return expect("<", "after 'vector'") && type(into.arguments.emplace_back()) &&
             expect(">", "after the element type");
    }
    if (is("map")) {
      take();
      into.kind = Type::Kind::map;
      return expect("<", "after 'map'") && type(into.arguments.emplace_back()) &&
             expect(",", "after the key type") && type(into.arguments.emplace_back()) &&
             expect(">", "after the value type");
    }
    if (peek().kind == TokenKind::identifier || is("::")) {
      into.kind = Type::Kind::named;
      return path(into.path);
    }
    return builtin(into.builtin);
  }

  bool builtin(Builtin& into) {
    struct Entry {
      std::string_view word;
      Builtin plain;
    };
    static constexpr Entry plain[] = {{"bool", Builtin::boolean},   {"byte", Builtin::int8},
                                      {"short", Builtin::int16},    {"int", Builtin::int32},
                                      {"long", Builtin::int64},     {"float", Builtin::float32},
                                      {"double", Builtin::float64}, {"string", Builtin::string}};
    static constexpr Entry narrow[] = {
        {"byte", Builtin::uint8}, {"short", Builtin::uint16}, {"int", Builtin::uint32}};
    if (took("unsigned")) {
      for (const Entry& entry : narrow) {
        if (took(entry.word)) return into = entry.plain, true;
      }
      return expected("'byte', 'short' or 'int' after 'unsigned'",
                      is("long") ? "there is no unsigned long: use long" : "");
    }
    for (const Entry& entry : plain) {
      if (took(entry.word)) return into = entry.plain, true;
    }
    return expected("a type", is("void") ? "only a function's result can be void" : "");
  }

  bool literal(Literal& into) {
    const Token& token = peek();
    into.span = token.span;
    switch (token.kind) {
      case TokenKind::integer:
        into.kind = Literal::Kind::integer;
        into.integer = token.integer;
        break;
      case TokenKind::real:
        into.kind = Literal::Kind::real;
        into.real = token.real;
        break;
      case TokenKind::text:
        into.kind = Literal::Kind::text;
        into.text = token.text;
        break;
      case TokenKind::keyword:
        if (!is("true") && !is("false")) return expected("a value");
        into.kind = Literal::Kind::boolean;
        into.integer = is("true") ? 1 : 0;
        break;
      case TokenKind::identifier:
        into.kind = Literal::Kind::name;
        if (!path(into.path)) return false;
        into.span = into.path.span;
        return true;
      default:
        if (!is("::")) return expected("a value");
        into.kind = Literal::Kind::name;
        if (!path(into.path)) return false;
        into.span = into.path.span;
        return true;
    }
    take();
    return true;
  }

  File file_;
  std::size_t depth_ = 0;  // of nested types
};

}  // namespace

ast::File parse(const SourceSet& sources, std::uint32_t file, Diagnostics& diagnostics) {
  return Parser(sources, file, diagnostics).run();
}

}  // namespace tarsier::idl
