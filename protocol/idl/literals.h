#pragma once

#include <string>
#include <string_view>

#include "protocol/idl/ast.h"
#include "protocol/idl/model.h"

namespace tarsier::idl {

// The type as the language writes it: "map<string, unsigned int>", "Level".
std::string type_text(const Type& type, const Model& model);

// The value of anything but a name.
Value literal_value(const ast::Literal& literal);

// Why a value cannot be of a type, and what to write instead. An empty message: it can.
struct Mismatch {
  std::string message;
  std::string hint;
};

// Checks a default or const value, and turns it into the type's own kind where that is the
// meaning: an integer for a floating type becomes a real, the number of an enumerator becomes it.
Mismatch fit(const Type& type, const Model& model, Value& value);

}  // namespace tarsier::idl
