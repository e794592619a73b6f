#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// The program itself: exit codes, what it prints, what it writes.
namespace {

using testing::HasSubstr;

struct Outcome {
  int exit_code = -1;
  std::string text;  // both streams
};

class Tars2cpp : public testing::Test {
 protected:
  Tars2cpp() : dir_(testing::TempDir() + "tars2cpp." + std::to_string(getpid())) {
    std::filesystem::create_directories(dir_);
  }
  ~Tars2cpp() override { std::filesystem::remove_all(dir_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name) << text;
  }
  std::string read(const std::string& name) {
    std::ifstream file(dir_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Outcome run(const std::string& arguments) {
    const std::string command =
        "cd '" + dir_.string() + "' && '" TARSIER_TARS2CPP "' " + arguments + " 2>&1";
    Outcome outcome;
    FILE* pipe = popen(command.c_str(), "r");
    for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) outcome.text += static_cast<char>(c);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    return outcome;
  }

  std::filesystem::path dir_;
};

TEST_F(Tars2cpp, WritesAHeaderIntoTheFolderItIsTold) {
  write("Hello.tars", "module M { struct S { 0 require int i; }; };\n");
  const Outcome outcome = run("--dir=a/b Hello.tars");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_EQ(outcome.text, "");
  EXPECT_THAT(read("a/b/Hello.h"), HasSubstr("struct S {"));
}

TEST_F(Tars2cpp, WritesSourceMockAndDependencies) {
  write("Base File.tars", "module B { struct S { 0 require int i; }; };\n");
  write("Hello.tars",
        "#include \"Base File.tars\"\nmodule M { interface I { void f(B::S s); }; };\n");
  const Outcome outcome = run("--split --mock --depfile=Hello.d Hello.tars");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.text;
  EXPECT_THAT(read("Hello.h"), HasSubstr("#include \"Base File.h\""));
  EXPECT_THAT(read("Hello.cc"), HasSubstr("#include \"Hello.h\""));
  EXPECT_THAT(read("Hello_mock.h"), HasSubstr("class MockIServant"));
  EXPECT_EQ(read("Hello.d"), "./Hello.h: Hello.tars Base\\ File.tars\n");
}

TEST_F(Tars2cpp, ErrorsInAFileExitWith1AndWriteNothing) {
  write("Bad.tars", "module M { struct S { 0 requir int i; }; };\n");
  const Outcome outcome = run("Bad.tars");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.text, HasSubstr("Bad.tars:1:25: error: expected 'require' or 'optional'"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "Bad.h"));
}

TEST_F(Tars2cpp, NamesThatMeetInCppAreErrors) {
  write("Bad.tars", "module M { struct S { 0 require int class; 1 require int class_; }; };\n");
  const Outcome outcome = run("Bad.tars");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.text, HasSubstr("member 'class_' is 'class_' in C++, which is taken"));
}

TEST_F(Tars2cpp, AMissingFileExitsWith1) {
  const Outcome outcome = run("absent.tars");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.text, "tars2cpp: absent.tars: no such file\n");
}

TEST_F(Tars2cpp, AFolderThatCannotBeMadeExitsWith1) {
  write("Hello.tars", "module M { struct S { 0 require int i; }; };\n");
  const Outcome outcome = run("--dir=Hello.tars/x Hello.tars");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.text, HasSubstr("cannot create Hello.tars/x"));
}

TEST_F(Tars2cpp, WrongUseExitsWith2) {
  const Outcome outcome = run("--dri=x A.tars");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.text, HasSubstr("did you mean '--dir'?"));
  EXPECT_EQ(run("").exit_code, 2);
}

TEST_F(Tars2cpp, HelpAndVersionGoToStdout) {
  const Outcome help = run("--help 2>/dev/null");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.text, HasSubstr("Usage: tars2cpp"));
  EXPECT_THAT(run("--version").text, HasSubstr("tars2cpp 0."));
}

TEST_F(Tars2cpp, OptionsWithoutEffectLeaveANote) {
  write("Hello.tars", "module M { struct S { 0 require int i; }; };\n");
  const Outcome outcome = run("--tarsMaster Hello.tars");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.text,
            "tars2cpp: note: --tarsMaster has no effect: it never had an effect on the wire\n");
}

}  // namespace
