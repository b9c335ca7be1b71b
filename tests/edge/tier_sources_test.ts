import assert from "node:assert/strict";
import type { EdgeSettings } from "../../src/edge/settings.ts";
import { EdgeWorld } from "./edge_world.ts";
import { codeOf, head, post, problemOf } from "./exchanges.ts";

/** The tier that the balancer is asked for. */
function tierOf(request: string, settings: Partial<EdgeSettings> = {}): string {
  using world = new EdgeWorld({ settings });
  world.call(request);
  assert.equal(world.balancer.asks.length, 1);
  return world.balancer.asks[0]?.tier ?? "";
}

const JSON_BODY = '{"tier":"large"}';

Deno.test("body goes before query, query before field, field before default", () => {
  const query = "/?tier=medium";
  const field = "X-Tier: free";
  const type = "application/json";
  assert.equal(tierOf(post(query, JSON_BODY, type, field)), "large");
  assert.equal(tierOf(post(query, '{"a":1}', type, field)), "medium");
  assert.equal(tierOf(post(query, '{"tier":""}', type, field)), "medium");
  assert.equal(tierOf(post("/?tier=", "{}", type, field)), "free");
  assert.equal(tierOf(post("/", "{}", type, "X-Tier:")), "small");
});

Deno.test("bodies that can be JSON are looked at, whatever they call themselves", () => {
  const types = {
    "": "large",
    "text/plain;charset=UTF-8": "large",
    "APPLICATION/JSON": "large",
    "application/vnd.api+json; v=1": "large",
    "application/octet-stream": "small",
    "application/x-www-form-urlencoded": "small",
    "+json": "large",
    "json": "small",
  };
  for (const [type, tier] of Object.entries(types)) {
    assert.equal(tierOf(post("/", JSON_BODY, type)), tier, type);
  }
});

Deno.test("a body that is not JSON after all, such as a compressed one, names nothing and arrives unharmed", () => {
  const gzip = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab";
  using world = new EdgeWorld();
  world.call(post("/", gzip, "application/json", "Content-Encoding: gzip"));
  assert.equal(world.balancer.asks[0]?.tier, "small");
  assert.ok(world.origin.received.endsWith(`\r\n\r\n${gzip}`));
});

Deno.test("in the query the configured name goes before tier, and the first that says something wins", () => {
  const named = { tierFieldName: "size" };
  const tiers = {
    "/?tier=medium&size=large": "large",
    "/?tier=medium&tier=large": "medium",
    "/?size=&tier=medium": "medium",
    "/?a&b=c&ti%65r=gpu%2Dinference": "gpu-inference",
    "/?tier=a+b": "a b",
    "/?tier=%zz": "%zz",
    "/tier=x?": "small",
  };
  for (const [target, tier] of Object.entries(tiers)) {
    assert.equal(tierOf(head(`GET ${target}`), named), tier, target);
  }
});

Deno.test("the query of an absolute target counts, a question mark elsewhere does not", () => {
  const target = "GET http://b/x?tier=large";
  assert.equal(tierOf(head(target, "X-Q: ?tier=free")), "large");
  assert.equal(tierOf(head("GET /x", "X-Q: ?tier=free")), "small");
});

Deno.test("without names for it no body is looked at, nor a field", () => {
  const settings = { tierFieldName: "", tierHeader: "" };
  assert.equal(
    tierOf(post("/", JSON_BODY, "", "X-Tier: free"), settings),
    "small",
  );
});

Deno.test("the tier is the same however the octets of head and body arrive", () => {
  const chunked = head("POST /?tier=free", "Transfer-Encoding: chunked") +
    '9;x=y\r\n{"a":[1],\r\n15\r\n"b":{"tier":"free"},"\r\n10\r\ntier":"large"}  \r\n0\r\n\r\n';
  const length = post("/?tier=free", '{"a":"\\"","t\\u0069er" : "large"}');
  for (const request of [chunked, length]) {
    for (let cut = 1; cut < request.length; cut++) {
      using world = new EdgeWorld();
      const caller = world.call(request.slice(0, cut));
      world.say(caller, request.slice(cut));
      assert.equal(world.balancer.asks[0]?.tier, "large", `cut at ${cut}`);
      assert.ok(world.origin.received.includes("large"));
    }
  }
});

Deno.test("the search ends with the field, and the rest of the body streams", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("POST /", "Content-Length: 5000"));
  world.say(caller, '{"tier":"large","client_lat":1,"client_lon":2}');
  assert.equal(world.balancer.asks.length, 1);
  assert.ok(world.origin.received.endsWith('"client_lon":2}'));
});

Deno.test("no more of a body is held than tier_peek_bytes, and what comes later names nothing", () => {
  using world = new EdgeWorld({ settings: { tierPeekBytes: 16 } });
  const caller = world.call(head("POST /", "Content-Length: 5000"));
  world.say(caller, '{"aaaaaaaaa":1');
  assert.equal(world.balancer.asks.length, 0);
  world.say(caller, ',"tier":"large"');
  assert.equal(world.balancer.asks[0]?.tier, "small");
  assert.ok(world.origin.received.endsWith('{"aaaaaaaaa":1,"tier":"large"'));
  assert.equal(tierOf(post("/", JSON_BODY), { tierPeekBytes: 0 }), "small");
  assert.equal(tierOf(post("/", JSON_BODY), { tierPeekBytes: 16 }), "large");
});

Deno.test("a large body streams on after the search", () => {
  using world = new EdgeWorld();
  const body = `${JSON_BODY}${" ".repeat(900_000)}`;
  world.call(post("/", body));
  assert.equal(world.balancer.asks[0]?.tier, "large");
  assert.ok(world.origin.received.endsWith(`\r\n\r\n${body}`));
});

Deno.test("the body of a caller that waits for 100 (Continue) is not waited for", () => {
  const request = head(
    "POST /?tier=free",
    `Content-Length: ${JSON_BODY.length}`,
    "Expect: 100-continue",
  );
  assert.equal(tierOf(request), "free");
  assert.equal(tierOf(request + JSON_BODY), "free");
});

Deno.test("a caller that is silent while its body is searched is refused in time", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("POST /", "Content-Length: 50"));
  world.say(caller, '{"a":');
  world.pass(61_000);
  assert.equal(codeOf(caller.received), "request_timeout");
  assert.equal(world.connections.length, 0);
});

Deno.test("a body that is malformed while it is searched is refused", () => {
  using world = new EdgeWorld();
  const caller = world.call(
    head("POST /", "Transfer-Encoding: chunked") + "2\r\nabX",
  );
  assert.equal(codeOf(caller.received), "bad_chunk");
  assert.equal(world.connections.length, 0);
});

Deno.test("an unknown tier and none at all are refused with their names", () => {
  using world = new EdgeWorld({ settings: { defaultTier: "" } });
  const unknown = world.call(head("GET /?tier=huge"));
  assert.equal(problemOf(unknown.received).detail, "Unknown tier: huge");
  const none = world.call(head("GET /"));
  assert.equal(codeOf(none.received), "unknown_tier");
  assert.equal(problemOf(none.received).detail, "The request names no tier");
});
