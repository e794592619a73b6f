// The @tars/rpc peer as a client: runs every case against a server of Interop.Probe.
//
//   node client.js PORT tarsier|go|node|java
"use strict";

const rpc = require("@tars/rpc");
const TarsStream = require("@tars/stream");
const types = require("./types.js");

const port = Number(process.argv[2]);
const server = process.argv[3];
const largeBytes = 10 * 1024 * 1024 - 512; // with its header just below 10 MiB
let failed = false;

// The stream that every connection of a proxy decodes with; pushes are replies with id 0.
let onPush = () => {};
class Stream extends rpc.rpcTars.client {
  constructor() {
    super();
    this.on("message", (message) => {
      if (message.iRequestId === 0) onPush(message.origin);
    });
  }
}

function Proxy() {}
function connect(name, version) {
  const communicator = rpc.Communicator.New();
  const endpoint = `${name}@tcp -h 127.0.0.1 -p ${port} -t 60000`;
  const proxy = communicator.stringToProxy(Proxy, endpoint);
  proxy._worker.setProtocol(Stream);
  proxy._worker.timeout = 20000;
  if (version) proxy._worker.version = version;
  return proxy;
}

async function call(proxy, name, values = {}, property = {}) {
  const method = types.Probe[name] || { ins: [], outs: [] };
  const body = types.write(method.ins, values);
  const { response } = await proxy._worker.tars_invoke(name, body, property);
  const result = types.read(types.results(method), response.sBuffer);
  result.context = {};
  response.context.forEach((key, value) => {
    result.context[key] = value;
  });
  return result;
}

async function test(name, run) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    failed = true;
    const why = error.error ? `${error.error.code} ${error.error.message}` : error.message;
    console.log(`FAIL ${name}: ${String(why).slice(0, 300)}`);
  }
}

function same(what, found, wanted) {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left !== right) {
    throw new Error(`${what} is ${left.slice(0, 150)}, not ${right.slice(0, 150)}`);
  }
}

async function fails(promise) {
  try {
    await promise;
  } catch (error) {
    if (error.error) return error.error;
    throw error;
  }
  throw new Error("the call succeeded");
}

async function bytes(proxy, size) {
  const payload = Buffer.alloc(size);
  for (let i = 0; i < size; i += 1) payload[i] = i * 31;
  const os = new TarsStream.TarsOutputStream();
  os.writeBytes(1, new TarsStream.BinBuffer(payload));
  const { response } = await proxy._worker.tars_invoke("bytes", os.getBinBuffer(), {});
  const is = new TarsStream.TarsInputStream(response.sBuffer);
  const echo = is.readBytes(0, true, TarsStream.BinBuffer).toNodeBuffer();
  if (Buffer.compare(echo, payload) !== 0) throw new Error(`${echo.length} other bytes came back`);
}

async function oneWay(proxy) {
  const before = (await call(proxy, "notes")).ret;
  for (let i = 0; i < 10; i += 1) {
    const body = types.write(types.Probe.note.ins, { text: "note" });
    proxy._worker.tars_invoke("note", body, { packetType: 1 }).then(() => {}, () => {});
  }
  for (const end = Date.now() + 5000; Date.now() < end; ) {
    const { ret, last } = await call(proxy, "notes");
    if (ret - before === 10) return same("last", last, "note");
  }
  throw new Error("not all notes came within 5 s");
}

async function pipelined(proxy) {
  const sums = await Promise.all(
    [...Array(500).keys()].map((i) => call(proxy, "add", { left: i, right: 1000 })));
  sums.forEach((sum, i) => same("sum", sum.ret, i + 1000));
}

async function pushed(proxy) {
  const news = [];
  const three = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${news.length} pushes within 5 s`)), 5000);
    onPush = (packet) => {
      const { ret, text } = types.read(types.results(types.Probe.news), packet.sBuffer);
      news.push([ret, text]);
      if (news.length === 3) {
        clearTimeout(timer);
        resolve();
      }
    };
  });
  await call(proxy, "subscribe", { count: 3 });
  await three;
  same("news", news, [[1, "news 1"], [2, "news 2"], [3, "news 3"]]);
}

// TUP in the version given: parameters by name, in version 2 with the name of their class.
async function tup(version) {
  const proxy = connect(types.objectName, version);
  const request = () => {
    const attribute = new TarsStream.UniAttribute();
    attribute.tupVersion = version;
    return attribute;
  };
  let attribute = request();
  attribute.writeInt32("left", 70000);
  attribute.writeInt32("right", -1);
  let answer = await proxy._worker.tup_invoke("add", attribute);
  same("sum", answer.response.tup.readInt32("tars_ret"), 69999);
  same("sum under the empty name", answer.response.tup.readInt32(""), 69999);

  attribute = request();
  attribute.writeStruct("value", types.Nested.wrap(types.full));
  answer = await proxy._worker.tup_invoke("nested", attribute);
  same("count", answer.response.tup.readInt32("tars_ret"), 2);
  const copy = answer.response.tup.readStruct("copy", types.Nested.proto);
  same("copy", types.Nested.unwrap(copy), types.full);

  attribute = request();
  attribute.writeInt32("code", 1234);
  attribute.writeString("text", "because of a test");
  const error = await fails(proxy._worker.tup_invoke("fail", attribute));
  same("code", error.code, 1234);
}

async function main() {
  const proxy = connect(types.objectName);
  await test("ping", () => call(proxy, "tars_ping"));
  for (const name of ["extreme", "usual", "zero"]) {
    await test(`scalars ${name}`, async () => {
      const { ret, copy } = await call(proxy, "scalars", { value: types[name] });
      same("sum", ret, types.sum(types[name]));
      same("copy", copy, types[name]);
    });
  }
  for (const [name, value] of [["nested", types.full], ["nested empty", types.empty]]) {
    await test(name, async () => {
      const { ret, copy } = await call(proxy, "nested", { value });
      same("count", ret, value.leaves.length);
      same("copy", copy, value);
    });
  }
  for (const size of [0, 1, 127, 128, 255, 256, 32767, 32768, 70000]) {
    await test(`bytes ${size}`, () => bytes(proxy, size));
  }
  await test("large", () => bytes(proxy, largeBytes));
  await test("void", () => call(proxy, "nothing"));
  await test("pipelined", () => pipelined(proxy));
  await test("one-way", () => oneWay(proxy));
  for (const code of [1, 1234]) {
    await test(`error ${code}`, async () => {
      const error = await fails(call(proxy, "fail", { code, text: "because of a test" }));
      same("code", error.code, code);
      same("text", error.message, "because of a test");
    });
  }
  await test("unknown function", async () => {
    const error = await fails(call(proxy, "missing"));
    if (server === "tarsier") same("code", error.code, -3);
  });
  await test("context", async () => {
    const found = await call(proxy, "recall", { name: "colour" }, { context: { colour: "grün" } });
    same("context", found.ret, "grün");
    same("reply context", found.context.echo, "grün");
  });
  await test("push", () => pushed(proxy));
  if (server === "tarsier") {
    await test("unknown servant", async () => {
      const stranger = connect("Interop.ProbeServer.OtherObj");
      same("code", (await fails(call(stranger, "nothing"))).code, -4);
    });
    await test("tup 3", () => tup(3));
    await test("tup 2", () => tup(2));
  } else {
    for (const name of ["unknown servant", "tup 3", "tup 2"]) {
      console.log(`skip ${name}: only Tarsier answers this`);
    }
  }
  process.exit(failed ? 1 : 0);
}

main();
