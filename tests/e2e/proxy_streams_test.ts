import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { httpOrigin, rawOrigin } from "./proxy_origins.ts";
import { proxyTest } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";

/** A caller that leaves is told on within a tenth of a second; the best of a few tries, as the machine may be busy. */
const ABORT_MS = 100;
const ABORT_TRIES = 5;

proxyTest(
  "each event of a stream is there before the next one is made",
  async (stage) => {
    const events: ReadableStreamDefaultController<Uint8Array>[] = [];
    const origin = stage.keep(httpOrigin(() =>
      new Response(
        new ReadableStream<Uint8Array>({ start: (c) => void events.push(c) }),
        { headers: { "content-type": "text/event-stream" } },
      )
    ));
    const server = await stage.startWith({ one: { to: origin } });
    const response = await fetch(`${server.url}/events`, {
      headers: { accept: "text/event-stream" },
    });
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    const reader = response.body?.pipeThrough(new TextDecoderStream())
      .getReader();
    for (let i = 0; i < 20; i++) {
      events[0]?.enqueue(new TextEncoder().encode(`data: ${i}\n\n`));
      assert.equal((await reader?.read())?.value, `data: ${i}\n\n`);
    }
    events[0]?.close();
    assert.equal((await reader?.read())?.done, true);
  },
);

proxyTest(
  "each piece of an upload is with the backend before the next one is sent",
  async (stage) => {
    const arrived = new TransformStream<string, string>();
    const origin = stage.keep(httpOrigin(async (request) => {
      const writer = arrived.writable.getWriter();
      let bytes = 0;
      for await (const piece of request.body ?? []) {
        bytes += piece.length;
        await writer.write(new TextDecoder().decode(piece));
      }
      return new Response(String(bytes));
    }));
    const server = await stage.startWith({ one: { to: origin } });
    using caller = await Wire.open(server.port);
    await caller.send(
      "POST /up HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const reader = arrived.readable.getReader();
    for (let i = 0; i < 10; i++) {
      await caller.send(`7\r\npiece ${i}\r\n`);
      assert.equal((await reader.read()).value, `piece ${i}`);
    }
    await caller.send("0\r\n\r\n");
    assert.match(await caller.head(), /^HTTP\/1\.1 200 /);
    await caller.upTo("70");
  },
);

proxyTest(
  "an upload larger than allowed ends with 413 while it streams",
  async (stage) => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const origin = stage.keep(rawOrigin(async (wire) => {
      await wire.head();
      begun.resolve();
      ended.resolve(await wire.ending());
    }));
    const server = await stage.startWith({ one: { to: origin } }, {
      max_request_body_bytes: 10_000,
    });
    using caller = await Wire.open(server.port);
    await caller.send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
    await caller.send(chunk + chunk);
    // Otherwise all of it may come before there is a connection to the backend.
    await begun.promise;
    await caller.send(chunk);
    assert.match(await caller.head(), /^HTTP\/1\.1 413 /);
    await caller.ending();
    await ended.promise;
  },
);

proxyTest(
  "a backend learns within a tenth of a second that its caller has left",
  async (stage) => {
    const begun: PromiseWithResolvers<void>[] = [];
    const left: PromiseWithResolvers<number>[] = [];
    for (let i = 0; i < ABORT_TRIES; i++) {
      begun.push(Promise.withResolvers());
      left.push(Promise.withResolvers());
    }
    const origin = stage.keep(rawOrigin(async (wire) => {
      const request = await wire.head();
      const number = Number(/^GET \/(\d)/.exec(request)?.[1]);
      // Every other caller leaves before the answer has begun.
      if (number % 2 === 0) {
        await wire.send(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
        );
      }
      begun[number]?.resolve();
      await wire.ending();
      left[number]?.resolve(performance.now());
    }));
    const server = await stage.startWith({ one: { to: origin } });
    const delays: number[] = [];
    for (let i = 0; i < ABORT_TRIES; i++) {
      const caller = await Wire.open(server.port);
      await caller.send(`GET /${i} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await begun[i]?.promise;
      if (i % 2 === 0) await caller.upTo("data: 1\n\n");
      const at = performance.now();
      caller.close();
      delays.push((await left[i]?.promise ?? Infinity) - at);
    }
    assert.ok(Math.min(...delays) < ABORT_MS, `took ${delays} ms`);
    assert.ok(Math.max(...delays) < 20 * ABORT_MS, `took ${delays} ms`);
    await eventually(
      "no holds",
      async () => (await server.clients()).get("one")?.held.leases === 0,
    );
  },
);

proxyTest(
  "an origin that dies in the middle of a body is never taken for its end",
  async (stage) => {
    const origin = stage.keep(rawOrigin(async (wire) => {
      const isChunked = (await wire.head()).startsWith("GET /chunked");
      await wire.send(
        isChunked
          ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf",
      );
    }));
    const server = await stage.startWith({ one: { to: origin } });
    for (const path of ["/chunked", "/length"]) {
      const response = await fetch(server.url + path);
      assert.equal(response.status, 200);
      await assert.rejects(async () => await response.text());
    }
  },
);
