import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { rawOrigin } from "./proxy_origins.ts";
import { proxyTest } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";

const ASK = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

proxyTest(
  "SIGTERM lets a download end, serves who is connected, refuses others, and exits with 0",
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
    using download = await Wire.open(server.port);
    await download.send(ASK);
    await download.upTo("first");
    using proxied = await Wire.open(server.port);
    using asking = await Wire.open(server.port);
    using silent = await Wire.open(server.port);
    for (const wire of [proxied, asking, silent]) {
      await wire.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
      const length = /^content-length: (\d+)/im.exec(await wire.head())?.[1];
      await wire.bytes(Number(length));
    }

    server.process.kill("SIGTERM");
    await server.process.said(/Stopping/);
    await proxied.send(ASK);
    assert.match(
      await proxied.head(),
      /^HTTP\/1.1 200 [^]*^connection: close/im,
    );
    await asking.send(
      "GET /_opsen/readyz HTTP/1.1\r\nHost: x\r\n\r\n",
    );
    assert.match(
      await asking.head(),
      /^HTTP\/1.1 503 [^]*^connection: close/im,
    );
    await eventually("newcomers are refused", async () => {
      try {
        using _newcomer = await Wire.open(server.port);
        return false;
      } catch (error) {
        assert.ok(error instanceof Deno.errors.ConnectionRefused);
        return true;
      }
    });
    assert.equal(await silent.ending(), "end");
    gate.resolve();
    assert.equal(await download.bytes(5), "later");
    assert.equal(await download.ending(), "end");
    assert.equal(await proxied.bytes(10), "firstlater");

    const { code, signal, stdout, stderr } = await server.process.ended();
    assert.deepEqual([code, signal], [0, null]);
    assert.doesNotMatch(stdout + stderr, /cut off|ERROR/);
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

proxyTest(
  "at shutdown_timeout_seconds an event stream ends between two events, and a WebSocket with a close frame",
  async (stage) => {
    const origin = stage.keep(rawOrigin(async (wire) => {
      const head = await wire.head();
      await wire.send(
        /^upgrade:/im.test(head)
          ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"
          : "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
      );
      await wire.ending();
    }));
    const server = await stage.startWith({ one: { to: origin } }, {
      shutdown_timeout_seconds: 1,
    });
    using events = await Wire.open(server.port);
    await events.send(ASK);
    await events.upTo("data: 1\n\n\r\n");
    using socket = await Wire.open(server.port);
    await socket.send(
      ASK.replace(
        "\r\n\r\n",
        "\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
      ),
    );
    await socket.upTo("\x81\x02hi");
    server.process.kill("SIGTERM");
    assert.equal(await events.bytes(5), "0\r\n\r\n");
    assert.equal(await events.ending(), "end");
    assert.equal(await socket.bytes(4), "\x88\x02\x03\xe9");
    assert.equal(await socket.ending(), "end");
    assert.equal((await server.process.ended()).code, 0);
  },
);
