#include "protocol/idl/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/idl/literals.h"

namespace tarsier::idl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Compilation compile_text(const std::string& text, std::map<std::string, std::string> others = {},
                         const CompileOptions& options = {}) {
  MemoryFiles files(std::move(others));
  files.add("t.tars", text);
  return compile("t.tars", files, options).value();
}

Model compiled(const std::string& text, std::map<std::string, std::string> others = {},
               const CompileOptions& options = {}) {
  Compilation result = compile_text(text, std::move(others), options);
  EXPECT_EQ(render(result.sources, result.diagnostics), "");
  return result.model;
}

std::string complaint(const std::string& text, std::map<std::string, std::string> others = {}) {
  Compilation result = compile_text(text, std::move(others));
  return render(result.sources, result.diagnostics);
}

TEST(Compile, UnderstandsTheWholeGrammar) {
  const Model model = compiled(R"(// A line comment.
module A {
  enum Color { RED, GREEN = 5, BLUE, ALIAS = GREEN, };  /* a trailing comma */
  const int LIMIT = 0x10;
  const string NAME = "a\"b\n\x41\101";
  struct Inner { 3 optional int b = -7; 1 require string a; };
  key[Inner, b, a];
};
module B {
  struct Everything {
    0 require bool t = true; 1 optional byte b; 2 optional unsigned byte ub = 255;
    3 optional short s; 4 optional unsigned short us; 5 optional int i = 010;
    6 optional unsigned int ui; 7 optional long l = -9223372036854775808;
    8 optional float f = 1.5f; 9 optional double d = 2; 10 optional string text = "x";
    11 optional vector<vector<A::Inner>> nested; 12 optional map<A::Inner, A::Color> m;
    13 optional A::Color color = A::GREEN; 14 optional ::A::Color other = A::Color::BLUE;
    15 require int fixed[4]; 16 require string:16 chars; 17 require byte *raw;
    18 require vector<short>:3 three; 255 optional int last;
  };
};
module A {
  interface Service {
    void nothing();
    int many(int a, out string b, routekey string k, out map<string, vector<long>> c, Inner i[2]);
  };
};
)");
  ASSERT_EQ(model.enums.size(), 1u);
  std::vector<std::pair<std::string, int>> colors;
  for (const auto& each : model.enums[0].enumerators) colors.emplace_back(each.name, each.value);
  EXPECT_THAT(colors, ElementsAre(std::pair("RED", 0), std::pair("GREEN", 5), std::pair("BLUE", 6),
                                  std::pair("ALIAS", 5)));
  EXPECT_EQ(model.constants[0].value.integer, 16);
  EXPECT_EQ(model.constants[1].value.text, "a\"b\nAA");

  const Struct& inner = model.structs[0];
  EXPECT_EQ(inner.members[0].name, "a");  // sorted by tag
  EXPECT_EQ(inner.members[1].standard->integer, -7);
  EXPECT_THAT(inner.key, ElementsAre(1u, 0u));

  const Struct& everything = model.structs[1];
  std::vector<std::string> types;
  for (const Member& member : everything.members) types.push_back(type_text(member.type, model));
  EXPECT_THAT(types, ElementsAre("bool", "byte", "unsigned byte", "short", "unsigned short", "int",
                                 "unsigned int", "long", "float", "double", "string",
                                 "vector<vector<Inner>>", "map<Inner, Color>", "Color", "Color",
                                 "int[4]", "string:16", "vector<byte>", "short[3]", "int"));
  EXPECT_EQ(everything.members[5].standard->integer, 8);
  EXPECT_EQ(everything.members[7].standard->integer, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(everything.members[9].standard->real, 2.0);
  EXPECT_EQ(everything.members[14].standard->enumerator, 2u);
  EXPECT_EQ(everything.members[19].tag, 255);

  const Interface& service = model.interfaces[0];
  EXPECT_EQ(service.module, "A");
  EXPECT_FALSE(service.operations[0].result.has_value());
  const auto& parameters = service.operations[1].parameters;
  EXPECT_EQ(parameters[2].tag, 3);
  EXPECT_TRUE(parameters[1].out);
  EXPECT_TRUE(parameters[2].routekey);
  EXPECT_EQ(type_text(parameters[4].type, model), "Inner[2]");
}

TEST(Compile, KeepsTheCommentsOfDefinitions) {
  const Model model = compiled(R"(// A licence, parted by an empty line.

module M {
  // How loud.
  //   Second line.
  enum Level {
    LOW,  // whisper
    /* shout */ HIGH
  };

  // Belongs to nothing.

  /** A message. \
   ** More.
   */
  struct Message {
    0 require string text;  // UTF-8
    // 1 to 10
    1 optional int stars;
    2 optional int plain;
    // nor this
  };
  /// The room.
  interface Room {
    // Sends.
    int send(Message m);
    void leave();  // for good
  };
};)");
  EXPECT_EQ(model.enums[0].comment, "How loud.\nSecond line.\n");
  EXPECT_EQ(model.enums[0].enumerators[0].comment, "whisper\n");
  EXPECT_EQ(model.enums[0].enumerators[1].comment, "shout\n");
  EXPECT_EQ(model.structs[0].comment, "A message.\nMore.\n");
  EXPECT_EQ(model.structs[0].members[0].comment, "UTF-8\n");
  EXPECT_EQ(model.structs[0].members[1].comment, "1 to 10\n");
  EXPECT_EQ(model.structs[0].members[2].comment, "");
  EXPECT_EQ(model.interfaces[0].comment, "The room.\n");
  EXPECT_EQ(model.interfaces[0].operations[0].comment, "Sends.\n");
  EXPECT_EQ(model.interfaces[0].operations[1].comment, "for good\n");
}

TEST(Compile, FollowsIncludesOnce) {
  const CompileOptions options{{"inc"}, false, false};
  const Model model = compiled(
      R"(#include "a.tars"
#include "./b.tars"
module M { struct S { 0 require A::X x; 1 require B::Y y; }; };)",
      {{"inc/a.tars", "#include \"b.tars\"\nmodule A { struct X { 0 require B::Y y; }; };"},
       {"b.tars", "module B { struct Y { 0 require int tars_is_fine_here; }; };"}},
      options);
  EXPECT_THAT(model.files[0].includes, ElementsAre("inc/a.tars", "b.tars"));
  EXPECT_THAT(model.files[1].includes, ElementsAre("b.tars"));
  EXPECT_EQ(model.files.size(), 3u);
  EXPECT_EQ(model.files[0].items.size(), 1u);
}

TEST(Compile, FindsAnIncludeBesideTheFileThatAsks) {
  MemoryFiles files(
      {{"dir/t.tars", "#include \"a.tars\"\nmodule M { struct S { 0 require A::X x; }; };"},
       {"dir/a.tars", "module A { struct X { 0 require int i; }; };"}});
  auto result = compile("dir/t.tars", files, {});
  EXPECT_EQ(result->diagnostics.errors(), 0u);
}

TEST(Compile, BoundsTheDepthOfIncludes) {
  std::map<std::string, std::string> chain;
  for (int i = 0; i < 300; ++i) {
    chain["f" + std::to_string(i)] = "#include \"f" + std::to_string(i + 1) + "\"\n";
  }
  EXPECT_THAT(
      complaint("#include \"f0\"\n", chain),
      HasSubstr("f199:1:1: error: files include each other too deeply (at most 200 levels)"));
}

TEST(Compile, AFileThatIncludesItselfIsReadOnce) {
  EXPECT_EQ(complaint("#include \"t.tars\"\nmodule M { struct S { 0 require int i; }; };"), "");
}

TEST(Compile, ReportsAnUnreadableFile) {
  MemoryFiles files;
  auto result = compile("absent.tars", files, {});
  EXPECT_EQ(result.code(), Code::not_found);
}

TEST(Compile, RefusesWhatIsTooLarge) {
  MemoryFiles files({{"t.tars", std::string(file_bytes_max + 1, ' ')}});
  EXPECT_EQ(compile("t.tars", files, {}).code(), Code::limit);
}

TEST(Compile, BoundsTheNestingOfTypes) {
  std::string type = "int";
  for (int i = 0; i < 100; ++i) type = "vector<" + type + ">";
  EXPECT_THAT(complaint("module M { struct S { 0 require " + type + " x; }; };"),
              HasSubstr("types are nested too deeply"));
}

// The rendered form, whole: what a user sees.
TEST(Diagnostics, LooksLikeThis) {
  EXPECT_EQ(complaint("module helloworld\n"
                      "{\n"
                      "    struct HelloRequest\n"
                      "    {\n"
                      "        1 requre string name;\n"
                      "\t2 require strng title\n"
                      "        2 optional int title;\n"
                      "    };\n"
                      "    interface Greeter\n"
                      "    {\n"
                      "        int SayHello(HelloRequset req, out HelloRequest resp);\n"
                      "    }\n"
                      "};\n"),
            R"(t.tars:5:11: error: expected 'require' or 'optional' after the tag, found 'requre'
    5 |         1 requre string name;
      |           ^~~~~~
      = hint: did you mean 'require'?
t.tars:6:12: error: unknown type 'strng'
    6 | 	2 require strng title
      | 	          ^~~~~
      = hint: did you mean 'string'?
t.tars:6:23: error: expected ';' after a member
    6 | 	2 require strng title
      | 	                     ^
t.tars:7:9: error: tag 2 is used twice
    7 |         2 optional int title;
      |         ^
t.tars:6:2: note: first here
    6 | 	2 require strng title
      | 	^
t.tars:7:24: error: member 'title' is used twice
    7 |         2 optional int title;
      |                        ^~~~~
t.tars:6:18: note: first here
    6 | 	2 require strng title
      | 	                ^~~~~
t.tars:11:22: error: unknown type 'HelloRequset'
   11 |         int SayHello(HelloRequset req, out HelloRequest resp);
      |                      ^~~~~~~~~~~~
      = hint: did you mean 'HelloRequest'?
t.tars:12:6: error: expected ';' after the interface's '}'
   12 |     }
      |      ^
)");
}

TEST(Diagnostics, NamesTheIncludersOfAFile) {
  EXPECT_EQ(complaint("\n#include \"a.tars\"\n", {{"a.tars", "module A { struct X { }; };"}}),
            R"(In file included from t.tars:2:
a.tars:1:19: error: a struct needs at least one member
    1 | module A { struct X { }; };
      |                   ^
)");
}

TEST(Diagnostics, StopsAfterTwenty) {
  const std::string text = complaint(std::string(100, '?'));
  EXPECT_THAT(text, HasSubstr("too many errors; stopping here\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '^'), 20);
}

TEST(Diagnostics, KeepsControlCharactersAndLongLinesOffTheTerminal) {
  const std::string text = complaint("module M { \x1b[31m" + std::string(1000, 'x') + "\n");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.size(), 1500u);
}

struct Bad {
  std::string text;
  std::string what;  // position and message of the first error
  std::string hint = {};
};

// Every rule, each with the first complaint about a file that breaks it.
std::string in_module(const std::string& text) { return "module M {\n" + text + "\n};"; }
std::string member(const std::string& text) {
  return "module M {\nenum E { A, B }; struct S { " + text + " };\n};";
}
std::string function(const std::string& text) {
  return "module M {\ninterface I { " + text + " };\n};";
}

void check(const std::vector<Bad>& table) {
  for (const Bad& bad : table) {
    const Compilation result = compile_text(bad.text);
    if (result.diagnostics.all().empty()) {
      ADD_FAILURE() << "no complaint about: " << bad.text;
      continue;
    }
    const Diagnostic& first = result.diagnostics.all()[0];
    const auto at = result.sources.locate(first.span);
    EXPECT_EQ(std::to_string(at.line) + ':' + std::to_string(at.column) + ": " + first.message,
              bad.what)
        << bad.text;
    EXPECT_EQ(first.hint, bad.hint) << bad.text;
  }
}

TEST(Diagnostics, ExplainCharactersAndTokens) {
  check({
      {"\xef\xbb\xbfmodule M { };", "1:1: the file starts with a byte order mark",
       "save it as UTF-8 without one"},
      {"module M { }; /* x", "1:15: this comment never ends", "close it with '*/'"},
      {"module \xc3\xa4 { };",
       "1:8: only ASCII characters may stand outside of comments and strings"},
      {"module M { $ };", "1:12: unexpected character '$'"},
      {"#define X\n", "1:1: unknown directive '#define'", "only #include \"file.tars\" exists"},
      {"#include <a.tars>\n", "1:10: a file name stands in double quotes", "#include \"a.tars\""},
      {"#include a.tars\n", "1:11: unexpected character '.'"},
      {"#include\n",
       "2:1: expected a file name in double quotes after #include, found the end of the file"},
      {"#include \"no.tars\"\n", "1:1: cannot find 'no.tars'",
       "looked for no.tars; --include=DIR adds a folder to search"},
      {"#include \"\"\n", "1:1: #include without a file name"},
      {in_module("const string X = \"abc\n\";"), "2:18: this string never ends",
       "close it with '\"' on the same line"},
      {in_module("const string X = \"\\q\";"), "2:19: unknown escape in a string",
       R"(\\ \" \' \n \r \t \v \f \a \b \? \ooo and \xhh are known)"},
      {in_module("const string X = \"\\0\";"), "2:19: a string cannot hold a NUL"},
      {in_module("const int X = 12abc;"), "2:15: '12abc' is not a number"},
      {in_module("const int X = 089;"), "2:15: '089' is not a number",
       "a leading 0 makes it octal: digits 0 to 7 only"},
      {in_module("const long X = 9223372036854775808;"),
       "2:16: '9223372036854775808' does not fit 64 bits"},
      {in_module("const double X = 1e999;"), "2:18: '1e999' does not fit a double"},
      {in_module("const double X = .;"), "2:18: unexpected character '.'"},
  });
}

TEST(Diagnostics, ExplainTheStructureOfAFile) {
  check({
      {"struct S { 0 require int i; };", "1:1: 'struct' must stand inside a module",
       "wrap it: module Name { ... };"},
      {"modul M { };", "1:1: expected 'module' or #include, found 'modul'",
       "did you mean 'module'?"},
      {"module M { }", "1:13: expected ';' after the module's '}'"},
      {"module M {", "1:11: expected '}' at the end of module 'M', found the end of the file"},
      {"module M { }; };", "1:15: this '}' closes nothing"},
      {"module struct { };", "1:8: expected the name of a module, found 'struct'",
       "'struct' is a reserved word"},
      {in_module("module N { };"), "2:1: a module cannot stand inside another one",
       "close the first one with '};'"},
      {in_module("struc S { 0 require int i; };"), "2:1: expected a definition, found 'struc'",
       "did you mean 'struct'?"},
      {in_module("struct S { };"), "2:8: a struct needs at least one member"},
      {in_module("struct S { 0 require int i; }"), "2:30: expected ';' after the struct's '}'"},
      {in_module("enum E { };"), "2:6: an enum needs at least one enumerator"},
      {in_module("enum E { A; B };"), "2:11: expected ',' or '}' after an enumerator, found ';'",
       "enumerators are separated by ','"},
      {in_module("enum E { A B };"), "2:12: expected ',' or '}' after an enumerator, found 'B'"},
      {in_module("enum E { A = \"x\" };"), "2:14: an enumerator's value is a whole number"},
      {in_module("enum E { A = 2147483648 };"), "2:14: the value 2147483648 does not fit an int"},
      {in_module("enum E { A = 2147483647, B };"),
       "2:26: the value 2147483648 does not fit an int"},
      {in_module("enum E { A = NOPE };"), "2:14: unknown enumerator 'NOPE'"},
      {in_module("enum E { A }; enum F { A };"), "2:24: 'A' is already declared in module 'M'",
       "enumerators share the names of their module, as in C++"},
      {in_module("enum E { A }; struct E { 0 require int i; };"),
       "2:22: 'E' is already declared in module 'M'"},
  });
}

TEST(Diagnostics, ExplainMembers) {
  check({
      {member("require int i;"), "2:29: expected a member's tag, found 'require'",
       "a member is: <tag> require|optional <type> <name>;"},
      {member("0 int i;"), "2:31: expected 'require' or 'optional' after the tag, found 'int'"},
      {member("0 require i;"), "2:40: expected the name of a member, found ';'"},
      {member("0 require int;"), "2:42: expected the name of a member, found ';'"},
      {member("0 require int key;"), "2:43: expected the name of a member, found 'key'",
       "'key' is a reserved word"},
      {member("256 require int i;"), "2:29: a tag must be 0 to 255"},
      {member("-1 require int i;"), "2:29: a tag must be 0 to 255"},
      {member("0 require int a; 0 require int b;"), "2:46: tag 0 is used twice"},
      {member("0 require int a; 1 require int a;"), "2:60: member 'a' is used twice"},
      {member("0 require S s;"), "2:39: struct 'S' cannot contain itself",
       "a vector or map of it can"},
      {member("0 require S s[2];"), "2:39: struct 'S' cannot contain itself",
       "a vector or map of it can"},
      {member("0 require unsigned long x;"),
       "2:48: expected 'byte', 'short' or 'int' after 'unsigned', found 'long'",
       "there is no unsigned long: use long"},
      {member("0 require void x;"), "2:39: expected a type, found 'void'",
       "only a function's result can be void"},
      {member("0 require int *x;"), "2:43: only 'byte' can have a '*'",
       "'byte *x' is a byte string; vector<T> holds any number of other values"},
      {member("0 require string name:16;"), "2:50: a size cannot follow a name",
       "write it behind the type: string:16 name"},
      {member("0 require int:4 x;"), "2:42: only 'string' and 'vector' can have a size behind ':'"},
      {member("0 require int x[0];"), "2:45: a size must be 1 to 1048575"},
      {member("0 require int x[1048576];"), "2:45: a size must be 1 to 1048575"},
      {member("0 require int x[n];"), "2:45: expected a size, 1 to 1048575, found 'n'"},
      {member("0 require vector int x;"), "2:46: expected '<' after 'vector', found 'int'"},
      {member("0 require map<int> x;"), "2:46: expected ',' after the key type, found '>'"},
      {member("0 require Nope x;"), "2:39: unknown type 'Nope'"},
      {member("0 require int32 x;"), "2:39: unknown type 'int32'",
       "the integers are byte, short, int, long and unsigned byte, short, int"},
      {member("0 require Later x;") + "module M { struct Later { 0 require int i; }; };",
       "2:39: 'Later' is used before it is declared",
       "move its declaration up: a type must be declared before it is used"},
      {"module A { struct Far { 0 require int i; }; }; module B { struct S { 0 require Far f; }; "
       "};",
       "1:80: unknown type 'Far'", "did you mean 'A::Far'?"},
      {member("0 require A x;"), "2:39: 'A' is an enumerator, not a type"},
  });
}

TEST(Diagnostics, ExplainDefaults) {
  check({
      {member("0 optional bool b = 1;"), "2:49: 'bool' cannot be the number 1",
       "write true or false"},
      {member("0 optional int i = 1.5;"), "2:48: 'int' cannot be a fraction"},
      {member("0 optional int i = \"x\";"), "2:48: 'int' cannot be a string"},
      {member("0 optional byte b = 128;"), "2:49: 128 does not fit 'byte'"},
      {member("0 optional unsigned int u = -1;"), "2:57: -1 does not fit 'unsigned int'"},
      {member("0 optional float f = 1e40;"), "2:50: the value does not fit 'float'", "use double"},
      {member("0 optional string s = x;"), "2:51: unknown enumerator 'x'"},
      {member("0 optional string s = 5;"), "2:51: 'string' cannot be the number 5",
       "write it in double quotes"},
      {member("0 optional E e = 7;"), "2:46: enum 'E' has no enumerator with the value 7",
       "write an enumerator, such as A"},
      {member("0 optional E e = true;"), "2:46: enum 'E' cannot be true",
       "write an enumerator, such as A"},
      {member("0 optional vector<int> v = 1;"), "2:56: 'vector<int>' cannot have a value here",
       "only numbers, bool, string and enums have defaults and constants"},
      {"module M { enum E { A }; enum F { B }; struct S { 0 optional E e = B; }; };",
       "1:68: 'B' belongs to enum 'F', not to 'E'"},
      {"module M { const int C = 1; struct S { 0 optional int i = C; }; };",
       "1:59: 'C' is a const, but an enumerator is needed here"},
  });
}

TEST(Diagnostics, ExplainKeysAndMaps) {
  check({
      {member("0 require int i;") + "module M { key[S]; };",
       "3:19: expected ',' and a member's name, found ']'",
       "a key is: key[Struct, member, member];"},
      {member("0 require int name;") + "module M { key[S, nam]; };",
       "3:21: struct 'S' has no member 'nam'", "did you mean 'name'?"},
      {member("0 require int i;") + "module M { key[E, i]; };",
       "3:18: 'E' is not a struct: only structs have keys"},
      {member("0 require int i;") + "module M { key[S, i]; key[S, i]; };",
       "3:29: struct 'S' already has a key"},
      {"module M { struct K { 0 require int i; }; struct S { 0 require map<K, int> m; }; };",
       "1:68: struct 'K' cannot be the key of a map", "give it an order: key[K, i];"},
  });
}

TEST(Diagnostics, ExplainInterfaces) {
  check({
      {"module M { interface M { void f(); }; };",
       "1:22: an interface cannot have the name of its module 'M'"},
      {function("void f(); void f();"), "2:30: function 'f' is used twice"},
      {function("void f(int a, int a);"), "2:33: parameter 'a' is used twice"},
      {function("void f(int f);"), "2:26: a parameter cannot have the name of its function"},
      {function("void f(int a,);"), "2:28: expected another parameter after ',', found ')'"},
      {function("void f(int a;"), "2:27: expected ',' or ')' after a parameter, found ';'"},
      {function("void f(in int a);"), "2:22: there is no 'in'",
       "a parameter without 'out' goes in"},
      {function("void f(routekey int a);"), "2:31: a routekey must be a string"},
      {function("void f(routekey string a, routekey string b);"),
       "2:57: a function can have one routekey"},
      {function("f();"), "2:16: expected the name of a function, found '('"},
      {function("void f()"), "2:23: expected ';' after a function"},
      {in_module("struct tarsX { 0 require int i; };"),
       "2:8: names that begin with 'tars' are reserved",
       "choose another name, or allow them with --with-tars"},
  });
}

TEST(Compile, AllowsTarsNamesOnRequest) {
  CompileOptions options;
  options.tars_names = true;
  compiled("module tars { struct tarsX { 0 require int tarsY; }; };", {}, options);
}

TEST(Compile, BoundsTheParametersOfAFunction) {
  std::string parameters;
  for (int i = 0; i < 256; ++i) parameters += (i ? ", int p" : "int p") + std::to_string(i);
  EXPECT_THAT(complaint("module M { interface I { void f(" + parameters + "); }; };"),
              HasSubstr("a function can have at most 255 parameters"));
}

}  // namespace
}  // namespace tarsier::idl
