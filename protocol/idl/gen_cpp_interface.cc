#include "protocol/idl/gen_cpp_unit.h"

// Interfaces: parameter lists, clients, servants and their mocks.
namespace tarsier::idl {
namespace {

std::string api(const Interface& interface) { return interface.name + "Api"; }
std::string arguments_of(const Operation& operation) { return operation.name + "Arguments"; }
std::string result_of(const Operation& operation) { return operation.name + "Result"; }

// Numbers are as cheap as references.
bool by_value(const Type& type) {
  return type.kind <= TypeKind::float64 || type.kind == TypeKind::enumeration;
}

// One member of a parameter list.
struct Field {
  std::uint8_t tag;
  std::string wire_name;  // of TUP and JSON
  std::string name;
  const Type* type;
};

std::vector<Field> argument_fields(const Operation& operation) {
  std::vector<Field> fields;
  for (const Parameter& each : operation.parameters) {
    if (!each.out) fields.push_back({each.tag, each.name, cpp_name(each.name), &each.type});
  }
  return fields;
}

std::vector<Field> result_fields(const Operation& operation) {
  std::vector<Field> fields;
  std::set<std::string> taken = parameter_names(operation);
  if (operation.result) {
    fields.push_back({0, "tars_ret", fresh_name("ret", taken), &*operation.result});
  }
  for (const Parameter& each : operation.parameters) {
    if (each.out) fields.push_back({each.tag, each.name, cpp_name(each.name), &each.type});
  }
  return fields;
}

void write_parameter_list(CppUnit& unit, const std::string& name,
                          const std::vector<Field>& fields) {
  std::set<std::string> hidden;
  for (const Field& field : fields) hidden.insert(field.name);
  unit.header.open("struct " + name + " {");
  for (const Field& field : fields) {
    std::string initializer = "{}";
    if (field.type->kind == TypeKind::enumeration) {
      const Enum& of = unit.model.enums[field.type->index];
      initializer =
          " = " + cpp_reference(of.module, of.enumerators[0].name, unit.model, unit.module, hidden);
    }
    unit.header.line(unit.type(*field.type, hidden) + " " + field.name + initializer + ";");
  }
  unit.header.gap();
  const std::string self = fields.empty() ? "" : fresh_name("self", hidden);
  const std::string visit = fields.empty() ? "" : fresh_name("visit", hidden);
  unit.header.line("template <class Self, class Visit>");
  const std::string signature =
      fields.empty() ? "(Self&, Visit&&)" : "(Self& " + self + ", Visit&& " + visit + ")";
  if (fields.empty()) {
    unit.header.line("static void tars_each" + signature + " {}");
  } else {
    unit.header.open("static void tars_each" + signature + " {");
    for (const Field& field : fields) {
      unit.header.line(visit + "(" + std::to_string(field.tag) + ", \"" + field.wire_name + "\", " +
                       self + "." + field.name + ");");
    }
    unit.header.close();
  }
  unit.header.line("bool operator==(const " + name + "&) const = default;");
  unit.header.close("};");
}

// One of the five ways to call a function.
struct CallStyle {
  const char* suffix;
  const char* helper;
};

void write_call(CppUnit& unit, const Interface& interface, const Operation& operation,
                const CallStyle& style, const std::string& result_type,
                const std::string& callback_type) {
  std::set<std::string> hidden = function_names(interface);
  const std::set<std::string> names = parameter_names(operation);
  hidden.insert(names.begin(), names.end());
  const std::string options = fresh_name("options", names);
  const std::string callback = fresh_name("callback", names);
  const std::string visit = fresh_name("visit", names);
  const std::string result = api(interface) + "::" + result_of(operation);
  std::vector<std::string> parameters;
  std::string each, route_key;
  for (const Parameter& parameter : operation.parameters) {
    if (parameter.out) continue;
    parameters.push_back(in_parameter(unit, parameter, hidden));
    const std::string name = cpp_name(parameter.name);
    each += " " + visit + "(" + std::to_string(parameter.tag) + ", \"" + parameter.name + "\", " +
            name + ");";
    if (parameter.routekey) route_key = name;
  }
  each = each.empty() ? "[](auto&&) {}" : "[&](auto&& " + visit + ") {" + each + " }";
  if (!callback_type.empty()) parameters.push_back(callback_type + " " + callback);
  parameters.push_back("const tarsier::CallOptions& " + options);

  std::vector<std::string> call = {"\"" + operation.name + "\"", options, each};
  if (!callback_type.empty()) call.push_back("std::move(" + callback + ")");
  if (!route_key.empty()) call.push_back(route_key);
  const bool typed = std::string_view(style.helper) != "tars_call_oneway";
  unit.function({{},
                 result_type,
                 interface.name + "Client",
                 function_name(interface, operation) + style.suffix,
                 parameters,
                 {" = {}"},
                 "const"},
                [&](CppWriter& out) {
                  const std::string prefix = std::string(result_type == "void" ? "" : "return ") +
                                             style.helper + (typed ? "<" + result + ">" : "") + "(";
                  out.list(prefix, call, ");");
                });
}

void write_serve(CppWriter& out, const Interface& interface, const Operation& operation,
                 ServantStyle style) {
  const std::string arguments = "Api::" + arguments_of(operation);
  const std::string result = "Api::" + result_of(operation);
  std::vector<std::string> values;
  for (const Field& field : argument_fields(operation)) values.push_back("in." + field.name);
  std::vector<std::string> parameters = {arguments + "&" + (values.empty() ? "" : " in")};
  std::string helper, capture = "[this](", call = "return ";
  switch (style) {
    case ServantStyle::coroutine:
      helper = "serve_coroutine<" + arguments + ">";
      parameters.push_back("tarsier::ServerCall& kept");
      values.push_back("kept");
      break;
    case ServantStyle::synchronous:
      helper = "serve_sync<" + arguments + ">";
      capture = "[&](";
      values.push_back("call");
      break;
    case ServantStyle::asynchronous:
      helper = "serve_async<" + arguments + ", " + result + ">";
      parameters.push_back("tarsier::Reply<" + result + "> reply");
      values.push_back("std::move(reply)");
      call.clear();
      break;
  }
  out.list("const auto serve = " + capture, parameters, ") {");
  out.indent();
  out.list(call + function_name(interface, operation) + "(", values, ");");
  out.close("};");
  out.list("return tarsier::" + helper + "(", {"call", "serve"}, ");");
}

// Finds the function by its length, then by its bytes.
void write_dispatch(CppWriter& out, const Interface& interface, ServantStyle style) {
  std::set<std::size_t> lengths;
  for (const Operation& each : interface.operations) lengths.insert(each.name.size());
  if (!lengths.empty()) {
    out.line("const std::string_view function = call.function();");
    out.line("switch (function.size()) {");
    out.indent();
  }
  for (const std::size_t length : lengths) {
    out.open("case " + std::to_string(length) + ":");
    for (const Operation& each : interface.operations) {
      if (each.name.size() != length) continue;
      out.open("if (function == \"" + each.name + "\") {");
      write_serve(out, interface, each, style);
      out.close();
    }
    out.line("break;");
    out.outdent();
  }
  if (!lengths.empty()) out.close();
  out.line("call.answer_no_function();");
}

void generate_servant(CppUnit& unit, const Interface& interface, ServantStyle style) {
  const std::string name = servant_name(interface, style);
  unit.header.gap();
  const std::string of = interface.module + "." + interface.name;
  switch (style) {
    case ServantStyle::coroutine:
      unit.header.comment("Serves " + of +
                          " with coroutines. Arguments and call outlive the task.");
      break;
    case ServantStyle::synchronous:
      unit.header.comment("Serves " + of + " with plain functions, which must not block the loop.");
      break;
    case ServantStyle::asynchronous:
      unit.header.comment("Serves " + of + " with functions that answer later, from any thread.");
      break;
  }
  unit.header.open("class " + name + " : public tarsier::Servant {");
  unit.header.label("public:");
  unit.header.line("using Api = " + api(interface) + ";");
  unit.header.gap();
  for (const Operation& operation : interface.operations) {
    unit.header.quote(operation.comment);
    unit.header.list("virtual " + servant_result(interface, operation, style) + " " +
                         function_name(interface, operation) + "(",
                     servant_parameters(unit, interface, operation, style), ") = 0;");
  }
  unit.header.gap();
  unit.header.line("std::string_view tars_interface() const override { return Api::tars_name; }");
  unit.function({{}, "void", name, "tars_dispatch", {"tarsier::ServerCall& call"}, {}, "override"},
                [&](CppWriter& out) { write_dispatch(out, interface, style); });
  unit.header.close("};");
}

}  // namespace

std::set<std::string> function_names(const Interface& interface) {
  std::set<std::string> names;
  for (const Operation& operation : interface.operations)
    names.insert(function_name(interface, operation));
  return names;
}

std::set<std::string> parameter_names(const Operation& operation) {
  std::set<std::string> names;
  for (const Parameter& each : operation.parameters) names.insert(cpp_name(each.name));
  return names;
}

std::string in_parameter(const CppUnit& unit, const Parameter& parameter,
                         const std::set<std::string>& hidden) {
  const std::string type = unit.type(parameter.type, hidden);
  const std::string name = cpp_name(parameter.name);
  return by_value(parameter.type) ? type + " " + name : "const " + type + "& " + name;
}

std::string servant_name(const Interface& interface, ServantStyle style) {
  switch (style) {
    case ServantStyle::coroutine: return interface.name + "Servant";
    case ServantStyle::synchronous: return interface.name + "SyncServant";
    case ServantStyle::asynchronous: break;
  }
  return interface.name + "AsyncServant";
}

std::string servant_result(const Interface& interface, const Operation& operation,
                           ServantStyle style) {
  if (style == ServantStyle::asynchronous) return "void";
  const std::string result =
      "tarsier::Result<" + api(interface) + "::" + result_of(operation) + ">";
  return style == ServantStyle::coroutine ? "tarsier::Task<" + result + ">" : result;
}

std::vector<std::string> servant_parameters(const CppUnit& unit, const Interface& interface,
                                            const Operation& operation, ServantStyle style) {
  const std::set<std::string> names = parameter_names(operation);
  std::set<std::string> hidden = function_names(interface);
  hidden.insert(names.begin(), names.end());
  std::vector<std::string> parameters;
  for (const Parameter& each : operation.parameters) {
    if (!each.out) parameters.push_back(in_parameter(unit, each, hidden));
  }
  if (style == ServantStyle::asynchronous) {
    parameters.push_back("tarsier::Reply<" + api(interface) + "::" + result_of(operation) + "> " +
                         fresh_name("reply", names));
  } else {
    parameters.push_back("tarsier::ServerCall& " + fresh_name("call", names));
  }
  return parameters;
}

void generate_api(CppUnit& unit, const Interface& interface) {
  unit.header.quote(interface.comment);
  unit.header.comment("What " + interface.module + "." + interface.name +
                      " carries: for every function its arguments and its result.");
  unit.header.open("struct " + api(interface) + " {");
  unit.header.line("static constexpr std::string_view tars_name = \"" + interface.module + "." +
                   interface.name + "\";");
  for (const Operation& operation : interface.operations) {
    unit.header.gap();
    write_parameter_list(unit, arguments_of(operation), argument_fields(operation));
    write_parameter_list(unit, result_of(operation), result_fields(operation));
  }
  unit.header.close("};");
}

void generate_client(CppUnit& unit, const Interface& interface) {
  unit.header.gap();
  unit.header.comment("Calls a " + interface.module + "." + interface.name +
                      ". Every function as coroutine, with a callback, as std::future, blocking "
                      "and one-way: see client/proxy.h.");
  unit.header.open("class " + interface.name + "Client : public tarsier::Proxy {");
  unit.header.label("public:");
  unit.header.line("using Api = " + api(interface) + ";");
  unit.header.line("using tarsier::Proxy::Proxy;");
  for (const Operation& operation : interface.operations) {
    const std::string result =
        "tarsier::Result<" + api(interface) + "::" + result_of(operation) + ">";
    unit.header.gap();
    unit.header.quote(operation.comment);
    write_call(unit, interface, operation, {"", "tars_call"}, "tarsier::Task<" + result + ">", "");
    write_call(unit, interface, operation, {"_callback", "tars_call_then"}, "void",
               "tarsier::UniqueFunction<void(" + result + ")>");
    write_call(unit, interface, operation, {"_future", "tars_call_future"},
               "std::future<" + result + ">", "");
    write_call(unit, interface, operation, {"_blocking", "tars_call_blocking"}, result, "");
    write_call(unit, interface, operation, {"_oneway", "tars_call_oneway"}, "void", "");
  }
  unit.header.close("};");
}

void generate_servants(CppUnit& unit, const Interface& interface) {
  generate_servant(unit, interface, ServantStyle::coroutine);
  generate_servant(unit, interface, ServantStyle::synchronous);
  generate_servant(unit, interface, ServantStyle::asynchronous);
}

void generate_mocks(CppUnit& unit, const Interface& interface) {
  for (const ServantStyle style :
       {ServantStyle::coroutine, ServantStyle::synchronous, ServantStyle::asynchronous}) {
    const std::string base = servant_name(interface, style);
    unit.header.gap();
    unit.header.open("class Mock" + base + " : public " + base + " {");
    unit.header.label("public:");
    for (const Operation& operation : interface.operations) {
      std::vector<std::string> parameters = servant_parameters(unit, interface, operation, style);
      // A comma outside of round brackets would end the macro's argument.
      for (std::string& each : parameters) {
        const std::size_t name = each.rfind(' ');
        const bool has_comma = each.find(',') != each.npos;
        if (has_comma) each = "(" + each.substr(0, name) + ")";
      }
      unit.header.list("MOCK_METHOD((" + servant_result(interface, operation, style) + "), " +
                           function_name(interface, operation) + ", (",
                       parameters, "), (override));");
    }
    unit.header.close("};");
  }
}

}  // namespace tarsier::idl
