import assert from "node:assert/strict";
import { EdgeWorld, SETTINGS } from "./edge_world.ts";
import { codeOf, head, OK, post } from "./exchanges.ts";

/** How late a deadline may be noticed. */
const SWEEP_MS = 100;
const { readHeaderTimeoutMs, idleTimeoutMs, requestTimeoutMs } = SETTINGS;
const UPLOAD = head("POST /", "Content-Length: 9", "Content-Type: image/png");

/** Asserts that it happens at that time from now, and not before. */
function happensAfter(world: EdgeWorld, ms: number, has: () => boolean): void {
  world.pass(ms - SWEEP_MS);
  assert.ok(!has(), "too early");
  world.pass(2 * SWEEP_MS);
  assert.ok(has(), "too late");
}

Deno.test("a connection that says nothing is closed without a word", () => {
  using world = new EdgeWorld();
  const caller = world.call();
  happensAfter(world, readHeaderTimeoutMs, () => caller.fate === "closed");
  assert.equal(caller.received, "");
});

Deno.test("a head that drips is refused in time from its first octet, however it drips", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  world.say(world.origin, OK);
  caller.fresh();
  world.pass(60_000);
  world.say(caller, "GET / HT");
  world.pass(5_000);
  world.say(caller, "TP/1.1\r\nHo");
  happensAfter(world, readHeaderTimeoutMs - 5_000, () => {
    return caller.fate === "closed";
  });
  assert.equal(codeOf(caller.fresh()), "request_timeout");
});

Deno.test("a connection that waits for its next request is closed in time", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  world.say(world.origin, OK);
  happensAfter(world, idleTimeoutMs, () => caller.fate === "closed");
});

Deno.test("an origin that does not answer is given up, but not as long as the request streams", () => {
  using world = new EdgeWorld();
  const caller = world.call(UPLOAD);
  for (const octet of "12345678") {
    world.pass(requestTimeoutMs - 1_000);
    world.say(caller, octet);
  }
  world.pass(requestTimeoutMs - 1_000);
  world.say(caller, "9");
  happensAfter(world, requestTimeoutMs, () => caller.received !== "");
  assert.equal(codeOf(caller.received), "upstream_timeout");
  assert.equal(world.origin.fate, "aborted");
});

Deno.test("a request without a limit waits for its answer as long as it takes", () => {
  using world = new EdgeWorld({ settings: { requestTimeoutMs: 0 } });
  const caller = world.call(head("GET /"));
  world.leap(86_400_000);
  world.say(world.origin, OK);
  assert.ok(caller.received.endsWith("ok"));
});

Deno.test("interim responses do not stand for an answer", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  world.pass(requestTimeoutMs - 1_000);
  world.say(world.origin, "HTTP/1.1 102 Processing\r\n\r\n");
  caller.fresh();
  happensAfter(world, 1_000, () => caller.fresh() !== "");
});

Deno.test("a caller that stops in the middle of its request is refused", () => {
  using world = new EdgeWorld();
  const caller = world.call(`${UPLOAD}12`);
  happensAfter(world, requestTimeoutMs, () => caller.received !== "");
  assert.equal(codeOf(caller.received), "request_timeout");
  assert.equal(caller.fate, "closed");
  assert.equal(world.origin.fate, "aborted");
});

Deno.test("an origin that takes no more of a request is given up as such", () => {
  using world = new EdgeWorld();
  world.onConnection = (far) => far.room = 100;
  const caller = world.call(post("/", "x".repeat(5_000), "image/png"));
  world.pass(requestTimeoutMs + SWEEP_MS);
  assert.equal(codeOf(caller.received), "upstream_timeout");
});

Deno.test("a caller that stops after its origin has caught up is the one who is late", () => {
  using world = new EdgeWorld();
  world.onConnection = (far) => far.room = 400;
  const caller = world.call(`${UPLOAD.replace(": 9", ": 999")}`);
  world.say(caller, "x".repeat(500));
  assert.ok(caller.isHeldBack);
  world.grant(world.origin, 1_000);
  world.pass(requestTimeoutMs + SWEEP_MS);
  assert.equal(codeOf(caller.received), "request_timeout");
});

Deno.test("an origin that falls silent in its response is cut off", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  world.say(world.origin, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome");
  world.pass(idleTimeoutMs - 1_000);
  world.say(world.origin, "x");
  happensAfter(world, idleTimeoutMs, () => caller.fate !== "open");
  assert.ok(caller.received.endsWith("somex"));
  assert.equal(world.origin.fate, "aborted");
});

Deno.test("an origin that accepts no connection in time is given up", () => {
  using world = new EdgeWorld({ settings: { retries: 0 } });
  world.outcomes.set("10.0.0.1:80", "pending");
  const caller = world.call(head("GET /"));
  happensAfter(world, 5_000, () => caller.received !== "");
  assert.equal(codeOf(caller.received), "upstream_connect_timeout");
  assert.equal(world.origin.fate, "aborted");
});

Deno.test("a caller that takes nothing of its response is cut off, one that takes little is not", () => {
  const body = "x".repeat(5_000);
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  caller.room = 100;
  world.say(
    world.origin,
    `HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${body}`,
  );
  world.pass(SETTINGS.writeStallMs - 1_000);
  world.grant(caller, 10);
  happensAfter(world, SETTINGS.writeStallMs, () => caller.fate === "aborted");
  assert.equal(world.edge.load.connections, 0);
});

Deno.test("a caller that took its time and has everything now is left in peace", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  caller.room = 10;
  world.say(world.origin, OK);
  world.pass(SETTINGS.writeStallMs - 1_000);
  world.grant(caller, 1_000);
  world.pass(SETTINGS.writeStallMs + 1_000);
  assert.equal(caller.fate, "open");
});

Deno.test("connections to an origin that nobody uses are closed after a minute", () => {
  using world = new EdgeWorld();
  world.call(head("GET /"));
  world.call(head("GET /health"));
  for (const { far } of world.connections) world.say(far, OK);
  const fates = () => world.connections.map(({ far }) => far.fate);
  happensAfter(world, 60_000, () => fates().every((one) => one === "closed"));
});
