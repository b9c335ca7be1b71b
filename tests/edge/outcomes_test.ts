import assert from "node:assert/strict";
import { isFailure } from "../../src/edge/verdict.ts";
import { ADAPTIVE } from "../engine/fleets.ts";
import { EdgeWorld, type WorldOptions } from "./edge_world.ts";
import { answered, codeOf, head, OK, post } from "./exchanges.ts";

const TWO = [{}, {}];
const UPLOAD = head("POST /", "Content-Length: 4", "Content-Type: image/png");
const SOME = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome";

function failing(status: number): string {
  return `HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`;
}

/** Every origin answers that, a while after it was asked. */
function answering(
  world: EdgeWorld,
  answer: (place: string) => string,
): void {
  world.onConnection = (far, place) => {
    far.onReceived = () => far.send(answer(place));
  };
}

Deno.test("every 5xx counts against its backend but those that speak of the request", () => {
  for (const status of [500, 502, 503, 504, 507, 599]) {
    assert.ok(isFailure(status), `${status}`);
  }
  for (const status of [101, 200, 304, 404, 429, 499, 501, 505]) {
    assert.ok(!isFailure(status), `${status}`);
  }
});

Deno.test("an answer is told with the time to its head, however long its body takes", () => {
  using world = new EdgeWorld();
  world.outcomes.set("10.0.0.1:80", "pending");
  const caller = world.call(head("GET /"));
  world.pass(30);
  world.conclude(world.origin, "connected");
  world.pass(50);
  world.say(world.origin, SOME);
  world.pass(20_000);
  assert.deepEqual(world.balancer.outcomes, []);
  world.say(world.origin, " more");
  assert.ok(caller.received.endsWith("some more"));
  assert.deepEqual(world.balancer.told, [
    { backendId: "b1", outcome: { kind: "answered", answerMs: 80 } },
  ]);
});

Deno.test("interim responses are no answer yet", () => {
  using world = new EdgeWorld();
  world.call(head("GET /"));
  world.pass(10);
  world.say(world.origin, "HTTP/1.1 103 Early Hints\r\n\r\n");
  assert.equal(world.balancer.untold, 1);
  world.pass(40);
  world.say(world.origin, OK);
  assert.deepEqual(world.balancer.outcomes, [
    { kind: "answered", answerMs: 50 },
  ]);
});

Deno.test("on a connection that waited the time runs from the request", () => {
  using world = new EdgeWorld();
  world.say(world.call(head("GET /first")), "");
  world.say(world.origin, OK);
  world.pass(5_000);
  world.call(head("GET /second"));
  world.pass(7);
  world.say(world.origin, OK);
  assert.deepEqual(world.balancer.outcomes[1], {
    kind: "answered",
    answerMs: 7,
  });
});

Deno.test("a caller that sends slowly does not make its backend slow", () => {
  using world = new EdgeWorld();
  const caller = world.call(UPLOAD);
  for (const piece of ["a", "b", "cd"]) {
    world.pass(1_000);
    world.say(caller, piece);
  }
  world.pass(6);
  world.say(world.origin, OK);
  assert.deepEqual(world.balancer.outcomes, [
    { kind: "answered", answerMs: 6 },
  ]);
});

Deno.test("a session's requests are told as others are, and its lease lives on", async () => {
  using world = new EdgeWorld();
  for (let i = 0; i < 2; i++) {
    world.call(head("GET /", "X-Session: s1"));
    await world.turn();
    assert.equal(world.balancer.atBackends, 1);
    world.say(world.origin, OK);
    assert.equal(world.balancer.atBackends, 0);
  }
  assert.equal(world.balancer.told.length, 2);
  assert.equal(world.balancer.leaseCount, 1);
});

Deno.test("what a backend broke is its failure, at whatever moment", () => {
  const moments: Record<string, (world: EdgeWorld) => void> = {
    "closed before the head": (world) => world.end(world.origin),
    "reset before the head": (world) => world.reset(world.origin),
    "a malformed head": (world) =>
      world.say(world.origin, "HTTP/1.1 2\r\n\r\n"),
    "a 503": (world) => world.say(world.origin, failing(503)),
    "an unasked upgrade": (world) =>
      world.say(world.origin, "HTTP/1.1 101 On\r\nUpgrade: x\r\n\r\n"),
    "a body cut short": (world) => {
      world.say(world.origin, SOME);
      world.pass(900);
      world.end(world.origin);
    },
    "a malformed body": (world) => {
      const fields = "Transfer-Encoding: chunked";
      world.say(world.origin, `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`);
      world.pass(900);
      world.say(world.origin, "no chunk");
    },
  };
  for (const [moment, happen] of Object.entries(moments)) {
    using world = new EdgeWorld();
    world.call(head("GET /"));
    world.pass(25);
    happen(world);
    assert.deepEqual(world.balancer.outcomes, [
      { kind: "failed", answerMs: 25 },
    ], moment);
  }
});

Deno.test("who does not answer in time is told as such, with the time", () => {
  using world = new EdgeWorld();
  const caller = world.call(head("GET /"));
  world.pass(60_100);
  assert.equal(codeOf(caller.received), "upstream_timeout");
  assert.deepEqual(world.balancer.outcomes, [
    { kind: "timed_out", timeoutMs: 60_000 },
  ]);
});

Deno.test("nothing is learned of a backend whose caller left or was at fault", () => {
  const moments: Record<string, (world: EdgeWorld) => void> = {
    "the caller left": (world) => world.end(world.call(head("GET /"))),
    "the caller was reset": (world) => world.reset(world.call(UPLOAD)),
    "a malformed chunk": (world) => {
      const fields = ["Transfer-Encoding: chunked", "Content-Type: image/png"];
      world.say(world.call(head("POST /", ...fields)), "no chunk\r\n");
    },
    "a silent caller": (world) => {
      world.call(UPLOAD);
      world.pass(60_100);
    },
  };
  for (const [moment, happen] of Object.entries(moments)) {
    using world = new EdgeWorld();
    happen(world);
    assert.deepEqual(world.balancer.outcomes, [{ kind: "abandoned" }], moment);
  }
});

Deno.test("a caller that leaves in the middle of its response got an answer", () => {
  using world = new EdgeWorld();
  const caller = answered(world, SOME);
  world.end(caller);
  assert.deepEqual(world.balancer.outcomes, [
    { kind: "answered", answerMs: 0 },
  ]);
});

Deno.test("a stream that falls silent is judged by its head", () => {
  using world = new EdgeWorld();
  const caller = answered(world, SOME);
  world.pass(90_100);
  assert.equal(caller.fate, "closed");
  assert.deepEqual(world.balancer.outcomes, [
    { kind: "answered", answerMs: 0 },
  ]);
});

Deno.test("a tunnel is judged by the head that opened it", () => {
  for (const how of ["end", "reset"] as const) {
    using world = new EdgeWorld();
    world.call(head("GET /", "Connection: Upgrade", "Upgrade: websocket"));
    world.pass(12);
    world.say(
      world.origin,
      "HTTP/1.1 101 On\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    );
    world.pass(5_000);
    assert.equal(world.balancer.atBackends, 1);
    world[how](world.origin);
    if (how === "end") world.pass(100_000);
    assert.deepEqual(world.balancer.outcomes, [
      { kind: "answered", answerMs: 12 },
    ], how);
  }
});

Deno.test("each backend that a request tried is told what came of it, with its own time", () => {
  using world = new EdgeWorld({ backends: [{}, {}, {}] });
  world.outcomes.set("10.0.0.1:80", "pending");
  world.outcomes.set("10.0.0.2:80", "refused");
  world.call(post("/", "body", "image/png"));
  world.pass(5_100);
  world.pass(9);
  world.say(world.origin, OK);
  const [first, second, third] = world.balancer.told;
  assert.equal(first?.backendId, "b1");
  assert.equal(first.outcome.kind, "timed_out");
  assert.deepEqual(second, {
    backendId: "b2",
    outcome: { kind: "failed", answerMs: 0 },
  });
  assert.equal(third?.backendId, "b3");
  assert.equal(third.outcome.kind, "answered");
  assert.equal(world.balancer.told.length, 3);
});

Deno.test("a bad certificate, a name without an address and an endpoint that is none are failures", async () => {
  const cases: [string, WorldOptions][] = [
    ["tls", { backends: [{ endpoint: "https://10.0.0.1" }] }],
    ["connected", { backends: [{ endpoint: "http://nowhere.example" }] }],
    ["connected", { backends: [{ endpoint: "not a URL" }] }],
  ];
  for (const [outcome, options] of cases) {
    using world = new EdgeWorld(options);
    if (outcome === "tls") {
      world.outcomes.set("tls://10.0.0.1:443#10.0.0.1", "tls");
    }
    world.call(head("GET /"));
    await world.turn();
    assert.deepEqual(world.balancer.outcomes, [
      { kind: "failed", answerMs: 0 },
    ]);
  }
});

Deno.test("a store that is slow is not the backend's fault", () => {
  using world = new EdgeWorld();
  world.store.saveSticky = () => new Promise(() => {});
  const caller = world.call(head("GET /", "X-Session: s1"));
  world.pass(5_100);
  assert.equal(codeOf(caller.received), "upstream_connect_timeout");
  assert.deepEqual(world.balancer.outcomes, [{ kind: "abandoned" }]);
});

Deno.test("a backend that answers 500 five times is left out, and the sixth request goes elsewhere", () => {
  using world = new EdgeWorld({ backends: TWO });
  answering(world, (place) => place === "10.0.0.1:80" ? failing(500) : OK);
  const caller = world.call();
  const statuses = Array.from({ length: 6 }, () => {
    world.say(caller, head("GET /"));
    return caller.fresh().slice(9, 12);
  });
  assert.deepEqual(statuses, ["500", "500", "500", "500", "500", "200"]);
  assert.deepEqual(world.places, ["10.0.0.1:80", "10.0.0.2:80"]);
});

Deno.test("a method that no backend knows, asked for ever so often, leaves nobody out", () => {
  using world = new EdgeWorld({ backends: TWO });
  answering(world, () => failing(501));
  const caller = world.call();
  for (let i = 0; i < 20; i++) world.say(caller, head("BREW /"));
  assert.deepEqual(world.places, ["10.0.0.1:80"]);
});

Deno.test("under the adaptive rule a slow backend gets fewer requests than a fast one", () => {
  using world = new EdgeWorld({
    backends: TWO,
    balancer: { routing: ADAPTIVE },
  });
  const counts = new Map<string, number>();
  world.onConnection = (far, place) => {
    far.onReceived = () => {
      counts.set(place, (counts.get(place) ?? 0) + 1);
      const answerMs = place === "10.0.0.1:80" ? 400 : 10;
      setTimeout(() => far.send(OK), answerMs);
    };
  };
  for (let i = 0; i < 400; i++) {
    world.call(head("GET /", "Connection: close"));
    world.pass(20);
  }
  world.pass(1_000);
  const slow = counts.get("10.0.0.1:80") ?? 0;
  const fast = counts.get("10.0.0.2:80") ?? 0;
  assert.equal(slow + fast, 400);
  assert.ok(slow > 0, "the slow one was never tried");
  assert.ok(slow * 3 < fast, `${slow} of 400 went to the slow one`);
});
