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

// The stream that every connection of a proxy decodes with; pushes are replies with id 0. Version 5
// is the one that @tars/rpc does not write: of a packet it is the sixth byte.
let onPush = () => {};
class Stream extends rpc.rpcTars.client {
  constructor() {
    super();
    this.on("message", (message) => {
      if (message.iRequestId === 0) onPush(message.origin);
    });
  }
  compose(message) {
    const packet = super.compose(message);
    if (this._version === 5) packet[5] = 5;
    return packet;
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
  const version = proxy._worker.version;
  const body = types.write(method.ins, values, version);
  if (version === 2 || version === 3) property.iVersion = version;
  const { response } = await proxy._worker.tars_invoke(name, body, property);
  const result = response.tup
    ? types.take(types.results(method), response.tup)
    : types.read(types.results(method), response.sBuffer, version);
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
    if (!error.error) throw error;
    // @tars/rpc does not look for the text of a TUP answer.
    const status = error.response && error.response.tup && error.response.status;
    return { code: error.error.code,
             message: status ? status.get("STATUS_RESULT_DESC") : error.error.message };
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

async function scalars(proxy, name) {
  const { ret, copy } = await call(proxy, "scalars", { value: types[name] });
  same("sum", ret, types.sum(types[name]));
  same("copy", copy, types[name]);
}

async function echo(proxy, name, value, ret) {
  const answer = await call(proxy, name, { value });
  same("answer", answer.ret, ret);
  same("copy", answer.copy, value);
}

async function error(proxy, code) {
  const found = await fails(call(proxy, "fail", { code, text: "because of a test" }));
  same("code", found.code, code);
  same("text", found.message, "because of a test");
}

async function unknownFunction(proxy) {
  const found = await fails(call(proxy, "missing"));
  if (server === "tarsier") same("code", found.code, -3);
}

async function basics(proxy, label) {
  const rounds = label === "JSON "; // 2^62 is another number in the text of JSON.stringify()
  await test(`${label}ping`, () =>
    proxy._worker.tars_invoke("tars_ping", types.write([], {}, proxy._worker.version),
                              { iVersion: proxy._worker.version }));
  if (!rounds) await test(`${label}scalars extreme`, () => scalars(proxy, "extreme"));
  await test(`${label}scalars usual`, () => scalars(proxy, "usual"));
  await test(`${label}scalars zero`, () => scalars(proxy, "zero"));
  if (!rounds) await test(`${label}nested`, () => echo(proxy, "nested", types.full, 2));
  await test(`${label}nested empty`, () => echo(proxy, "nested", types.empty, 0));
  await test(`${label}mixed`, () => echo(proxy, "mixed", types.mixed, 2));
  await test(`${label}mixed empty`, () => echo(proxy, "mixed", types.mixedEmpty, 0));
  // In JSON, byte arrays are strings to TarsCpp and us.
  if (!rounds) await test(`${label}fixed`, () => echo(proxy, "fixed", types.fixed, 70299));
  await test(`${label}void`, () => call(proxy, "nothing"));
  for (const code of [1, 1234]) await test(`${label}error ${code}`, () => error(proxy, code));
  await test(`${label}unknown function`, () => unknownFunction(proxy));
}

// The answer that comes behind the deadline does no harm.
async function late(proxy) {
  proxy._worker.timeout = 50;
  const found = await fails(call(proxy, "slow", { delay: 300, value: 1 }));
  proxy._worker.timeout = 20000;
  same("code", found.code, rpc.error.CLIENT.REQUEST_TIMEOUT);
  same("value", (await call(proxy, "slow", { delay: 400, value: 2 })).ret, 2);
}

// A running call is answered although the server ends, and the server told us to leave.
async function retired(proxy) {
  let description = "";
  onPush = (packet) => (description = packet.sResultDesc);
  const slow = call(proxy, "slow", { delay: 700, value: 7 });
  await call(proxy, "retire");
  same("value", (await slow).ret, 7);
  same("push", description, "_reconnect_");
}

async function main() {
  const proxy = connect(types.objectName);
  await basics(proxy, "");
  for (const size of [0, 1, 127, 128, 255, 256, 32767, 32768, 70000]) {
    await test(`bytes ${size}`, () => bytes(proxy, size));
  }
  await test("large", () => bytes(proxy, largeBytes));
  await test("pipelined", () => pipelined(proxy));
  await test("one-way", () => oneWay(proxy));
  await test("timeout", () => late(proxy));
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
  } else {
    console.log("skip unknown servant: only Tarsier looks at the name");
  }
  if (server === "tarsier" || server === "node") {
    for (const [label, version] of [["TUP ", 3], ["TUP 2 ", 2], ["JSON ", 5]]) {
      await basics(connect(types.objectName, version), label);
    }
    console.log("skip JSON scalars extreme, nested: JSON.stringify() rounds 2^62");
    console.log("skip JSON fixed: byte arrays are strings in JSON to TarsCpp and us");
  }
  if (server === "tarsier") {
    await test("graceful close", () => retired(proxy));
  } else {
    console.log("skip graceful close: the server has none");
  }
  process.exit(failed ? 1 : 0);
}

main();
