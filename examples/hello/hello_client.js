// Calls hello_server from Node.js: node hello_client.js PORT [NAME [CALLS]]. Needs the packages
// @tars/rpc and @tars/stream; ./dev demo finds them in build/interop/node/node_modules.
"use strict";

const rpc = require("@tars/rpc");
const TarsStream = require("@tars/stream");

const port = Number(process.argv[2]);
const name = process.argv[3] || "world";
const calls = Number(process.argv[4] || 1);

// What a generator would write for HelloRequest, HelloReply and SayHello.
const helloRequest = (name) => ({ _writeTo: (os) => os.writeString(1, name) });
const HelloReply = { _readFrom: (is) => ({ message: is.readString(1, true, "") }) };

async function sayHello(proxy, text) {
  const os = new TarsStream.TarsOutputStream();
  os.writeStruct(1, helloRequest(text));
  const { response } = await proxy._worker.tars_invoke("SayHello", os.getBinBuffer(), {});
  const is = new TarsStream.TarsInputStream(response.sBuffer);
  return { ret: is.readInt32(0, true, 0), resp: is.readStruct(2, true, HelloReply) };
}

async function main() {
  function Proxy() {}
  const communicator = rpc.Communicator.New();
  const proxy = communicator.stringToProxy(
    Proxy, `Demo.HelloServer.GreeterObj@tcp -h 127.0.0.1 -p ${port} -t 60000`);
  proxy._worker.setProtocol(rpc.rpcTars.client);
  proxy._worker.timeout = 5000;
  const times = [];
  let answer;
  for (let i = 0; i < calls; i += 1) {
    const start = process.hrtime.bigint();
    answer = await sayHello(proxy, name);
    times.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))].toFixed(0);
  console.log(answer.resp.message);
  if (calls > 1) {
    console.log(`${calls} calls, one after another: p50 ${at(0.5)} us, p99 ${at(0.99)} us, `
      + `max ${at(1)} us`);
  }
  process.exit(0);
}

main().catch((error) => {
  console.error(`hello_client.js: ${error.message || JSON.stringify(error)}`);
  process.exit(1);
});
