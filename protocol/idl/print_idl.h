#pragma once

#include <string>

#include "protocol/idl/model.h"

namespace tarsier::idl {

// The definitions of the model's main file as a .tars file in one canonical layout: members in
// order of tag, values as decimal numbers, types with their module, comments above what they belong
// to. Compiling it gives an equal model.
std::string print_idl(const Model& model);

}  // namespace tarsier::idl
