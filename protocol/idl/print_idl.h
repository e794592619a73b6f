#pragma once

#include <string>

#include "protocol/idl/model.h"

namespace tarsier::idl {

// The definitions of the model's main file as a .tars file in one canonical layout: members in
// order of tag, values as decimal numbers, types of other modules with their module. Compiling it
// gives an equal model; comments are not kept.
std::string print_idl(const Model& model);

}  // namespace tarsier::idl
