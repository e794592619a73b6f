// The types of Interop.tars for @tars/stream: there is no generator of TARS code for JavaScript in
// the npm registry, so this file says what it would say, as tables.
"use strict";

const TarsStream = require("@tars/stream");

// A kind knows its prototype in @tars/stream and how to go between plain values and its objects.
const plain = (name) => ({
  proto: TarsStream[name],
  wrap: (value) => value,
  unwrap: (value) => value,
  write: (os, tag, value) => os["write" + name](tag, value),
  read: (is, tag, required, fallback) => is["read" + name](tag, required, fallback),
});
const bool = plain("Boolean");
const byte = plain("Int8");
const short = plain("Int16");
const int = plain("Int32");
const long = plain("Int64");
const float = plain("Float");
const double = plain("Double");
const string = plain("String");
const ubyte = plain("UInt8");
const ushort = plain("UInt16");
const uint = plain("UInt32");

const bytes = {
  proto: TarsStream.BinBuffer,
  wrap: (value) => new TarsStream.BinBuffer(Buffer.from(value)),
  unwrap: (value) => [...value.toNodeBuffer()],
  write: (os, tag, value) => os.writeBytes(tag, bytes.wrap(value)),
  read: (is, tag, required) => bytes.unwrap(is.readBytes(tag, required, TarsStream.BinBuffer)),
};

function list(item) {
  const make = () => new TarsStream.List(item.proto);
  const kind = {
    proto: make(),
    wrap(values) {
      const result = make();
      values.forEach((value) => result.push(item.wrap(value)));
      return result;
    },
    unwrap: (values) => values.value.map(item.unwrap),
    write: (os, tag, values) => os.writeList(tag, kind.wrap(values)),
    read: (is, tag, required) => kind.unwrap(is.readList(tag, required, make())),
  };
  return kind;
}

// Plain form: a list of [key, value], sorted by the text of the key.
function map(key, value) {
  const make = () => new TarsStream.Map(key.proto, value.proto);
  const kind = {
    proto: make(),
    wrap(pairs) {
      const result = make();
      pairs.forEach(([k, v]) => result.set(key.wrap(k), value.wrap(v)));
      return result;
    },
    unwrap(values) {
      const pairs = [];
      values.forEach((k, v) => {
        pairs.push([key.unwrap(k), value.unwrap(v)]);
      });
      const text = (pair) => JSON.stringify(pair[0]);
      return pairs.sort((a, b) => (text(a) < text(b) ? -1 : 1));
    },
    write: (os, tag, pairs) => os.writeMap(tag, kind.wrap(pairs)),
    read: (is, tag, required) => kind.unwrap(is.readMap(tag, required, make())),
  };
  return kind;
}

// fields: [tag, name, kind, default if optional]
function struct(name, fields) {
  const Type = function () {
    this.plain = {};
    fields.forEach(([, field, , fallback]) => (this.plain[field] = fallback));
    this._classname = name;
  };
  Type._classname = name;
  Type._write = (os, tag, value) => os.writeStruct(tag, value);
  Type._read = (is, tag) => is.readStruct(tag, true, Type);
  Type._readFrom = (is) => {
    const result = new Type();
    fields.forEach(([tag, field, kind, fallback]) => {
      result.plain[field] = kind.read(is, tag, fallback === undefined, fallback);
    });
    return result;
  };
  Type.new = () => new Type();
  Type.create = Type._readFrom;
  Type.prototype._writeTo = function (os) {
    fields.forEach(([tag, field, kind]) => kind.write(os, tag, this.plain[field]));
  };
  Type.prototype._equal = function (other) {
    return JSON.stringify(this.plain) === JSON.stringify(other.plain);
  };
  Type.prototype._genKey = function () {
    return JSON.stringify(this.plain);
  };
  const kind = {
    proto: Type,
    wrap(value) {
      const result = new Type();
      Object.assign(result.plain, value);
      return result;
    },
    unwrap: (value) => value.plain,
    write: (os, tag, value) => os.writeStruct(tag, kind.wrap(value)),
    read: (is, tag, required) => kind.unwrap(is.readStruct(tag, required, Type)),
  };
  return kind;
}

const Scalars = struct("Interop.Scalars", [
  [0, "flag", bool],
  [1, "tiny", byte],
  [2, "little", short],
  [3, "medium", int],
  [4, "big", long],
  [5, "single", float],
  [6, "precise", double],
  [7, "text", string],
  [8, "utiny", ubyte],
  [9, "ulittle", ushort],
  [10, "umedium", uint],
  [11, "colour", int],
  [12, "number", int, 7],
  [13, "word", string, "none"],
  [200, "far", long, 0],
]);
const Point = struct("Interop.Point", [
  [0, "x", int],
  [1, "y", int],
]);
const Leaf = struct("Interop.Leaf", [
  [0, "id", int],
  [1, "name", string, ""],
  [15, "place", Point, { x: 0, y: 0 }],
]);
const leaf = (id, name, x, y) => ({ id, name, place: { x, y } });
const Nested = struct("Interop.Nested", [
  [0, "scalars", Scalars],
  [1, "blob", bytes],
  [2, "numbers", list(int)],
  [3, "words", list(string)],
  [4, "flags", list(bool)],
  [5, "ratios", list(double)],
  [6, "leaves", list(Leaf)],
  [7, "grid", list(list(int))],
  [8, "counts", map(string, int)],
  [9, "names", map(int, string)],
  [10, "groups", map(string, list(string))],
  [11, "table", map(string, Leaf)],
  [12, "deep", map(string, map(int, long))],
  [13, "rows", list(map(string, string))],
  [14, "places", map(Point, string)],
  [15, "colours", list(int)],
  [16, "maybe", Leaf, leaf(0, "", 0, 0)],
  [17, "extra", list(long), []],
  [18, "blobs", map(string, bytes)],
]);

// The interface: kinds by parameter tag; `ret` is the return value (tag 0).
const Probe = {
  scalars: { ins: [[1, "value", Scalars]], ret: long, outs: [[2, "copy", Scalars]] },
  nested: { ins: [[1, "value", Nested]], ret: int, outs: [[2, "copy", Nested]] },
  bytes: { ins: [[1, "payload", bytes]], ret: bytes, outs: [] },
  add: { ins: [[1, "left", int], [2, "right", int]], ret: int, outs: [] },
  slow: { ins: [[1, "delay", int], [2, "value", int]], ret: int, outs: [] },
  nothing: { ins: [], outs: [] },
  note: { ins: [[1, "text", string]], outs: [] },
  notes: { ins: [], ret: int, outs: [[1, "last", string]] },
  fail: { ins: [[1, "code", int], [2, "text", string]], outs: [] },
  recall: { ins: [[1, "name", string]], ret: string, outs: [] },
  subscribe: { ins: [[1, "count", int]], outs: [] },
  news: { ins: [], ret: int, outs: [[1, "text", string]] },
  retire: { ins: [], outs: [] },
};

function write(fields, values) {
  const os = new TarsStream.TarsOutputStream();
  fields.forEach(([tag, name, kind]) => kind.write(os, tag, values[name]));
  return os.getBinBuffer();
}
function read(fields, buffer) {
  const is = new TarsStream.TarsInputStream(buffer);
  const values = {};
  fields.forEach(([tag, name, kind]) => (values[name] = kind.read(is, tag, true)));
  return values;
}
const results = (method) => (method.ret ? [[0, "ret", method.ret]] : []).concat(method.outs);

const extreme = {
  flag: true, tiny: -128, little: -32768, medium: -2147483648, big: -4503599627370496,
  single: 1.5, precise: -2.25e300, text: "Tarsier grüßt 你好", utiny: 255, ulittle: 65535,
  umedium: 4294967295, colour: 5, number: 8, word: "", far: 4611686018427387904,
};
const usual = {
  flag: false, tiny: 1, little: 300, medium: 70000, big: 2 ** 40, single: -0.25, precise: 0.1,
  text: "x", utiny: 128, ulittle: 32768, umedium: 2147483648, colour: 6, number: 7, word: "none",
  far: 0,
};
const zero = {
  flag: false, tiny: 0, little: 0, medium: 0, big: 0, single: 0, precise: 0, text: "", utiny: 0,
  ulittle: 0, umedium: 0, colour: 0, number: 7, word: "none", far: 0,
};
const full = {
  scalars: extreme,
  blob: [0, 1, 255, 127, 128],
  numbers: [0, 127, 128, -32769, 70000],
  words: ["", "a", "zwölf"],
  flags: [true, false, true],
  ratios: [0, -1.5, 1e100],
  leaves: [leaf(1, "one", 1, -1), leaf(2, "", 0, 0)],
  grid: [[], [1], [2, 3]],
  counts: [["", 0], ["k", 1]],
  names: [[-1, "minus"], [65536, "big"]],
  groups: [["empty", []], ["g", ["a", "b"]]],
  table: [["t", leaf(3, "three", 3, 3)]],
  deep: [["d", [[1, 2], [3, 2 ** 40]]]],
  rows: [[["a", "b"]], []],
  places: [[{ x: -1, y: 0 }, "there"], [{ x: 1, y: 2 }, "here"]],
  colours: [0, 6],
  maybe: leaf(9, "maybe", 0, 5),
  extra: [2 ** 50, -1],
  blobs: [["b", [1, 2, 3]]],
};
const empty = {
  scalars: zero, blob: [], numbers: [], words: [], flags: [], ratios: [], leaves: [], grid: [],
  counts: [], names: [], groups: [], table: [], deep: [], rows: [], places: [], colours: [],
  maybe: leaf(0, "", 0, 0), extra: [], blobs: [],
};
const sum = (v) =>
  (v.flag ? 1 : 0) + v.tiny + v.little + v.medium + v.big + v.utiny + v.ulittle + v.umedium +
  v.colour;

module.exports = {
  Probe, Point, Nested, write, read, results, extreme, usual, zero, full, empty, sum,
  objectName: "Interop.ProbeServer.ProbeObj",
};
