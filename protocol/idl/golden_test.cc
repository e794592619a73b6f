#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/idl/compile.h"
#include "protocol/idl/cpp_names.h"
#include "protocol/idl/gen_cpp.h"
#include "protocol/idl/print_idl.h"

// Compares what the generator makes of golden/*.tars with the files beside them. The same files are
// compiled and used by generated_test.cc. `--update` writes them anew: read the diff before you
// commit it.
namespace tarsier::idl {
namespace {

bool update = false;
const std::string folder = TARSIER_GOLDEN "/";

class GoldenFiles final : public FileProvider {
 public:
  Result<std::string> read(const std::string& path) override {
    std::ifstream file(folder + path, std::ios::binary);
    if (!file) return Error(Code::not_found, path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
};

struct Case {
  std::string source;
  CppOptions options;
  std::string prefix;  // of the golden file, when one source has several
};

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, IsWhatTheGeneratorMakes) {
  GoldenFiles files;
  auto compiled = compile(GetParam().source, files, {});
  ASSERT_TRUE(compiled.ok());
  check_cpp_names(compiled->model, compiled->diagnostics);
  ASSERT_EQ(render(compiled->sources, compiled->diagnostics), "");
  for (const GeneratedFile& file : generate_cpp(compiled->model, GetParam().options)) {
    const std::string path = GetParam().prefix + file.name;
    if (update) std::ofstream(folder + path, std::ios::binary) << file.text;
    auto golden = files.read(path);
    ASSERT_TRUE(golden.ok()) << path << " is missing: run with --update";
    EXPECT_EQ(file.text, *golden) << path << ": run with --update and read the diff";
  }
}

// Printing and compiling again changes nothing but the layout.
TEST(PrintIdl, GivesAnEqualModel) {
  for (const std::string& name :
       std::vector<std::string>{"Hello.tars", "Sampler.tars", "Everything.tars"}) {
    GoldenFiles golden;
    auto once = compile(name, golden, {});
    ASSERT_TRUE(once.ok());
    MemoryFiles files({{"Sampler.tars", *golden.read("Sampler.tars")}});
    files.add(name, print_idl(once->model));
    auto twice = compile(name, files, {});
    ASSERT_EQ(render(twice->sources, twice->diagnostics), "");
    EXPECT_EQ(print_idl(twice->model), print_idl(once->model));
    EXPECT_EQ(generate_cpp(twice->model, {})[0].text, generate_cpp(once->model, {})[0].text);
  }
}

TEST(PrintIdl, LooksLikeThis) {
  GoldenFiles golden;
  auto hello = compile("Hello.tars", golden, {});
  EXPECT_EQ(print_idl(hello->model), R"(module helloworld {
  struct HelloRequest {
    1 require string name;
  };

  struct HelloReply {
    1 require string message;
  };

  interface Greeter {
    int SayHello(helloworld::HelloRequest req, out helloworld::HelloReply resp);
  };
};
)");
}

CppOptions with_mocks() {
  CppOptions options;
  options.mock = true;
  return options;
}
CppOptions split() {
  CppOptions options;
  options.split = true;
  return options;
}
CppOptions plain_structs() {
  CppOptions options;
  options.structs_only = true;
  options.json = false;
  options.omit_defaults = false;
  return options;
}

INSTANTIATE_TEST_SUITE_P(All, Golden,
                         testing::Values(Case{"Hello.tars", with_mocks(), ""},
                                         Case{"Sampler.tars", {}, ""},
                                         Case{"Everything.tars", with_mocks(), ""},
                                         Case{"Hello.tars", split(), "split/"},
                                         Case{"Sampler.tars", plain_structs(), "plain/"}));

}  // namespace
}  // namespace tarsier::idl

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--update") tarsier::idl::update = true;
  }
  return RUN_ALL_TESTS();
}
