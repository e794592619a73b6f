#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "protocol/tars/reader.h"
#include "protocol/tars/writer.h"

// The structs of the golden vectors in spec §1.8. Not installed.
namespace tarsier::tars::testing {

struct In {
  std::int32_t a = 0;
  std::string s;

  void tars_write(Writer& w) const {
    w.write(0, a);
    if (!omits(s, "")) w.write(1, s);
  }
  bool tars_read(Reader& r) {
    *this = {};
    r.read(0, a, Presence::required);
    r.read(1, s, Presence::optional);
    return r.ok();
  }
  bool operator==(const In&) const = default;
};

struct All {
  bool b = false;
  std::int8_t c = 0;
  std::int16_t sh = 0;
  std::int32_t i = 0;
  std::int64_t l = 0;
  float f = 0;
  double d = 0;
  std::string s;
  std::vector<std::int8_t> vb;
  std::vector<std::int32_t> vi;
  std::map<std::string, std::int32_t> m;
  In in;
  std::uint8_t ub = 0;
  std::uint16_t us = 0;
  std::uint32_t ui = 0;
  std::int32_t t15 = 0;
  std::vector<std::uint8_t> vub;
  std::vector<bool> vbool;
  std::int32_t t200 = 0;

  void tars_write(Writer& w) const {
    w.write(0, b);
    w.write(1, c);
    w.write(2, sh);
    w.write(3, i);
    w.write(4, l);
    w.write(5, f);
    w.write(6, d);
    w.write(7, s);
    w.write(8, vb);
    w.write(9, vi);
    w.write(10, m);
    w.write(11, in);
    w.write(12, ub);
    w.write(13, us);
    w.write(14, ui);
    w.write(15, t15);
    if (!vub.empty()) w.write(16, vub);
    if (!vbool.empty()) w.write(17, vbool);
    w.write(200, t200);
  }
  bool tars_read(Reader& r) {
    *this = {};
    r.read(0, b, Presence::required);
    r.read(1, c, Presence::required);
    r.read(2, sh, Presence::required);
    r.read(3, i, Presence::required);
    r.read(4, l, Presence::required);
    r.read(5, f, Presence::required);
    r.read(6, d, Presence::required);
    r.read(7, s, Presence::required);
    r.read(8, vb, Presence::required);
    r.read(9, vi, Presence::required);
    r.read(10, m, Presence::required);
    r.read(11, in, Presence::required);
    r.read(12, ub, Presence::required);
    r.read(13, us, Presence::required);
    r.read(14, ui, Presence::required);
    r.read(15, t15, Presence::required);
    r.read(16, vub, Presence::optional);
    r.read(17, vbool, Presence::optional);
    r.read(200, t200, Presence::required);
    return r.ok();
  }
  bool operator==(const All&) const = default;
};

inline constexpr std::string_view all_defaults_hex =
    "0c1c2c3c4c540000000065000000000000000076008d000c990ca80cba0c0bccdcecfc0ffcc8";

inline constexpr std::string_view all_filled_hex =
    "000110ff21ff7f3200008000430000000080000000543fc0000065c002000000000000760268698d000003010002"
    "9900050c007f01008002ffff7fff0200011170a8000206001c06016b1001ba000516017a0bc100c8d200009c40e3"
    "00000000ee6b2800f00f01f91000040c007f0100800100fff0c8ff";

// The second vector has no vbool: its members all have other values than their defaults.
inline All all_filled() {
  All all;
  all.b = true;
  all.c = -1;
  all.sh = -129;
  all.i = 32768;
  all.l = std::int64_t{1} << 31;
  all.f = 1.5f;
  all.d = -2.25;
  all.s = "hi";
  all.vb = {1, 0, 2};
  all.vi = {0, 127, 128, -32769, 70000};
  all.m = {{"", 0}, {"k", 1}};
  all.in = {5, "z"};
  all.ub = 200;
  all.us = 40000;
  all.ui = 4000000000;
  all.t15 = 1;
  all.vub = {0, 127, 128, 255};
  all.t200 = -1;
  return all;
}

}  // namespace tarsier::tars::testing
