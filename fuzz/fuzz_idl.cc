#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "protocol/idl/compile.h"
#include "protocol/idl/cpp_names.h"
#include "protocol/idl/gen_cpp.h"
#include "protocol/idl/print_idl.h"

// The IDL compiler on any text: it ends, within its bounds, and what it accepts it can print and
// read again, with the same C++ in the end. The text may include itself under two names, and a
// file that is right.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarsier::idl;
  const std::string text(reinterpret_cast<const char*>(data), size);
  MemoryFiles files(
      {{"main.tars", text},
       {"self.tars", text},
       {"Sampler.tars",
        "module Sampler { enum Level { LOW = 1, MID }; struct Point { 0 require int x; "
        "1 optional string label; }; key[Point, x]; struct Bag { 0 optional "
        "vector<Point> path; }; };"}});
  auto compiled = compile("main.tars", files, {});
  if (!compiled) return 0;
  if (compiled->diagnostics.errors() == 0) check_cpp_names(compiled->model, compiled->diagnostics);
  static_cast<void>(render(compiled->sources, compiled->diagnostics));
  if (compiled->diagnostics.errors() > 0) return 0;

  CppOptions options;
  options.mock = true;
  options.split = size % 2 == 1;
  const auto once = generate_cpp(compiled->model, options);
  files.add("main.tars", print_idl(compiled->model));
  auto again = compile("main.tars", files, {});
  if (!again || again->diagnostics.errors() > 0) std::abort();
  const auto twice = generate_cpp(again->model, options);
  for (std::size_t i = 0; i < once.size(); ++i) {
    if (once[i].text != twice[i].text) std::abort();
  }
  return 0;
}
