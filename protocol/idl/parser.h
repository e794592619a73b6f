#pragma once

#include <cstdint>

#include "protocol/idl/ast.h"
#include "protocol/idl/diagnostics.h"
#include "protocol/idl/source.h"

namespace tarsier::idl {

// Parses one file. After an error it goes on behind the next ';' or '}', so one run reports
// several. What could be understood is returned in any case.
ast::File parse(const SourceSet& sources, std::uint32_t file, Diagnostics& diagnostics);

}  // namespace tarsier::idl
