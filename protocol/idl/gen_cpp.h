#pragma once

#include <string>
#include <vector>

#include "protocol/idl/model.h"

namespace tarsier::idl {

struct CppOptions {
  bool omit_defaults = true;  // --check-default
  bool json = true;           // no --unjson
  bool structs_only = false;  // --os
  bool mock = false;          // --mock
  bool split = false;         // --split
  std::string header_prefix;  // --header
};

struct GeneratedFile {
  std::string name;
  std::string text;
};

// The C++ of the model's main file: File.h, and on request File.cc and File_mock.h. The model has
// passed check_cpp_names. Equal models give equal texts.
std::vector<GeneratedFile> generate_cpp(const Model& model, const CppOptions& options);

// "dir/Hello.tars" -> "Hello".
std::string stem_of(std::string_view path);

}  // namespace tarsier::idl
