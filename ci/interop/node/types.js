// The types of Interop.tars for @tars/stream: there is no generator of TARS code for JavaScript in
// the npm registry, so this file says what it would say, as tables.
"use strict";

const TarsStream = require("@tars/stream");

// A kind knows its prototype in @tars/stream and how to go between plain values and its objects
// (wrap, unwrap). It writes and reads with a tag (write, read) and with a name in TUP (put, take),
// and knows what stands in JSON (say, hear).
const plain = (name) => ({
  proto: TarsStream[name],
  wrap: (value) => value,
  unwrap: (value) => value,
  write: (os, tag, value) => os["write" + name](tag, value),
  read: (is, tag, required, fallback) => is["read" + name](tag, required, fallback),
  put: (tup, name_, value) => tup["write" + name](name_, value),
  take: (tup, name_) => tup["read" + name](name_),
  say: (value) => value,
  hear: (value) => value,
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

// Signed in JSON.
const bytes = {
  proto: TarsStream.BinBuffer,
  wrap: (value) => new TarsStream.BinBuffer(Buffer.from(value)),
  unwrap: (value) => [...value.toNodeBuffer()],
  write: (os, tag, value) => os.writeBytes(tag, bytes.wrap(value)),
  read: (is, tag, required) => bytes.unwrap(is.readBytes(tag, required, TarsStream.BinBuffer)),
  put: (tup, name, value) => tup.writeBytes(name, bytes.wrap(value)),
  take: (tup, name) => bytes.unwrap(tup.readBytes(name)),
  say: (value) => [...Int8Array.from(value)],
  hear: (value) => [...Uint8Array.from(value)],
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
    put: (tup, name, values) => tup.writeList(name, kind.wrap(values)),
    take: (tup, name) => kind.unwrap(tup.readList(name, make())),
    say: (values) => values.map(item.say),
    hear: (values) => values.map(item.hear),
  };
  return kind;
}

// Plain form: a list of [key, value], sorted by the text of the key.
function sorted(pairs) {
  const text = (pair) => JSON.stringify(pair[0]);
  return pairs.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

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
      return sorted(pairs);
    },
    write: (os, tag, pairs) => os.writeMap(tag, kind.wrap(pairs)),
    read: (is, tag, required) => kind.unwrap(is.readMap(tag, required, make())),
    put: (tup, name, pairs) => tup.writeMap(name, kind.wrap(pairs)),
    take: (tup, name) => kind.unwrap(tup.readMap(name, make())),
    // Keys are strings in JSON: those that are none are their own text.
    say(pairs) {
      const text = (k) => (typeof k === "string" ? k : JSON.stringify(key.say(k)));
      return Object.fromEntries(pairs.map(([k, v]) => [text(k), value.say(v)]));
    },
    hear(object) {
      const heard = (k) => (key.proto === TarsStream.String ? k : key.hear(JSON.parse(k)));
      return sorted(Object.entries(object).map(([k, v]) => [heard(k), value.hear(v)]));
    },
  };
  return kind;
}

const speak = (fields, value) =>
  Object.fromEntries(fields.map(([, name, kind]) => [name, kind.say(value[name])]));
const hear = (fields, object) =>
  Object.fromEntries(fields.map(([, name, kind]) => [name, kind.hear(object[name])]));

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
    put: (tup, field, value) => tup.writeStruct(field, kind.wrap(value)),
    take: (tup, field) => kind.unwrap(tup.readStruct(field, Type)),
    say: (value) => speak(fields, value),
    hear: (object) => hear(fields, object),
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
  [19, "ubytes", list(ubyte)],
]);
const Mixed = struct("Interop.Mixed", [
  [0, "shorts", list(short)],
  [1, "floats", list(float)],
  [2, "ushorts", list(ushort)],
  [3, "uints", list(uint)],
  [4, "blobs", list(bytes)],
  [5, "groves", list(list(Leaf))],
  [6, "ratios", map(long, double)],
  [7, "flags", map(byte, bool)],
  [8, "names", map(short, string)],
  [9, "leaves", map(int, Leaf)],
  [10, "shares", map(uint, float)],
  [11, "woods", map(string, map(string, list(Leaf)))],
  [12, "rows", list(map(int, list(string)))],
  [13, "notes", map(string, string), []],
]);
// What has a fixed length elsewhere.
const Fixed = struct("Interop.Fixed", [
  [0, "four", list(int)],
  [1, "raw", bytes],
  [2, "words", list(string)],
  [3, "leaves", list(Leaf)],
  [4, "small", list(ubyte)],
  [5, "pair", list(double), [0, 0]],
  [6, "code", bytes],
  [7, "three", list(short)],
  [8, "rest", bytes],
]);

// The interface: kinds by parameter tag; `ret` is the return value (tag 0).
const Probe = {
  scalars: { ins: [[1, "value", Scalars]], ret: long, outs: [[2, "copy", Scalars]] },
  nested: { ins: [[1, "value", Nested]], ret: int, outs: [[2, "copy", Nested]] },
  mixed: { ins: [[1, "value", Mixed]], ret: int, outs: [[2, "copy", Mixed]] },
  fixed: { ins: [[1, "value", Fixed]], ret: int, outs: [[2, "copy", Fixed]] },
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

// A return value has two names in TUP, one in JSON.
const names = (name) => (name === "ret" ? ["", "tars_ret"] : [name]);

// The values of fields as the body of a packet of some version.
function write(fields, values, version = 1) {
  if (version === 5) {
    const body = fields.map(([, name, kind]) => [names(name).pop(), kind.say(values[name])]);
    return new TarsStream.BinBuffer(Buffer.from(JSON.stringify(Object.fromEntries(body))));
  }
  if (version !== 1) {
    const tup = new TarsStream.UniAttribute();
    tup.tupVersion = version;
    fields.forEach(([, name, kind]) =>
      names(name).forEach((known) => kind.put(tup, known, values[name])));
    return tup.encode();
  }
  const os = new TarsStream.TarsOutputStream();
  fields.forEach(([tag, name, kind]) => kind.write(os, tag, values[name]));
  return os.getBinBuffer();
}
function take(fields, tup) {
  return Object.fromEntries(fields.map(([, name, kind]) => {
    const found = names(name).map((known) => kind.take(tup, known));
    if (JSON.stringify(found[0]) !== JSON.stringify(found.at(-1))) throw new Error("two values");
    return [name, found[0]];
  }));
}
function read(fields, buffer, version = 1) {
  const values = {};
  if (version === 5) {
    const object = JSON.parse(buffer.toNodeBuffer().toString());
    fields.forEach(([, name, kind]) => (values[name] = kind.hear(object[names(name).pop()])));
    return values;
  }
  if (version !== 1) {
    const tup = new TarsStream.UniAttribute();
    tup.tupVersion = version;
    tup.decode(buffer);
    return take(fields, tup);
  }
  const is = new TarsStream.TarsInputStream(buffer);
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
  ubytes: [0, 127, 128, 255],
};
const empty = {
  scalars: zero, blob: [], numbers: [], words: [], flags: [], ratios: [], leaves: [], grid: [],
  counts: [], names: [], groups: [], table: [], deep: [], rows: [], places: [], colours: [],
  maybe: leaf(0, "", 0, 0), extra: [], blobs: [], ubytes: [],
};
const mixed = {
  shorts: [0, -129, 32767],
  floats: [0, 1.5, -0.25],
  ushorts: [0, 32768, 65535],
  uints: [0, 2147483648, 4294967295],
  blobs: [[], [1, 255]],
  groves: [[], [leaf(1, "one", 1, -1), leaf(2, "", 0, 0)]],
  ratios: [[-1, 0.5], [2 ** 40, -1e100]],
  flags: [[-128, true], [127, false]],
  names: [[-300, "minus"], [300, "plus"]],
  leaves: [[0, leaf(3, "three", 3, 3)], [6, leaf(4, "", 0, 4)]],
  shares: [[1, 0.5], [4294967295, 1.5]],
  woods: [["w", [["empty", []], ["g", [leaf(5, "five", 5, 5)]]]]],
  rows: [[], [[-1, ["a", ""]]]],
  notes: [["k", "v"]],
};
const mixedEmpty = Object.fromEntries(Object.keys(mixed).map((name) => [name, []]));
const fixed = {
  four: [1, -2, 300, 70000],
  raw: [1, 0, 255],
  words: ["a", ""],
  leaves: [leaf(1, "one", 1, -1), leaf(0, "", 0, 0)],
  small: [200, 255],
  pair: [0.5, -1],
  code: [...Buffer.from("code\0\0\0\0")],
  three: [1, 300, -3],
  rest: [9, 8],
};
const sum = (v) =>
  (v.flag ? 1 : 0) + v.tiny + v.little + v.medium + v.big + v.utiny + v.ulittle + v.umedium +
  v.colour;

module.exports = {
  Probe, write, read, take, results, sum,
  extreme, usual, zero, full, empty, mixed, mixedEmpty, fixed,
  objectName: "Interop.ProbeServer.ProbeObj",
};
