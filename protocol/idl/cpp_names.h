#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "protocol/idl/diagnostics.h"
#include "protocol/idl/model.h"

namespace tarsier::idl {

// The C++ name of an IDL name: itself, with a '_' behind it when C++ or a common macro owns it.
std::string cpp_name(std::string_view name);

// `wanted`, with as many '_' behind it as it takes to be none of `taken`.
std::string fresh_name(std::string wanted, const std::set<std::string>& taken);

// A member of a struct: also out of the way of the struct's own name.
std::string member_name(const Struct& structure, const Member& member);

// A function of an interface: also out of the way of the classes it becomes a member of.
std::string function_name(const Interface& interface, const Operation& operation);

// "std::map<std::string, Point>" as written inside of `module`, where the names of `hidden` mean
// something else (members, functions, parameters).
std::string cpp_type(const Type& type, const Model& model, std::string_view module,
                     const std::set<std::string>& hidden = {});

// The same for one definition of that module and name.
std::string cpp_reference(std::string_view of_module, std::string_view name, const Model& model,
                          std::string_view module, const std::set<std::string>& hidden = {});

// A value as a C++ expression of the type.
std::string cpp_value(const Value& value, const Type& type, const Model& model,
                      std::string_view module, const std::set<std::string>& hidden = {});

// Reports names of the main file that differ in the IDL but would meet in C++.
void check_cpp_names(const Model& model, Diagnostics& diagnostics);

}  // namespace tarsier::idl
