import assert from "node:assert/strict";
import { rawOrigin } from "./proxy_origins.ts";
import { proxyTest, refusal } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";

proxyTest(
  "SIGTERM lets a download end, refuses new ones, and exits with 0",
  async (stage) => {
    const gate = Promise.withResolvers<void>();
    const origin = stage.keep(rawOrigin(async (wire) => {
      await wire.head();
      await wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
      await gate.promise;
      await wire.send("later");
      await wire.ending();
    }));
    const server = await stage.startWith({ one: { to: origin } });
    using idle = await Wire.open(server.port);
    await idle.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    await idle.head();
    using download = await Wire.open(server.port);
    await download.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await download.upTo("first");

    server.process.kill("SIGTERM");
    await server.process.said(/Stopping/);
    assert.deepEqual(await refusal(server, "/"), [503, "draining"]);
    assert.equal((await server.get("/_opsen/readyz")).status, 503);
    gate.resolve();
    assert.equal(await download.bytes(5), "later");
    assert.equal(await download.ending(), "end");

    const { code, signal, stdout, stderr } = await server.process.ended();
    assert.deepEqual([code, signal], [0, null]);
    assert.doesNotMatch(stdout + stderr, /cut off|ERROR/);
    await idle.ending();
  },
);

proxyTest(
  "a stream that never ends is cut off at shutdown_timeout_seconds",
  async (stage) => {
    const left = Promise.withResolvers<void>();
    const origin = stage.keep(rawOrigin(async (wire) => {
      await wire.head();
      await wire.send("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n");
      await wire.ending();
      left.resolve();
    }));
    const server = await stage.startWith({ one: { to: origin } }, {
      shutdown_timeout_seconds: 1,
    });
    using stream = await Wire.open(server.port);
    await stream.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await stream.upTo("data: 1\n\n");
    const { code, stdout, stderr } = await server.process.stop();
    assert.equal(code, 0);
    assert.match(stdout + stderr, /WARN .*were cut off/);
    await left.promise;
  },
);
