/** Who called as proxies say it, over each driver, plain and below TLS. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTls, type TLSSocket } from "node:tls";
import net from "node:net";
import type {
  Driver,
  ListenAddress,
  Listening,
  SocketHandler,
} from "../../../src/edge/driver.ts";
import { openDenoDriver } from "../../../src/edge/drivers/deno/deno_driver.ts";
import {
  epollAvailable,
  openEpollDriver,
} from "../../../src/edge/drivers/epoll/open_epoll_driver.ts";
import {
  ProxyGate,
  type ProxyGateSettings,
} from "../../../src/edge/drivers/proxy_gate.ts";
import { Wire } from "../../e2e/proxy_wire.ts";
import { FakeLogger } from "../../fakes/logger.ts";
import { selfSigned } from "./deno/certificates.ts";
import { unprepared } from "./tls_stage.ts";

const AMPLE_MS = 60_000;
const TRUSTING: ProxyGateSettings = {
  kind: "on",
  trusted: ["127.0.0.1"],
  timeoutMs: AMPLE_MS,
};
const LINE = "PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n";
const V2_FROM_V6 = "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24" +
  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x0a" + "\xff".repeat(16) +
  "\xdc\x04\x01\xbb";
const V2_LOCAL = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/** A gated driver whose listener says to each caller who it is and sends back what comes. */
interface World extends AsyncDisposable {
  readonly gate: ProxyGate;
  readonly logger: FakeLogger;
  readonly listening: Listening;
  /** Callers that were taken. */
  readonly taken: string[];
  readonly call: () => Promise<Wire>;
}

type Open = (
  settings?: ProxyGateSettings,
  address?: Partial<ListenAddress>,
) => Promise<World>;

/** A test over each driver. */
function gateTest(title: string, run: (open: Open) => Promise<void>): void {
  const options = { logger: new FakeLogger(), now: () => performance.now() };
  const drivers: Readonly<Record<string, () => Driver>> = {
    ...(epollAvailable() && { epoll: () => openEpollDriver(options) }),
    deno: () => openDenoDriver(options),
  };
  for (const [name, openDriver] of Object.entries(drivers)) {
    Deno.test(`${name}: ${title}`, () =>
      run((settings = TRUSTING, address = {}) =>
        openWorld(openDriver(), settings, address)
      ));
  }
}

async function openWorld(
  plain: Driver,
  settings: ProxyGateSettings,
  address: Partial<ListenAddress>,
): Promise<World> {
  const logger = new FakeLogger();
  const gate = new ProxyGate({ logger, now: () => performance.now() });
  gate.configure(settings);
  const driver = unprepared(gate.over(plain));
  await driver.prepare();
  const taken: string[] = [];
  const listening = driver.listen(
    { hostname: "127.0.0.1", port: 0, isBehindProxies: true, ...address },
    (socket, { ip, port }): SocketHandler => {
      taken.push(ip);
      const hello = new TextEncoder().encode(`<${ip} ${port}>`);
      socket.write(hello, 0, hello.length);
      return {
        onConnected() {},
        onBytes: (bytes, start, end) => void socket.write(bytes, start, end),
        onWritable() {},
        onEnd: () => socket.close(),
        onHangUp() {},
        onGone() {},
      };
    },
  );
  return {
    gate,
    logger,
    listening,
    taken,
    call: () => Wire.open(listening.port),
    async [Symbol.asyncDispose]() {
      listening.close();
      await driver[Symbol.asyncDispose]();
    },
  };
}

gateTest(
  "whom the header of a trusted proxy names is the peer, and what follows is its own",
  async (open) => {
    await using world = await open();
    for (
      const [header, hello] of [
        [LINE, "<192.0.2.1 56324>"],
        [V2_FROM_V6, "<2001:db8::a 56324>"],
        ["PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "<192.0.2.1 1>"],
      ] as const
    ) {
      using wire = await world.call();
      await wire.send(`${header}first`);
      assert.equal(await wire.upTo("first"), `${hello}first`);
      await wire.send(LINE);
      assert.equal(await wire.upTo("443\r\n"), LINE);
    }
  },
);

gateTest("a header that comes in pieces is put together", async (open) => {
  await using world = await open();
  for (const header of [LINE, V2_FROM_V6]) {
    using wire = await world.call();
    for (const piece of `${header}x`) {
      await wire.send(piece);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.match(await wire.upTo("x"), /^<\S+ 56324>x$/);
  }
});

gateTest("a proxy that speaks for itself is the peer", async (open) => {
  await using world = await open();
  for (const header of [V2_LOCAL, "PROXY UNKNOWN\r\n"]) {
    using wire = await world.call();
    await wire.send(`${header}x`);
    assert.match(await wire.upTo("x"), /^<127\.0\.0\.1 \d+>x$/);
  }
});

gateTest(
  "a trusted proxy without a header is closed, and named in the log once",
  async (open) => {
    await using world = await open();
    for (
      const nothing of ["GET / HTTP/1.1\r\n", "PROXY TCP4 x\r\n", "\x16\x03"]
    ) {
      using wire = await world.call();
      await wire.send(nothing);
      await wire.ending();
    }
    assert.deepEqual(world.taken, []);
    const [line, ...more] = world.logger.lines;
    assert.deepEqual(more, []);
    assert.deepEqual(line?.data, { ip: "127.0.0.1", fault: "absent" });
  },
);

gateTest(
  "a header that doesn't come in time is not waited for",
  async (open) => {
    await using world = await open({ ...TRUSTING, timeoutMs: 30 });
    using silent = await world.call();
    using slow = await world.call();
    await slow.send("PROXY TC");
    await Promise.all([silent.ending(), slow.ending()]);
    assert.deepEqual(world.taken, []);
  },
);

gateTest(
  "whoever is not trusted is taken as it comes, whatever it says",
  async (open) => {
    await using world = await open({ ...TRUSTING, trusted: ["192.0.2.0/24"] });
    using wire = await world.call();
    await wire.send(LINE);
    const received = await wire.upTo("443\r\n");
    assert.match(received, /^<127\.0\.0\.1 \d+>PROXY TCP4 192/);
  },
);

gateTest(
  "another configuration counts for the connections that come from then on",
  async (open) => {
    await using world = await open({ kind: "off" });
    using before = await world.call();
    await before.upTo(">");
    world.gate.configure(TRUSTING);
    await before.send(LINE);
    assert.equal(await before.upTo("443\r\n"), LINE);
    using during = await world.call();
    await during.send(LINE);
    assert.equal(await during.upTo(">"), "<192.0.2.1 56324>");
    world.gate.configure({ kind: "off" });
    using after = await world.call();
    assert.match(await after.upTo(">"), /^<127\.0\.0\.1 \d+>/);
  },
);

gateTest("a listener that is behind no proxy takes no header", async (open) => {
  await using world = await open(TRUSTING, { isBehindProxies: false });
  using wire = await world.call();
  assert.match(await wire.upTo(">"), /^<127\.0\.0\.1 \d+>/);
});

gateTest("the header stands before the handshake of TLS", async (open) => {
  await using world = await open(TRUSTING, { tls: selfSigned() });
  const below = net.connect(world.listening.port, "127.0.0.1");
  await once(below, "connect");
  below.write(LINE);
  const caller = connectTls({ socket: below, rejectUnauthorized: false });
  await once(caller, "secureConnect");
  caller.write("x");
  assert.equal(await upTo(caller, "x"), "<192.0.2.1 56324>x");
  caller.destroy();
});

gateTest(
  "a listener that stops waits for headers that are on their way, but not for ever",
  async (open) => {
    await using world = await open();
    using soon = await world.call();
    using never = await world.call();
    await soon.send(LINE.slice(0, 10));
    await never.send(LINE.slice(0, 10));
    const stopped = world.listening.stop();
    await soon.send(LINE.slice(10));
    assert.equal(await soon.upTo(">"), "<192.0.2.1 56324>");
    await Promise.all([stopped, never.ending()]);
    assert.equal(world.taken.length, 1);
  },
);

gateTest("more than can be pending end the oldest", async (open) => {
  await using world = await open();
  using oldest = await world.call();
  await oldest.send("PROXY ");
  const wires: Wire[] = [];
  for (let i = 0; i < 1_024; i++) wires.push(await world.call());
  await oldest.ending();
  const newest = wires.at(-1);
  await newest?.send(LINE);
  assert.equal(await newest?.upTo(">"), "<192.0.2.1 56324>");
  for (const wire of wires) wire[Symbol.dispose]();
});

async function upTo(stream: TLSSocket, text: string): Promise<string> {
  let received = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    received += String(chunk);
    if (received.includes(text)) break;
  }
  return received;
}
