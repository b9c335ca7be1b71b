/** Probes that ask and want a good status, over real sockets. */
import assert from "node:assert/strict";
import { send } from "./drivers/traffic.ts";
import { answering, originAt, readHead, SILENT } from "./probe_origin.ts";
import { HTTP, overDrivers, SHORT_MS, TCP } from "./probe_world.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/** More than an answer may have. */
const LARGE = 70_000;

const ANSWERS: readonly (readonly [string, boolean, readonly string[]])[] = [
  ["200", true, [OK]],
  ["204", true, ["HTTP/1.1 204 No Content\r\n\r\n"]],
  ["200 of HTTP/1.0", true, ["HTTP/1.0 200 OK\r\n\r\nok"]],
  ["302", true, ["HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n"]],
  ["399", true, ["HTTP/1.1 399 Odd\r\n\r\n"]],
  ["400", false, ["HTTP/1.1 400 Bad Request\r\n\r\n"]],
  ["404", false, ["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]],
  ["500", false, ["HTTP/1.1 500 Internal Server Error\r\n\r\n"]],
  ["101", false, ["HTTP/1.1 101 Switching Protocols\r\n\r\n"]],
  ["interim responses and 200", true, [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n",
    "\r\n",
    OK,
  ]],
  ["interim responses and 503", false, [
    "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 Busy\r\n\r\n",
  ]],
  ["single octets", true, [..."HTTP/1.1 200 OK\r\nA: b\r\n\r\n"]],
  ["a banner", false, ["SSH-2.0-Server\r\n"]],
  ["garbage", false, ["\0\x01\x02\x03 garbage\n\n"]],
  ["a head without end", false, [
    "HTTP/1.1 200 OK\r\n",
    `A: ${"b".repeat(LARGE)}`,
  ]],
  ["interim responses without end", false, [
    "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(LARGE / 27 + 1),
  ]],
  ["a body without end", true, [
    `HTTP/1.1 200 OK\r\n\r\n${"b".repeat(LARGE)}`,
    "b".repeat(LARGE),
  ]],
];

for (const [what, isOk, pieces] of ANSWERS) {
  overDrivers(
    `a probe answered with ${what} is ${isOk ? "good" : "bad"}`,
    async (open) => {
      await using world = open({ settings: HTTP });
      await using origin = originAt(answering(...pieces));
      const { ok } = await world.probe(`http://127.0.0.1:${origin.port}`);
      assert.equal(ok, isOk);
      await origin.untilEnds(1);
    },
  );
}

overDrivers(
  "a server that closes without a word, or in the midst of a head, has failed",
  async (open) => {
    await using world = open({ settings: HTTP });
    for (const words of ["", "HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nA: b\r\n"]) {
      await using origin = originAt(async (connection) => {
        await readHead(connection);
        await send(connection, new TextEncoder().encode(words));
        connection.close();
      });
      const { ok } = await world.probe(`http://127.0.0.1:${origin.port}`);
      assert.equal(ok, false);
    }
  },
);

overDrivers(
  "the request names the host, the program and the path below the endpoint's",
  async (open) => {
    await using world = open({ settings: { ...HTTP, path: "/größe?a=%20" } });
    const requests: string[] = [];
    await using origin = originAt(async (connection) => {
      requests.push(await readHead(connection));
      await send(connection, new TextEncoder().encode(OK));
    });
    await world.probe(`http://127.0.0.1:${origin.port}`);
    await world.probe(`http://127.0.0.1:${origin.port}/base/`);
    const rest = ` HTTP/1.1\r\nHost: 127.0.0.1:${origin.port}\r\n` +
      "User-Agent: opsen/1.2.3\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    assert.deepEqual(requests, [
      `GET /gr%C3%B6%C3%9Fe?a=%20${rest}`,
      `GET /base/gr%C3%B6%C3%9Fe?a=%20${rest}`,
    ]);
  },
);

overDrivers(
  "a server that never answers, or drips, has failed when its time is over",
  async (open) => {
    await using world = open({ settings: { ...HTTP, timeoutMs: SHORT_MS } });
    const stop = new AbortController();
    await using silent = originAt(SILENT);
    await using dripping = originAt(async (connection) => {
      await send(connection, new TextEncoder().encode("HTTP/1.1 200 OK\r\n"));
      while (!stop.signal.aborted) {
        await send(connection, new TextEncoder().encode("A: b\r\n"));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    const before = performance.now();
    for (const { port } of [silent, dripping]) {
      const { ok } = await world.probe(`http://127.0.0.1:${port}`);
      assert.equal(ok, false);
    }
    assert.ok(performance.now() - before >= 2 * (SHORT_MS - 2));
    stop.abort();
    await silent.untilEnds(1);
    await dripping.untilEnds(1);
  },
);

overDrivers(
  "the time to the answer counts, not the time to the connection",
  async (open) => {
    await using world = open({ settings: HTTP });
    await using origin = originAt(async (connection) => {
      await readHead(connection);
      await new Promise((resolve) => setTimeout(resolve, SHORT_MS));
      await send(connection, new TextEncoder().encode(OK));
    });
    const outcome = await world.probe(`http://127.0.0.1:${origin.port}`);
    assert.ok(outcome.ok);
    assert.ok(outcome.latencyMs >= SHORT_MS - 2);
  },
);

overDrivers(
  "other settings are for the probes that begin after them",
  async (open) => {
    await using world = open({ settings: TCP });
    const failing = answering("HTTP/1.1 500 Internal Server Error\r\n\r\n");
    await using origin = originAt(failing);
    const endpoint = `http://127.0.0.1:${origin.port}`;
    const first = world.probe(endpoint);
    world.prober.configure(HTTP);
    const second = world.probe(endpoint);
    assert.equal((await first).ok, true);
    assert.equal((await second).ok, false);
    world.prober.configure(TCP);
    assert.equal((await world.probe(endpoint)).ok, true);
  },
);
