#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/tars/packet_writer.h"
#include "protocol/tars/reader.h"
#include "protocol/tars/writer.h"

// The messages of targets/performance "Codec": as owned structs, and as views of the same bytes.
namespace tarsier::bench {

using tars::Presence;
using tars::Reader;
using tars::Writer;

template <class Text>
struct BasicItem {
  std::int32_t id = 0;
  Text name;
  std::int64_t stamp = 0;
  Text note;
  std::int32_t count = 0;

  void tars_write(Writer& w) const {
    w.write(0, id);
    w.write(1, name);
    w.write(2, stamp);
    w.write(3, note);
    w.write(4, count);
  }
  bool tars_read(Reader& r) {
    r.read(0, id, Presence::required);
    r.read(1, name, Presence::required);
    r.read(2, stamp, Presence::required);
    r.read(3, note, Presence::required);
    r.read(4, count, Presence::required);
    return r.ok();
  }
};
using Item = BasicItem<std::string>;
using ItemView = BasicItem<std::string_view>;

// 100 items of 68 bytes.
inline std::vector<Item> items() {
  std::vector<Item> all;
  for (int i = 0; i < 100; ++i) {
    Item item;
    item.id = 1000 + i;
    item.name = "item-name-of-length-" + std::to_string(i % 10);
    item.stamp = 1'700'000'000'000 + i;
    item.note = "a note of some twenty-six " + std::to_string(i % 10);
    item.count = 300 + i;
    all.push_back(item);
  }
  return all;
}

// 50 entries of 34 bytes; the keys are beyond what a std::string holds without allocating.
inline std::map<std::string, std::string> labels() {
  std::map<std::string, std::string> all;
  for (int i = 0; i < 50; ++i)
    all.emplace("label-with-key" + std::to_string(100 + i).substr(1), "fourteen bytes");
  return all;
}

// A request whose frame has 116 bytes.
inline constexpr std::size_t body_bytes = 64;
inline tars::RequestHeader request_header() {
  tars::RequestHeader header;
  header.request_id = 1'000'000;
  header.servant = "Test.Echo.EchoObj";
  header.function = "echoBin";
  header.timeout_ms = 3000;
  return header;
}

}  // namespace tarsier::bench
