import assert from "node:assert/strict";
import { tiersOf } from "../engine/fleets.ts";
import { API, CALLER_IP, EdgeWorld } from "./edge_world.ts";
import {
  answered,
  codeOf,
  head,
  OK,
  post,
  statusesOf,
  valuesOf,
} from "./exchanges.ts";

const GREETING = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

Deno.test("a proxied request is told with its way and its times", async () => {
  using world = new EdgeWorld();
  const at = world.clock.monotonicMs();
  world.outcomes.set("10.0.0.1:80", "pending");
  const caller = world.call(
    head("GET /a/b?key=sesame", "X-Tier: small", "X-Session: s1"),
  );
  await world.turn();
  world.pass(30);
  world.conclude(world.origin, "connected");
  world.pass(50);
  world.say(world.origin, GREETING.slice(0, -2));
  world.pass(70);
  assert.deepEqual(world.traffic.requests, []);
  world.say(world.origin, "lo");
  const [requestId] = valuesOf(caller.received, "X-Request-ID");
  assert.deepEqual(world.traffic.requests, [{
    requestId,
    kind: "proxied",
    callerIp: CALLER_IP,
    method: "GET",
    target: "/a/b?…",
    status: 200,
    code: undefined,
    isApiProblem: false,
    end: "complete",
    tier: "small",
    backendId: "b1",
    stickiness: "assigned",
    attempts: 1,
    startedAt: at,
    decidedAt: at,
    connectedAt: at + 30,
    isReused: false,
    answeredAt: at + 80,
    endedAt: at + 150,
    bytesIn: 0,
    bytesOut: 5,
    span: undefined,
  }]);
});

Deno.test("a request that needs no more than the one before says nothing of it", () => {
  using world = new EdgeWorld();
  const caller = answered(world, GREETING, post("/a?x", "0123456789", ""));
  world.say(caller, head("GET /"));
  world.say(world.origin, "HTTP/1.1 204 No Content\r\n\r\n");
  const [first, second] = world.traffic.requests;
  assert.deepEqual(
    [first?.bytesIn, first?.bytesOut, first?.isReused, first?.target],
    [10, 5, false, "/a?…"],
  );
  assert.deepEqual(
    [second?.bytesIn, second?.bytesOut, second?.isReused, second?.target],
    [0, 0, true, "/"],
  );
  assert.equal(second?.stickiness, undefined);
  assert.notEqual(first?.requestId, second?.requestId);
  world.say(caller, post("/", "0123456789", ""));
  world.say(world.origin, OK);
  world.say(caller, head("GET /?tier=nothing"));
  const { kind, bytesIn, tier, backendId, attempts, decidedAt, answeredAt } =
    world.traffic.last;
  assert.deepEqual(
    { kind, bytesIn, tier, backendId, attempts, decidedAt, answeredAt },
    {
      ...{ kind: "refused", bytesIn: 0, tier: undefined, backendId: undefined },
      ...{ attempts: 0, decidedAt: undefined, answeredAt: undefined },
    },
  );
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  const { status, code, bytesOut } = world.traffic.last;
  assert.deepEqual([status, code, bytesOut], [200, undefined, 2]);
});

Deno.test("bodies count without their framing, also those that were looked into first", () => {
  const bodies = [
    [
      "Transfer-Encoding: chunked",
      "1\r\n{\r\n1;x=y\r\n}\r\n0\r\nA: b\r\n\r\n",
    ],
    ["Content-Length: 2", "{}"],
  ] as const;
  const responses = [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nabc",
    "HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nabc",
  ];
  for (const [field, body] of bodies) {
    for (const response of responses) {
      using world = new EdgeWorld();
      world.call(
        head("POST /", "Content-Type: application/json", field) + body,
      );
      world.say(world.origin, response);
      world.end(world.origin);
      const { bytesIn, bytesOut, end } = world.traffic.last;
      assert.deepEqual([bytesIn, bytesOut, end], [2, 3, "complete"]);
    }
  }
  using world = new EdgeWorld();
  answered(
    world,
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    head("HEAD /"),
  );
  assert.deepEqual([world.traffic.last.bytesOut, world.traffic.last.method], [
    0,
    "HEAD",
  ]);
});

Deno.test("the backend that had it last is told, and how many were tried", () => {
  using world = new EdgeWorld({ backends: [{}, {}] });
  world.outcomes.set("10.0.0.1:80", "refused");
  const caller = world.call(head("GET /"));
  world.say(world.origin, OK);
  assert.deepEqual(statusesOf(caller.received), [200]);
  const { backendId, attempts, status, code } = world.traffic.last;
  assert.deepEqual([backendId, attempts, status, code], [
    "b2",
    2,
    200,
    undefined,
  ]);
});

Deno.test("a request that is sent again over a fresh connection is one, to one backend", () => {
  using world = new EdgeWorld();
  const caller = answered(world, OK);
  const waited = world.origin;
  world.say(caller, head("GET /again"));
  world.reset(waited);
  world.say(world.origin, OK);
  assert.equal(world.traffic.requests.length, 2);
  const { attempts, isReused, target } = world.traffic.last;
  assert.deepEqual([attempts, isReused, target], [1, false, "/again"]);
});

Deno.test("a connection that was lost counts for nothing where the next one can't be had", () => {
  using world = new EdgeWorld();
  const caller = answered(world, OK);
  const waited = world.origin;
  world.say(caller, head("GET /again"));
  world.outcomes.set("10.0.0.1:80", "refused");
  world.reset(waited);
  assert.deepEqual(statusesOf(caller.received), [200, 502]);
  const { connectedAt, isReused, code } = world.traffic.last;
  assert.deepEqual([connectedAt, isReused, code], [
    undefined,
    false,
    "upstream_unreachable",
  ]);
});

Deno.test("what the API answers is told as its own, over its socket and without", () => {
  const problem = { "content-type": "application/problem+json" };
  using world = new EdgeWorld({
    local: () => ({ status: 503, fields: problem, body: "größer" }),
  });
  answered(world, OK, head("GET /health?verbose=1"));
  world.call(post("/route", "{}"));
  assert.deepEqual(world.places, [API]);
  const told = world.traffic.requests.map((
    {
      kind,
      target,
      status,
      code,
      backendId,
      tier,
      attempts,
      bytesIn,
      bytesOut,
    },
  ) => ({
    ...{ kind, target, status, code, backendId, tier, attempts },
    ...{ bytesIn, bytesOut },
  }));
  const none = { code: undefined, backendId: undefined, tier: undefined };
  assert.deepEqual(told, [
    {
      ...none,
      ...{ kind: "api", target: "/health?…", status: 200, attempts: 0 },
      ...{ bytesIn: 0, bytesOut: 2 },
    },
    {
      ...none,
      ...{ kind: "api", target: "/route", status: 503, attempts: 0 },
      ...{ bytesIn: 2, bytesOut: 8 },
    },
  ]);
});

Deno.test("a refusal is told with its code and what it says, and with the tier where there is such a tier", () => {
  using world = new EdgeWorld({
    backends: [],
    settings: { blockedAddresses: ["203.0.113.0/24"], bodyBytesMax: 3 },
  });
  const cases = [
    [head("GET /"), "no_capacity", 503, "small"],
    [head("GET /?tier=nothing"), "unknown_tier", 400, undefined],
    [head("TRACE /"), "method_not_allowed", 405, undefined],
    [post("/", "four"), "body_too_large", 413, undefined],
    [head("GET /", `X-Session: ${"x".repeat(2000)}`), "invalid_sticky_id", 400],
  ] as const;
  for (const [request, code, status, tier] of cases) {
    const { received } = world.call(request);
    assert.equal(codeOf(received), code);
    const { last } = world.traffic;
    assert.deepEqual(
      [last.kind, last.code, last.status, last.tier, last.end],
      ["refused", code, status, tier, "complete"],
    );
    const [length] = valuesOf(received, "Content-Length");
    assert.equal(last.bytesOut, Number(length));
    assert.equal(last.backendId, undefined);
  }
  assert.equal(world.traffic.requests[3]?.bytesIn, 4);
});

Deno.test("a backend that fails a request is told with the code of what was answered instead", () => {
  const cases = [
    ["nonsense\r\n\r\n", "upstream_malformed"],
    ["", "upstream_closed"],
  ] as const;
  for (const [response, code] of cases) {
    using world = new EdgeWorld();
    const caller = world.call(head("POST /"));
    world.say(world.origin, response);
    world.end(world.origin);
    assert.equal(codeOf(caller.received), code);
    const { last } = world.traffic;
    assert.deepEqual(
      [last.kind, last.code, last.status, last.backendId, last.answeredAt],
      ["proxied", code, 502, "b1", undefined],
    );
  }
});

Deno.test("a preflight that is answered here is no refusal", () => {
  using world = new EdgeWorld({
    backends: [],
    settings: { corsOrigins: ["https://a.example"] },
  });
  const ask = (target: string) =>
    head(
      `OPTIONS ${target}`,
      "Origin: https://a.example",
      "Access-Control-Request-Method: POST",
    );
  world.call(ask("/work"));
  world.call(ask("/route"));
  const told = world.traffic.requests.map(({ kind, status, code }) =>
    [kind, status, code].join(" ")
  );
  assert.deepEqual(told, ["refused 204 ", "api 204 "]);
});

Deno.test("a head that is no request is told as a refusal without method and target", () => {
  using world = new EdgeWorld({
    settings: { trustedProxies: ["192.0.2.0/24"] },
  });
  const first = head("GET /first", "X-Forwarded-For: 198.51.100.1");
  const caller = answered(world, OK, first);
  world.say(caller, "GET /\x01 HTTP/1.1\r\n\r\n");
  world.call("GET / HTTP/1.1\r\nHos");
  world.pass(10_100);
  const told = world.traffic.requests.map((
    { kind, method, target, status, code, callerIp, end, bytesOut },
  ) => [kind, method, target, status, code, callerIp, end, bytesOut > 100]);
  assert.deepEqual(told.slice(1), [
    ["refused", "", "", 400, "bad_target", CALLER_IP, "complete", true],
    ["refused", "", "", 408, "request_timeout", CALLER_IP, "complete", true],
  ]);
  assert.equal(told[0]?.[5], "198.51.100.1");
});

Deno.test("a path that is too long is cut, and no query is told", () => {
  const long = "x".repeat(1_000);
  const cases = [
    [`GET /${long}?${long}`, "GET", `/${"x".repeat(479)}…`],
    [`GET /${"y".repeat(479)}?q`, "GET", `/${"y".repeat(479)}?…`],
    [`GET /${"z".repeat(479)}`, "GET", `/${"z".repeat(479)}`],
    ["GET /?", "GET", "/?…"],
    ["GET http://user-and-key.example/x?y", "GET", "/x?…"],
    ["OPTIONS *", "OPTIONS", "*"],
    [`${"M".repeat(32)} /`, "M".repeat(32), "/"],
  ] as const;
  for (const [line, method, target] of cases) {
    using world = new EdgeWorld();
    answered(world, OK, head(line));
    assert.deepEqual([world.traffic.last.method, world.traffic.last.target], [
      method,
      target,
    ]);
  }
});

Deno.test("each decision is told once, and a refusal that goes on to wait not before the wait is over", async () => {
  const tiers = tiersOf([["card", 1, 1, 5, 1, 16]]);
  const queue = { lengthMax: 1, waitMsMax: 5_000 };
  using world = new EdgeWorld({ gpus: 1, balancer: { tiers, queue } });
  const ask = head("GET /?tier=card");
  world.call(ask);
  const taken = world.origin;
  world.call(ask);
  world.call(ask);
  const kinds = () =>
    world.traffic.decisions.map(({ kind, waitedMs }) => [kind, waitedMs]);
  assert.deepEqual(kinds(), [["placed", undefined], ["refused", undefined]]);
  world.pass(700);
  world.say(taken, OK);
  await world.turn();
  assert.deepEqual(kinds().slice(2), [["placed", 700]]);
  world.say(world.origin, OK);
  const { startedAt, decidedAt = 0, tier } = world.traffic.last;
  assert.deepEqual([decidedAt - startedAt, tier], [700, "card"]);
  const { tookMs, source } = world.traffic.decisions[0]!;
  assert.deepEqual([tookMs, source], [0, "proxy"]);
  assert.equal(world.traffic.requests[0]?.code, "no_capacity");
});

Deno.test("a decision says how long the engine took", () => {
  using world = new EdgeWorld();
  const place = world.balancer.place.bind(world.balancer);
  world.balancer.place = (ask, now) => {
    world.clock.advance(3);
    return place(ask, now);
  };
  answered(world, OK);
  assert.deepEqual(world.traffic.decisions.map(({ tookMs }) => tookMs), [3]);
});

Deno.test("an observer that throws fails nobody's request", () => {
  using world = new EdgeWorld();
  world.traffic.onEnded = () => {
    throw new Error("a fault");
  };
  const caller = answered(world, OK);
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  assert.deepEqual(statusesOf(caller.received), [200, 200]);
  assert.equal(world.logger.messages("error").length, 2);
});
