// The @tars/rpc peer as a server: prints "listening <port>" and serves Interop.Probe until SIGTERM.
"use strict";

const rpc = require("@tars/rpc");
const TarsStream = require("@tars/stream");
const { ResponsePacket } = require("@tars/rpc/core/rpc-tars/RequestF.js").tars;
const types = require("./types.js");

let notes = 0;
let last = "";

// Each answers an object with the return value as `ret`, and the outs by name.
const methods = {
  scalars: ({ value }) => ({ ret: types.sum(value), copy: value }),
  nested: ({ value }) => ({ ret: value.leaves.length, copy: value }),
  mixed: ({ value }) => ({ ret: value.groves.length, copy: value }),
  fixed: ({ value }) => ({ ret: value.four.reduce((a, b) => a + b), copy: value }),
  bytes: ({ payload }) => ({ ret: payload }),
  add: ({ left, right }) => ({ ret: left + right }),
  slow: ({ delay, value }) =>
    new Promise((resolve) => setTimeout(() => resolve({ ret: value }), delay)),
  nothing: () => ({}),
  note({ text }) {
    notes += 1;
    last = text;
    return {};
  },
  notes: () => ({ ret: notes, last }),
  fail({ code, text }) {
    throw { code, message: text };
  },
  recall({ name }, current) {
    const value = current.getContext().get(name) || "";
    current.setResponseContext({ echo: value });
    return { ret: value };
  },
  subscribe({ count }, current) {
    for (let i = 1; i <= count; i += 1) push(current, i);
    return {};
  },
  news: () => ({ ret: 0, text: "" }),
  retire: () => ({}),
};

// @tars/rpc has no call for a push; a packet with request id 0 on the connection is one.
function push(current, i) {
  const news = { ret: i, text: `news ${i}` };
  const packet = new ResponsePacket();
  packet.iVersion = 1;
  packet.sBuffer = types.write(types.results(types.Probe.news), news);
  packet.status.insert("TARS_FUNC", "news");
  const os = new TarsStream.TarsOutputStream();
  os.setHeaderLength(0);
  packet._writeTo(os);
  os.setHeaderLength(os.getBinBuffer().length);
  current._transceiver.socket.write(os.getBinBuffer().toNodeBuffer());
}

function Handler() {}
Handler.prototype.initialize = function () {};
Handler.prototype.onDispatch = function (current, name, buffer) {
  if (name === "tars_ping") {
    current.doResponse(new TarsStream.BinBuffer());
    return rpc.error.SUCCESS;
  }
  const method = types.Probe[name];
  if (!method) return rpc.error.SERVER.FUNC_NOT_FOUND;
  // @tars/rpc sends what stands here as a packet of the request's version.
  const version = current.getRequestVersion();
  Promise.resolve()
    .then(() => methods[name](types.read(method.ins, buffer, version), current))
    .then((values) => current.doResponse(types.write(types.results(method), values, version)))
    .catch((error) => current.sendErrorResponse(error.code || -99, error.message || ""));
  return rpc.error.SUCCESS;
};

const server = rpc.server.createServer(Handler);
server.start({
  servant: types.objectName,
  endpoint: "tcp -h 127.0.0.1 -p 0 -t 60000",
  protocol: "tars",
});
const listener = server._server._adapters[0]._netthread._listener;
listener.on("listening", () => console.log(`listening ${listener.address().port}`));
process.on("SIGTERM", () => process.exit(0));
