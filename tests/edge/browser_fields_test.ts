import assert from "node:assert/strict";
import { API, EdgeWorld, SETTINGS, type WorldOptions } from "./edge_world.ts";
import { answered, codeOf, head, OK, post, valuesOf } from "./exchanges.ts";

const NAMES = [
  "X-Content-Type-Options",
  "X-Frame-Options",
  "X-XSS-Protection",
  "Strict-Transport-Security",
];
const PLAIN = ["nosniff", "DENY", "1; mode=block", undefined];
const ENCRYPTED = [
  ...PLAIN.slice(0, 3),
  "max-age=31536000; includeSubDomains",
];

function guarded(options: WorldOptions = {}): EdgeWorld {
  const settings = { ...options.settings, hasSecurityFields: true };
  return new EdgeWorld({ ...options, settings });
}

/** The value of each field, once; undefined where it is absent. */
function guards(response: string): (string | undefined)[] {
  return NAMES.map((name) => {
    const values = valuesOf(response, name);
    assert.ok(values.length <= 1, name);
    return values[0];
  });
}

for (const isTls of [false, true]) {
  const expected = isTls ? ENCRYPTED : PLAIN;
  const over = isTls ? "TLS" : "plain TCP";

  Deno.test(`every kind of response over ${over} bears the fields that guard browsers`, () => {
    using world = guarded({
      isTls,
      local: () => ({ status: 200, fields: {}, body: "{}" }),
      settings: { maxConnections: 9, corsOrigins: [] },
    });
    const proxied = answered(world, OK);
    assert.deepEqual(guards(proxied.received), expected, "proxied");
    const old = answered(world, OK, "GET / HTTP/1.0\r\n\r\n");
    assert.deepEqual(guards(old.received), expected, "HTTP/1.0");
    const api = answered(world, OK, head("GET /health"));
    assert.equal(world.places.at(-1), API);
    assert.deepEqual(guards(api.received), expected, "API");
    const local = world.call(post("/route", "{}"));
    assert.deepEqual(guards(local.received), expected, "local");
    const refused = world.call(head("TRACE /"));
    assert.equal(codeOf(refused.received), "method_not_allowed");
    assert.deepEqual(guards(refused.received), expected, "refused");
    const none = world.call("x\r\n\r\n");
    assert.equal(codeOf(none.received), "bad_request_line");
    assert.deepEqual(guards(none.received), expected, "no request");
    const asked = world.call(preflight("GET /clients"));
    assert.deepEqual(guards(asked.received), expected, "preflight");
    while (world.edge.load.connections < 9) world.call();
    const many = world.call();
    assert.equal(codeOf(many.received), "too_many_connections");
    assert.deepEqual(guards(many.received), expected, "turned away");
  });

  Deno.test(`no field over ${over} overrides one of the origin, in whatever case`, () => {
    using world = guarded({ isTls });
    for (let sent = 0; sent < 16; sent++) {
      const theirs = NAMES.filter((_, bit) => (sent >> bit & 1) === 1)
        .map((name) => `${name.toLowerCase()}: theirs\r\n`).join("");
      const { received } = answered(
        world,
        `HTTP/1.1 200 OK\r\n${theirs}Content-Length: 0\r\n\r\n`,
      );
      assert.deepEqual(
        guards(received),
        expected.map((ours, bit) => (sent >> bit & 1) === 1 ? "theirs" : ours),
      );
    }
  });
}

Deno.test("a field that the origin sends for the connection alone is none of its response", () => {
  using world = guarded();
  const { received } = answered(
    world,
    "HTTP/1.1 200 OK\r\nX-Frame-Options: SAMEORIGIN\r\nConnection: X-Frame-Options\r\nContent-Length: 0\r\n\r\n",
  );
  assert.deepEqual(guards(received), PLAIN);
});

Deno.test("interim responses and changes of protocol bear no such field", () => {
  using world = guarded();
  const caller = world.call(
    head("GET /", "Connection: upgrade", "Upgrade: websocket"),
  );
  world.say(world.origin, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
  assert.ok(!caller.received.includes("X-Frame-Options"));
  world.say(
    world.origin,
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
  assert.ok(caller.received.includes("HTTP/1.1 101 "));
  assert.ok(!caller.received.includes("X-Frame-Options"));
});

Deno.test("the fields come and go with the settings, from the next request on", () => {
  using world = guarded();
  const caller = world.call(head("GET /"));
  world.edge.configure(SETTINGS);
  world.say(world.origin, OK);
  assert.deepEqual(guards(caller.fresh()), PLAIN);
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  assert.deepEqual(guards(caller.fresh()), NAMES.map(() => undefined));
  world.edge.configure({ ...SETTINGS, hasSecurityFields: true });
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  assert.deepEqual(guards(caller.fresh()), PLAIN);
});

function preflight(line: string): string {
  return head(
    line.replace("GET", "OPTIONS"),
    "Origin: https://a.example",
    "Access-Control-Request-Method: GET",
  );
}
