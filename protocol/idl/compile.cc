#include "protocol/idl/compile.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "protocol/idl/parser.h"
#include "protocol/idl/resolve.h"

namespace tarsier::idl {
namespace {

// "./a/../b.tars" and "b.tars" are one file.
std::string normal(std::string_view path) {
  std::vector<std::string_view> parts;
  const bool absolute = path.starts_with('/');
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string text = absolute ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += '/';
    text += parts[i];
  }
  return text;
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "" : std::string(path.substr(0, slash + 1));
}

class Loader {
 public:
  Loader(FileProvider& files, const CompileOptions& options, Compilation& into)
      : files_(files), options_(options), into_(into) {}

  Result<> load_main(const std::string& path) {
    TARSIER_TRY(std::string text, files_.read(path));
    if (text.size() > file_bytes_max) return too_large(path);
    loaded_.insert(normal(path));
    read(path, std::move(text), std::nullopt, 0);
    return {};
  }

  const std::vector<ast::Module>& modules() const { return modules_; }

 private:
  static Error too_large(const std::string& path) {
    return Error(Code::limit,
                 path + " is larger than " + std::to_string(file_bytes_max >> 20) + " MiB");
  }

  void read(const std::string& path, std::string text, std::optional<Span> from,
            std::size_t depth) {
    const std::uint32_t index = into_.sources.add(path, std::move(text), from);
    into_.model.files.resize(into_.sources.size());
    into_.model.files[index].path = path;
    ast::File file = parse(into_.sources, index, into_.diagnostics);
    for (auto& item : file.items) {
      if (into_.diagnostics.full()) return;
      if (const auto* include = std::get_if<ast::Include>(&item)) {
        follow(index, *include, depth);
      } else {
        modules_.push_back(std::move(std::get<ast::Module>(item)));
      }
    }
  }

  // Each file is read once, at its first #include.
  void follow(std::uint32_t from, const ast::Include& include, std::size_t depth) {
    if (include.path.empty()) {
      into_.diagnostics.error(include.span, "#include without a file name");
      return;
    }
    if (depth == include_depth_max) {
      into_.diagnostics.error(include.span, "files include each other too deeply (at most " +
                                                std::to_string(include_depth_max) + " levels)");
      return;
    }
    std::string tried;
    for (const std::string& candidate : candidates(from, include.path)) {
      if (loaded_.count(candidate) != 0) return note_include(from, candidate);
      auto text = files_.read(candidate);
      if (!text && text.code() == Code::not_found) {
        tried += tried.empty() ? candidate : ", " + candidate;
        continue;
      }
      if (text.ok() && text->size() > file_bytes_max) text = too_large(candidate);
      if (text.ok() && text->size() + into_.sources.total_bytes() > total_bytes_max) {
        text = Error(Code::limit, "all included files together are too large");
      }
      if (!text) {
        into_.diagnostics.error(include.span, text.error().detail);
        return;
      }
      loaded_.insert(candidate);
      note_include(from, candidate);
      read(candidate, std::move(text).value(), include.span, depth + 1);
      return;
    }
    into_.diagnostics.error(include.span, "cannot find " + in_quotes(include.path),
                            "looked for " + tried + "; --include=DIR adds a folder to search");
  }

  void note_include(std::uint32_t from, const std::string& path) {
    into_.model.files[from].includes.push_back(path);
  }

  // Where an include may be, best first: as written, in the --include folders, beside the file
  // that asks for it.
  std::vector<std::string> candidates(std::uint32_t from, const std::string& path) const {
    std::vector<std::string> found;
    const auto add = [&](const std::string& candidate) {
      std::string text = normal(candidate);
      for (const auto& known : found) {
        if (known == text) return;
      }
      found.push_back(std::move(text));
    };
    if (options_.working_directory_first) add(path.substr(path.rfind('/') + 1));
    add(path);
    if (path.starts_with('/')) return found;
    for (const std::string& dir : options_.include_dirs) add(dir + '/' + path);
    add(folder_of(into_.sources.file(from).path) + path);
    return found;
  }

  FileProvider& files_;
  const CompileOptions& options_;
  Compilation& into_;
  std::vector<ast::Module> modules_;
  std::set<std::string> loaded_;
};

}  // namespace

Result<Compilation> compile(const std::string& path, FileProvider& files,
                            const CompileOptions& options) {
  Compilation compilation;
  Loader loader(files, options, compilation);
  TARSIER_TRY_VOID(loader.load_main(path));
  resolve(loader.modules(), {options.tars_names}, compilation.diagnostics, compilation.model);
  return compilation;
}

}  // namespace tarsier::idl
