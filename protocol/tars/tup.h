#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/tars/packet_writer.h"
#include "protocol/tars/reader.h"
#include "protocol/tars/writer.h"
#include "transport/base/result.h"

// TUP bodies (spec §2.8): parameters by name instead of by tag. Version 3 is a map from the name to
// the parameter's encoding at tag 0; version 2, which only old peers speak, puts a map from the
// parameter's class name to that encoding in between.
namespace tarsier::tars {

namespace detail {

// The class name of version 2: "int32", "list<string>", "map<string,Module.Struct>". Unsigned
// integers go by the signed type they travel as.
template <class T>
std::string tup_class_name() {
  if constexpr (std::same_as<T, bool>) {
    return "bool";
  } else if constexpr (is_byte<T>) {
    return "char";
  } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
    constexpr std::size_t size = sizeof(WireInt<T>);
    return size == 2 ? "short" : size == 4 ? "int32" : "int64";
  } else if constexpr (std::same_as<T, float>) {
    return "float";
  } else if constexpr (std::same_as<T, double>) {
    return "double";
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return "string";
  } else if constexpr (is_vector<T> || is_array<T>) {
    return "list<" + tup_class_name<typename T::value_type>() + ">";
  } else if constexpr (is_map<T>) {
    return "map<" + tup_class_name<typename T::key_type>() + "," +
           tup_class_name<typename T::mapped_type>() + ">";
  } else {
    return std::string(T::tars_name);
  }
}

}  // namespace detail

// Collects parameters and writes them as the body of a packet, sorted by name as upstream does.
class TupWriter {
 public:
  // `version`: version_tup or version_tup_legacy.
  explicit TupWriter(std::int16_t version = version_tup) : version_(version) {}

  // Puts a parameter, or replaces the one of that name. T as in Writer::write.
  template <class T>
  void put(std::string_view name, const T& value) {
    ByteBuffer encoded;
    {
      Writer writer(encoded);
      writer.write(0, value);
      failed_ = failed_ || !writer.ok();
    }
    parameters_.insert_or_assign(std::string(name), Parameter{class_name<T>(), std::move(encoded)});
  }

  // Writes the body. A parameter that was too large fails the writer.
  void write(Writer& writer) const;

 private:
  struct Parameter {
    std::string class_name;  // empty in version 3
    ByteBuffer encoded;
  };
  template <class T>
  std::string class_name() const {
    return version_ == version_tup_legacy ? detail::tup_class_name<T>() : std::string();
  }

  std::int16_t version_;
  bool failed_ = false;
  std::map<std::string, Parameter, std::less<>> parameters_;
};

// The parameters of a body that stays in place, by name.
class TupReader {
 public:
  // An empty body has no parameters: upstream's error replies are such (spec §9.2 #26).
  static Result<TupReader> parse(std::int16_t version, std::span<const std::byte> body,
                                 const DecodeOptions& options = {});

  std::size_t size() const { return parameters_.size(); }
  bool has(std::string_view name) const { return find(name) != nullptr; }

  // An absent optional parameter leaves the value as it is. All parameters of a body share its
  // bound on allocation.
  template <class T>
  Result<> get(std::string_view name, T& value, Presence presence = Presence::required) {
    const std::span<const std::byte>* encoded = find(name);
    if (encoded == nullptr) return presence == Presence::required ? absent(name) : Result<>();
    Reader reader(*encoded, options_, allowance_);
    reader.read(0, value, Presence::required);
    reader.finish();
    allowance_ = reader.allowance();
    if (!reader.ok()) return damaged(name, reader);
    return {};
  }

 private:
  struct Parameter {
    std::string_view name;
    std::span<const std::byte> encoded;
  };

  TupReader(const DecodeOptions& options, std::size_t allowance)
      : options_(options), allowance_(allowance) {}
  bool read_parameters(Reader& reader, std::int16_t version);
  const std::span<const std::byte>* find(std::string_view name) const;
  static Result<> absent(std::string_view name);
  static Result<> damaged(std::string_view name, const Reader& reader);

  DecodeOptions options_;
  std::size_t allowance_;
  std::vector<Parameter> parameters_;  // by name; of a repeated name the first
};

// A version-2 request whose body is not a version-2 map carries plain TARS arguments (spec §2.4).
bool is_tup_legacy_body(std::span<const std::byte> body);

// Appends a TUP packet with its length: a request, or a reply, which is a RequestPacket too. A
// request needs both names. header.version says which TUP.
Result<> write_uni_packet(ByteBuffer& out, const RequestHeader& header, const TupWriter& body);

}  // namespace tarsier::tars
