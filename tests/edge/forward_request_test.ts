import assert from "node:assert/strict";
import { ADMIN_PORT, API, EdgeWorld } from "./edge_world.ts";
import { forwarded, head, valuesOf } from "./exchanges.ts";

const ID = "m0izyamp-1";

Deno.test("a head goes on octet by octet, followed by what is said of caller and proxy", () => {
  using world = new EdgeWorld();
  assert.equal(
    forwarded(
      world,
      "GET /a%2F../b?c=%20&&d HTTP/1.1\r\nhOST:\ta.example:8080  \r\nX-Odd: \xe9 a,  b \r\nX-Empty:\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
    ),
    "GET /a%2F../b?c=%20&&d HTTP/1.1\r\nhOST:\ta.example:8080  \r\nX-Odd: \xe9 a,  b \r\nX-Empty:\r\nCookie: a=1\r\nCookie: b=2\r\n" +
      "Via: 1.1 opsen\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example:8080\r\n" +
      `Forwarded: for=192.0.2.7;proto=http;host="a.example:8080"\r\nX-Request-ID: ${ID}\r\n\r\n`,
  );
});

Deno.test("what ends at a proxy is not sent on, nor what Connection names", () => {
  using world = new EdgeWorld();
  const got = forwarded(
    world,
    head(
      "GET /",
      "Connection: close, X-Mine , x-other",
      "X-Mine: 1",
      "X-OTHER: 2",
      "X-Kept: 3",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "TE: gzip",
      "Upgrade: websocket",
      "HTTP2-Settings: AAMA",
    ),
  );
  const gone =
    /^(connection|x-mine|x-other|keep-alive|proxy-connection|te|upgrade|http2-settings):/im;
  assert.doesNotMatch(got, gone);
  assert.deepEqual(valuesOf(got, "X-Kept"), ["3"]);
});

Deno.test("a caller that takes trailers is announced as one", () => {
  using world = new EdgeWorld();
  const got = forwarded(world, head("GET /", "TE: deflate, trailers"));
  assert.deepEqual(valuesOf(got, "TE"), ["trailers"]);
  assert.deepEqual(valuesOf(got, "Connection"), ["TE"]);
});

Deno.test("what only underscores tell from our own fields is dropped, whoever sends it", () => {
  const forged = [
    "X_Forwarded_For",
    "X-Forwarded_For",
    "x_forwarded-for",
    "X_Real_IP",
    "X-Real_IP",
    "X_Request_ID",
    "X_Opsen_Backend",
    "Opsen_Caller",
  ];
  for (const trustedProxies of [[], ["192.0.2.7"]]) {
    using world = new EdgeWorld({ settings: { trustedProxies } });
    const fields = forged.map((name) => `${name}: 203.0.113.9`);
    const got = forwarded(world, head("GET /", ...fields, "X_Mine: 1"));
    for (const name of forged) assert.deepEqual(valuesOf(got, name), [], name);
    assert.deepEqual(valuesOf(got, "X_Mine"), ["1"]);
  }
});

Deno.test("an untrusted caller's words about callers, ids and our own fields are dropped", () => {
  using world = new EdgeWorld();
  const claims = [
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-Prefix",
    "X-Forwarded-Ssl",
    "X-Forwarded-Scheme",
    "X-Real-IP",
    "Forwarded",
    "X-Request-ID",
    "X-Opsen-Backend",
    "X-Opsen-GPU",
    "Opsen-Caller",
  ];
  const got = forwarded(
    world,
    head("GET /", ...claims.map((name) => `${name}: forged`), "Via: 1.0 x"),
  );
  assert.doesNotMatch(got, /forged/);
  assert.deepEqual(valuesOf(got, "Via"), ["1.0 x", "1.1 opsen"]);
  assert.deepEqual(valuesOf(got, "X-Forwarded-For"), ["192.0.2.7"]);
  assert.deepEqual(valuesOf(got, "X-Request-ID"), [ID]);
});

Deno.test("a trusted proxy's words are kept and ours appended", () => {
  using world = new EdgeWorld({
    settings: { trustedProxies: ["192.0.2.0/24"] },
  });
  const got = forwarded(
    world,
    head(
      "GET /",
      "X-Forwarded-For: 10.1.1.1",
      "X-Forwarded-For:",
      "X-Forwarded-For: 10.1.1.2, 10.1.1.3",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: outside",
      "X-Forwarded-Port: 8443",
      "X-Real-IP: 10.1.1.1",
      "Forwarded: for=10.1.1.1",
      "X-Request-ID: abc-1",
      "Opsen-Caller: 10.9.9.9",
    ),
  );
  assert.deepEqual(valuesOf(got, "X-Forwarded-For"), [
    "10.1.1.1, 10.1.1.2, 10.1.1.3, 192.0.2.7",
  ]);
  assert.deepEqual(valuesOf(got, "X-Forwarded-Proto"), ["https"]);
  assert.deepEqual(valuesOf(got, "X-Forwarded-Host"), ["outside"]);
  assert.deepEqual(valuesOf(got, "X-Forwarded-Port"), ["8443"]);
  assert.deepEqual(valuesOf(got, "X-Real-IP"), ["10.1.1.1"]);
  assert.deepEqual(valuesOf(got, "Forwarded"), [
    'for=10.1.1.1, for=192.0.2.7;proto=http;host="a"',
  ]);
  assert.deepEqual(valuesOf(got, "X-Request-ID"), ["abc-1"]);
  assert.deepEqual(valuesOf(got, "Opsen-Caller"), []);
});

Deno.test("a trusted proxy that says nothing gets our words", () => {
  using world = new EdgeWorld({ settings: { trustedProxies: ["192.0.2.7"] } });
  const got = forwarded(world, head("GET /"));
  assert.deepEqual(valuesOf(got, "X-Forwarded-For"), ["192.0.2.7"]);
  assert.deepEqual(valuesOf(got, "X-Forwarded-Proto"), ["http"]);
  assert.deepEqual(valuesOf(got, "X-Forwarded-Host"), ["a"]);
  assert.deepEqual(valuesOf(got, "Forwarded"), [
    'for=192.0.2.7;proto=http;host="a"',
  ]);
});

Deno.test("an id is taken from a trusted proxy only when it is one", () => {
  for (const id of ["", "a b", "x".repeat(129), "\xe9"]) {
    using world = new EdgeWorld({
      settings: { trustedProxies: ["192.0.2.7"] },
    });
    const got = forwarded(world, head("GET /", `X-Request-ID: ${id}`));
    assert.deepEqual(valuesOf(got, "X-Request-ID"), [ID]);
  }
  using world = new EdgeWorld({ settings: { trustedProxies: ["192.0.2.7"] } });
  const id = "x".repeat(128);
  const got = forwarded(world, head("GET /", `X-Request-ID: ${id}`));
  assert.deepEqual(valuesOf(got, "X-Request-ID"), [id]);
});

Deno.test("ids that are made count on", () => {
  using world = new EdgeWorld();
  const ids = [1, 2, 3].map(() => {
    const got = forwarded(world, head("GET /"));
    return valuesOf(got, "X-Request-ID")[0] ?? "";
  });
  assert.deepEqual(ids, [1, 2, 3].map((n) => `m0izyamp-${n}`));
});

Deno.test("an IPv6 address is bracketed and quoted in Forwarded alone", () => {
  using world = new EdgeWorld();
  world.call(head("GET /"), "2001:db8::7");
  const got = world.origin.received;
  assert.deepEqual(valuesOf(got, "X-Forwarded-For"), ["2001:db8::7"]);
  assert.deepEqual(valuesOf(got, "Forwarded"), [
    'for="[2001:db8::7]";proto=http;host="a"',
  ]);
});

Deno.test("a caller over TLS is said to speak https", () => {
  using world = new EdgeWorld({ isTls: true });
  const got = forwarded(world, head("GET /"));
  assert.deepEqual(valuesOf(got, "X-Forwarded-Proto"), ["https"]);
  assert.match(valuesOf(got, "Forwarded")[0] ?? "", /;proto=https;/);
});

Deno.test("an absolute target becomes a path, and its authority the host", () => {
  const paths = {
    "http://b.example:81/x?y": "/x?y",
    "http://b.example:81": "/",
    "http://b.example:81?y": "/?y",
  };
  for (const [target, path] of Object.entries(paths)) {
    using world = new EdgeWorld();
    const got = forwarded(world, head(`GET ${target}`));
    assert.ok(got.startsWith(`GET ${path} HTTP/1.1\r\n`), got);
    assert.deepEqual(valuesOf(got, "Host"), ["b.example:81"]);
    assert.deepEqual(valuesOf(got, "X-Forwarded-Host"), ["b.example:81"]);
  }
});

Deno.test("the largest host there can be is repeated wherever hosts are", () => {
  const host = "a".repeat(512);
  for (const trustedProxies of [[], ["192.0.2.7"]]) {
    using world = new EdgeWorld({ settings: { trustedProxies } });
    const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const got = forwarded(world, request);
    assert.deepEqual(valuesOf(got, "Host"), [host]);
    assert.deepEqual(valuesOf(got, "X-Forwarded-Host"), [host]);
    assert.ok(valuesOf(got, "Forwarded")[0]?.endsWith(`;host="${host}"`));
    assert.ok(got.endsWith("\r\n\r\n"));
  }
});

Deno.test("the path of a backend's URL is put before the path of the request", () => {
  const backends = [{ endpoint: "http://10.0.0.1/base/" }];
  const targets = {
    "GET /x": "GET /base/x",
    "GET http://b/": "GET /base/",
    "GET http://b?q": "GET /base/?q",
  };
  for (const [line, expected] of Object.entries(targets)) {
    using world = new EdgeWorld({ backends });
    world.call(head(line));
    assert.ok(world.origin.received.startsWith(`${expected} HTTP/1.1\r\n`));
  }
});

Deno.test("HTTP/1.0 goes on as HTTP/1.1, without a host with the backend's own", () => {
  using world = new EdgeWorld({
    backends: [{ endpoint: "http://10.0.0.1:8080" }],
  });
  const got = forwarded(
    world,
    "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
  );
  assert.ok(got.startsWith("GET / HTTP/1.1\r\nHost: 10.0.0.1:8080\r\n"), got);
  assert.deepEqual(valuesOf(got, "X-Forwarded-Host"), ["10.0.0.1:8080"]);
  assert.deepEqual(valuesOf(got, "Expect"), []);
});

Deno.test("the API is told who called and how, and nothing of proxies but what a trusted one says of its caller's scheme", () => {
  using world = new EdgeWorld({ settings: { trustedProxies: ["192.0.2.7"] } });
  world.call(
    head(
      "GET /health",
      "X-Forwarded-For: 10.1.1.1",
      "X-Forwarded-Proto: https",
      "Opsen-Caller: forged",
      "X-Request-ID: abc",
    ),
  );
  assert.deepEqual(world.places, [API]);
  assert.equal(
    world.origin.received,
    "GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nOpsen-Caller: 10.1.1.1\r\nX-Forwarded-Proto: http\r\nX-Request-ID: abc\r\n\r\n",
  );
});

Deno.test("what comes to the address of the management paths goes to the API, whatever its path", () => {
  using world = new EdgeWorld();
  world.call(head("GET /anything"), "192.0.2.7", ADMIN_PORT);
  assert.deepEqual(world.places, [API]);
});

Deno.test("paths that are not proxied go to the API", () => {
  using world = new EdgeWorld({ settings: { proxyEndpoints: ["/api"] } });
  world.call(head("GET /api/x"));
  world.call(head("GET /other"));
  assert.deepEqual(world.places, ["10.0.0.1:80", API]);
});

Deno.test("a star is no path, so it goes to the API as it is", () => {
  using world = new EdgeWorld({ settings: { proxyEndpoints: ["/api"] } });
  assert.ok(forwarded(world, head("OPTIONS *")).startsWith("OPTIONS * HTTP/"));
  assert.deepEqual(world.places, [API]);
});
