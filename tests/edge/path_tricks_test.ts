import assert from "node:assert/strict";
import fc from "fast-check";
import { Hono } from "hono";
import { classifyPath } from "../../src/edge/path_rules.ts";
import { octetsOf } from "../../src/http1/octets.ts";
import { seedOf } from "../seed.ts";
import { ADMIN_PORT, API, CALLER_IP, EdgeWorld } from "./edge_world.ts";
import { codeOf, head, OK, statusesOf } from "./exchanges.ts";

const ENDPOINTS = [
  ...["/register", "/stats", "/route", "/health", "/clients"],
  ...["/clients/purge", "/clients/purge-pending", "/_opsen/leases/:id"],
];

const PIECES = [
  ...["/", "/", "/", ".", "..", "%2e", "%2E%2e", "%2f", "%5C", "\\", ";x"],
  ...["%3b", "%00", "%09", "%20", "%25", "%63", "%C3%A9", "?", "%"],
  ...["clients", "lients", "purge", "route", "_opsen", "leases", "api", "x"],
];

/** Mostly a path of the API with something done to it. */
const trickyPath = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 10 }),
  fc.tuple(
    fc.constantFrom(...ENDPOINTS),
    fc.nat({ max: 20 }),
    fc.constantFrom(...PIECES),
    fc.constantFrom("", "/..;/", "/api", "/x/../", "//"),
  ).map(([path, at, piece, before]) => [
    ...[before, path.slice(0, at), piece, path.slice(at)],
  ]),
).map((pieces) => {
  const path = pieces.join("");
  return path.startsWith("/") ? path : `/${path}`;
});

Deno.test("whatever the API would serve it is only sent under the very path of an endpoint", async () => {
  const api = new Hono();
  for (const endpoint of ENDPOINTS) {
    api.all(endpoint, (context) => context.text(endpoint));
  }
  api.notFound((context) => context.text("", 404));
  const prefixes = fc.constantFrom([], ["/"], ["/api"], ["/clients/", "/x"]);
  await fc.assert(
    fc.asyncProperty(trickyPath, prefixes, async (path, prefixes) => {
      const bytes = octetsOf(path);
      const kind = classifyPath(prefixes)(bytes, 0, bytes.length);
      if (kind === "ambiguous" || kind === "proxied") return;
      const [sent = ""] = path.split("?");
      for (const url of [`http://h${path}`, new URL(`http://h${path}`).href]) {
        const response = await api.request(url);
        const served = await response.text();
        if (served === "") continue;
        const exact = served.replace(/:id$/, sent.split("/")[3] ?? "");
        assert.equal(sent, exact, `${path} was served as ${served}`);
      }
    }),
    { numRuns: 3_000, seed: seedOf("path tricks") },
  );
});

const TRICKS = [
  ...["/api/../clients", "/api/%2e%2e/clients", "//clients", "/clients;x"],
  ...["/%63lients", "/_opsen//x", "/x/..;/clients", "/api/..%2fclients"],
  ...["/clients%00", "http://h//clients", "http://h/api/../clients?x"],
];

for (const port of [undefined, ADMIN_PORT]) {
  Deno.test(`a path trick is answered on the spot on ${port ?? "the public port"}`, () => {
    using world = new EdgeWorld();
    for (const trick of TRICKS) {
      const caller = world.call(head(`GET ${trick}`), CALLER_IP, port);
      assert.deepEqual(statusesOf(caller.received), [400], trick);
      assert.equal(codeOf(caller.received), "ambiguous_path", trick);
      assert.equal(caller.fate, "open");
    }
    assert.deepEqual(world.places, []);
    assert.equal(world.balancer.asks.length, 0);
  });
}

Deno.test("with all paths proxied an odd path goes to the backend as it was sent", () => {
  using world = new EdgeWorld();
  for (const path of ["/a//b", "/a/../b", "/clients/", "/x;v=1", "/%2e"]) {
    const caller = world.call(head(`GET ${path}`));
    assert.ok(world.origin.received.includes(`GET ${path} HTTP/1.1\r\n`), path);
    world.say(world.origin, OK);
    assert.deepEqual(statusesOf(caller.received), [200]);
  }
  assert.ok(!world.places.includes(API));
});

for (
  const host of [
    ...["a b", "a,b", "a/b", "user@h", "h:x", "h:123456", "[::1", "[x]", "%41"],
    ...["h?", "h#", "h\\", "é", ""],
  ]
) {
  Deno.test(`a management path under the host ${JSON.stringify(host)} is refused`, () => {
    using world = new EdgeWorld();
    const lines = `Host: ${host}\r\n\r\n`;
    const caller = world.call(`GET /clients HTTP/1.1\r\n${lines}`);
    assert.equal(codeOf(caller.received), "bad_host");
    const old = world.call(`GET /clients HTTP/1.0\r\n${lines}`);
    assert.equal(codeOf(old.received), "bad_host");
    if (!/^$|[ #é/?]/.test(host)) {
      const absolute = world.call(
        `GET http://${host}/clients HTTP/1.1\r\nHost: h\r\n\r\n`,
      );
      assert.notEqual(statusesOf(absolute.received)[0], 200);
    }
    const absolute = world.call(
      `GET http://h/clients HTTP/1.1\r\n${lines}`,
    );
    assert.equal(codeOf(absolute.received), "bad_host");
    assert.deepEqual(world.places, []);
  });
}

Deno.test("a management path needs one host from HTTP/1.1 on, and none before", () => {
  using world = new EdgeWorld();
  const none = world.call("GET /clients HTTP/1.1\r\n\r\n");
  assert.equal(codeOf(none.received), "bad_host");
  const two = world.call(
    "GET /clients HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
  );
  assert.equal(codeOf(two.received), "bad_host");
  world.call("GET /clients HTTP/1.0\r\n\r\n");
  assert.deepEqual(world.places, [API]);
  for (const host of ["h", "h.example:8080", "10.0.0.1", "[::1]:80", "h:"]) {
    world.call(`GET /clients HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  }
  assert.deepEqual(new Set(world.places), new Set([API]));
  assert.equal(world.places.length, 6);
});
