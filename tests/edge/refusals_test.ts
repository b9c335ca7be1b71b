import assert from "node:assert/strict";
import { refusalAnswer, statusOf } from "../../src/edge/refusals.ts";
import { REQUEST_REFUSALS } from "../../src/http1/refusal.ts";
import { textOf } from "../../src/http1/octets.ts";
import { emptyTally } from "../../src/engine/decision.ts";
import { OPTIONS } from "../engine/fleets.ts";
import { EdgeWorld } from "./edge_world.ts";
import { codeOf, head, OK, post, problemOf, valuesOf } from "./exchanges.ts";

const NOBODY = emptyTally();

Deno.test("a refusal says the same in its status, its problem body and its fields", () => {
  const { octets: bytes } = refusalAnswer("no_capacity", "id-1", {
    keepAlive: true,
    isHead: false,
    extras: { retryAfterSeconds: 15, detail: "None at all" },
  });
  const text = textOf(bytes, 0, bytes.length);
  assert.deepEqual(problemOf(text), {
    type: "urn:opsen:problem:no_capacity",
    title: "No capacity",
    status: 503,
    detail: "None at all",
    code: "no_capacity",
    request_id: "id-1",
  });
  assert.deepEqual(valuesOf(text, "Retry-After"), ["15"]);
  assert.deepEqual(valuesOf(text, "Connection"), []);
});

Deno.test("every code of the codec has the codec's status and words of its own", () => {
  const details = Object.entries(REQUEST_REFUSALS).map(([code, status]) => {
    const known = code as keyof typeof REQUEST_REFUSALS;
    assert.equal(statusOf(known), status);
    const options = { keepAlive: false, isHead: false };
    const { octets: bytes } = refusalAnswer(known, "x", options);
    const problem = problemOf(textOf(bytes, 0, bytes.length));
    assert.equal(problem.code, code);
    assert.notEqual(problem.title, "Error");
    return problem.detail;
  });
  assert.equal(new Set(details).size, details.length);
});

Deno.test("a length counts octets, not characters", () => {
  const { octets: bytes } = refusalAnswer("unknown_tier", "x", {
    keepAlive: false,
    isHead: false,
    extras: { detail: "Unknown tier: größer" },
  });
  const problem = problemOf(textOf(bytes, 0, bytes.length));
  assert.equal(problem.code, "unknown_tier");
});

Deno.test("HEAD is refused without a body, and its connection goes on", () => {
  using world = new EdgeWorld({ backends: [] });
  const caller = world.call(head("HEAD /"));
  assert.match(caller.received, /^HTTP\/1\.1 503 /);
  assert.ok(caller.received.endsWith("\r\n\r\n"));
  caller.fresh();
  world.say(caller, head("GET /"));
  assert.equal(codeOf(caller.fresh()), "no_capacity");
});

Deno.test("what is malformed is refused with its code, and the connection ends", () => {
  const requests = {
    "GET /\r\n\r\n": "bad_version",
    "\tGET / HTTP/1.1\r\n\r\n": "bad_request_line",
    "GET / HTTP/1.1\r\n\r\n": "bad_host",
    "GET / HTTP/2.0\r\nHost: a\r\n\r\n": "version_not_supported",
    "GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n": "bad_field",
    [head("POST /", "Content-Length: x")]: "bad_content_length",
    [head("POST /", "Content-Length: 1", "Transfer-Encoding: chunked")]:
      "bad_transfer_encoding",
    [head("GET /", `X: ${"x".repeat(70_000)}`)]: "head_too_large",
    [head("CONNECT a:1")]: "method_not_allowed",
  };
  for (const [request, code] of Object.entries(requests)) {
    using world = new EdgeWorld();
    const caller = world.call(request);
    assert.equal(codeOf(caller.received), code, request.slice(0, 50));
    assert.deepEqual(valuesOf(caller.received, "Connection"), ["close"]);
    assert.equal(caller.fate, "closed");
    assert.equal(world.connections.length, 0);
  }
});

Deno.test("TRACE is refused with the methods that are not", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("TRACE /"));
  assert.equal(codeOf(caller.received), "method_not_allowed");
  assert.match(valuesOf(caller.received, "Allow")[0] ?? "", /GET.*OPTIONS/);
  assert.equal(caller.fate, "closed");
});

Deno.test("without room the tally says why, and when to ask again", () => {
  using world = new EdgeWorld({ backends: [{}, {}] });
  const caller = world.call(head("GET /?tier=gpu-inference"));
  const problem = problemOf(caller.received);
  assert.equal(problem.code, "no_capacity");
  assert.equal(problem.fleet_size, 2);
  assert.equal(problem.tally?.["gpu_count"], 2);
  assert.equal(caller.fate, "open");
});

Deno.test("without room the answer names the backend that lacks least, and when a card will be free", async () => {
  using world = new EdgeWorld({ backends: [{}, {}], gpus: 1 });
  const ask = (session: string) =>
    world.call(head("GET /?tier=gpu-inference", `X-Session: ${session}`));
  ask("s1");
  world.pass(2_500);
  ask("s2");
  await world.turn();
  const { received } = ask("s3");
  const { nearest, retry_after_ms, queue } = problemOf(received);
  assert.deepEqual(nearest, {
    client_id: "b1",
    lacks: "gpu_memory",
    short_by: 8,
    unit: "GB",
  });
  assert.equal(queue, undefined);
  const leaseEndsMs = OPTIONS.holdMs - 2_500;
  assert.ok(retry_after_ms !== undefined && retry_after_ms <= leaseEndsMs);
  const seconds = Math.ceil(retry_after_ms / 1_000);
  assert.deepEqual(valuesOf(received, "Retry-After"), [`${seconds}`]);
});

Deno.test("it is never said to ask again at once", () => {
  const { octets: bytes } = refusalAnswer("no_capacity", "x", {
    keepAlive: true,
    isHead: false,
    extras: {
      capacity: {
        refused: {
          kind: "refused",
          tally: { ...NOBODY },
          fleetSize: 0,
          nearest: undefined,
          retryAfterMs: 0.2,
        },
        queue: undefined,
      },
    },
  });
  const text = textOf(bytes, 0, bytes.length);
  assert.deepEqual(valuesOf(text, "Retry-After"), ["1"]);
  assert.equal(problemOf(text).retry_after_ms, 1);
});

Deno.test("after a refusal without body the connection serves on, after one with a body it ends", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /?tier=none"));
  world.say(caller, head("GET /"));
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
  const other = world.call(post("/", '{"tier":"none"}'));
  assert.equal(codeOf(other.received), "unknown_tier");
  assert.deepEqual(valuesOf(other.received, "Connection"), ["close"]);
  assert.equal(other.fate, "closed");
});

Deno.test("refusals are for developers' logs, with the caller's address", () => {
  using world = new EdgeWorld({ backends: [] });
  world.call(head("GET /"));
  const line = world.logger.lines.find(({ level }) => level === "debug");
  assert.equal(line?.data["code"], "no_capacity");
  assert.equal(line?.data["caller"], "192.0.2.7");
});

Deno.test("that no backend has room is said to operators now and then, with how many requests it met", () => {
  using world = new EdgeWorld({ backends: [] });
  for (let i = 0; i < 3; i++) world.call(head("GET /"));
  world.pass(10_001);
  world.call(head("GET /"));
  const said = world.logger.lines.filter(({ level }) => level === "warn");
  assert.deepEqual(said.map(({ data }) => data["requests"]), [1, 3]);
  assert.deepEqual(said[0]?.data, {
    requests: 1,
    tier: "small",
    fleetSize: 0,
    tally: {},
  });
});
