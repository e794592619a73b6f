#include "protocol/tars/tup.h"

#include <algorithm>

namespace tarsier::tars {

void TupWriter::write(Writer& writer) const {
  if (failed_) return writer.drop();
  // As Writer would write the maps, but from bytes.
  const auto put_map = [&writer](std::uint8_t tag, std::size_t count) {
    std::byte* const begin = writer.room(7);
    std::byte* const end = Writer::put_integer(Writer::put_head(begin, tag, WireType::map), 0,
                                               static_cast<std::int32_t>(count));
    writer.advance(static_cast<std::size_t>(end - begin));
  };
  put_map(0, parameters_.size());
  for (const auto& [name, parameter] : parameters_) {
    writer.write(0, name);
    if (version_ == version_tup_legacy) {
      put_map(1, 1);
      writer.write(0, parameter.class_name);
    }
    writer.write(1, parameter.encoded.span());
  }
}

Result<TupReader> TupReader::parse(std::int16_t version, std::span<const std::byte> body,
                                   const DecodeOptions& options) {
  Reader reader(body, options);
  TupReader tup(options, 0);
  if (!body.empty() && !tup.read_parameters(reader, version)) return reader.error();
  if (!reader.finish()) return reader.error();
  tup.allowance_ = reader.allowance();
  return tup;
}

bool TupReader::read_parameters(Reader& reader, std::int16_t version) {
  std::uint32_t count = 0;
  if (!reader.begin_map(0, Presence::required, 4, count)) return false;
  if (!reader.charge(count * sizeof(Parameter))) return false;
  parameters_.resize(count);
  for (Parameter& parameter : parameters_) {
    if (!reader.read(0, parameter.name, Presence::required)) return false;
    if (version != version_tup_legacy) {
      if (!reader.read(1, parameter.encoded, Presence::required)) return false;
      continue;
    }
    std::uint32_t classes = 0;
    if (!reader.begin_map(1, Presence::required, 4, classes)) return false;
    for (std::uint32_t i = 0; i < classes; ++i) {
      std::string_view class_name;
      std::span<const std::byte> encoded;
      if (!reader.read(0, class_name, Presence::required)) return false;
      if (!reader.read(1, encoded, Presence::required)) return false;
      if (i == 0) parameter.encoded = encoded;
    }
    reader.end_map();
  }
  std::sort(parameters_.begin(), parameters_.end(), [](const Parameter& a, const Parameter& b) {
    return a.name != b.name ? a.name < b.name : a.name.data() < b.name.data();
  });
  return reader.end_map();
}

const std::span<const std::byte>* TupReader::find(std::string_view name) const {
  const auto place = std::lower_bound(
      parameters_.begin(), parameters_.end(), name,
      [](const Parameter& parameter, std::string_view wanted) { return parameter.name < wanted; });
  return place == parameters_.end() || place->name != name ? nullptr : &place->encoded;
}

Result<> TupReader::absent(std::string_view name) {
  return Error(Code::malformed, "the TUP body has no parameter '" + std::string(name) + "'");
}

Result<> TupReader::damaged(std::string_view name, const Reader& reader) {
  Error error = reader.error();
  error.detail = "TUP parameter '" + std::string(name) + "': " + error.detail;
  return error;
}

bool is_tup_legacy_body(std::span<const std::byte> body) {
  return !body.empty() && TupReader::parse(version_tup_legacy, body).ok();
}

Result<> write_uni_packet(ByteBuffer& out, const RequestHeader& header, const TupWriter& body) {
  if (header.servant.empty() || header.function.empty())
    return Error(Code::malformed, "a TUP packet names its servant and its function");
  return write_frame(out, header, [&body](Writer& writer) { body.write(writer); });
}

}  // namespace tarsier::tars
