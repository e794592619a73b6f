#pragma once

#include <string>
#include <vector>

#include "protocol/idl/diagnostics.h"
#include "protocol/idl/model.h"
#include "protocol/idl/source.h"

namespace tarsier::idl {

struct CompileOptions {
  std::vector<std::string> include_dirs;
  bool tars_names = false;               // --with-tars
  bool working_directory_first = false;  // --currentPriority: an include's bare file name first
};

// What became of one .tars file. The model may be used when diagnostics.errors() is 0; its main
// file is files[0].
struct Compilation {
  SourceSet sources;
  Diagnostics diagnostics;
  Model model;
};

// Reads, parses and checks a file and all it includes. An error only when `path` itself cannot be
// read; everything else is a diagnostic.
Result<Compilation> compile(const std::string& path, FileProvider& files,
                            const CompileOptions& options);

}  // namespace tarsier::idl
