#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/tars/json_body.h"
#include "protocol/tars/reader.h"
#include "protocol/tars/tup.h"
#include "protocol/tars/writer.h"

// Parameter lists: what a call carries, and what its answer carries, without caring which of the
// three body formats is on the wire (spec §2.4).
//
// The IDL compiler emits, for every function F of an interface, two value structs: the in
// parameters, and the result (`ret` unless the function is void, then the out parameters). Each
// lists its members once, in ascending order of tag:
//
//   struct SayHelloResult {
//     std::int32_t ret{};
//     HelloReply resp{};
//     template <class Self, class Visit>
//     static void tars_each(Self& self, Visit&& visit) {
//       visit(0, "tars_ret", self.ret);
//       visit(2, "resp", self.resp);
//     }
//   };
//
// From that one function come the TARS body (the tags), the TUP body and the JSON body (the names).
namespace tarsier::tars {

// The value is iVersion of the packet.
enum class BodyFormat : std::int16_t { tars = 1, tup2 = 2, tup = 3, json = 5 };

namespace detail {
struct AnyVisit {
  template <class T>
  void operator()(std::uint8_t, std::string_view, T&&) const {}
};
}  // namespace detail

template <class T>
concept ParameterList = requires(T& list, const T& constant, detail::AnyVisit visit) {
  T::tars_each(list, visit);
  T::tars_each(constant, visit);
};

// A function that calls visit(tag, name, value) for every parameter: a parameter list whose values
// stay where they are. Clients encode arguments from it without copying them first.
template <class T>
concept ParameterSource = requires(const T& each, detail::AnyVisit visit) { each(visit); };

// Writes a TARS body: the fast way, straight into a frame (packet_writer.h).
template <ParameterSource Each>
void write_parameters(Writer& writer, const Each& each) {
  each([&writer](std::uint8_t tag, std::string_view, const auto& value) {
    writer.write(tag, value);
  });
}

// Appends a body of any format to `buffer`. TUP has a return value under two names (spec §2.8).
template <ParameterSource Each>
Result<> write_parameters(BodyFormat format, ByteBuffer& buffer, const Each& each) {
  if (format == BodyFormat::json) {
    write_json_object(buffer, [&each](JsonWriter& writer) {
      each([&writer](std::uint8_t, std::string_view name, const auto& value) {
        writer.write(name, value);
      });
    });
    return {};
  }
  Writer writer(buffer);
  if (format == BodyFormat::tars) {
    write_parameters(writer, each);
  } else {
    TupWriter tup(static_cast<std::int16_t>(format));
    each([&tup](std::uint8_t, std::string_view name, const auto& value) {
      tup.put(name, value);
      if (name == "tars_ret") tup.put("", value);
    });
    tup.write(writer);
  }
  return writer.finish();
}

// Reads every parameter of the list; all are required (spec §3.4). A version-2 body that is no TUP
// map is read as plain TARS (spec §2.4).
template <ParameterList List>
Result<> read_parameters(BodyFormat format, std::span<const std::byte> body,
                         const DecodeOptions& options, List& list) {
  if (format == BodyFormat::json) {
    TARSIER_TRY(const auto json, JsonBody::parse(body, options));
    JsonReader& reader = json->reader();
    List::tars_each(list, [&reader](std::uint8_t, std::string_view name, auto& value) {
      reader.read(name, value, Presence::required);
    });
    if (!reader.ok()) return reader.error();
    return {};
  }
  if (format == BodyFormat::tup || (format == BodyFormat::tup2 && is_tup_legacy_body(body))) {
    TARSIER_TRY(TupReader tup, TupReader::parse(static_cast<std::int16_t>(format), body, options));
    Result<> result;
    List::tars_each(list, [&](std::uint8_t, std::string_view name, auto& value) {
      const bool other_name = name == "tars_ret" && !tup.has(name);
      if (result.ok()) result = tup.get(other_name ? "" : name, value);
    });
    return result;
  }
  Reader reader(body, options);
  List::tars_each(list, [&reader](std::uint8_t tag, std::string_view, auto& value) {
    reader.read(tag, value, Presence::required);
  });
  reader.finish();
  return reader.result();
}

}  // namespace tarsier::tars
