#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/idl/command_line.h"
#include "protocol/idl/compile.h"
#include "protocol/idl/cpp_names.h"
#include "protocol/idl/gen_cpp.h"

// tars2cpp: files in, files out. Everything else is in protocol/idl.
namespace {

using namespace tarsier;
using namespace tarsier::idl;

class DiskFiles final : public FileProvider {
 public:
  Result<std::string> read(const std::string& path) override {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
      return Error(Code::not_found, path + ": no such file");
    }
    if (const auto size = std::filesystem::file_size(path, error);
        !error && size > file_bytes_max) {
      return Error(Code::limit, path + ": larger than a .tars file may be");
    }
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) return Error(Code::io, path + ": cannot be read: " + std::strerror(errno));
    return text;
  }
};

void complain(const std::string& text) { std::fprintf(stderr, "tars2cpp: %s\n", text.c_str()); }

bool write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return true;
  complain("cannot write " + path.string() + ": " + std::strerror(errno));
  return false;
}

// "out/Hello.h: Hello.tars Base.tars", spaces escaped as make wants them.
std::string depfile(const std::filesystem::path& output, const Model& model) {
  const auto escaped = [](const std::string& path) {
    std::string text;
    for (const char c : path) text += c == ' ' ? "\\ " : c == '$' ? "$$" : std::string(1, c);
    return text;
  };
  std::string text = escaped(output.string()) + ":";
  for (const File& file : model.files) text += " " + escaped(file.path);
  return text + '\n';
}

// Compiles one file; false when it has errors or cannot be written.
bool run(const std::string& path, const CommandLine& line) {
  DiskFiles files;
  auto compiled =
      compile(path, files, {line.include_dirs, line.tars_names, line.working_directory_first});
  if (!compiled) {
    complain(compiled.error().detail);
    return false;
  }
  if (compiled->diagnostics.errors() == 0) check_cpp_names(compiled->model, compiled->diagnostics);
  std::fputs(render(compiled->sources, compiled->diagnostics).c_str(), stderr);
  if (compiled->diagnostics.errors() > 0) return false;

  CppOptions options;
  options.omit_defaults = line.omit_defaults;
  options.json = line.json;
  options.structs_only = line.structs_only;
  options.mock = line.mock && !line.structs_only;
  options.split = line.split;
  options.header_prefix = line.header_prefix;
  bool written = true;
  for (const GeneratedFile& file : generate_cpp(compiled->model, options)) {
    written = write_file(std::filesystem::path(line.dir) / file.name, file.text) && written;
  }
  if (!line.depfile.empty()) {
    const auto header = std::filesystem::path(line.dir) / (stem_of(path) + ".h");
    written = write_file(line.depfile, depfile(header, compiled->model)) && written;
  }
  return written;
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = parse_command_line(std::vector<std::string_view>(argv + 1, argv + argc));
  if (!line) {
    complain(line.error().detail);
    return 2;
  }
  if (line->help || line->version) {
    const std::string text(line->help ? help_text() : "tars2cpp " TARSIER_VERSION "\n");
    std::fputs(text.c_str(), stdout);
    return 0;
  }
  for (const std::string& note : line->notes) complain("note: " + note);
  std::error_code error;
  std::filesystem::create_directories(line->dir, error);
  if (error) {
    complain("cannot create " + line->dir + ": " + error.message());
    return 1;
  }
  bool done = true;
  for (const std::string& file : line->files) done = run(file, *line) && done;
  return done ? 0 : 1;
}
