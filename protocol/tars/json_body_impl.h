#pragma once

// The templates of json_body.h, which includes this.
#include "protocol/tars/json_body.h"

namespace tarsier::tars {

template <class T>
void JsonWriter::put(const T& value) {
  using namespace detail;
  if constexpr (std::same_as<T, bool>) {
    text_.boolean(value);
  } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
    text_.integer(static_cast<std::int64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    text_.number(value);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    text_.string(value);
  } else if constexpr (is_map<T>) {
    text_.begin_object();
    for (const auto& [key, mapped] : value) {
      put_key(key);
      put(mapped);
    }
    text_.end_object();
  } else if constexpr (is_vector<T> || is_array<T>) {
    using Element = typename T::value_type;
    if constexpr (is_array<T> && is_byte<Element>) {
      text_.string(bytes_to_text(std::as_bytes(std::span(value))));
    } else {
      text_.begin_array();
      for (const Element& element : value) put(element);
      text_.end_array();
    }
  } else {
    static_assert(JsonStruct<T>, "not an IDL type");
    text_.begin_object();
    value.tars_write_json(*this);
    text_.end_object();
  }
}

// Keys are strings: numbers in decimal, structs as their own text.
template <class K>
void JsonWriter::put_key(const K& key) {
  if constexpr (std::convertible_to<const K&, std::string_view>) {
    text_.key(key);
  } else {
    text_.key(to_json(key));
  }
}

template <class T>
bool JsonReader::get(json::Value source, T& value) {
  using namespace detail;
  if constexpr (std::same_as<T, bool>) {
    const auto truth = source.boolean();
    value = truth.value_or(value);
    return truth.has_value() || fail(Failure::mismatch);
  } else if constexpr (std::is_enum_v<T> || std::same_as<T, char>) {
    std::conditional_t<std::is_enum_v<T>, std::int32_t, std::int8_t> number = 0;
    if (!get_int(source, number)) return false;
    value = static_cast<T>(number);
    return true;
  } else if constexpr (std::integral<T>) {
    return get_int(source, value);
  } else if constexpr (std::floating_point<T>) {
    if (source.is_null()) {
      value = std::numeric_limits<T>::quiet_NaN();
      return true;
    }
    std::optional<T> number;
    if constexpr (std::same_as<T, float>) {
      number = source.number_as_float();
    } else {
      number = source.number();
    }
    value = number.value_or(value);
    return number.has_value() || fail(Failure::mismatch);
  } else if constexpr (std::same_as<T, std::string>) {
    const auto text = source.string();
    if (!text) return fail(Failure::mismatch);
    if (text->size() > 15 && !charge(std::max<std::size_t>(text->size(), 30) + 1)) return false;
    value.assign(*text);
    return true;
  } else if constexpr (is_vector<T>) {
    return get_vector(source, value);
  } else if constexpr (is_array<T>) {
    return get_array(source, value);
  } else if constexpr (is_map<T>) {
    return get_map(source, value);
  } else {
    static_assert(JsonStruct<T>, "not an IDL type");
    if (source.kind() != json::Kind::object) return fail(Failure::mismatch);
    JsonReader members(source, *state_);
    return members.ok() && value.tars_read_json(members);
  }
}

template <class T>
bool JsonReader::get_int(json::Value source, T& value) {
  const auto number = source.integer();
  if (!number || !std::in_range<T>(*number)) return fail(Failure::mismatch);
  value = static_cast<T>(*number);
  return true;
}

template <class T>
bool JsonReader::get_vector(json::Value source, std::vector<T>& values) {
  if (source.is_null()) return values.clear(), true;
  if (source.kind() != json::Kind::array) return fail(Failure::mismatch);
  const std::size_t count = source.size();
  if (!charge(std::same_as<T, bool> ? count / 8 + 8 : count * sizeof(T))) return false;
  if (values.capacity() < count) {
    values.clear();
    values.reserve(count);
  }
  values.resize(count);
  std::size_t i = 0;
  return source.each_element([&](json::Value element) {
    if constexpr (std::same_as<T, bool>) {
      bool value = false;
      if (!get(element, value)) return false;
      values[i++] = value;
      return true;
    } else {
      return get(element, values[i++]);
    }
  });
}

template <class T, std::size_t N>
bool JsonReader::get_array(json::Value source, std::array<T, N>& values) {
  if constexpr (detail::is_byte<T>) {
    if (const auto text = source.string()) {
      return detail::text_to_bytes(*text, std::as_writable_bytes(std::span(values))) ||
             fail(Failure::count);
    }
  }
  if (source.kind() != json::Kind::array) return fail(Failure::mismatch);
  if (source.size() > N) return fail(Failure::count);
  for (T& value : values) value = T{};
  std::size_t i = 0;
  return source.each_element([&](json::Value element) { return get(element, values[i++]); });
}

template <class Map>
bool JsonReader::get_map(json::Value source, Map& map) {
  using Key = typename Map::key_type;
  using Mapped = typename Map::mapped_type;
  constexpr std::size_t node_bytes = 4 * sizeof(void*) + sizeof(typename Map::value_type);
  map.clear();
  if (source.is_null()) return true;
  if (source.kind() != json::Kind::object) return fail(Failure::mismatch);
  return source.each_member([&](std::string_view name, json::Value member) {
    Key key{};
    Mapped mapped{};
    if (!charge(node_bytes) || !get_key(name, key) || !get(member, mapped)) return locate(name);
    map.insert_or_assign(std::move(key), std::move(mapped));
    return true;
  });
}

template <class K>
bool JsonReader::get_key(std::string_view text, K& key) {
  if constexpr (std::same_as<K, std::string>) {
    if (text.size() > 15 && !charge(std::max<std::size_t>(text.size(), 30) + 1)) return false;
    key.assign(text);
    return true;
  } else if constexpr (std::same_as<K, bool>) {
    key = text == "true" || text == "1";
    return key || text == "false" || text == "0" || fail(Failure::mismatch);
  } else if constexpr (std::is_enum_v<K>) {
    std::int32_t number = 0;
    if (!detail::parse_integer(text, number)) return fail(Failure::mismatch);
    key = static_cast<K>(number);
    return true;
  } else if constexpr (std::integral<K>) {
    return detail::parse_integer(text, key) || fail(Failure::mismatch);
  } else {
    // Its own text inside the string. What it may allocate is what this document has left.
    const auto document = json::Document::parse(text);
    if (!document.ok() || !charge(16 * text.size())) return fail(Failure::mismatch);
    return get((*document)->root(), key);
  }
}

}  // namespace tarsier::tars
