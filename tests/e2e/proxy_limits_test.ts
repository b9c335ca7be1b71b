import assert from "node:assert/strict";
import { freePort } from "../free_port.ts";
import { Api } from "./api.ts";
import { eventually } from "./eventually.ts";
import { runOpsen } from "./opsen_process.ts";
import { echoOrigin, rawOrigin } from "./proxy_origins.ts";
import { call, proxyTest, refusal } from "./proxy_stage.ts";
import { Wire } from "./proxy_wire.ts";

const GET = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

proxyTest(
  "who is slow with a head is told so, who says nothing is not waited for",
  async (stage) => {
    const server = await stage.start({ read_header_timeout_seconds: 1 });
    using slow = await Wire.open(server.port);
    using silent = await Wire.open(server.port);
    using second = await Wire.open(server.port);
    await slow.send("GET / HTTP/1.1\r\nHo");
    await second.send(`${GET}GET / HTTP/1.1\r\nHo`);
    assert.match(await second.head(), /^HTTP\/1\.1 200 /);
    const [slowHead, secondHead, silence] = await Promise.all([
      slow.head(),
      second.upTo("HTTP/1.1 408 Request Timeout"),
      silent.ending(),
    ]);
    assert.match(slowHead, /^HTTP\/1\.1 408 .*\r\nConnection: close\r\n/is);
    assert.ok(secondHead.includes('"healthy"'));
    assert.equal(silence, "end");
    assert.equal(await slow.ending(), "end");
    assert.equal((await server.health()).status, "healthy");
  },
);

proxyTest(
  "a backend that doesn't answer in time costs its caller 504, and nothing stays booked",
  async (stage) => {
    const origin = stage.keep(rawOrigin(async (wire) => {
      await wire.head();
      await wire.ending();
    }));
    const server = await stage.startWith({ one: { to: origin } }, {
      request_timeout_seconds: 1,
    });
    assert.deepEqual(await refusal(server, "/"), [504, "upstream_timeout"]);
    assert.equal((await server.clients()).get("one")?.held.leases, 0);
  },
);

proxyTest(
  "an answer that can't be understood, or none, is a 502",
  async (stage) => {
    const origin = stage.keep(rawOrigin(async (wire) => {
      const request = await wire.head();
      if (request.startsWith("GET /odd")) {
        await wire.send("HTTP/9 what?\r\n\r\n");
      }
    }));
    const server = await stage.startWith({ one: { to: origin } });
    assert.deepEqual(await refusal(server, "/odd"), [
      502,
      "upstream_malformed",
    ]);
    assert.deepEqual(await refusal(server, "/none"), [502, "upstream_closed"]);
  },
);

proxyTest(
  "heads that are too large or have too many fields are refused with 431",
  async (stage) => {
    const server = await stage.startWith({
      one: { to: stage.keep(echoOrigin("one")) },
    });
    for (
      const [fields, code] of [
        [`X-Large: ${"x".repeat(100_000)}\r\n`, "head_too_large"],
        ["X-Many: x\r\n".repeat(2_000), "too_many_fields"],
      ] as const
    ) {
      using caller = await Wire.open(server.port);
      await caller.send(`GET / HTTP/1.1\r\nHost: x\r\n${fields}\r\n`);
      assert.match(await caller.head(), /^HTTP\/1\.1 431 /);
      await caller.upTo(`"code":"${code}"`);
    }
    assert.equal((await call(server, "/")).seen.backend, "one");
  },
);

for (const key of ["max_connections", "max_connections_per_ip"]) {
  proxyTest(
    `beyond ${key} callers are turned away until one leaves`,
    async (stage) => {
      const server = await stage.start({ [key]: 2 });
      using first = await Wire.open(server.port);
      using second = await Wire.open(server.port);
      for (const wire of [first, second]) {
        await wire.send(GET);
        assert.match(await wire.head(), /^HTTP\/1\.1 200 /);
      }
      using third = await Wire.open(server.port);
      const refused = await third.head();
      assert.match(refused, /^HTTP\/1\.1 503 .*\r\nRetry-After: \d/is);
      await third.upTo('"code":"too_many_connections"');
      assert.equal(await third.ending(), "end");

      first.close();
      await eventually("a place", async () => {
        using next = await Wire.open(server.port);
        await next.send(GET).catch(() => {});
        return await next.head().then(
          (head) => head.startsWith("HTTP/1.1 200 "),
          () => false,
        );
      });
    },
  );
}

proxyTest(
  "admin_listen answers for management and proxies nothing",
  async (stage) => {
    const port = freePort();
    const server = await stage.startWith({
      one: { to: stage.keep(echoOrigin("one")) },
    }, { admin_listen: `127.0.0.1:${port}` });
    const admin = new Api(port);
    assert.equal((await admin.health()).status, "healthy");
    assert.deepEqual([...(await admin.clients()).keys()], ["one"]);
    assert.equal((await call(server, "/x")).seen.backend, "one");
    const { status, body } = await admin.get("/x");
    assert.deepEqual([status, body.code], [404, "unknown_path"]);
  },
);

Deno.test("edge_driver deno with a shared port is refused by config check", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yml" });
  try {
    await Deno.writeTextFile(file, "edge_driver: deno\nreuse_port: true\n");
    const { code, stdout, stderr } = await runOpsen([
      ...["config", "check", "--config", file],
    ]);
    assert.equal(code, 64);
    assert.match(stdout + stderr, /:1:\d+.*edge_driver.*can't share a port/s);
  } finally {
    await Deno.remove(file);
  }
});
