import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { eventually } from "./eventually.ts";
import { httpOrigin, type Origin, rawOrigin } from "./proxy_origins.ts";
import { proxyTest } from "./proxy_stage.ts";
import type { TestServer } from "./server_home.ts";

/** RFC 6455, section 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Codes that applications choose (RFC 6455, section 7.4.2). */
const CLOSED_BY_CALLER = 4001;
const CLOSED_BY_ORIGIN = 4002;

proxyTest(
  "a WebSocket echoes text and bytes, large and small",
  async (stage) => {
    const origin = stage.keep(chattingOrigin().origin);
    const server = await stage.startWith({ one: { to: origin } });
    const socket = await connect(server);
    assert.equal(socket.protocol, "chat");
    for (const text of ["", "hello", "é".repeat(100_000)]) {
      socket.send(text);
      assert.equal((await message(socket)).data, text);
    }
    const bytes = new Uint8Array(1 << 20).map((_, i) => i * 7);
    socket.send(bytes);
    const { data } = await message(socket);
    assert.deepEqual(new Uint8Array(data), bytes);
    socket.close();
    await once(socket, "close");
    await nothingHeld(server);
  },
);

proxyTest(
  "the codes of a WebSocket's end arrive on the other side, both ways",
  async (stage) => {
    const { origin, closed } = chattingOrigin();
    stage.keep(origin);
    const server = await stage.startWith({ one: { to: origin } });
    const ours = await connect(server);
    ours.close(CLOSED_BY_CALLER, "bye");
    const { code, reason } = await closed;
    assert.deepEqual([code, reason], [CLOSED_BY_CALLER, "bye"]);

    const theirs = await connect(server);
    const end = once(theirs, "close");
    theirs.send("please end");
    const [event] = await end;
    assert.deepEqual([event.code, event.reason], [
      CLOSED_BY_ORIGIN,
      "as asked",
    ]);
    await nothingHeld(server);
  },
);

proxyTest(
  "a WebSocket whose origin is gone ends at once, and not cleanly",
  async (stage) => {
    const up = Promise.withResolvers<void>();
    const origin = stage.keep(rawOrigin(async (wire) => {
      const request = await wire.head();
      const key = /^sec-websocket-key: (.*)\r$/im.exec(request)?.[1];
      const accept = createHash("sha1").update(key + ACCEPT_GUID)
        .digest("base64");
      await wire.send(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`,
      );
      await up.promise;
    }));
    const server = await stage.startWith({ one: { to: origin } });
    const socket = await connect(server);
    const end = once(socket, "close");
    up.resolve();
    const [event] = await end;
    assert.equal(event.wasClean, false);
    await nothingHeld(server);
  },
);

proxyTest("a backend that won't upgrade answers as it likes", async (stage) => {
  const origin = stage.keep(
    httpOrigin(() => new Response("not here", { status: 426 })),
  );
  const server = await stage.startWith({ one: { to: origin } });
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/chat`);
  await once(socket, "error");
  await nothingHeld(server);
});

/** Echoes messages, and ends the conversation when it is asked to. */
function chattingOrigin(): {
  readonly origin: Origin;
  readonly closed: Promise<CloseEvent>;
} {
  const closed = Promise.withResolvers<CloseEvent>();
  const origin = httpOrigin((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, {
      protocol: "chat",
    });
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (data === "please end") socket.close(CLOSED_BY_ORIGIN, "as asked");
      else socket.send(data);
    };
    socket.onclose = closed.resolve;
    return response;
  });
  return { origin, closed: closed.promise };
}

async function connect(server: TestServer): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/chat`, "chat");
  socket.binaryType = "arraybuffer";
  await once(socket, "open");
  return socket;
}

async function message(socket: WebSocket): Promise<MessageEvent> {
  const [event] = await once(socket, "message");
  return event;
}

async function nothingHeld(server: TestServer): Promise<void> {
  await eventually(
    "no holds",
    async () => (await server.clients()).get("one")?.held.leases === 0,
  );
}
