#pragma once

#include <cstdint>
#include <vector>

#include "protocol/idl/ast.h"
#include "protocol/idl/diagnostics.h"
#include "protocol/idl/model.h"

namespace tarsier::idl {

struct ResolveOptions {
  // Allow identifiers that begin with "tars" in the main file (--with-tars). Included files may
  // always have them: whoever compiles those has decided.
  bool tars_names = false;
};

// Looks up names and checks the rules of spec §3.3. `modules` stand in the order in which their
// text is read, included files first: a type must be declared before it is used. Fills everything
// of the model but the paths and includes of its files; meaningful when no error was reported.
void resolve(const std::vector<ast::Module>& modules, const ResolveOptions& options,
             Diagnostics& diagnostics, Model& model);

}  // namespace tarsier::idl
