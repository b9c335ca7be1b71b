import assert from "node:assert/strict";
import type { EdgeSettings } from "../../src/edge/settings.ts";
import type { KeyBook } from "../../src/trust_ports.ts";
import { API, EdgeWorld, SETTINGS, type WorldOptions } from "./edge_world.ts";
import {
  answered,
  codeOf,
  head,
  OK,
  post,
  statusesOf,
  valuesOf,
} from "./exchanges.ts";

const PAGE = "https://app.example.com";
const ALLOW_ORIGIN = "Access-Control-Allow-Origin";
const CREDENTIALS = "Access-Control-Allow-Credentials";
const EXPOSE = "Access-Control-Expose-Headers";

function worldFor(
  corsOrigins: readonly string[],
  settings: Partial<EdgeSettings> = {},
  options: WorldOptions = {},
): EdgeWorld {
  return new EdgeWorld({ ...options, settings: { ...settings, corsOrigins } });
}

function asked(origin: string, path = "/"): string {
  return head(`GET ${path}`, `Origin: ${origin}`);
}

function preflight(path: string, origin = PAGE): string {
  return head(
    `OPTIONS ${path}`,
    `Origin: ${origin}`,
    "Access-Control-Request-Method: PUT",
    "Access-Control-Request-Headers: authorization",
  );
}

/** What a response says of origins: the allowed one, credentials, Vary. */
function said(response: string): (string | undefined)[] {
  return [ALLOW_ORIGIN, CREDENTIALS, "Vary"].map((name) => {
    const values = valuesOf(response, name);
    assert.ok(values.length <= 1, name);
    return values[0];
  });
}

const FOR_PAGE = [PAGE, "true", "Origin"];
const FOR_OTHERS = [undefined, undefined, "Origin"];
const NOTHING = [undefined, undefined, undefined];

Deno.test("a listed origin is echoed with credentials, another one is told nothing", () => {
  using world = worldFor([PAGE, "http://10.0.0.1:8080"]);
  const { received } = answered(world, OK, asked(PAGE));
  assert.deepEqual(said(received), FOR_PAGE);
  const exposed = valuesOf(received, EXPOSE)[0]?.split(", ") ?? [];
  for (const name of ["X-Request-ID", "X-Opsen-Backend", "Retry-After"]) {
    assert.ok(exposed.includes(name), name);
  }
  for (
    const other of [
      ...["https://app.example.com.evil", "https://evil-app.example.com"],
      ...["http://app.example.com", "https://app.example.com:8443", "null"],
      ...["https://app.example.com/", "*", "", "https://app.example.co"],
      ...["http://10.0.0.1", "http://10.0.0.1:80800", `${PAGE}, ${PAGE}`],
      "x".repeat(5_000),
    ]
  ) {
    const caller = answered(world, OK, asked(other));
    assert.deepEqual(said(caller.received), FOR_OTHERS, other);
    assert.deepEqual(valuesOf(caller.received, EXPOSE), [], other);
    assert.ok(caller.received.endsWith("ok"));
  }
  const none = answered(world, OK);
  assert.deepEqual(said(none.received), FOR_OTHERS);
  const two = answered(
    world,
    OK,
    head("GET /", `Origin: ${PAGE}`, `Origin: ${PAGE}`),
  );
  assert.deepEqual(said(two.received), FOR_OTHERS);
});

Deno.test("scheme and host are compared in any case, and a port that says nothing is none", () => {
  using world = worldFor(["HTTPS://App.Example.com:443", "http://h:80"]);
  assert.deepEqual(said(answered(world, OK, asked(PAGE)).received), FOR_PAGE);
  const upper = answered(world, OK, asked("https://APP.example.COM"));
  assert.equal(said(upper.received)[0], PAGE);
  const short = answered(world, OK, asked("http://h"));
  assert.equal(said(short.received)[0], "http://h");
});

Deno.test("the star allows every origin, without credentials", () => {
  using world = worldFor(["*", PAGE]);
  for (const request of [asked(PAGE), asked("null"), head("GET /")]) {
    const { received } = answered(world, OK, request);
    assert.deepEqual(said(received), ["*", undefined, undefined]);
    assert.equal(valuesOf(received, EXPOSE).length, 1);
  }
});

Deno.test("null is allowed only when it is listed, and an empty list allows none", () => {
  using listed = worldFor(["null"]);
  const { received } = answered(listed, OK, asked("null"));
  assert.deepEqual(said(received), ["null", "true", "Origin"]);
  using empty = worldFor([]);
  const refused = answered(empty, OK, asked(PAGE));
  assert.deepEqual(said(refused.received), NOTHING);
  const question = empty.call(preflight("/clients"));
  assert.deepEqual(statusesOf(question.received), [204]);
  assert.deepEqual(said(question.received), NOTHING);
});

Deno.test("without enable_cors nothing is said and preflights are requests like any other", () => {
  using world = new EdgeWorld();
  const { received } = answered(world, OK, asked(PAGE));
  assert.deepEqual(said(received), NOTHING);
  const proxied = answered(world, OK, preflight("/"));
  assert.deepEqual(statusesOf(proxied.received), [200]);
  world.call(preflight("/clients"));
  assert.equal(world.places.at(-1), API);
});

Deno.test("answers of the API and refusals are readable to pages too", () => {
  using world = worldFor([PAGE], {}, {
    local: () => ({ status: 503, fields: { "retry-after": "1" }, body: "{}" }),
  });
  const api = answered(world, OK, asked(PAGE, "/health"));
  assert.equal(world.places.at(-1), API);
  assert.deepEqual(said(api.received), FOR_PAGE);
  const local = world.call(
    post("/route", "{}", "application/json", `Origin: ${PAGE}`),
  );
  assert.deepEqual(said(local.received), FOR_PAGE);
  const refused = world.call(
    head("GET /", `Origin: ${PAGE}`, "X-Tier: none"),
  );
  assert.equal(codeOf(refused.received), "unknown_tier");
  assert.deepEqual(said(refused.received), FOR_PAGE);
});

for (
  const [theirs, expected] of [
    [`${ALLOW_ORIGIN}: https://b`, ["https://b", undefined, undefined]],
    [`access-control-allow-origin: *\r\nVary: Accept`, [
      "*",
      undefined,
      "Accept",
    ]],
    [`${CREDENTIALS}: true`, [undefined, "true", undefined]],
    [`${EXPOSE}: x`, NOTHING],
  ] as const
) {
  Deno.test(`an origin that says ${JSON.stringify(theirs)} is left to say it`, () => {
    using world = worldFor([PAGE]);
    const { received } = answered(
      world,
      `HTTP/1.1 200 OK\r\n${theirs}\r\nContent-Length: 0\r\n\r\n`,
      asked(PAGE),
    );
    assert.deepEqual(said(received), expected);
  });
}

Deno.test("Vary of the origin stays, and ours comes after it", () => {
  using world = worldFor([PAGE]);
  const { received } = answered(
    world,
    "HTTP/1.1 200 OK\r\nVary: Accept\r\nContent-Length: 0\r\n\r\n",
    asked(PAGE),
  );
  assert.deepEqual(valuesOf(received, "Vary"), ["Accept", "Origin"]);
});

Deno.test("a preflight of a management path is answered by us: no key, no backend, no API", () => {
  using world = worldFor([PAGE]);
  const caller = world.call();
  for (const path of ["/clients", "/route", "/_opsen/leases", "/nowhere"]) {
    world.edge.configure({
      ...SETTINGS,
      corsOrigins: [PAGE],
      proxyEndpoints: ["/x"],
    });
    world.say(caller, preflight(path));
    const response = caller.fresh();
    assert.deepEqual(statusesOf(response), [204]);
    assert.deepEqual(said(response), FOR_PAGE);
    assert.deepEqual(valuesOf(response, "Access-Control-Allow-Methods"), [
      "GET, POST, DELETE",
    ]);
    assert.deepEqual(valuesOf(response, "Access-Control-Allow-Headers"), [
      "Content-Type, Authorization, X-API-Key, Idempotency-Key, X-Session, X-Tier",
    ]);
    assert.equal(valuesOf(response, "Access-Control-Max-Age").length, 1);
    assert.equal(valuesOf(response, "X-Request-ID").length, 1);
    assert.deepEqual(valuesOf(response, "Content-Length"), []);
    assert.ok(response.endsWith("\r\n\r\n"));
  }
  assert.equal(caller.fate, "open");
  assert.deepEqual(world.places, []);
  assert.equal(world.balancer.asks.length, 0);
});

Deno.test("a preflight of an origin that is not allowed is answered with nothing in it", () => {
  using world = worldFor([PAGE]);
  const { received } = world.call(preflight("/clients", "https://evil"));
  assert.deepEqual(statusesOf(received), [204]);
  assert.deepEqual(said(received), FOR_OTHERS);
  assert.ok(!received.includes("Access-Control-"));
});

Deno.test("what is not a preflight in every part is a request like any other", () => {
  using world = worldFor([PAGE]);
  const method = "Access-Control-Request-Method: PUT";
  for (
    const request of [
      head("OPTIONS /clients", `Origin: ${PAGE}`),
      head("OPTIONS /clients", method),
      head("GET /clients", `Origin: ${PAGE}`, method),
      head("options /clients", `Origin: ${PAGE}`, method),
      head("OPTIONS /clients", `Origin: ${PAGE}`, method, "Content-Length: 1") +
      "x",
    ]
  ) {
    const caller = world.call(request);
    assert.equal(caller.received, "", request);
  }
  assert.equal(world.places.length, 5);
});

Deno.test("a backend that answers a preflight is passed on as it is", () => {
  using world = worldFor([PAGE]);
  const caller = answered(
    world,
    `HTTP/1.1 200 Fine\r\n${ALLOW_ORIGIN}: https://b\r\nContent-Length: 2\r\n\r\nok`,
    preflight("/x"),
  );
  assert.ok(world.origin.received.startsWith("OPTIONS /x HTTP/1.1\r\n"));
  assert.ok(caller.received.startsWith("HTTP/1.1 200 Fine\r\n"));
  assert.ok(caller.received.endsWith("\r\n\r\nok"));
  assert.deepEqual(said(caller.received), ["https://b", undefined, undefined]);
  assert.deepEqual(valuesOf(caller.received, "X-Opsen-Backend"), ["b1"]);
});

for (
  const response of [
    OK,
    "HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 900\r\n\r\nhalf of it",
    "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n",
    `HTTP/1.1 200 OK\r\n${ALLOW_ORIGIN}: *\r\nConnection: ${ALLOW_ORIGIN}\r\nContent-Length: 0\r\n\r\n`,
  ]
) {
  Deno.test(`${JSON.stringify(response.slice(9, 40))} leaves the answer to us`, () => {
    using world = worldFor([PAGE]);
    const caller = answered(world, response, preflight("/x"));
    assert.deepEqual(statusesOf(caller.received), [204]);
    assert.deepEqual(said(caller.received), FOR_PAGE);
    assert.deepEqual(
      valuesOf(caller.received, "Access-Control-Allow-Methods"),
      ["GET, HEAD, POST, PUT, DELETE, PATCH"],
    );
    assert.equal(caller.fate, "open");
    caller.fresh();
    world.say(caller, asked(PAGE));
    world.say(world.origin, OK);
    assert.deepEqual(statusesOf(caller.fresh()), [200]);
    assert.deepEqual(world.logger.messages("warn"), []);
  });
}

Deno.test("a preflight is answered although no backend is there, or none has room, or none answers", () => {
  using empty = worldFor([PAGE], {}, { backends: [] });
  const nobody = empty.call(preflight("/x"));
  assert.deepEqual(statusesOf(nobody.received), [204]);
  assert.deepEqual(said(nobody.received), FOR_PAGE);
  using world = worldFor([PAGE], { retries: 0, defaultTier: "none" });
  const tierless = world.call(preflight("/x"));
  assert.deepEqual(statusesOf(tierless.received), [204]);
  world.edge.configure({ ...SETTINGS, corsOrigins: [PAGE], retries: 0 });
  world.outcomes.set("10.0.0.1:80", "refused");
  const unreachable = world.call(preflight("/x"));
  assert.deepEqual(statusesOf(unreachable.received), [204]);
  world.outcomes.clear();
  const late = world.call(preflight("/x"));
  world.pass(70_000);
  assert.deepEqual(statusesOf(late.received), [204]);
});

const CLOSED: readonly WorldOptions[] = [
  {
    settings: { proxyRequireKey: true },
    keys: {
      isOpen: false,
      find: () => ({ kind: "unknown" }),
      isShutOut: () => false,
    },
  },
  {
    settings: { needsToken: true },
    tokens: {
      verify: () => ({ kind: "refused", code: "missing_token", detail: "" }),
    },
  },
];

for (const options of CLOSED) {
  Deno.test(`with ${Object.keys(options.settings ?? {})} a preflight needs nothing, and no backend is asked`, () => {
    using world = worldFor([PAGE], options.settings, options);
    const { received } = world.call(preflight("/x"));
    assert.deepEqual(statusesOf(received), [204]);
    assert.deepEqual(said(received), FOR_PAGE);
    const request = world.call(asked(PAGE));
    assert.deepEqual(statusesOf(request.received), [401]);
    assert.deepEqual(said(request.received), FOR_PAGE);
    assert.deepEqual(world.places, []);
  });
}

Deno.test("a preflight that is itself refused stays refused", () => {
  using world = worldFor([PAGE], { allowedAddresses: ["198.51.100.0/24"] });
  const stranger = world.call(preflight("/x"));
  assert.equal(codeOf(stranger.received), "address_not_allowed");
  const odd = world.call(preflight("//clients"), "198.51.100.1");
  assert.equal(codeOf(odd.received), "ambiguous_path");
});

Deno.test("a caller of HTTP/1.0 or one that wants to end gets its answer and its end", () => {
  using world = worldFor([PAGE]);
  const old = world.call(preflight("/clients").replace("1.1", "1.0"));
  assert.deepEqual(statusesOf(old.received), [204]);
  assert.equal(old.fate, "closed");
  const last = world.call(
    preflight("/clients").replace("Host: a", "Host: a\r\nConnection: close"),
  );
  assert.deepEqual(valuesOf(last.received, "Connection"), ["close"]);
  assert.equal(last.fate, "closed");
});

Deno.test("who may call follows the settings from the next request on", () => {
  using world = worldFor([PAGE]);
  const caller = world.call(asked(PAGE));
  world.edge.configure({ ...SETTINGS, corsOrigins: ["https://b"] });
  world.say(world.origin, OK);
  assert.deepEqual(said(caller.fresh()), FOR_PAGE);
  world.say(caller, asked(PAGE));
  world.say(world.origin, OK);
  assert.deepEqual(said(caller.fresh()), FOR_OTHERS);
});

Deno.test("a page of another site changes nothing where no key is asked for, unless it may", () => {
  const codes = (
    world: EdgeWorld,
    request: (line: string, ...fields: string[]) => string,
  ) =>
    ["POST /route", "DELETE /_opsen/keys/a", "GET /clients", "POST /proxied"]
      .map((line) => {
        const text = request(line, `Origin: ${PAGE}`, "Content-Length: 0");
        const { received } = world.call(text);
        return received === "" ? "passed on" : codeOf(received);
      });
  const from = (site: string) => (line: string, ...fields: string[]) =>
    head(line, `Sec-Fetch-Site: ${site}`, ...fields);
  const refused = ["cross_site", "cross_site", "passed on", "passed on"];
  const passed = refused.map(() => "passed on");
  const settings = { proxyEndpoints: ["/proxied"] };
  using off = new EdgeWorld({ settings });
  assert.deepEqual(codes(off, from("cross-site")), refused);
  assert.deepEqual(codes(off, from("same-origin")), passed);
  assert.deepEqual(codes(off, head), passed);
  using listed = worldFor([PAGE], settings);
  assert.deepEqual(codes(listed, from("cross-site")), passed);
  using others = worldFor(["https://other.example.com"], settings);
  assert.deepEqual(codes(others, from("cross-site")), refused);
  const keys: KeyBook = {
    isOpen: false,
    find: () => ({ kind: "unknown" }),
    isShutOut: () => false,
  };
  using closed = new EdgeWorld({ settings, keys });
  assert.deepEqual(codes(closed, from("cross-site")), passed);
});
