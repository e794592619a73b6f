#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/tars/reader.h"
#include "protocol/tars/writer.h"
#include "transport/base/result.h"

// RequestPacket and ResponsePacket (spec §2.2, §2.3): as views for those who only route them, and
// as owned structs. Frames are written by packet_writer.h and cut out of a stream by frame.h.
namespace tarsier::tars {

using StringMap = std::map<std::string, std::string>;

// iVersion (spec §2.4).
inline constexpr std::int16_t version_tars = 1;
inline constexpr std::int16_t version_tup_legacy = 2;
inline constexpr std::int16_t version_tup = 3;
inline constexpr std::int16_t version_json = 5;

// Whether a server answers requests of that version; others get -1.
constexpr bool version_is_supported(std::int16_t version) {
  return version == version_tars || version == version_tup_legacy || version == version_tup ||
         version == version_json;
}
// The version a reply carries: the request's, or 1 if peers would refuse that (spec §9.2 #30).
constexpr std::int16_t reply_version(std::int16_t version) {
  return version_is_supported(version) ? version : version_tars;
}

// cPacketType.
inline constexpr std::int8_t packet_normal = 0;
inline constexpr std::int8_t packet_one_way = 1;

// A map<string, string> inside a packet that stays in place: checked when the packet was decoded,
// read again by whoever looks into it. At most 128 entries and 64 KiB (limits.h).
class StringMapView {
 public:
  using Entry = std::pair<std::string_view, std::string_view>;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    Iterator() = default;
    reference operator*() const { return entry_; }
    pointer operator->() const { return &entry_; }
    Iterator& operator++() {
      if (--left_ > 0) load();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return left_ == other.left_; }

   private:
    friend class StringMapView;
    Iterator(std::span<const std::byte> bytes, std::uint32_t left) : bytes_(bytes), left_(left) {
      if (left_ > 0) load();
    }
    void load();

    std::span<const std::byte> bytes_;
    std::uint32_t left_ = 0;
    Entry entry_;
  };

  StringMapView() = default;

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  Iterator begin() const { return {bytes_, count_}; }
  Iterator end() const { return {}; }
  // The value of the first entry with that key.
  std::optional<std::string_view> find(std::string_view key) const;
  StringMap to_map() const;
  // What it takes to copy it, and the same map over a copy that was appended to `into`, which must
  // have the room already.
  std::size_t bytes() const { return bytes_.size(); }
  StringMapView copied_to(ByteBuffer& into) const;

  // Reads the field `tag`; an absent one is empty. For packet decoders.
  bool read(Reader& reader, std::uint8_t tag) {
    if (reader.take_empty_map(tag)) [[likely]] {
      *this = {};
      return true;
    }
    return reader.apart([this, tag](Reader& copy) { return read_entries(copy, tag); });
  }

 private:
  bool read_entries(Reader& reader, std::uint8_t tag);

  std::span<const std::byte> bytes_;  // the entries, behind the count
  std::uint32_t count_ = 0;
};

// A request as its frame holds it. All views point into the packet.
struct RequestView {
  std::int16_t version = version_tars;
  std::int8_t packet_type = packet_normal;
  std::int32_t message_type = 0;  // bits of spec §2.5
  std::int32_t request_id = 0;
  std::string_view servant;
  std::string_view function;
  std::span<const std::byte> body;
  std::int32_t timeout_ms = 0;  // as sent: may be 0 or negative
  StringMapView context;
  StringMapView status;
  std::size_t unknown_bytes = 0;  // behind the last known field
  // Version and request id (tags 1 and 4) were read, so that a failed decode can be answered with
  // -1; without them there is nobody to answer, and the connection is closed.
  bool identified = false;

  bool one_way() const { return packet_type == packet_one_way; }
};

// Decodes a RequestPacket (a frame without its length). Tags 2, 3, 8, 9 and 10 may be missing
// (spec §9.5 #3), the names hold at most 256 bytes. On failure the fields before the damage are
// set. A ResponsePacket, which no client sends, fails unidentified.
Result<> decode_request(std::span<const std::byte> packet, RequestView& view,
                        const DecodeOptions& options = {});

// The request without its body, for those who answer it when its frame is gone: what the views
// point to is copied into `header`, which was empty and must stay as it is. At most 2 x 256 bytes
// for the names and 2 x 64 KiB for the maps, however large the frame was.
RequestView keep_header(const RequestView& request, ByteBuffer& header);

// A reply of the TUP protocol is a RequestPacket too (spec §2.8), but its names may be missing, and
// its body: TarsJava answers a ping so.
Result<> decode_tup_reply(std::span<const std::byte> packet, RequestView& view,
                          const DecodeOptions& options = {});

// A response as its frame holds it.
struct ResponseView {
  std::int16_t version = version_tars;
  std::int8_t packet_type = packet_normal;
  std::int32_t request_id = 0;  // 0: a push
  std::int32_t message_type = 0;
  std::int32_t ret = 0;
  std::span<const std::byte> body;
  StringMapView status;
  std::string_view description;
  StringMapView context;
  std::size_t unknown_bytes = 0;
  // The request id (tag 3) was read: a failed decode fails that call, not the connection.
  bool identified = false;
};

// Whether the packet has the fields of a ResponsePacket. TarsGo and TarsCpp, which know TUP in
// version 3 only, answer version 2 with one.
bool is_response_packet(std::span<const std::byte> packet);

// Decodes a ResponsePacket. Tags 2, 4, 5 and 7 may be missing (spec §9.5 #3). The version is not
// judged: TarsGo answers a timeout with version 0 (spec §10.3).
Result<> decode_response(std::span<const std::byte> packet, ResponseView& view,
                         const DecodeOptions& options = {});

// The packets as generated structs would be: every field owned, all written but the two optional
// ones of a response. Reading is as tolerant, and as limited, as the views'.
struct RequestPacket {
  std::int16_t version = version_tars;
  std::int8_t packet_type = packet_normal;
  std::int32_t message_type = 0;
  std::int32_t request_id = 0;
  std::string servant;
  std::string function;
  std::vector<std::int8_t> body;
  std::int32_t timeout_ms = 0;
  StringMap context;
  StringMap status;

  static constexpr std::string_view tars_name = "tars.RequestPacket";
  void tars_write(Writer& writer) const;
  bool tars_read(Reader& reader);
  bool operator==(const RequestPacket&) const = default;
};

struct ResponsePacket {
  std::int16_t version = version_tars;
  std::int8_t packet_type = packet_normal;
  std::int32_t request_id = 0;
  std::int32_t message_type = 0;
  std::int32_t ret = 0;
  std::vector<std::int8_t> body;
  StringMap status;
  std::string description;
  StringMap context;

  static constexpr std::string_view tars_name = "tars.ResponsePacket";
  void tars_write(Writer& writer) const;
  bool tars_read(Reader& reader);
  bool operator==(const ResponsePacket&) const = default;
};

}  // namespace tarsier::tars
