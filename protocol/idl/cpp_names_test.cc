#include "protocol/idl/cpp_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/idl/compile.h"
#include "protocol/idl/cpp_writer.h"
#include "protocol/idl/gen_cpp.h"

namespace tarsier::idl {
namespace {

using testing::HasSubstr;
using testing::Not;

Compilation compiled(const std::string& text) {
  MemoryFiles files({{"t.tars", text}});
  Compilation result = compile("t.tars", files, {}).value();
  EXPECT_EQ(render(result.sources, result.diagnostics), "");
  return result;
}

// The first complaint about names that meet in C++, or "".
std::string complaint(const std::string& text) {
  Compilation result = compiled(text);
  check_cpp_names(result.model, result.diagnostics);
  return result.diagnostics.all().empty() ? "" : result.diagnostics.all()[0].message;
}

std::string header(const std::string& text, const CppOptions& options = {}) {
  const Compilation result = compiled(text);
  return generate_cpp(result.model, options)[0].text;
}

TEST(CppNames, LeaveCppItsOwn) {
  EXPECT_EQ(cpp_name("name"), "name");
  EXPECT_EQ(cpp_name("class"), "class_");
  EXPECT_EQ(cpp_name("NULL"), "NULL_");
  EXPECT_EQ(cpp_name("std"), "std_");
  EXPECT_EQ(fresh_name("options", {"options", "options_"}), "options__");
}

TEST(CppNames, ReportWhatMeets) {
  const auto module = [](const std::string& text) { return "module M { " + text + " };"; };
  EXPECT_EQ(complaint(module("struct S { 0 require int class; 1 require int new; };")), "");
  EXPECT_EQ(complaint(module("struct S { 0 require int class; 1 require int class_; };")),
            "member 'class_' is 'class_' in C++, which is taken");
  EXPECT_EQ(complaint(module("struct S { 0 require int S; 1 require int S_; };")),
            "member 'S_' is 'S_' in C++, which is taken");
  EXPECT_EQ(complaint(module("enum E { new, new_ };")),
            "enumerator 'new_' is 'new_' in C++, which is taken");
  EXPECT_EQ(complaint(module("struct IClient { 0 require int i; }; interface I { void f(); };")),
            "a generated class of interface 'I' is 'IClient' in C++, which is taken");
  EXPECT_EQ(complaint(module("interface I { void f(); void f_future(); };")),
            "function 'f_future' is 'f_future' in C++, which is taken");
  EXPECT_EQ(complaint(module("interface I { void f(int do, int do_); };")),
            "parameter 'do_' is 'do_' in C++, which is taken");
  EXPECT_EQ(complaint(module("interface I { void f(int IApi); };")),
            "parameter 'IApi' is 'IApi' in C++, which is taken");
  EXPECT_EQ(complaint(module("interface I { void Api(); void IClient(); void f(out int ret); };")),
            "");
}

TEST(GenCpp, LeavesOutWhatIsNotWanted) {
  const std::string text =
      "module M { struct S { 0 optional int i; }; interface I { void f(); }; };";
  CppOptions options;
  EXPECT_THAT(header(text, options), HasSubstr("tars_write_json"));
  EXPECT_THAT(header(text, options), HasSubstr("if (i != 0) writer.write(0, i);"));
  EXPECT_THAT(header(text, options), HasSubstr("class IClient"));
  options.json = false;
  options.omit_defaults = false;
  options.structs_only = true;
  const std::string plain = header(text, options);
  EXPECT_THAT(plain, Not(HasSubstr("json")));
  EXPECT_THAT(plain, HasSubstr("{ writer.write(0, i); }"));
  EXPECT_THAT(plain, Not(HasSubstr("IClient")));
  EXPECT_THAT(plain, Not(HasSubstr("client/proxy.h")));
}

TEST(GenCpp, EscapesStringsForEveryCompiler) {
  const std::string text = header(
      "module M { const string A = \"\\\"\\\\\\n\\t\\001?\\?=\"; const string B = \"\\377x\"; "
      "const string C = \"\xe4\xb8\xad\"; };");
  EXPECT_THAT(text, HasSubstr(R"(A = "\"\\\n\t\001?\?=";)"));
  EXPECT_THAT(text, HasSubstr(R"(B = "\377x";)"));  // not UTF-8
  EXPECT_THAT(text, HasSubstr("C = \"\xe4\xb8\xad\";"));
}

TEST(GenCpp, QualifiesWhatAMemberHides) {
  const std::string text = header(
      "module M { enum Color { RED }; struct S { 0 optional Color Color = RED; "
      "1 optional Color RED; }; };");
  EXPECT_THAT(text, HasSubstr("M::Color Color = M::RED;"));
  EXPECT_THAT(text, HasSubstr("M::Color RED = M::RED;"));
}

TEST(CppWriter, BreaksLongLists) {
  CppWriter writer;
  writer.open("struct X {");
  writer.list("void f(", {"int a", "int b"}, ");");
  writer.list("void long_name(", std::vector<std::string>(9, "const std::string& text"), ");");
  writer.gap();
  writer.gap();
  writer.comment("word " + std::string(90, 'x') + " end");
  writer.close("};");
  EXPECT_EQ(writer.text(),
            "struct X {\n"
            "  void f(int a, int b);\n"
            "  void long_name(\n"
            "      const std::string& text, const std::string& text, const std::string& text,\n"
            "      const std::string& text, const std::string& text, const std::string& text,\n"
            "      const std::string& text, const std::string& text, const std::string& text);\n"
            "\n"
            "  // word " +
                std::string(90, 'x') +
                "\n"
                "  // end\n"
                "};\n");
}

}  // namespace
}  // namespace tarsier::idl
