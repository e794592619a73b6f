#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/tars/reader.h"
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
  void operator()(std::uint8_t, std::string_view, T&) const {}
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

// Appends a body of any format to `buffer`.
template <ParameterSource Each>
Result<> write_parameters(BodyFormat format, ByteBuffer& buffer, const Each& each) {
  if (format != BodyFormat::tars)
    return Error(Code::unsupported, "TUP and JSON bodies are not supported yet");
  Writer writer(buffer);
  write_parameters(writer, each);
  return writer.finish();
}

// Reads every parameter of the list; all are required (spec §3.4).
template <ParameterList List>
Result<> read_parameters(BodyFormat format, std::span<const std::byte> body,
                         const DecodeOptions& options, List& list) {
  if (format != BodyFormat::tars)
    return Error(Code::unsupported, "TUP and JSON bodies are not supported yet");
  Reader reader(body, options);
  List::tars_each(list, [&reader](std::uint8_t tag, std::string_view, auto& value) {
    reader.read(tag, value, Presence::required);
  });
  reader.finish();
  return reader.result();
}

}  // namespace tarsier::tars
