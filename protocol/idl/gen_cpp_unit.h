#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/idl/cpp_names.h"
#include "protocol/idl/cpp_writer.h"
#include "protocol/idl/gen_cpp.h"
#include "protocol/idl/model.h"

// What the parts of the C++ generator share. Not an interface of the library.
namespace tarsier::idl {

// A function of a generated class, or a free one.
struct CppFunction {
  std::string before;  // what stands only inside the class: "virtual ", "friend "
  std::string result;
  std::string owner;  // the class, "" for a free function
  std::string name;
  std::vector<std::string> parameters;
  std::vector<std::string> defaults;  // of the last parameters, in the header only: " = {}"
  std::string after;                  // "const", "override"
};

// One file being generated.
struct CppUnit {
  const Model& model;
  const CppOptions& options;
  std::string module{};  // whose namespace is open
  CppWriter header{};
  CppWriter source{};  // with --split

  // Writes a function: whole into the header, or with --split its declaration into the header and
  // the body into the source.
  void function(const CppFunction& declaration, const std::function<void(CppWriter&)>& body);

  std::string type(const Type& of, const std::set<std::string>& hidden = {}) const {
    return cpp_type(of, model, module, hidden);
  }
};

void generate_enum(CppUnit& unit, const Enum& definition);
void generate_const(CppUnit& unit, const Const& definition);
void generate_struct(CppUnit& unit, const Struct& definition);
void generate_api(CppUnit& unit, const Interface& interface);
void generate_client(CppUnit& unit, const Interface& interface);
void generate_servants(CppUnit& unit, const Interface& interface);
void generate_mocks(CppUnit& unit, const Interface& interface);  // into the header of its own unit

// The three ways to write a servant.
enum class ServantStyle : std::uint8_t { coroutine, synchronous, asynchronous };
std::string servant_name(const Interface& interface, ServantStyle style);
std::string servant_result(const Interface& interface, const Operation& operation,
                           ServantStyle style);

// "const Point& where" or "std::int32_t x": an in parameter. Numbers go by value.
std::string in_parameter(const CppUnit& unit, const Parameter& parameter,
                         const std::set<std::string>& hidden);
// The parameters of a servant's function, and the names that they and the class hide.
std::vector<std::string> servant_parameters(const CppUnit& unit, const Interface& interface,
                                            const Operation& operation, ServantStyle style);
std::set<std::string> function_names(const Interface& interface);
std::set<std::string> parameter_names(const Operation& operation);

}  // namespace tarsier::idl
