#include "protocol/tars/packet.h"

namespace tarsier::tars {
namespace {

constexpr auto required = Presence::required;
constexpr auto optional = Presence::optional;

bool check_name(Reader& reader, std::string_view name) {
  return name.size() <= limits::name_bytes_max || reader.fail(Failure::limit);
}

bool read_name(Reader& reader, std::uint8_t tag, std::string_view& name, Presence presence) {
  return reader.read(tag, name, presence) && check_name(reader, name);
}

// Entries and bytes of a map that was read into a tree, within the same limits as a view's.
bool read_map(Reader& reader, std::uint8_t tag, StringMap& map) {
  StringMapView view;
  map.clear();
  if (!view.read(reader, tag)) return false;
  for (const auto& [key, value] : view) map.try_emplace(map.end(), std::string(key), value);
  return true;
}

// A ResponsePacket has numbers where a request has its names: the peer mixed up the directions.
bool is_response(const Reader& reader) {
  WireType type;
  return reader.next_is(5, type) && (type <= WireType::int8 || type == WireType::zero);
}

// `presence`: of what a TUP reply may leave out.
[[gnu::always_inline]] inline bool read_request(Reader& reader, RequestView& view,
                                                Presence presence) {
  view = {};
  reader.read(1, view.version, required);
  reader.read(2, view.packet_type, optional);
  reader.read(3, view.message_type, optional);
  if (!reader.read(4, view.request_id, required)) return false;
  view.identified = !is_response(reader);
  if (!read_name(reader, 5, view.servant, presence)) return false;
  if (!read_name(reader, 6, view.function, presence)) return false;
  reader.read(7, view.body, presence);
  reader.read(8, view.timeout_ms, optional);
  if (!view.context.read(reader, 9) || !view.status.read(reader, 10)) return false;
  view.unknown_bytes = reader.remaining();
  return reader.finish();
}

}  // namespace

void StringMapView::Iterator::load() {
  Reader reader(bytes_);
  reader.read(0, entry_.first, required);
  reader.read(1, entry_.second, required);
  bytes_ = bytes_.subspan(reader.position());
}

std::optional<std::string_view> StringMapView::find(std::string_view key) const {
  for (const auto& [name, value] : *this)
    if (name == key) return value;
  return std::nullopt;
}

StringMap StringMapView::to_map() const {
  StringMap map;
  for (const auto& [key, value] : *this)
    map.try_emplace(map.end(), std::string(key), std::string(value));
  return map;
}

bool StringMapView::read_entries(Reader& reader, std::uint8_t tag) {
  *this = {};
  std::uint32_t count = 0;
  if (!reader.begin_map(tag, optional, 4, count)) return reader.ok();
  if (count == 0) return reader.end_map();
  if (count > limits::map_entries_max) return reader.fail(Failure::limit);
  const std::span<const std::byte> rest = reader.rest();
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string_view key;
    std::string_view value;
    if (!reader.read(0, key, required) || !reader.read(1, value, required)) return false;
  }
  bytes_ = rest.first(rest.size() - reader.remaining());
  count_ = count;
  if (bytes_.size() > limits::map_bytes_max) return reader.fail(Failure::limit);
  return reader.end_map();
}

StringMapView StringMapView::copied_to(ByteBuffer& into) const {
  StringMapView copy(*this);
  const std::size_t start = into.size();
  TARSIER_CHECK(bytes_.size() <= into.capacity() - start, "a copied map needs its room before");
  into.append(bytes_);
  copy.bytes_ = into.span().subspan(start);
  return copy;
}

RequestView keep_header(const RequestView& request, ByteBuffer& header) {
  TARSIER_CHECK(header.empty(), "a header is kept in an empty buffer");
  const std::size_t names = request.servant.size() + request.function.size();
  header.reserve(names + request.context.bytes() + request.status.bytes());
  RequestView kept(request);
  header.append(request.servant);
  header.append(request.function);
  kept.servant = header.text().substr(0, request.servant.size());
  kept.function = header.text().substr(request.servant.size());
  kept.context = request.context.copied_to(header);
  kept.status = request.status.copied_to(header);
  kept.body = {};
  return kept;
}

Result<> decode_request(std::span<const std::byte> packet, RequestView& view,
                        const DecodeOptions& options) {
  Reader reader(packet, options);
  if (!read_request(reader, view, required)) return reader.error();
  if (!version_is_supported(view.version)) [[unlikely]]
    return Error(Code::malformed,
                 "packet version " + std::to_string(view.version) + " is not 1, 2, 3 or 5");
  return {};
}

Result<> decode_tup_reply(std::span<const std::byte> packet, RequestView& view,
                          const DecodeOptions& options) {
  Reader reader(packet, options);
  read_request(reader, view, optional);
  return reader.result();
}

bool is_response_packet(std::span<const std::byte> packet) {
  Reader reader(packet);
  std::int32_t number = 0;
  if (!reader.read(4, number, optional)) return false;
  WireType type;
  return is_response(reader) || (reader.next_is(6, type) && type == WireType::simple_list);
}

Result<> decode_response(std::span<const std::byte> packet, ResponseView& view,
                         const DecodeOptions& options) {
  Reader reader(packet, options);
  view = {};
  reader.read(1, view.version, required);
  reader.read(2, view.packet_type, optional);
  view.identified = reader.read(3, view.request_id, required);
  reader.read(4, view.message_type, optional);
  reader.read(5, view.ret, optional);
  reader.read(6, view.body, required);
  if (!view.status.read(reader, 7)) return reader.error();
  reader.read(8, view.description, optional);
  if (!view.context.read(reader, 9)) return reader.error();
  view.unknown_bytes = reader.remaining();
  reader.finish();
  return reader.result();
}

void RequestPacket::tars_write(Writer& writer) const {
  writer.write(1, version);
  writer.write(2, packet_type);
  writer.write(3, message_type);
  writer.write(4, request_id);
  writer.write(5, servant);
  writer.write(6, function);
  writer.write(7, body);
  writer.write(8, timeout_ms);
  writer.write(9, context);
  writer.write(10, status);
}

bool RequestPacket::tars_read(Reader& caller) {
  packet_type = packet_normal;
  message_type = 0;
  timeout_ms = 0;
  return caller.apart([this](Reader& reader) {
    reader.read(1, version, required);
    reader.read(2, packet_type, optional);
    reader.read(3, message_type, optional);
    reader.read(4, request_id, required);
    if (!reader.read(5, servant, required) || !check_name(reader, servant)) return false;
    if (!reader.read(6, function, required) || !check_name(reader, function)) return false;
    reader.read(7, body, required);
    reader.read(8, timeout_ms, optional);
    return read_map(reader, 9, context) && read_map(reader, 10, status);
  });
}

void ResponsePacket::tars_write(Writer& writer) const {
  writer.write(1, version);
  writer.write(2, packet_type);
  writer.write(3, request_id);
  writer.write(4, message_type);
  writer.write(5, ret);
  writer.write(6, body);
  writer.write(7, status);
  if (!omits(description, "")) writer.write(8, description);
  if (!context.empty()) writer.write(9, context);
}

bool ResponsePacket::tars_read(Reader& caller) {
  packet_type = packet_normal;
  message_type = 0;
  ret = 0;
  description.clear();
  return caller.apart([this](Reader& reader) {
    reader.read(1, version, required);
    reader.read(2, packet_type, optional);
    reader.read(3, request_id, required);
    reader.read(4, message_type, optional);
    reader.read(5, ret, optional);
    reader.read(6, body, required);
    if (!read_map(reader, 7, status)) return false;
    reader.read(8, description, optional);
    return read_map(reader, 9, context);
  });
}

}  // namespace tarsier::tars
