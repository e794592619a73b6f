#include "protocol/idl/literals.h"

#include <limits>

namespace tarsier::idl {
namespace {

template <class Int>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<Int>::min() && value <= std::numeric_limits<Int>::max();
}

bool in_range(TypeKind kind, std::int64_t value) {
  switch (kind) {
    case TypeKind::int8: return fits<std::int8_t>(value);
    case TypeKind::uint8: return fits<std::uint8_t>(value);
    case TypeKind::int16: return fits<std::int16_t>(value);
    case TypeKind::uint16: return fits<std::uint16_t>(value);
    case TypeKind::int32: return fits<std::int32_t>(value);
    case TypeKind::uint32: return fits<std::uint32_t>(value);
    default: return true;
  }
}

bool is_integer(TypeKind kind) { return kind >= TypeKind::int8 && kind <= TypeKind::int64; }

std::string value_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::integer: return "the number " + std::to_string(value.integer);
    case Value::Kind::real: return "a fraction";
    case Value::Kind::text: return "a string";
    case Value::Kind::boolean: return value.integer != 0 ? "true" : "false";
    case Value::Kind::enumerator: break;
  }
  return "an enumerator";
}

Mismatch fit_enum(const Type& type, const Model& model, Value& value) {
  const Enum& of = model.enums[type.index];
  if (value.kind == Value::Kind::enumerator) {
    if (value.enum_index == type.index) return {};
    const Enum& other = model.enums[value.enum_index];
    return {"'" + other.enumerators[value.enumerator].name + "' belongs to enum '" + other.name +
                "', not to '" + of.name + "'",
            ""};
  }
  const std::string example =
      of.enumerators.empty() ? "" : "write an enumerator, such as " + of.enumerators[0].name;
  if (value.kind != Value::Kind::integer) {
    return {"enum '" + of.name + "' cannot be " + value_text(value), example};
  }
  for (std::size_t i = 0; i < of.enumerators.size(); ++i) {
    if (of.enumerators[i].value != value.integer) continue;
    value.kind = Value::Kind::enumerator;
    value.enum_index = type.index;
    value.enumerator = static_cast<std::uint32_t>(i);
    return {};
  }
  return {
      "enum '" + of.name + "' has no enumerator with the value " + std::to_string(value.integer),
      example};
}

Mismatch fit_number(const Type& type, const Model& model, Value& value) {
  const bool integral = value.kind == Value::Kind::integer || value.kind == Value::Kind::enumerator;
  if (is_integer(type.kind) && integral) {
    if (in_range(type.kind, value.integer)) return {};
    return {std::to_string(value.integer) + " does not fit '" + type_text(type, model) + "'", ""};
  }
  if (!is_integer(type.kind) && value.kind == Value::Kind::integer) {
    value.kind = Value::Kind::real;
    value.real = static_cast<double>(value.integer);
  }
  if (!is_integer(type.kind) && value.kind == Value::Kind::real) {
    const double limit = static_cast<double>(std::numeric_limits<float>::max());
    if (type.kind == TypeKind::float64 || (value.real <= limit && value.real >= -limit)) return {};
    return {"the value does not fit 'float'", "use double"};
  }
  return {"'" + type_text(type, model) + "' cannot be " + value_text(value), ""};
}

}  // namespace

std::string type_text(const Type& type, const Model& model) {
  const auto argument = [&](std::size_t i) { return type_text(type.arguments[i], model); };
  switch (type.kind) {
    case TypeKind::boolean: return "bool";
    case TypeKind::int8: return "byte";
    case TypeKind::uint8: return "unsigned byte";
    case TypeKind::int16: return "short";
    case TypeKind::uint16: return "unsigned short";
    case TypeKind::int32: return "int";
    case TypeKind::uint32: return "unsigned int";
    case TypeKind::int64: return "long";
    case TypeKind::float32: return "float";
    case TypeKind::float64: return "double";
    case TypeKind::string: return "string";
    case TypeKind::vector: return "vector<" + argument(0) + ">";
    case TypeKind::map: return "map<" + argument(0) + ", " + argument(1) + ">";
    case TypeKind::array: return argument(0) + '[' + std::to_string(type.size) + ']';
    case TypeKind::text_array: return "string:" + std::to_string(type.size);
    case TypeKind::enumeration: return model.enums[type.index].name;
    case TypeKind::structure: break;
  }
  return model.structs[type.index].name;
}

Value literal_value(const ast::Literal& literal) {
  Value value;
  value.integer = literal.integer;
  value.real = literal.real;
  value.text = literal.text;
  switch (literal.kind) {
    case ast::Literal::Kind::integer: value.kind = Value::Kind::integer; break;
    case ast::Literal::Kind::real: value.kind = Value::Kind::real; break;
    case ast::Literal::Kind::text: value.kind = Value::Kind::text; break;
    case ast::Literal::Kind::boolean: value.kind = Value::Kind::boolean; break;
    case ast::Literal::Kind::name: value.kind = Value::Kind::enumerator; break;
  }
  return value;
}

Mismatch fit(const Type& type, const Model& model, Value& value) {
  switch (type.kind) {
    case TypeKind::boolean:
      if (value.kind == Value::Kind::boolean) return {};
      return {"'bool' cannot be " + value_text(value), "write true or false"};
    case TypeKind::string:
      if (value.kind == Value::Kind::text) return {};
      return {"'string' cannot be " + value_text(value), "write it in double quotes"};
    case TypeKind::enumeration: return fit_enum(type, model, value);
    case TypeKind::vector:
    case TypeKind::map:
    case TypeKind::array:
    case TypeKind::text_array:
    case TypeKind::structure:
      return {"'" + type_text(type, model) + "' cannot have a value here",
              "only numbers, bool, string and enums have defaults and constants"};
    default: return fit_number(type, model, value);
  }
}

}  // namespace tarsier::idl
